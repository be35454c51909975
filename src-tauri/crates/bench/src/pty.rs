//! A terminal with nothing behind it but a reader: the floor for programs that print to one.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};

use anyhow::Result;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A terminal with both of its ends.
pub(crate) struct Pty {
    master: OwnedFd,
    slave: OwnedFd,
}

impl Pty {
    pub(crate) fn open() -> Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = ptsname(&master, Vec::new())?;
        let slave = open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { master, slave })
    }

    /// Starts a program on it. Once that has ended, the master reads as closed.
    pub(crate) fn start(self, mut command: Command) -> Result<(OwnedFd, Child)> {
        let (second, third) = (self.slave.try_clone()?, self.slave.try_clone()?);
        let child = command.stdin(self.slave).stdout(second).stderr(third).spawn()?;
        // The command holds the slave open.
        drop(command);
        Ok((self.master, child))
    }
}

/// Runs a text in `sh` on a terminal and reads what it prints. Bytes that came.
pub(crate) fn read_all(text: &str) -> Result<u64> {
    let mut command = Command::new("sh");
    command.args(["-c", text]);
    let (master, mut child) = Pty::open()?.start(command)?;
    let mut master = File::from(master);
    let mut piece = vec![0; 64 << 10];
    let mut bytes = 0;
    // A terminal that nobody has open any more is an error to read.
    while let Ok(length @ 1..) = master.read(&mut piece) {
        bytes += length as u64;
    }
    child.wait()?;
    Ok(bytes)
}
