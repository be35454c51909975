//! Processes as Linux tells them, in /proc.
#![allow(unsafe_code)]

use super::{Process, ProcessState};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::time::{Duration, SystemTime};

/// What runs below a process, parents before their children; `line` bytes of each command line.
pub(in crate::shell) fn below(ancestor: i32, line: usize) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut waiting = children_of(ancestor, ancestor);
    let mut next = 0;
    while next < waiting.len() {
        let pid = waiting[next];
        next += 1;
        // A process comes twice when its parent ends meanwhile.
        if found.iter().any(|process| process.pid == pid) {
            continue;
        }
        let Some((process, threads)) = read(pid, line) else { continue };
        found.push(process);
        if threads > 1 {
            waiting.extend(threads_of(pid).into_iter().flat_map(|thread| children_of(pid, thread)));
        } else {
            waiting.extend(children_of(pid, pid));
        }
    }
    found
}

fn threads_of(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    threads.filter_map(|thread| thread.ok()?.file_name().to_str()?.parse().ok()).collect()
}

/// The children that a thread of a process has started or been given.
pub(in crate::shell) fn children_of(pid: i32, thread: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// The list of the children of a process that has one thread, which is looked at after each command.
#[derive(Debug)]
pub(in crate::shell) struct Children(Option<fs::File>);

impl Children {
    /// Of a process that is there.
    pub(in crate::shell) fn of(pid: i32) -> Self {
        Self(fs::File::open(format!("/proc/{pid}/task/{pid}/children")).ok())
    }

    /// Whether exactly that one is its child, or none; false where nobody can tell.
    pub(in crate::shell) fn are_just(&self, child: Option<i32>) -> bool {
        // A number and the blank behind it have room.
        let mut list = [0; 16];
        let Some(Ok(length)) = self.0.as_ref().map(|file| file.read_at(&mut list, 0)) else { return false };
        match child {
            Some(child) => list[..length] == *format!("{child} ").as_bytes(),
            None => length == 0,
        }
    }
}

/// The working directory of a process.
pub(in crate::shell) fn cwd_of(process: Pid) -> Option<std::path::PathBuf> {
    fs::read_link(format!("/proc/{}/cwd", process.as_raw_nonzero())).ok()
}

/// A process that has not ended, and the number of its threads.
fn read(pid: i32, line: usize) -> Option<(Process, usize)> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything; the fields follow the last bracket.
    let begin = text.iter().position(|byte| *byte == b'(')? + 1;
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let name = String::from_utf8_lossy(text.get(begin..end)?).into_owned();
    let mut fields = std::str::from_utf8(&text[end + 1..]).ok()?.split_ascii_whitespace();
    let state = match fields.next()? {
        "R" => ProcessState::Running,
        "D" => ProcessState::Blocked,
        "T" | "t" => ProcessState::Stopped,
        "Z" | "X" => return None,
        _ => ProcessState::Sleeping,
    };
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let threads = fields.nth(14)?.parse().ok()?;
    let started = fields.nth(1)?.parse().ok()?;
    let command_line = if line == 0 { String::new() } else { command_line(pid, line) };
    let since = since(started);
    let process = Process { pid, parent, group, started, since, name, command_line, state, owner: None };
    Some((process, threads))
}

fn command_line(pid: i32, limit: usize) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    let file = fs::File::open(format!("/proc/{pid}/cmdline"));
    // What can be read of it is told; a process that ends meanwhile has none.
    let _ = file.and_then(|file| file.take(limit as u64).read_to_end(&mut bytes));
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    String::from_utf8_lossy(&bytes[..end]).replace('\0', " ")
}

/// The time of a number of clock ticks since boot.
fn since(ticks: u64) -> SystemTime {
    let boot = clock_gettime(ClockId::Boottime);
    let up = Duration::new(boot.tv_sec.unsigned_abs(), u32::try_from(boot.tv_nsec).unwrap_or(0));
    let hertz = rustix::param::clock_ticks_per_second().max(1);
    let begin = Duration::from_millis(ticks.saturating_mul(1000) / hertz);
    SystemTime::now() - up.saturating_sub(begin)
}

/// Sends a signal to a process, and to no other that has got its id meanwhile.
pub(super) fn signal(process: &Process, number: i32) -> io::Result<()> {
    let gone = || io::Error::from_raw_os_error(libc::ESRCH);
    let handle = pidfd_open(Pid::from_raw(process.pid).ok_or_else(gone)?, PidfdFlags::empty())?;
    // The handle means the process that has the id now; read afterwards, this tells whether that is the one.
    if read(process.pid, 0).is_none_or(|(now, _)| now.started != process.started) {
        return Err(gone());
    }
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: the handle is open; without a siginfo the kernel reads nothing from this process.
    let sent = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, handle.as_raw_fd(), number, none, 0) };
    if sent == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn the_children_of_every_thread_are_found() {
        let own = i32::try_from(std::process::id()).unwrap();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let parent = std::thread::spawn(move || {
            let mut child = Command::new("sleep").arg("1001").stdout(Stdio::null()).spawn().unwrap();
            tell.send(i32::try_from(child.id()).unwrap()).unwrap();
            let _ = wait.recv();
            child.kill().unwrap();
            child.wait().unwrap();
        });
        let pid = told.recv().unwrap();
        assert!(!children_of(own, own).contains(&pid));
        assert!(threads_of(own).into_iter().any(|thread| children_of(own, thread).contains(&pid)));
        drop(go_on);
        parent.join().unwrap();
    }

    #[test]
    fn a_child_is_found_with_what_it_is() {
        let mut child = Command::new("sleep").arg("1000").stdout(Stdio::null()).spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        // The thread that a test runs in is not the first one of its process.
        let find = |line| read(pid, line).map(|(process, _)| process);
        let mut found = find(100).unwrap();
        // Until it has become the other program it is a copy of this one, and for a moment it has no arguments.
        while found.name != "sleep" || found.command_line.is_empty() {
            found = find(100).unwrap();
        }
        assert_eq!((found.parent, found.command_line.as_str()), (own, "sleep 1000"));
        assert_eq!(find(7).unwrap().command_line, "sleep 1");
        assert!(found.since.elapsed().is_ok_and(|age| age < Duration::from_secs(60)), "{found:?}");
        signal(&Process { started: found.started + 1, ..found.clone() }, 9).unwrap_err();
        assert!(child.try_wait().unwrap().is_none());
        signal(&found, 9).unwrap();
        child.wait().unwrap();
        assert_eq!(find(0), None);
    }
}
