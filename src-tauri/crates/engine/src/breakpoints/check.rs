//! The shell's own opinion on a text, without running it.

use std::io::Write;
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::scanner::Dialect;

/// Bytes that a pipe holds on every system.
const PIPE: usize = 4096;

/// Whether `shell` reads `text` as complete and valid, within `time`. Blocks.
pub(super) fn accepts(shell: &Path, dialect: Dialect, text: &str, time: Duration) -> bool {
    let options: &[&str] = match dialect {
        Dialect::Bash => &["--norc", "-O", "extglob", "-n"],
        Dialect::Sh => &["-n"],
        Dialect::Zsh => &["-f", "-n", "/dev/stdin"],
        Dialect::Fish => &["--no-config", "-n", "/dev/stdin"],
    };
    let child = Command::new(shell)
        .args(options)
        .env_remove("BASH_ENV")
        .env_remove("ENV")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return false };
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let writer = stdin.and_then(|stdin| feed(stdin, text));
    let complained = stderr.and_then(|stderr| complains(&stderr, time));
    if complained.is_none() {
        // It hangs.
        let _ = child.kill();
    }
    let status = child.wait();
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    match complained {
        // zsh's status is that of `!` where the last command has one.
        Some(complained) if dialect == Dialect::Zsh => !complained,
        Some(_) => status.is_ok_and(|status| status.success()),
        None => false,
    }
}

/// Gives the shell its text. A shell that has found its error does not read on, and one that hangs never does: what a pipe does
/// not hold is left to a thread.
fn feed(mut stdin: ChildStdin, text: &str) -> Option<JoinHandle<()>> {
    if text.len() < PIPE {
        let _ = stdin.write_all(text.as_bytes());
        return None;
    }
    let text = text.to_owned();
    Some(std::thread::spawn(move || {
        let _ = stdin.write_all(text.as_bytes());
    }))
}

/// Whether the shell says anything before it ends; nothing where it does not end within `time`.
fn complains(stderr: &ChildStderr, time: Duration) -> Option<bool> {
    let end = Instant::now() + time;
    let mut complains = false;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).ok()?;
        match poll(&mut [PollFd::new(stderr, PollFlags::IN)], Some(&left)) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return None,
        }
        match rustix::io::read(stderr, &mut [0; 512]) {
            Ok(0) => return Some(complains),
            Ok(_) => complains = true,
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}
