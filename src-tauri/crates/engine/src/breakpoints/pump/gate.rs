//! Gates: whether what a stage has written goes on to the next one, and how many lines of it.

use std::collections::BTreeMap;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What becomes of the flow through a tapped pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// All goes on.
    Continue,
    /// So many lines go on, then it is held. Those that an earlier step still has to come are added.
    Step(u64),
    /// Nothing goes on.
    Hold,
}

/// Why an [`Action`] does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateError {
    /// The pipe is not tapped.
    NotTapped,
    /// No such run flows through it now.
    NoSuchRun,
}

/// The gates of one command's tapped pipes.
pub struct Gates {
    state: Mutex<State>,
    /// Readable when something was done to a gate.
    bell: PipeReader,
    rope: PipeWriter,
}

struct State {
    pipes: BTreeMap<usize, Pipe>,
    /// The command has ended: nothing is held any more.
    over: bool,
}

/// The gate of a pipe, which its runs share.
struct Pipe {
    opening: Opening,
    runs: BTreeMap<u32, Run>,
}

#[derive(Default)]
struct Run {
    /// Where this run was told something else than the others.
    own: Option<Opening>,
    /// A part of a line has gone on: the rest of it may.
    in_line: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    All,
    /// So many lines may begin.
    Lines(u64),
}

impl Gates {
    /// Gates for pipes, each with whether it is held at first.
    pub(in crate::breakpoints) fn new(pipes: impl IntoIterator<Item = (usize, bool)>) -> io::Result<Self> {
        let pipe = |held| {
            let opening = if held { Opening::Lines(0) } else { Opening::All };
            Pipe { opening, runs: BTreeMap::new() }
        };
        let pipes = pipes.into_iter().map(|(location, held)| (location, pipe(held))).collect();
        let (bell, rope) = io::pipe()?;
        rustix::io::ioctl_fionbio(&bell, true)?;
        rustix::io::ioctl_fionbio(&rope, true)?;
        Ok(Self { state: Mutex::new(State { pipes, over: false }), bell, rope })
    }

    /// Acts on the gate of a pipe, or of one run alone.
    ///
    /// # Errors
    /// The pipe is not tapped, or no such run flows now.
    pub fn act(&self, location: usize, run: Option<u32>, action: Action) -> Result<(), GateError> {
        let mut state = self.state();
        let pipe = state.pipes.get_mut(&location).ok_or(GateError::NotTapped)?;
        if let Some(run) = run {
            let opening = pipe.opening;
            let run = pipe.runs.get_mut(&run).ok_or(GateError::NoSuchRun)?;
            let before = run.own.unwrap_or(opening);
            run.own = Some(before.after(action));
            run.in_line &= before != Opening::All && action != Action::Hold;
        } else {
            let before = pipe.opening;
            pipe.opening = before.after(action);
            for run in pipe.runs.values_mut() {
                run.in_line &= run.own.unwrap_or(before) != Opening::All && action != Action::Hold;
                run.own = None;
            }
        }
        drop(state);
        self.ring();
        Ok(())
    }

    /// Lets everything go on for good.
    pub(in crate::breakpoints) fn release(&self) {
        self.state().over = true;
        self.ring();
    }

    /// A run has begun to flow.
    pub(super) fn begin(&self, location: usize, run: u32) {
        if let Some(pipe) = self.state().pipes.get_mut(&location) {
            pipe.runs.insert(run, Run::default());
        }
    }

    /// A run flows no more.
    pub(super) fn end(&self, location: usize, run: u32) {
        if let Some(pipe) = self.state().pipes.get_mut(&location) {
            pipe.runs.remove(&run);
        }
    }

    /// Whether all goes on.
    pub(super) fn is_open(&self, location: usize, run: u32) -> bool {
        let state = self.state();
        state.over || state.pipes.get(&location).is_none_or(|pipe| pipe.opening(run) == Opening::All)
    }

