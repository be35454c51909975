//! Reports: what a driver shell tells through its FIFO, where no output of a command can get. Its state, which has many
//! lines, some shells put into a file, and tell through the FIFO that it is there.

use super::descriptor::{self, Watched};
use super::progress::{End, Progress};
use super::warden::KeeperState;
use memchr::memmem;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// Begins and ends a report; within one there is at most one NUL at a time, because no field is empty.
const BORDER: &[u8] = b"\0\0";

/// The last field of a report: one without it was interrupted.
const LAST: &[u8] = b".";

/// The field of an end that says of a command that it has left the state alone. Not every shell tells that.
const SAME: &[u8] = b"1";

/// Bytes of a report that is too long which are kept: they tell what it is.
const HEAD: usize = 64;

/// Bytes that are read at once.
const PIECE: usize = 16 << 10;

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
            let bytes = &self.bytes[..length];
            match if self.is_too_long { Report::of_head(bytes) } else { Report::read(bytes) } {
                Some(Report::InFile(id)) => {
                    let file = read_file(&self.state, self.longest).unwrap_or_default();
                    progress.send_modify(|progress| {
                        if let Some(state) = state_in(&file) {
                            progress.take(state);
                        }
                        // It may have been too long, or have met a full disk.
                        progress.saved = progress.saved.max(Some(id));
                    });
                }
                Some(report) => {
                    if let Report::Ended { end, has_changed: true } = &report {
                        (self.at_change)(end.id);
                    }
                    progress.send_modify(|progress| progress.take(report));
                }
                None => {}
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

/// What a driver has told.
pub(super) enum Report<'a> {
    /// A command begins, where the dialect tells that.
    Begun(u64),
    /// An operation of the engine's own is done.
    Operated(u64),
    /// The shell shows a prompt though nobody asked for one.
    Prompt,
    /// It has started this process for no command.
    Own(u64),
    /// A command has ended; it may have changed the state where it is not known to have left that alone.
    Ended { end: End, has_changed: bool },
    /// The state after a command is in the file for that.
    InFile(u64),
    /// The state after a command.
    State(u64, Vec<&'a [u8]>),
    /// There is one, but it was cut off or is too long to be kept.
    Lost(u64),
    /// Traps that come before the state that they are the last part of.
    Traps(&'a [u8]),
    /// The definitions after a command.
    Definitions(u64, Vec<&'a [u8]>),
}

impl<'a> Report<'a> {
    /// Reads what is between two borders. None where that is no report, or an interrupted one that tells nothing.
    fn read(report: &'a [u8]) -> Option<Self> {
        let (kind, id, rest) = fields(report)?;
        let whole = rest.split_last().filter(|(last, _)| **last == LAST);
        let parts = whole.and_then(|(_, parts)| parts.iter().map(|part| part.strip_prefix(b"=")).collect());
        let parts: Vec<&[u8]> = match parts {
            Some(parts) => parts,
            None => return Self::of_head(report),
        };
        Some(match (kind, parts.as_slice()) {
            (b'b', []) => Self::Begun(id),
            (b'o', []) => Self::Operated(id),
            (b'p', []) => Self::Prompt,
            (b'x', []) => Self::Own(id),
            (b'e', [status, pipes, cwd, rest @ ..]) => {
                let status = number(status).map_or(1, |status| status as i32);
                let pipes = pipes.split(|byte| *byte == b' ').filter_map(number);
                let pipes = pipes.map(|status| status as i32).collect();
                Self::Ended { end: End { id, status, pipes, cwd: cwd.to_vec() }, has_changed: rest != [SAME] }
            }
            (b'f', []) => Self::InFile(id),
            (b's', _) => Self::State(id, parts),
            (b't', [traps]) => Self::Traps(traps),
            (b'd', _) => Self::Definitions(id, parts),
            _ => return None,
        })
    }

    /// Reads of one that is not whole that it was there.
    fn of_head(report: &[u8]) -> Option<Self> {
        fields(report).filter(|(kind, ..)| *kind == b's').map(|(_, id, _)| Self::Lost(id))
    }
}

/// The state in the file for it. What is not whole there is the next one, which is told of when it is.
fn state_in(file: &[u8]) -> Option<Report<'_>> {
    let report = file.strip_prefix(BORDER)?.strip_suffix(BORDER)?;
    if memmem::find(report, BORDER).is_none() { Report::read(report) } else { None }
}

/// The fields of a report: its kind, its number, and the rest, without the mark that each begins with.
fn fields(report: &[u8]) -> Option<(u8, u64, Vec<&[u8]>)> {
    // An interrupted report may have left a NUL.
    let mut fields = report[report.iter().position(|byte| *byte != 0)?..].split(|byte| *byte == 0);
    let &[kind] = fields.next()? else { return None };
    let id = number(fields.next()?.strip_prefix(b"=")?)?;
    Some((kind, u64::try_from(id).ok()?, fields.collect()))
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
