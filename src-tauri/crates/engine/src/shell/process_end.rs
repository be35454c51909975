//! The end of a process, which the kernel tells also those who are not its parent.
#![allow(unsafe_code)]

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::Pid;

/// A process whose end will be told, or was.
pub(crate) struct ProcessEnd(OwnedFd);

impl ProcessEnd {
    /// Watches a process that lives; nothing where the kernel will not tell its end. Linux does since 6.15.
    pub(crate) fn of(process: Pid) -> Option<Self> {
        let descriptor = kernel::open(process)?;
        kernel::exit_code(&descriptor).ok()?;
        Some(Self(descriptor))
    }

    /// Hangs up when the process has ended and its parent knows.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// How it ended, once its parent knows.
    pub(crate) fn status(&self) -> Option<ExitStatus> {
        kernel::exit_code(&self.0).ok()?.map(ExitStatus::from_raw)
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::os::fd::OwnedFd;

    use rustix::io::Result;
    use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    /// `PIDFD_INFO_EXIT`.
    const EXIT: u64 = 1 << 3;

    /// The first version of the kernel's `struct pidfd_info`.
    #[repr(C)]
    #[derive(Default)]
    struct Information {
        mask: u64,
        control_group: u64,
        /// Process, thread group, parent, and eight ids of users and groups.
        numbers: [u32; 11],
        exit_code: i32,
    }

    /// `PIDFD_GET_INFO`.
    const GET_INFORMATION: Opcode = opcode::read_write::<Information>(0xff, 11);

    pub(super) fn open(process: Pid) -> Option<OwnedFd> {
        pidfd_open(process, PidfdFlags::NONBLOCK).ok()
    }

    /// The wait status of a process, once its parent has it; an error where it will never be told.
    pub(super) fn exit_code(process: &OwnedFd) -> Result<Option<i32>> {
        let mut information = Information { mask: EXIT, ..Information::default() };
        // SAFETY: the structure is the one whose size the request names; the kernel writes no more than that, and every
        // pattern of bits is a value.
        unsafe { ioctl(process, Updater::<GET_INFORMATION, Information>::new(&mut information)) }?;
        Ok((information.mask & EXIT != 0).then_some(information.exit_code))
    }
}

/// No kernel of another kind tells it.
#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::os::fd::OwnedFd;

    use rustix::process::Pid;

    pub(super) fn open(_: Pid) -> Option<OwnedFd> {
        None
    }

    pub(super) fn exit_code(_: &OwnedFd) -> std::io::Result<Option<i32>> {
        Ok(None)
    }
}
