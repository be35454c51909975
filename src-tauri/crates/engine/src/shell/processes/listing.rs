//! Processes as `ps` tells them, on systems without /proc.
#![cfg_attr(not(target_os = "linux"), allow(unsafe_code))]

use super::{Process, ProcessState};
use std::collections::HashSet;
use std::process::Command;
use std::time::{Duration, SystemTime};
use time::{Date, Month, OffsetDateTime, Time};

/// What runs below a process, parents before their children; `line` bytes of each command line.
pub(super) fn below(ancestor: i32, line: usize) -> Vec<Process> {
    // An option each: BSD's ps takes what follows a `=` for the head of one column, commas included.
    let columns = ["pid=", "ppid=", "pgid=", "stat=", "lstart=", "command="].map(|column| ["-o", column]);
    let mut ps = Command::new("/bin/ps");
    ps.arg("-axww").args(columns.as_flattened()).env("TZ", "UTC").env("LC_ALL", "C");
    let listed = ps.output();
    let Ok(listed) = listed else { return Vec::new() };
    let text = String::from_utf8_lossy(&listed.stdout);
    let mut others: Vec<Process> = text.lines().filter_map(|listed| read(listed, line)).collect();
    let mut found: Vec<Process> = Vec::new();
    let mut family = HashSet::from([ancestor]);
    loop {
        let (children, rest): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|process| family.contains(&process.parent));
        if children.is_empty() {
            return found;
        }
        family.extend(children.iter().map(|process| process.pid));
        found.extend(children);
        others = rest;
    }
}

fn read(listed: &str, limit: usize) -> Option<Process> {
    let mut rest = listed;
    let mut field = || {
        rest = rest.trim_start();
        let end = rest.find(' ').unwrap_or(rest.len());
        let (field, after) = rest.split_at(end);
        rest = after;
        (!field.is_empty()).then_some(field)
    };
    let (pid, parent, group) = (field()?.parse().ok()?, field()?.parse().ok()?, field()?.parse().ok()?);
    let state = match field()?.as_bytes()[0] {
        b'R' => ProcessState::Running,
        b'U' | b'D' => ProcessState::Blocked,
        b'T' => ProcessState::Stopped,
        b'Z' => return None,
        _ => ProcessState::Sleeping,
    };
    let (_weekday, month, day, clock, year) = (field()?, field()?, field()?, field()?, field()?);
    let since = begin(month, day, clock, year)?;
    let command_line = rest.trim_start();
    let program = command_line.split(' ').next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default().to_owned();
    let cut = (0..=limit.min(command_line.len())).rev().find(|at| command_line.is_char_boundary(*at))?;
    let started = since.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let command_line = command_line[..cut].to_owned();
    Some(Process { pid, parent, group, started, since, name, command_line, state, owner: None })
}

/// The time that is written as `Nov`, `26`, `04:22:18`, `2026`.
fn begin(month: &str, day: &str, clock: &str, year: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let mut parts = clock.split(':').map(|part| part.parse().ok());
    let time = Time::from_hms(parts.next()??, parts.next()??, parts.next()??).ok()?;
    let seconds = OffsetDateTime::new_utc(date, time).unix_timestamp();
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// `ps` does not tell it.
#[cfg(not(target_os = "linux"))]
pub(in crate::shell) fn cwd_of(_: rustix::process::Pid) -> Option<std::path::PathBuf> {
    None
}

/// Sends a signal to a process.
#[cfg(not(target_os = "linux"))]
pub(super) fn signal(process: &Process, number: i32) -> std::io::Result<()> {
    // SAFETY: kill takes two integers.
    let sent = unsafe { libc::kill(process.pid, number) };
    if sent == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_with_what_it_is() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        let find = |line| below(own, line).into_iter().find(|process| process.pid == pid);
        let mut found = find(100).unwrap();
        while found.name != "sleep" {
            found = find(100).unwrap();
        }
        assert_eq!((found.parent, found.command_line.as_str()), (own, "sleep 1000"));
        assert_eq!(find(7).unwrap().command_line, "sleep 1");
        assert!(found.since.elapsed().is_ok_and(|age| age < Duration::from_secs(60)), "{found:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn names_and_times_are_read_as_they_are_listed() {
        let line = "  12   1  12 Ss   Thu Feb  5 04:02:18 1970 /usr/bin/x --é one";
        let process = read(line, 14).unwrap();
        assert_eq!((process.name.as_str(), process.command_line.as_str()), ("x", "/usr/bin/x --"));
        assert_eq!(process.started, 35 * 86_400 + 4 * 3600 + 2 * 60 + 18);
    }
}
