//! What processes use, as the system tells it in /proc.

use std::fs;

use anyhow::{Context, Result};

/// Resident bytes of one process.
pub(crate) fn memory(id: u32) -> Result<u64> {
    resident(id, "VmRSS:")
}

/// The most resident bytes that one process has had.
pub(crate) fn peak_memory(id: u32) -> Result<u64> {
    resident(id, "VmHWM:")
}

fn resident(id: u32, field: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no resident size")?;
    let kilobytes = line.split_whitespace().next().and_then(|field| field.parse::<u64>().ok());
    Ok(kilobytes.context("no resident size")? << 10)
}

/// Processor seconds of a process and its descendants, with those that have ended and were waited for.
pub(crate) fn processor_seconds(id: u32) -> Result<f64> {
    let table: Vec<Account> = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(account)
        .collect();
    let mut family = vec![id];
    let mut ticks = 0;
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        ticks += table.iter().find(|account| account.id == parent).map_or(0, |account| account.ticks);
        family.extend(table.iter().filter(|account| account.parent == parent).map(|account| account.id));
        next += 1;
    }
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

struct Account {
    id: u32,
    parent: u32,
    ticks: u64,
}

/// What a process, and those that it waited for, have used. `None` for one that has ended.
fn account(id: u32) -> Option<Account> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything; behind it the fields begin with the third.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u64>()).sum::<Result<u64, _>>().ok()?;
    Some(Account { id, parent: fields.get(1)?.parse().ok()?, ticks })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn this_process_uses_memory_and_has_a_parent() {
        let id = std::process::id();
        assert!(memory(id).unwrap() > 1 << 20);
        assert!(peak_memory(id).unwrap() >= memory(id).unwrap());
        assert_eq!(account(id).unwrap().parent, std::os::unix::process::parent_id());
        assert!(processor_seconds(id).unwrap() >= 0.0);
    }
}
