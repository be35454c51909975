//! What a helper asks for: to have one stream of a stage tapped.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

use crate::shell::SILENT;

/// Descriptors that come are not for programs that are started; elsewhere that is said right after.
#[cfg(target_os = "linux")]
const RECEIVE: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const RECEIVE: RecvFlags = RecvFlags::empty();

/// Bytes of a request: a letter, the location, the stage's process.
const LENGTH: usize = 9;

/// What is to be tapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A stage's stdout, which is a pipe.
    Stdout,
    /// A stage's stderr.
    Stderr,
    /// What a stage of fish sends into a pipe that fish has not made yet.
    FishOutput,
}

/// A request, as the helper sends it.
pub(super) struct Request {
    pub(super) wanted: Wanted,
    pub(super) location: usize,
    /// The process in which the shell runs the stage.
    pub(super) stage: u32,
    /// Where the stream was to go; nothing where nobody reads it any more.
    pub(super) target: Option<OwnedFd>,
}

impl Request {
    /// Takes the request that has arrived; nothing where it is none.
    pub(super) fn receive(visitor: &OwnedFd) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let received = recvmsg(visitor, &mut parts, &mut control, RECEIVE).ok()?;
        let target = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        #[cfg(not(target_os = "linux"))]
        if let Some(target) = &target {
            rustix::io::fcntl_setfd(target, rustix::io::FdFlags::CLOEXEC).ok()?;
        }
        let [letter, number @ ..] = bytes;
        let wanted = match letter {
            b'o' => Wanted::Stdout,
            b'e' => Wanted::Stderr,
            b'O' => Wanted::FishOutput,
            _ => return None,
        };
        let word =
            |at: usize| number.get(at..at + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
        let location = usize::try_from(word(0)?).ok()?;
        (received.bytes == LENGTH).then_some(Self { wanted, location, stage: word(4)?, target })
    }
}

/// Answers with the path to write to, its length in two bytes before it, and what keeps it open until the stage has opened it.
/// Tells whether it arrived. Without a keeper the stage waits at the path, and the guard opens it should the engine die.
pub(super) fn answer(visitor: &OwnedFd, path: &Path, keeper: Option<BorrowedFd<'_>>) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors: Vec<_> = keeper.into_iter().collect();
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
    }
    let path = path.as_os_str().as_bytes();
    let Ok(length) = u16::try_from(path.len()) else { return false };
    let length = length.to_le_bytes();
    let parts = [IoSlice::new(&length), IoSlice::new(path)];
    let sent = sendmsg(visitor.as_fd(), &parts, &mut control, SILENT | SendFlags::DONTWAIT);
    sent == Ok(length.len() + path.len())
}

/// Tells the guard that the stage has opened the path.
pub(super) fn release(visitor: &OwnedFd) {
    // A guard that has ended needs no telling.
    let _ = rustix::net::send(visitor, &[1], SILENT | SendFlags::DONTWAIT);
}
