//! The pseudo-terminal: its two ends, its size, and the second one that carries stderr.

use super::ShellError;
use super::descriptor::{Watched, reading_fifo, watch};
use crate::protocol::Size;
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{Winsize, tcsetwinsize};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

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

    fn new(size: Size) -> io::Result<Self> {
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

/// The terminal for stderr, or a FIFO where the system has no private terminals.
pub(super) struct StderrTerminal {
    pub(super) reader: Arc<Watched>,
    /// Where a shell opens it.
    pub(super) path: String,
    pub(super) is_terminal: bool,
    /// Keeps the path valid, and the reader from finding its other end closed.
    _writer: OwnedFd,
}

impl StderrTerminal {
    /// Opens a terminal of `private`, a devpts instance of the engine's own: a second terminal of the common one
    /// would be taken by programs such as less for the place where the user types.
    pub(super) fn open(private: Option<&OwnedFd>, folder: &Path, size: Size) -> io::Result<Self> {
        if let Some(Ok(terminal)) = private.map(|private| Self::private(private, size)) {
            return Ok(terminal);
        }
        let path = folder.join("stderr");
        let reader = reading_fifo(&path)?;
        let writer = rustix::fs::open(&path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self {
            reader: Arc::new(watch(reader)?),
            path: path.to_string_lossy().into_owned(),
            is_terminal: false,
            _writer: writer,
        })
    }

    #[cfg(target_os = "linux")]
    fn private(private: &OwnedFd, size: Size) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let master = rustix::fs::openat(private, "ptmx", flags, Mode::empty())?;
        rustix::pty::unlockpt(&master)?;
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
        resize(&master, size)?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), slave.as_raw_fd());
        Ok(Self { reader: Arc::new(watch(master)?), path, is_terminal: true, _writer: slave })
    }

    #[cfg(not(target_os = "linux"))]
    fn private(_: &OwnedFd, _: Size) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Sets a terminal's size; its foreground process group gets SIGWINCH when it changed.
pub(super) fn resize(terminal: impl AsFd, size: Size) -> io::Result<()> {
    let size = Winsize { ws_col: size.cols, ws_row: size.rows, ws_xpixel: 0, ws_ypixel: 0 };
    Ok(tcsetwinsize(terminal, size)?)
}

/// Gives a pipe the room of a megabyte, where the system lets it.
pub(crate) fn widen(pipe: impl AsFd) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20);
    #[cfg(not(target_os = "linux"))]
    let _ = pipe;
}
