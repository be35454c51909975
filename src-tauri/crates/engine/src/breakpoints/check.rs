//! The shell's own opinion on a text, without running it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::scanner::Dialect;

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
    let complaint = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || stderr.take(1).read_to_end(&mut Vec::new()).is_ok_and(|length| length > 0))
    });
    // A thread: a shell that has found its error does not read on, and one that hangs never does.
    let writer = child.stdin.take().map(|mut stdin| {
        let text = text.to_owned();
        std::thread::spawn(move || {
            let _ = stdin.write_all(text.as_bytes());
        })
    });
    let accepted = wait(&mut child, time);
    if let Some(writer) = writer {
        let _ = writer.join();
    }
    let complained = complaint.is_some_and(|complaint| complaint.join().unwrap_or(true));
    match dialect {
        // Its status is that of `!` where the last command has one.
        Dialect::Zsh => accepted.is_some() && !complained,
        _ => accepted == Some(true),
    }
}

/// Whether the child succeeded; nothing where it had to be ended.
fn wait(child: &mut Child, time: Duration) -> Option<bool> {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if started.elapsed() < time => std::thread::sleep(pause),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}
