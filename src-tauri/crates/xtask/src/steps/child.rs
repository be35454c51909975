//! Waiting for a child process, with signs of life and a limit.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Waits for `child`, calling `alive` with the elapsed time after each `interval`. After `limit` the child and
/// what it started are killed.
///
/// # Errors
/// A sentence: the limit was reached, or the system cannot wait.
pub(super) fn wait(
    mut child: Child,
    limit: Duration,
    interval: Duration,
    alive: impl Fn(Duration),
) -> Result<ExitStatus, String> {
    let begin = Instant::now();
    let id = child.id();
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || {
        // The receiver is gone only after it has had its answer.
        let _ = ended.send(child.wait());
    });
    let mut late = false;
    loop {
        match end.recv_timeout(interval.min(limit)) {
            Ok(_) if late => {
                return Err(format!("it was still running after {limit:?} and was ended"));
            }
            Ok(status) => {
                return status.map_err(|error| format!("it cannot be waited for: {error}"));
            }
            Err(RecvTimeoutError::Timeout) if begin.elapsed() >= limit => {
                late = true;
                kill(&family(id));
            }
            Err(RecvTimeoutError::Timeout) => alive(begin.elapsed()),
            Err(RecvTimeoutError::Disconnected) => return Err("its end was missed".to_owned()),
        }
    }
}

fn kill(processes: &[u32]) {
    let ids = processes.iter().map(u32::to_string).collect::<Vec<_>>();
    // One that has ended in the meantime is no concern.
    let _ = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -KILL {}", ids.join(" ")))
        .stderr(Stdio::null())
        .status();
}

/// A process and all its descendants, the eldest first.
fn family(id: u32) -> Vec<u32> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output();
    let table =
        output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    descendants(id, &table)
}

fn descendants(id: u32, table: &str) -> Vec<u32> {
    let pairs: Vec<(u32, u32)> = table
        .lines()
        .filter_map(|line| {
            let mut columns = line.split_whitespace().map(str::parse);
            Some((columns.next()?.ok()?, columns.next()?.ok()?))
        })
        .collect();
    let mut family = vec![id];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(pairs.iter().filter(|pair| pair.1 == parent).map(|pair| pair.0));
        next += 1;
    }
    family
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_familys_grandchildren_belong_to_it() {
        let table = "  1 0\n 10 1\n 11 10\n 12 11\n 13 1\n";
        assert_eq!(descendants(10, table), [10, 11, 12]);
    }

    #[test]
    fn what_outlives_its_limit_is_killed_and_named_as_late() {
        let child = Command::new("sh").args(["-c", "sleep 1000"]).spawn().unwrap();
        let limit = Duration::from_millis(50);
        let ended = wait(child, limit, Duration::from_secs(1), |_| ());
        assert!(ended.unwrap_err().contains("still running"));
    }

    #[test]
    fn the_status_of_a_child_comes_back() {
        let child = Command::new("sh").args(["-c", "exit 7"]).spawn().unwrap();
        let limit = Duration::from_secs(100);
        let status = wait(child, limit, limit, |_| ()).unwrap();
        assert_eq!(status.code(), Some(7));
    }
}
