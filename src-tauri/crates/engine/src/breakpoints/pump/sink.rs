//! Where a tapped stream goes on to: what the stage would have written to.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::net::SendFlags;

use crate::breakpoints::means::Means;
use crate::shell::SILENT;

/// Bytes that a pipe takes without waiting once it says that it takes any: POSIX's smallest PIPE_BUF.
const ATOM: usize = 512;

/// The end of a stream's way.
pub(super) struct Sink {
    target: OwnedFd,
    kind: Kind,
    /// Whether the open file is shared with the stage's shell, or with more: then it may not be changed and is written to only as
    /// much as does not make it wait.
    shared: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pipe,
    Socket,
    File,
    Other,
}

impl Sink {
    /// Takes over what the stage's stdout or stderr is; nothing where it is a pipe that nobody reads.
    pub(super) fn new(target: OwnedFd, means: Means) -> Option<Self> {
        let kind = match fstat(&target).map(|data| FileType::from_raw_mode(data.st_mode)) {
            Ok(FileType::Fifo) => Kind::Pipe,
            Ok(FileType::Socket) => Kind::Socket,
            Ok(FileType::RegularFile) => Kind::File,
            _ => Kind::Other,
        };
        let shared = Self { target, kind, shared: true };
        // Opened anew, a file would have a position of its own, and a socket cannot be.
        if means == Means::Posix || matches!(kind, Kind::Socket | Kind::File) {
            return Some(shared);
        }
        match reopen(&shared.target) {
            Ok(target) => Some(Self { target, kind, shared: false }),
            Err(Errno::NXIO) if kind == Kind::Pipe => None,
            Err(_) => Some(shared),
        }
    }

    pub(super) fn is_pipe(&self) -> bool {
        self.kind == Kind::Pipe
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.target.as_fd()
    }

    /// Writes some of `bytes`.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        match self.kind {
            Kind::Socket => rustix::net::send(&self.target, bytes, SILENT | SendFlags::DONTWAIT),
            Kind::Pipe | Kind::Other if self.shared => self.write_an_atom(bytes),
            _ => rustix::io::write(&self.target, bytes),
        }
    }

    fn write_an_atom(&self, bytes: &[u8]) -> Result<usize, Errno> {
        let mut wait = [PollFd::new(&self.target, PollFlags::OUT)];
        if poll(&mut wait, Some(&Timespec::default()))? == 0 {
            return Err(Errno::AGAIN);
        }
        rustix::io::write(&self.target, &bytes[..bytes.len().min(ATOM)])
    }
}

/// The same file by a description of its own, so that not to wait for it does not concern its other users.
#[cfg(target_os = "linux")]
fn reopen(target: &OwnedFd) -> Result<OwnedFd, Errno> {
    use rustix::fs::{Mode, OFlags, open};
    use std::os::fd::AsRawFd;
    let path = format!("/proc/self/fd/{}", target.as_raw_fd());
    open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())
}

/// Elsewhere a descriptor is at best duplicated.
#[cfg(not(target_os = "linux"))]
fn reopen(_: &OwnedFd) -> Result<OwnedFd, Errno> {
    Err(Errno::NOTSUP)
}
