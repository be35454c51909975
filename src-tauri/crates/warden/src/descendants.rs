//! Descendants: every process below this one, found anew each time.

/// Sends a signal to every descendant.
pub(crate) fn signal(number: i32) {
    for process in list() {
        // SAFETY: kill takes two integers.
        unsafe { libc::kill(process.pid, number) };
    }
}

struct Process {
    pid: libc::pid_t,
    parent: libc::pid_t,
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
    (state != "Z" && state != "X").then_some(Process { pid, parent })
}

/// Every process of the system.
#[cfg(not(target_os = "linux"))]
fn everything() -> Vec<Process> {
    // An option each: BSD's ps takes what follows a `=` for the head of one column, commas included.
    let ps = std::process::Command::new("/bin/ps").args(["-ax", "-o", "pid=", "-o", "ppid="]).output();
    let Ok(output) = ps else { return Vec::new() };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            let (pid, parent) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            Some(Process { pid, parent })
        })
        .collect()
}