    /// How many of the bytes that come next may go on. They are taken to have gone.
    pub(super) fn pass(&self, location: usize, run: u32, bytes: &[u8]) -> usize {
        let mut state = self.state();
        let over = state.over;
        let Some(Pipe { opening, runs }) = state.pipes.get_mut(&location).filter(|_| !over) else {
            return bytes.len();
        };
        let Some(run) = runs.get_mut(&run) else { return bytes.len() };
        let Opening::Lines(lines) = run.own.as_mut().unwrap_or(opening) else { return bytes.len() };
        let mut passed = 0;
        while passed < bytes.len() {
            if !run.in_line {
                if *lines == 0 {
                    break;
                }
                *lines -= 1;
            }
            let end = memchr::memchr(b'\n', &bytes[passed..]);
            run.in_line = end.is_none();
            passed = end.map_or(bytes.len(), |end| passed + end + 1);
        }
        passed
    }

    /// What is readable when something was done.
    pub(super) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    /// Makes the bell silent.
    pub(super) fn heard(&self) {
        let _ = (&self.bell).read(&mut [0; 256]);
    }

    fn ring(&self) {
        // Where the pipe is full the bell rings already.
        let _ = (&self.rope).write(&[1]);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pipe {
    fn opening(&self, run: u32) -> Opening {
        self.runs.get(&run).and_then(|run| run.own).unwrap_or(self.opening)
    }
}

impl Opening {
    fn after(self, action: Action) -> Self {
        match (action, self) {
            (Action::Continue, _) => Self::All,
            (Action::Hold, _) => Self::Lines(0),
            (Action::Step(lines), Self::All) => Self::Lines(lines),
            (Action::Step(lines), Self::Lines(left)) => Self::Lines(left.saturating_add(lines)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn held() -> Gates {
        let gates = Gates::new([(0, true)]).unwrap();
        gates.begin(0, 0);
        gates
    }

    #[test]
    fn a_step_lets_through_as_many_lines_as_it_says_however_they_come() {
        let gates = held();
        assert_eq!(gates.pass(0, 0, b"a\nb\n"), 0);
        gates.act(0, None, Action::Step(2)).unwrap();
        assert_eq!(gates.pass(0, 0, b"a"), 1);
        assert_eq!(gates.pass(0, 0, b"a\nb"), 3);
        assert_eq!(gates.pass(0, 0, b"b\nc\nd\n"), 2);
        assert_eq!(gates.pass(0, 0, b"c\n"), 0);
        gates.act(0, None, Action::Step(1)).unwrap();
        gates.act(0, Some(0), Action::Step(1)).unwrap();
        assert_eq!(gates.pass(0, 0, b"c\nd\ne\n"), 4);
    }

    #[test]
    fn a_hold_in_the_midst_of_a_line_stops_there() {
        let gates = held();
        gates.act(0, None, Action::Step(1)).unwrap();
        assert_eq!(gates.pass(0, 0, b"abc"), 3);
        gates.act(0, None, Action::Hold).unwrap();
        assert_eq!(gates.pass(0, 0, b"def\n"), 0);
        gates.act(0, None, Action::Continue).unwrap();
        assert_eq!(gates.pass(0, 0, b"def\ngh"), 6);
        gates.act(0, None, Action::Step(1)).unwrap();
        assert_eq!(gates.pass(0, 0, b"i\nj\n"), 2);
    }

    #[test]
    fn what_a_run_did_not_use_of_the_pipes_lines_is_for_the_next_one() {
        let gates = held();
        gates.act(0, None, Action::Step(3)).unwrap();
        // A last line without an end is one.
        assert_eq!(gates.pass(0, 0, b"a\nb"), 3);
        gates.end(0, 0);
        gates.begin(0, 1);
        assert_eq!(gates.pass(0, 1, b"c\nd\n"), 2);
        assert_eq!(gates.act(0, Some(0), Action::Continue), Err(GateError::NoSuchRun));
        assert_eq!(gates.act(1, None, Action::Continue), Err(GateError::NotTapped));
    }

    #[test]
    fn a_run_of_its_own_way_follows_the_pipe_again_when_that_is_told_something() {
        let gates = held();
        gates.begin(0, 1);
        gates.act(0, Some(1), Action::Continue).unwrap();
        assert!(gates.is_open(0, 1) && !gates.is_open(0, 0));
        gates.act(0, None, Action::Hold).unwrap();
        assert!(!gates.is_open(0, 1));
        gates.release();
        assert!(gates.is_open(0, 0) && gates.is_open(0, 1));
    }
}
