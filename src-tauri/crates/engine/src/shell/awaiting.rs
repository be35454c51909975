//! Awaiting: whether what runs in the foreground of a terminal waits for a line to be typed, as far as Linux tells.

#[cfg(target_os = "linux")]
pub(super) use linux::look;

/// A line is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// What is typed is not shown, as a password.
    pub secret: bool,
}

/// Other systems do not tell.
#[cfg(not(target_os = "linux"))]
pub(super) fn look(_: std::os::fd::BorrowedFd<'_>, _: rustix::process::Pid) -> Option<Awaited> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::io;
    use std::os::fd::BorrowedFd;
    use std::os::unix::fs::MetadataExt;

    use rustix::process::Pid;
    use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

    use super::Awaited;
    use crate::shell::processes;

    /// Threads of one process that are looked at.
    const THREADS: usize = 64;

    /// The major number of `/dev/tty`, with minor 0, and the first and the last one of pseudo-terminals.
    const TTY: u32 = 5;
    const TERMINALS: std::ops::RangeInclusive<u32> = 136..=143;

    /// Looks at a terminal, by the engine's end of it, and at what runs below its shell.
    ///
    /// Seen is a process of the foreground that is blocked in read(2) on a terminal which is in line mode, and, where the
    /// kernel does not let this user look (as at `sudo`), a terminal in line mode that does not echo.
    pub(in crate::shell) fn look(terminal: BorrowedFd<'_>, shell: Pid) -> Option<Awaited> {
        let modes = tcgetattr(terminal).ok()?.local_modes;
        if !modes.contains(LocalModes::ICANON) {
            return None;
        }
        let secret = !modes.contains(LocalModes::ECHO);
        let foreground = tcgetpgrp(terminal).ok()?;
        let group = foreground.as_raw_nonzero().get();
        let shell = shell.as_raw_nonzero().get();
        let below = processes::below(shell, 0).into_iter();
        let members = below.filter(|process| process.group == group).map(|process| process.pid);
        let own = (group == shell).then_some(shell);
        let mut hidden = false;
        for pid in own.into_iter().chain(members) {
            match reads_terminal(pid) {
                Ok(true) => return Some(Awaited { secret }),
                Ok(false) => {}
                Err(error) => hidden |= error.kind() == io::ErrorKind::PermissionDenied,
            }
        }
        (secret && hidden).then_some(Awaited { secret })
    }

    /// Whether some thread of a process is blocked in a read from a terminal.
    fn reads_terminal(pid: i32) -> io::Result<bool> {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))?.take(THREADS) {
            let name = thread?.file_name();
            // "number arguments... stack instruction", or "running".
            let call = fs::read_to_string(format!("/proc/{pid}/task/{}/syscall", name.to_string_lossy()))?;
            let mut fields = call.split_ascii_whitespace();
            let number = fields.next().and_then(|number| number.parse().ok());
            if ![libc::SYS_read, libc::SYS_readv].iter().any(|read| number == Some(*read)) {
                continue;
            }
            let descriptor =
                fields.next().and_then(|hex| u64::from_str_radix(hex.strip_prefix("0x")?, 16).ok());
            let Some(descriptor) = descriptor else { continue };
            let Ok(file) = fs::metadata(format!("/proc/{pid}/fd/{descriptor}")) else { continue };
            let (major, minor) = (libc::major(file.rdev()), libc::minor(file.rdev()));
            if TERMINALS.contains(&major) || (major, minor) == (TTY, 0) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
