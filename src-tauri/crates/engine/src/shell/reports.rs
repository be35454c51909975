//! Reports: what a driver shell tells through its FIFO, where no output of a command can get. Its state, which has many
//! lines, some shells put into a file, and tell through the FIFO that it is there.

use super::descriptor::{self, Watched};
use super::saved::Saved;
use super::warden::KeeperState;
use memchr::memmem;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// Begins and ends a report; within one there is at most one NUL at a time, because no field is empty.
const BORDER: &[u8] = b"\0\0";

/// The last field of a report: one without it was interrupted.
const LAST: &[u8] = b".";

/// The field of an end that says of a command that it has left the state alone. Not every shell tells that.
const SAME: &[u8] = b"=1";

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
    /// The newest command that has ended and may have changed the state.
    pub(super) changed: u64,
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

/// Reads reports until the shell has ended or the driver's `Progress` has no reader any more. The states are in the file
/// `state`. Reports of more than `longest` bytes are left out. At each end of a command that may have changed
/// the state `at_change` is called, before anybody learns of that.
pub(super) async fn read(
    reports: Watched,
    (state, longest): (PathBuf, usize),
    mut keeper: watch::Receiver<KeeperState>,
    progress: watch::Sender<Progress>,
    at_change: impl Fn(u64) + Send + 'static,
) {
    let at_change = Box::new(at_change);
    let mut pending = Pending { bytes: Vec::new(), state, longest, is_too_long: false, at_change };
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
    state: PathBuf,
    longest: usize,
    is_too_long: bool,
    at_change: Box<dyn Fn(u64) + Send>,
}

impl Pending {
    fn push(&mut self, bytes: &[u8], progress: &watch::Sender<Progress>) {
        let mut from = self.bytes.len().saturating_sub(1);
        self.bytes.extend_from_slice(bytes);
        while let Some(length) = memmem::find(&self.bytes[from..], BORDER).map(|found| from + found) {
            let report = &self.bytes[..length];
            if self.is_too_long {
                progress.send_modify(|progress| take_head(progress, report));
            } else if let Some((b'f', id, _)) = fields(report) {
                let state = read_file(&self.state, self.longest);
                progress.send_modify(|progress| take_state(progress, id, state.ok().as_deref()));
            } else if !report.is_empty() {
                if let Some(id) = changed(report) {
                    (self.at_change)(id);
                }
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

/// All of a file; an error where that is more than `longest` bytes. It was just written, so that no disk is waited for.
fn read_file(path: &Path, longest: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(longest);
    // One more than is there shows the end at once.
    let mut bytes = Vec::with_capacity(length + 1);
    file.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > longest { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Takes what is in the file of states once the shell has told that the state after the command with this id is there.
/// What is not whole there is the next one, which is told of when it is.
fn take_state(progress: &mut Progress, id: u64, file: Option<&[u8]>) {
    let report = file.and_then(|file| file.strip_prefix(BORDER)?.strip_suffix(BORDER));
    if let Some(report) = report.filter(|report| memmem::find(report, BORDER).is_none()) {
        take(progress, report);
    }
    // It may have been too long, or have met a full disk.
    progress.saved = progress.saved.max(Some(id));
}

/// The command whose end a report tells, if it may have changed the state.
fn changed(report: &[u8]) -> Option<u64> {
    fields(report).and_then(|(kind, id, rest)| {
        let is_end = kind == b'e' && rest.last() == Some(&LAST);
        (is_end && rest.get(3) != Some(&SAME)).then_some(id)
    })
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
        (b'e', [status, pipes, cwd, rest @ ..]) => {
            if rest != [&SAME[1..]] {
                progress.changed = id;
            }
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
        told_with(Path::new(""), pieces, longest)
    }

    fn told_with(state: &Path, pieces: &[&[u8]], longest: usize) -> Progress {
        let (sender, receiver) = watch::channel(Progress::default());
        let mut pending = pending(state, longest, |_| ());
        for piece in pieces {
            pending.push(piece, &sender);
        }
        receiver.borrow().clone()
    }

    fn pending(state: &Path, longest: usize, at_change: impl Fn(u64) + Send + 'static) -> Pending {
        let at_change = Box::new(at_change);
        Pending { bytes: Vec::new(), state: state.into(), longest, is_too_long: false, at_change }
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
    fn an_end_is_noticed_once_and_before_anybody_learns_of_it() {
        let (sender, receiver) = watch::channel(Progress::default());
        let (noticed, notices) = std::sync::mpsc::channel();
        let at_change = move |id| noticed.send((id, receiver.borrow().end.is_some())).unwrap();
        let mut pending = pending(Path::new(""), 1000, at_change);
        pending.push(b"\0\0o\0=1\0.\0\0", &sender);
        pending.push(&END[..END.len() - 4], &sender);
        assert!(notices.try_recv().is_err());
        pending.push(&END[END.len() - 4..], &sender);
        assert_eq!(notices.try_iter().collect::<Vec<_>>(), [(7, false)]);
        assert!(sender.borrow().end.is_some());
    }

    #[test]
    fn an_end_of_what_left_the_state_alone_is_no_change() {
        for (same, changed) in [(b"=1".as_slice(), None), (b"=", Some(7))] {
            let report = [b"\0\0e\0=7\0=0\0=0 \0=/a\0", same, b"\0.\0\0"].concat();
            let (noticed, notices) = std::sync::mpsc::channel();
            let (sender, receiver) = watch::channel(Progress::default());
            pending(Path::new(""), 1000, move |id| noticed.send(id).unwrap()).push(&report, &sender);
            assert_eq!(notices.try_iter().last(), changed);
            assert_eq!(receiver.borrow().changed, changed.unwrap_or(0));
            assert!(receiver.borrow().is_over(7));
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

    #[test]
    fn a_state_in_a_file_is_taken_when_it_is_told_that_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let (there, traps) = (b"\0\0f\0=7\0.\0\0", b"\0\0t\0=7\0=trap\0.\0\0");
        std::fs::write(&file, b"\0\0s\0=7\0=x\0=y\0.\0\0").unwrap();
        assert!(told_with(&file, &[END], 100).state.is_none());
        let progress = told_with(&file, &[END, traps, there], 100);
        let state = progress.state.unwrap();
        assert_eq!((state.part(0), state.part(1), state.part(2)), (&b"x"[..], &b"y"[..], &b"trap"[..]));
        assert_eq!(progress.saved, Some(7));
    }

    #[test]
    fn a_file_that_has_no_whole_state_leaves_the_former_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        let former = b"\0\0s\0=6\0=x\0.\0\0";
        let whole = [b"\0\0s\0=7\0=".as_slice(), &[b'y'; 50], b"\0.\0\0"].concat();
        for (content, longest) in [(&whole[..], 40), (&whole[..30], 100), (&b""[..], 100)] {
            std::fs::write(&file, content).unwrap();
            let progress = told_with(&file, &[former, b"\0\0f\0=7\0.\0\0", END], longest);
            assert_eq!((progress.saved, progress.state.unwrap().part(0)), (Some(7), &b"x"[..]));
            assert_eq!(progress.end.unwrap().id, 7);
        }
    }
}
