//! Processes: how the process of a tapped stage ended, which the kernel tells also those who are not its parent.
#![allow(unsafe_code)]

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Result;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// The process of one run of a stage, as long as it is not known how it ended.
pub(super) struct Process {
    pub(super) location: usize,
    pub(super) run: u32,
    descriptor: OwnedFd,
}

impl Process {
    /// Watches a process that lives; nothing where the kernel will not tell its end. Linux does since 6.15.
    pub(super) fn watch(location: usize, run: u32, number: u32) -> Option<Self> {
        let number = Pid::from_raw(i32::try_from(number).ok()?)?;
        let descriptor = pidfd_open(number, PidfdFlags::NONBLOCK).ok()?;
        information(&descriptor).ok()?;
        Some(Self { location, run, descriptor })
    }

    /// Hangs up when the process has ended and its parent knows.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    /// Its exit status as a shell has it, 128 + n where signal n ended it; nothing where that is not told.
    pub(super) fn status(&self) -> Option<i32> {
        let information = information(&self.descriptor).ok()?;
        if information.mask & EXIT == 0 {
            return None;
        }
        let (code, signal) = ((information.exit_code >> 8) & 0xff, information.exit_code & 0x7f);
        Some(if signal == 0 { code } else { 128 + signal })
    }
}

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

fn information(process: &OwnedFd) -> Result<Information> {
    let mut information = Information { mask: EXIT, ..Information::default() };
    // SAFETY: the structure is the one whose size the request names; the kernel writes no more than that, and every pattern of
    // bits is a value.
    unsafe { ioctl(process, Updater::<GET_INFORMATION, Information>::new(&mut information)) }?;
    Ok(information)
}
