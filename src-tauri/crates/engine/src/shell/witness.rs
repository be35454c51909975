//! The witness of a command: by what its programs ended, where a shell only tells a number.

use super::ProcessEnd;
use super::driver::Driver;
use super::lock;
use rustix::process::{Pid, getpgid};
use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;

/// Programs of one command that are watched at once.
const PROGRAMS: usize = 16;

/// Signals that a program meets without anybody sending them by the engine: a shell that tells one of their numbers
/// hardly ever passes on a mere exit code.
const UNASKED: [i32; 11] = [
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGKILL,
    libc::SIGSEGV,
    libc::SIGPIPE,
    libc::SIGSYS,
    libc::SIGXCPU,
    libc::SIGXFSZ,
];

/// What is known of the programs that a command had in the foreground.
#[derive(Default)]
pub(super) struct Witness(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    group: Option<Pid>,
    programs: Vec<(Pid, ProcessEnd)>,
    /// Signals that came to the command by the engine, as bits.
    asked_for: u128,
    is_over: bool,
}

impl Witness {
    /// Looks who is in the foreground now, where that has changed.
    pub(super) fn look(&self, driver: &Driver) {
        let Ok(group) = rustix::termios::tcgetpgrp(driver.terminal().get_ref()) else { return };
        let mut seen = lock(&self.0);
        if group == driver.pid() || seen.is_over || seen.group == Some(group) {
            return;
        }
        seen.group = Some(group);
        for child in children(driver.pid()) {
            let is_new = seen.programs.iter().all(|(program, _)| *program != child);
            if is_new && getpgid(Some(child)).is_ok_and(|its| its == group) {
                seen.programs.extend(ProcessEnd::of(child).map(|end| (child, end)));
            }
        }
        let surplus = seen.programs.len().saturating_sub(PROGRAMS);
        seen.programs.drain(..surplus);
    }

    /// Notes that a signal is sent to the command, or typed.
    pub(super) fn note_signal(&self, driver: &Driver, number: i32) {
        self.look(driver);
        lock(&self.0).asked_for |= 1 << number;
    }

    /// The signal behind a status that a shell told, once; the witness sees nothing more then.
    ///
    /// Where the kernel told how a program with that status ended, that counts. Else it is taken for a signal if the
    /// engine sent that one, or if programs get it unasked. The driver's own processes end like the command, to pass its
    /// status on; they are left out.
    pub(super) fn signal_behind(&self, status: i32, own: &VecDeque<u64>) -> Option<i32> {
        let mut seen = lock(&self.0);
        seen.is_over = true;
        let mut programs = std::mem::take(&mut seen.programs);
        programs
            .retain(|(program, _)| !own.contains(&u64::from(program.as_raw_nonzero().get().unsigned_abs())));
        let signal = Some(status - 128).filter(|number| (1..=64).contains(number))?;
        let mut ends = programs.iter().rev().filter_map(|(_, end)| end.status());
        let told = ends.find(|end| end.signal() == Some(signal) || end.code() == Some(status));
        let is_meant = match told {
            Some(end) => end.signal().is_some(),
            None => seen.asked_for & (1 << signal) != 0 || UNASKED.contains(&signal),
        };
        is_meant.then_some(signal)
    }
}

/// The children of a shell, which has one thread.
#[cfg(target_os = "linux")]
fn children(shell: Pid) -> Vec<Pid> {
    let number = shell.as_raw_nonzero().get();
    super::processes::children_of(number, number).into_iter().filter_map(Pid::from_raw).collect()
}

/// No kernel of another kind tells how they end.
#[cfg(not(target_os = "linux"))]
fn children(_: Pid) -> Vec<Pid> {
    Vec::new()
}
