//! Where a tapped stream goes on to: what the stage would have written to.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::Errno;
use rustix::net::SendFlags;

/// The end of a stream's way.
pub(super) struct Sink {
    target: OwnedFd,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pipe,
    Socket,
    Other,
}

impl Sink {
    /// Takes over what the stage's stdout or stderr is; nothing where it is a pipe that nobody reads.
    pub(super) fn new(target: OwnedFd) -> Option<Self> {
        let kind = match fstat(&target).map(|data| FileType::from_raw_mode(data.st_mode)) {
            Ok(FileType::Fifo) => Kind::Pipe,
            Ok(FileType::Socket) => Kind::Socket,
            _ => Kind::Other,
        };
        let regular = matches!(
            fstat(&target).map(|data| FileType::from_raw_mode(data.st_mode)),
            Ok(FileType::RegularFile)
        );
        if kind == Kind::Socket || regular {
            // Opened anew, a file would have a position of its own, and a socket cannot be.
            return Some(Self { target, kind });
        }
        match reopen(&target) {
            Ok(own) => Some(Self { target: own, kind }),
            Err(Errno::NXIO) if kind == Kind::Pipe => None,
            Err(_) => Some(Self { target, kind }),
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
            Kind::Socket => rustix::net::send(&self.target, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT),
            _ => rustix::io::write(&self.target, bytes),
        }
    }
}

/// The same file by a description of its own, so that not to wait for it does not concern its other users.
fn reopen(target: &OwnedFd) -> Result<OwnedFd, Errno> {
    use std::os::fd::AsRawFd;
    let path = format!("/proc/self/fd/{}", target.as_raw_fd());
    open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())
}
