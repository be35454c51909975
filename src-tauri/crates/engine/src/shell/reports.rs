//! Reports: what a driver shell tells through its FIFO, where no output of a command can get.

use super::descriptor::{self, Watched};
use super::saved::Saved;
use super::warden::KeeperState;
use memchr::memmem;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;

/// Begins and ends a report; within one there is at most one NUL at a time, because no field is empty.
const BORDER: &[u8] = b"\0\0";

/// The last field of a report: one without it was interrupted.
const LAST: &[u8] = b".";

/// Bytes of a report that is too long which are kept: they tell what it is.
const HEAD: usize = 64;

/// Bytes that are read at once.
const PIECE: usize = 16 << 10;

/// So many of the driver's own processes are remembered.
const OWN: usize = 64;

/// How far a driver has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The newest command that began, where the dialect tells.
    pub(super) begun: Option<u64>,
    /// The newest operation of the engine's own that is done.
    pub(super) operated: u64,
    /// The newest end.
    pub(super) end: Option<End>,
    /// The command after which the shell has told its state last. It may have been too long to be kept.
    pub(super) saved: Option<u64>,
    /// Traps that come before the state that they are the last part of.
    pub(super) traps: Option<Vec<u8>>,
    /// The newest state.
    pub(super) state: Option<Arc<Saved>>,
    /// The newest definitions.
    pub(super) definitions: Option<Arc<Saved>>,
    /// Prompts that the shell showed though nobody asked for one.
    pub(super) prompts: u64,
    /// Processes that the driver started itself, for no command; the newest ones.
    pub(super) own: VecDeque<u64>,
    /// The wait status of the shell, once it ended. All that it told before was taken.
    pub(super) dead: Option<i32>,
}

impl Progress {
    /// Whether the command with this id has ended, or can no more end.
    pub(super) fn is_over(&self, id: u64) -> bool {
        self.dead.is_some() || self.end.as_ref().is_some_and(|end| end.id >= id)
    }

