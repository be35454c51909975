//! Descendants: every process below this one, found anew each time.

/// Which descendants are meant.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    /// All of them.
    All,
    /// Those that were started at or after that many clock ticks since boot, and not the shell itself.
    Since {
        /// Clock ticks since boot.
        ticks: u64,
        /// The shell.
        but: libc::pid_t,
    },
}

/// Sends a signal to descendants; gives their number.
pub(crate) fn signal(which: Which, number: i32) -> i32 {
    let found = list();
    let mut count = 0;
    for process in found {
        let meant = match which {
            Which::All => true,
            Which::Since { ticks, but } => process.pid != but && process.started >= ticks,
        };
        if meant {
            // SAFETY: kill takes two integers.
            unsafe { libc::kill(process.pid, number) };
            count += 1;
        }
    }
    count
}

struct Process {
    pid: libc::pid_t,
    parent: libc::pid_t,
    started: u64,
}

/// Everything below this process.
fn list() -> Vec<Process> {
    let mut others = everything();
    let mut family = vec![std::process::id() as libc::pid_t];
    let mut found = Vec::new();
    let mut next = 0;
    while next < family.len() {
        let parent = family[next];
        let (children, rest): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|process| process.parent == parent);
        family.extend(children.iter().map(|child| child.pid));
        found.extend(children);
        others = rest;
        next += 1;
    }
    found
}

/// Every process of the system that runs.
#[cfg(target_os = "linux")]
fn everything() -> Vec<Process> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
    folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(read).collect()
}

#[cfg(target_os = "linux")]
fn read(pid: libc::pid_t) -> Option<Process> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything; the fields follow the last bracket.
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let text = std::str::from_utf8(&text[end + 1..]).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    (state != "Z" && state != "X").then_some(Process { pid, parent, started })
}

/// Every process of the system; without start times, so that all of them count as new.
#[cfg(not(target_os = "linux"))]
fn everything() -> Vec<Process> {
    let ps = std::process::Command::new("/bin/ps").args(["-axo", "pid=,ppid="]).output();
    let Ok(output) = ps else { return Vec::new() };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            Some(Process { pid, parent, started: u64::MAX })
        })
        .collect()
}
