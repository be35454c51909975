//! Feed: a command whose input is what a breakpoint of another command captured.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Session;
use crate::protocol::{Code, ProtocolError, StdinFrom};
use crate::shell::ShellKind;

/// Tells the files of feeds apart.
static FEEDS: AtomicU64 = AtomicU64::new(0);

/// A file of captured bytes, for as long as a command reads it.
pub(super) struct Feed(PathBuf);

impl Drop for Feed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Feed {
    /// Writes the bytes to a file of mode 0600 in `folder`.
    async fn write(folder: &Path, bytes: Vec<u8>) -> io::Result<Self> {
        let number = FEEDS.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("feed-{}-{number}", std::process::id()));
        let writing = move || {
            // An engine of the same process id that was killed may have left one.
            let _ = fs::remove_file(&path);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            let feed = Self(path);
            file.write_all(&bytes)?;
            Ok(feed)
        };
        tokio::task::spawn_blocking(writing).await.map_err(io::Error::other)?
    }

    /// The text that runs `text` on this input, with the state that it changes kept.
    pub(super) fn around(&self, text: &str, kind: ShellKind) -> String {
        let path = self.0.to_string_lossy().replace('\'', "'\\''");
        match kind {
            ShellKind::Fish => format!("begin\n{text}\nend < '{path}'"),
            ShellKind::Bash | ShellKind::Zsh | ShellKind::Posix => format!("{{\n{text}\n}} < '{path}'"),
        }
    }
}

impl Session {
    /// Makes what `from` names ready to be read.
    ///
    /// # Errors
    /// There is no such capture, it was cut and `partial` was not said, or the disk is full.
    pub(super) async fn feed(&self, from: &StdinFrom) -> Result<Feed, ProtocolError> {
        let command = self.command(from.server_id);
        let captures = command.as_ref().and_then(|command| command.captures());
        let Some(captured) = captures.and_then(|captures| captures.captured(from.location, from.run)) else {
            return Err(ProtocolError::new(
                Code::NoCapture,
                format!(
                    "Nothing was captured at pipe {} of command {}; set a breakpoint there and run it first.",
                    from.location, from.server_id
                ),
            ));
        };
        let partial = from.partial.unwrap_or_default();
        let mut bytes = captured.stdout.head;
        if captured.stdout.dropped > 0 && !partial {
            return Err(ProtocolError::new(
                Code::CaptureCut,
                format!(
                    "{} bytes of that capture were not kept; say \"partial\": true to run on its beginning.",
                    captured.stdout.dropped
                ),
            ));
        }
        if captured.stdout.dropped == 0 {
            bytes.extend_from_slice(&captured.stdout.tail);
        }
        Feed::write(&self.runtime_dir, bytes).await.map_err(|error| {
            ProtocolError::new(
                Code::ShellFailed,
                format!("The captured bytes could not be written: {error}."),
            )
        })
    }
}
