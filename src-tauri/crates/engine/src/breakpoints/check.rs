//! The shell's own opinion on a text, without running it.

use std::io::Write;
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
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
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
    accepted
}

fn wait(child: &mut Child, time: Duration) -> bool {
    let started = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if started.elapsed() < time => std::thread::sleep(pause),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}
