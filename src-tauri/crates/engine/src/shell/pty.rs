//! The pseudo-terminal: its two ends, its size, its foreground process group.

use super::ShellError;
use super::descriptor::{Watched, watch};
use crate::protocol::Size;
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{Winsize, tcsetwinsize};
use std::os::fd::{AsFd, OwnedFd};

/// The engine's end of a new terminal, and the end for programs.
pub(super) struct Pty {
    pub(super) master: Watched,
    pub(super) slave: OwnedFd,
}

impl Pty {
    /// Opens a terminal of that size.
    pub(super) fn open(size: Size) -> Result<Self, ShellError> {
        Self::new(size).map_err(ShellError::Terminal)
    }

    fn new(size: Size) -> std::io::Result<Self> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(name, flags, Mode::empty())?;
        resize(&master, size)?;
        Ok(Self { master: watch(master)?, slave })
    }
}

/// Sets a terminal's size; its foreground process group gets SIGWINCH when it changed.
pub(super) fn resize(terminal: impl AsFd, size: Size) -> std::io::Result<()> {
    let size = Winsize { ws_col: size.cols, ws_row: size.rows, ws_xpixel: 0, ws_ypixel: 0 };
    Ok(tcsetwinsize(terminal, size)?)
}