    /// Whether the state after the command with this id was told, or can no more be told.
    pub(super) fn is_saved(&self, id: u64) -> bool {
        self.dead.is_some() || self.saved.is_some_and(|saved| saved >= id)
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

/// Reads reports until the shell has ended or the driver's `Progress` has no reader any more. Reports of more than
/// `longest` bytes are left out.
pub(super) async fn read(
    reports: Watched,
    longest: usize,
    mut keeper: watch::Receiver<KeeperState>,
    progress: watch::Sender<Progress>,
) {
    let mut pending = Pending { bytes: Vec::new(), longest, is_too_long: false };
    let mut buffer = vec![0; PIECE];
    loop {
        let status = tokio::select! {
            biased;
            read = descriptor::read(&reports, &mut buffer) => {
                let Ok(count) = read else { return };
                pending.push(&buffer[..count], &progress);
                continue;
            }
            ended = keeper.wait_for(|state| state.ended.is_some()) => {
                ended.ok().and_then(|state| state.ended).unwrap_or(libc::SIGKILL)
            }
            () = progress.closed() => return,
        };
        while let Ok(count @ 1..) = rustix::io::read(reports.get_ref(), &mut buffer) {
            pending.push(&buffer[..count], &progress);
        }
        progress.send_modify(|progress| progress.dead = Some(status));
        return;
    }
}

/// What has come of the report that is coming.
struct Pending {
    bytes: Vec<u8>,
    longest: usize,
    is_too_long: bool,
}

impl Pending {
    fn push(&mut self, bytes: &[u8], progress: &watch::Sender<Progress>) {
        let mut from = self.bytes.len().saturating_sub(1);
        self.bytes.extend_from_slice(bytes);
        while let Some(length) = memmem::find(&self.bytes[from..], BORDER).map(|found| from + found) {
            let report = &self.bytes[..length];
            if self.is_too_long {
                progress.send_modify(|progress| take_head(progress, report));
            } else if !report.is_empty() {
                progress.send_modify(|progress| take(progress, report));
            }
            self.is_too_long = false;
            self.bytes.drain(..length + BORDER.len());
            from = 0;
        }
        if self.bytes.is_empty() {
            // A session that rests keeps no room for its state twice.
            self.bytes = Vec::new();
        }
        if self.bytes.len() > self.longest {
            self.is_too_long = true;
            self.bytes.drain(HEAD..self.bytes.len() - 1);
        }
    }
}

/// The fields of a report: its kind, its number, and the rest, without the mark that each begins with.
fn fields(report: &[u8]) -> Option<(u8, u64, Vec<&[u8]>)> {
    // An interrupted report may have left a NUL.
    let mut fields = report[report.iter().position(|byte| *byte != 0)?..].split(|byte| *byte == 0);
    let &[kind] = fields.next()? else { return None };
    let id = number(fields.next()?.strip_prefix(b"=")?)?;
    Some((kind, u64::try_from(id).ok()?, fields.collect()))
}

fn take(progress: &mut Progress, report: &[u8]) {
    let Some((kind, id, rest)) = fields(report) else { return };
    let whole = rest.split_last().filter(|(last, _)| **last == LAST);
    let Some(parts) = whole.and_then(|(_, parts)| parts.iter().map(|part| part.strip_prefix(b"=")).collect())
    else {
        return take_head(progress, report);
    };
    let parts: Vec<&[u8]> = parts;
    match (kind, parts.as_slice()) {
        (b'b', []) => progress.begun = Some(id),
        (b'o', []) => progress.operated = id,
        (b'p', []) => progress.prompts += 1,
        (b'x', []) => {
            if progress.own.len() == OWN {
                progress.own.pop_front();
            }
            progress.own.push_back(id);
        }
        (b'e', [status, pipes, cwd]) => {
            let pipes = pipes.split(|byte| *byte == b' ');
            progress.end = Some(End {
                id,
                status: number(status).map_or(1, |status| status as i32),
                pipes: pipes.filter_map(number).map(|status| status as i32).collect(),
                cwd: cwd.to_vec(),
            });
        }
        (b's', parts) => {
            progress.saved = Some(id);
            let traps = progress.traps.take();
            let parts: Vec<&[u8]> = parts.iter().copied().chain(traps.as_deref()).collect();
            progress.state = Some(Arc::new(Saved::new(id, &parts)));
        }
        (b't', [traps]) => progress.traps = Some(traps.to_vec()),
        (b'd', parts) => progress.definitions = Some(Arc::new(Saved::new(id, parts))),
        _ => {}
    }
}

/// Takes of a report that cannot be kept that it was there. What was kept before stays.
fn take_head(progress: &mut Progress, report: &[u8]) {
    if let Some((b's', id, _)) = fields(report) {
        progress.saved = Some(id);
    }
}

fn number(field: &[u8]) -> Option<i64> {
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(pieces: &[&[u8]], longest: usize) -> Progress {
        let (sender, receiver) = watch::channel(Progress::default());
        let mut pending = Pending { bytes: Vec::new(), longest, is_too_long: false };
        for piece in pieces {
            pending.push(piece, &sender);
        }
        receiver.borrow().clone()
    }

    const END: &[u8] = b"\0\0e\0=7\0=3\0=1 3 \0=/a\nb\0.\0\0";

    #[test]
    fn a_report_is_taken_however_it_is_cut() {
        for cut in 0..END.len() {
            let end = told(&[&END[..cut], &END[cut..]], 1000).end.unwrap();
            assert_eq!((end.id, end.status, end.pipes, end.cwd), (7, 3, vec![1, 3], b"/a\nb".to_vec()));
        }
    }

    #[test]
    fn an_interrupted_report_takes_no_other_with_it() {
        let state = b"\0\0s\0=6\0=x\0=y\0.\0\0";
        for cut in 0..state.len() - 3 {
            let progress = told(&[&state[..cut], END, END], 1000);
            assert_eq!(progress.end.unwrap().id, 7, "{cut}");
            assert!(progress.state.is_none(), "{cut}");
        }
        assert_eq!(told(&[state, END], 1000).state.unwrap().part(1), b"y");
    }

    #[test]
    fn a_state_that_is_too_long_leaves_the_former_one() {
        let long = vec![b'x'; 5000];
        let progress = told(&[b"\0\0s\0=1\0=x\0.\0\0\0\0s\0=2\0=", &long, &long, b"\0.\0\0", END], 2000);
        assert_eq!((progress.saved, progress.state.unwrap().part(0)), (Some(2), b"x".as_slice()));
        assert_eq!(progress.end.unwrap().id, 7);
    }
}
