//! A terminal for a stage whose stderr was one: progress bars stay what they were when a breakpoint is set.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

/// The engine's end and the path of the stage's end.
pub(super) struct Terminal {
    pub(super) master: OwnedFd,
    pub(super) path: PathBuf,
}

impl Terminal {
    /// A terminal with the size and the modes of `model`, except that it leaves the output as it is: the model's own output
    /// processing comes after it.
    pub(super) fn like(model: impl AsFd) -> Result<Self, Errno> {
        use std::os::unix::ffi::OsStrExt;
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let mut modes = tcgetattr(&model)?;
        modes.output_modes.remove(OutputModes::OPOST);
        // On Linux both ends of the pair share their modes and their size.
        tcsetattr(&master, OptionalActions::Now, &modes)?;
        tcsetwinsize(&master, tcgetwinsize(&model)?)?;
        rustix::io::ioctl_fionbio(&master, true)?;
        Ok(Self { master, path })
    }

    /// Opens and closes the stage's end: from then on the engine's end tells when nobody has it open.
    pub(super) fn touch(path: &std::path::Path) {
        let _ = open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
    }
}
