//! Tickets: what lets whoever has it fetch one file for a short time, and nothing else.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;

use super::{FileError, reading};

/// Bytes of a signature.
const SIGNATURE: usize = 32;

/// Signs tickets with a key that no other run has.
pub(super) struct Tickets {
    key: OnceLock<hmac::Key>,
    began: Instant,
    life: Duration,
}

/// One file, as it was when its ticket was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// The session that asked; its end voids the ticket.
    pub(crate) session: u64,
    pub(crate) path: PathBuf,
    device: u64,
    inode: u64,
}

impl Tickets {
    /// For tickets that are good for `life`.
    pub(super) fn new(life: Duration) -> Self {
        Self { key: OnceLock::new(), began: Instant::now(), life }
    }

    /// A ticket as text that fits into a URL.
    ///
    /// # Errors
    /// The system gives no random numbers for the key.
    pub(super) fn sign(&self, ticket: &Ticket) -> Result<String, FileError> {
        let key = match self.key.get() {
            Some(key) => key,
            None => {
                let made = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
                let made = made.map_err(|_| FileError::NoRandom)?;
                self.key.get_or_init(|| made)
            }
        };
        let until = self.now() + millis(self.life);
        let numbers = [until, ticket.session, ticket.device, ticket.inode];
        let mut content: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        content.extend_from_slice(ticket.path.as_os_str().as_bytes());
        let signature = hmac::sign(key, &content);
        Ok(BASE64_URL_SAFE_NO_PAD.encode([signature.as_ref(), &content].concat()))
    }

    /// The ticket that a text is, unless it was made up or is over.
    pub(super) fn check(&self, text: &str) -> Option<Ticket> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signature, content) = bytes.split_at_checked(SIGNATURE)?;
        hmac::verify(self.key.get()?, content, signature).ok()?;
        let (numbers, path) = content.split_at_checked(4 * 8)?;
        let mut numbers = numbers
            .chunks_exact(8)
            .map(|bytes| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        let (until, session, device, inode) =
            (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?);
        let path = PathBuf::from(OsString::from_vec(path.to_vec()));
        (self.now() < until).then_some(Ticket { session, path, device, inode })
    }

    /// On a clock that nobody sets.
    fn now(&self) -> u64 {
        millis(self.began.elapsed())
    }
}

impl Ticket {
    /// A ticket for a regular file.
    ///
    /// # Errors
    /// It cannot be opened for reading.
    pub(super) fn of(session: u64, path: &Path) -> Result<(Self, Metadata), FileError> {
        let (_, metadata) = reading::open(path)?;
        let (device, inode) = (metadata.dev(), metadata.ino());
        Ok((Self { session, path: path.to_owned(), device, inode }, metadata))
    }

    /// Opens its file.
    ///
    /// # Errors
    /// It cannot be opened for reading, or another file has its name now.
    pub(super) fn open(&self) -> Result<(File, Metadata), FileError> {
        let (file, metadata) = reading::open(&self.path)?;
        if (metadata.dev(), metadata.ino()) != (self.device, self.inode) {
            return Err(FileError::Missing(self.path.clone()));
        }
        Ok((file, metadata))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ticket(path: &[u8]) -> Ticket {
        Ticket { session: 7, path: OsString::from_vec(path.to_vec()).into(), device: 1, inode: u64::MAX }
    }

    #[test]
    fn a_ticket_is_what_was_signed_and_nothing_that_was_changed() {
        let tickets = Tickets::new(Duration::from_secs(60));
        let signed = tickets.sign(&ticket(b"/a/\xff b")).unwrap();
        assert_eq!(tickets.check(&signed), Some(ticket(b"/a/\xff b")));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&signed).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(tickets.check(&BASE64_URL_SAFE_NO_PAD.encode(changed)), None, "byte {at}");
            assert_eq!(tickets.check(&BASE64_URL_SAFE_NO_PAD.encode(&bytes[..at])), None);
        }
        assert_eq!(Tickets::new(Duration::from_secs(60)).check(&signed), None);
        let other = Tickets::new(Duration::from_secs(60));
        other.sign(&ticket(b"/b")).unwrap();
        assert_eq!(other.check(&signed), None);
    }

    #[test]
    fn a_ticket_is_over_after_its_time() {
        let tickets = Tickets::new(Duration::ZERO);
        let signed = tickets.sign(&ticket(b"/a")).unwrap();
        assert_eq!(tickets.check(&signed), None);
    }
}
