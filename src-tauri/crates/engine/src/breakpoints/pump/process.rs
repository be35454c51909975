//! Processes: how the process of a tapped stage ended.

use std::os::fd::BorrowedFd;
use std::os::unix::process::ExitStatusExt;

use rustix::process::Pid;

use crate::shell::ProcessEnd;

/// The process of one run of a stage, as long as it is not known how it ended.
pub(super) struct Process {
    pub(super) location: usize,
    pub(super) run: u32,
    end: ProcessEnd,
}

impl Process {
    /// Watches a process that lives; nothing where the kernel will not tell its end.
    pub(super) fn watch(location: usize, run: u32, number: u32) -> Option<Self> {
        let number = Pid::from_raw(i32::try_from(number).ok()?)?;
        Some(Self { location, run, end: ProcessEnd::of(number)? })
    }

    /// Hangs up when the process has ended and its parent knows.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.end.descriptor()
    }

    /// Its exit status as a shell has it, 128 + n where signal n ended it; nothing where that is not told.
    pub(super) fn status(&self) -> Option<i32> {
        let status = self.end.status()?;
        status.code().or(status.signal().map(|signal| 128 + signal))
    }
}
