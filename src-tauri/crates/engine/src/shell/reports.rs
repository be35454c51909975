//! Reports: what a driver shell tells through its FIFO, where no output of a command can get.

use super::descriptor::Watched;
use std::sync::Arc;
use tokio::sync::watch;

/// How far a driver has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The newest command that began, where the dialect tells.
    pub(super) begun: Option<u64>,
    /// The newest end.
    pub(super) end: Option<End>,
    /// The newest snapshot that is complete.
    pub(super) snapshot: u64,
    /// Prompts that the shell showed though nobody asked for one.
    pub(super) prompts: u64,
    /// The wait status of the shell, once it ended.
    pub(super) dead: Option<i32>,
}

impl Progress {
    /// Whether the command with this id has ended, or can no more end.
    pub(super) fn is_over(&self, id: u64) -> bool {
        self.dead.is_some() || self.end.as_ref().is_some_and(|end| end.id >= id)
    }
}

/// The end of a command.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) id: u64,
    pub(super) status: i32,
    pub(super) pipes: Vec<i32>,
    /// Empty when the shell does not know.
    pub(super) cwd: Vec<u8>,
}

/// Fields of a report, each ended by NUL: kind, id, status, statuses of the pipeline, working directory.
const FIELDS: usize = 5;

/// Reads reports until the driver's `Progress` has no reader any more.
pub(super) async fn read(reports: Watched, progress: Arc<watch::Sender<Progress>>) {
    let mut pending = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = tokio::select! {
            read = super::descriptor::read(&reports, &mut buffer) => read,
            () = progress.closed() => return,
        };
        let Ok(count) = read else { return };
        pending.extend_from_slice(&buffer[..count]);
        while let Some(length) = length_of_first(&pending) {
            let report: Vec<u8> = pending.drain(..length).collect();
            progress.send_modify(|progress| take(progress, &report));
        }
    }
}

fn length_of_first(bytes: &[u8]) -> Option<usize> {
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == 0);
    ends.nth(FIELDS - 1).map(|(index, _)| index + 1)
}

fn take(progress: &mut Progress, report: &[u8]) {
    let fields: Vec<&[u8]> = report.split(|byte| *byte == 0).collect();
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.trim().parse().ok();
    let id = number(fields[1]).unwrap_or(0_i64).unsigned_abs();
    match fields[0] {
        b"b" => progress.begun = Some(id),
        b"s" => progress.snapshot = progress.snapshot.max(id),
        b"p" => progress.prompts += 1,
        b"e" => {
            let pipes = fields[3].split(|byte| *byte == b' ');
            progress.end = Some(End {
                id,
                status: number(fields[2]).map_or(1, |status| status as i32),
                pipes: pipes.filter_map(number).map(|status| status as i32).collect(),
                cwd: fields[4].to_vec(),
            });
        }
        _ => {}
    }
}
