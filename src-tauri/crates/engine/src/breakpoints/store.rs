//! The store: what the taps of one command have captured, and the news of it for the one who takes them.

mod memory;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::breakpoint::Breakpoint;
use super::capture::{Capture, Kept, Taken};
use super::event::{TapEvent, TapStream};
use crate::Limits;

/// What one run of a tapped stage has written so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The run.
    pub run: u32,
    /// What entered the pipe.
    pub stdout: Kept,
    /// The stage's stderr.
    pub stderr: Kept,
    /// The stage has written its last byte.
    pub ended: bool,
}

/// Names one stream of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) location: usize,
    pub(super) run: u32,
    pub(super) stream: TapStream,
}

#[derive(Debug)]
struct Run {
    number: u32,
    stage: u32,
    stdout: Capture,
    stderr: Capture,
    /// Streams that have begun and not ended.
    open: u32,
    /// The stream of stderr has begun.
    stderr_begun: bool,
    /// Whether it is held, and how many bytes are.
    held: (bool, u64),
    /// News of that waits for the taker.
    held_queued: bool,
    /// How its stage ended, where that is known.
    status: Option<i32>,
}

#[derive(Debug)]
struct Tap {
    head: usize,
    tail: usize,
    runs: VecDeque<Run>,
    next: u32,
}

enum News {
    Output(Key),
    Lost(Key, u64),
    Held(Key),
    Exited { location: usize, run: u32 },
    Ended { location: usize, run: u32 },
}

/// See the module.
pub(super) struct Store {
    state: Mutex<State>,
    /// Told when there is news.
    pub(super) news: Notify,
    /// Told when no stream is open any more, and no process is watched.
    pub(super) settled: Notify,
}

struct State {
    taps: BTreeMap<usize, Tap>,
    news: VecDeque<News>,
    open: usize,
    runs: usize,
}

impl Store {
    pub(super) fn new(breakpoints: &[Breakpoint], limits: &Limits) -> Self {
        let tap = |breakpoint: &Breakpoint| Tap {
            head: breakpoint.head.unwrap_or(limits.tap_head),
            tail: breakpoint.tail.unwrap_or(limits.tap_tail),
            runs: VecDeque::new(),
            next: 0,
        };
        let state = State {
            taps: breakpoints.iter().map(|breakpoint| (breakpoint.location, tap(breakpoint))).collect(),
            news: VecDeque::new(),
            open: 0,
            runs: limits.tap_runs.max(1),
        };
        Self { state: Mutex::new(state), news: Notify::new(), settled: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream of a stage begins, in the process `stage`. Gives its name; nothing where the location is not tapped.
    pub(super) fn begin(&self, location: usize, stream: TapStream, stage: u32) -> Option<Key> {
        let mut state = self.state();
        let limit = state.runs;
        let tap = state.taps.get_mut(&location)?;
        let (head, tail) = (tap.head, tap.tail);
        let waiting = tap
            .runs
            .iter_mut()
            .rev()
            .find(|run| stream == TapStream::Stderr && run.stage == stage && !run.stderr_begun);
        let run = if let Some(run) = waiting {
            run.stderr_begun = true;
            run.open += 1;
            run.number
        } else {
            let number = tap.next;
            tap.next = tap.next.wrapping_add(1);
            tap.runs.push_back(Run {
                number,
                stage,
                stdout: Capture::new(head, tail),
                stderr: Capture::new(head, tail),
                open: 1,
                stderr_begun: stream == TapStream::Stderr,
                held: (false, 0),
                held_queued: false,
                status: None,
            });
            number
        };
        let forgotten = tap.forget(limit);
        state.open += 1;
        state.forget_news(location, &forgotten);
        Some(Key { location, run, stream })
    }

    /// Adds what has flowed.
    pub(super) fn push(&self, key: Key, bytes: &[u8]) {
        let mut state = self.state();
        let Some(capture) = state.capture(key) else { return };
        capture.push(bytes);
        if !std::mem::replace(&mut capture.queued, true) {
            state.news.push_back(News::Output(key));
        }
        drop(state);
        self.news.notify_one();
    }

    /// Adds up to `length` bytes that `read` gives without waiting, and tells how many it gave.
    #[cfg(target_os = "linux")]
    pub(super) fn fill(&self, key: Key, length: usize, read: &mut dyn FnMut(&mut [u8]) -> usize) -> usize {
        let mut state = self.state();
        let Some(capture) = state.capture(key) else { return read(&mut [0; 4096]) };
        let read = capture.fill(length, read);
        if read > 0 && !std::mem::replace(&mut capture.queued, true) {
            state.news.push_back(News::Output(key));
        }
        drop(state);
        self.news.notify_one();
        read
    }

    /// A run is held with so many bytes, or goes on.
    pub(super) fn hold(&self, key: Key, held: bool, waiting: u64) {
        let mut state = self.state();
        let Some(run) = state.run(key.location, key.run) else { return };
        run.held = (held, waiting);
        if !std::mem::replace(&mut run.held_queued, true) {
            state.news.push_back(News::Held(key));
        }
        drop(state);
        self.news.notify_one();
    }

    /// A stage's process is watched: it is open as a stream is.
    pub(super) fn watch(&self) {
        self.state().open += 1;
    }

    /// A watched process has ended; how, where that is known.
    pub(super) fn exit(&self, location: usize, run: u32, status: Option<i32>) {
        let mut state = self.state();
        if let Some(exited) = state.run(location, run).filter(|_| status.is_some()) {
            exited.status = status;
            state.news.push_back(News::Exited { location, run });
        }
        self.close_one(state);
    }

    /// A stream has ended.
    pub(super) fn end(&self, key: Key) {
        let mut state = self.state();
        if let Some(run) = state.run(key.location, key.run) {
            run.open -= 1;
            if run.open == 0 {
                state.news.push_back(News::Ended { location: key.location, run: key.run });
            }
        }
        self.close_one(state);
    }

    fn close_one(&self, mut state: MutexGuard<'_, State>) {
        state.open -= 1;
        let settled = state.open == 0;
        drop(state);
        self.news.notify_one();
        if settled {
            self.settled.notify_waiters();
        }
    }

    /// Whether no stream is open and no process is watched.
    pub(super) fn is_settled(&self) -> bool {
        self.state().open == 0
    }

    /// Gives the oldest news, if there is any.
    pub(super) fn take(&self, buffer: &mut [u8]) -> Option<TapEvent> {
        let mut state = self.state();
        loop {
            match state.news.pop_front()? {
                News::Output(key) => {
                    let Key { location, run, stream } = key;
                    let Some(capture) = state.capture(key) else { continue };
                    let taken = capture.take(buffer);
                    capture.queued = capture.untold() > 0;
                    if capture.queued {
                        state.news.push_front(News::Output(key));
                    }
                    match taken {
                        Taken::Bytes(length) => {
                            return Some(TapEvent::Output { location, run, stream, length });
                        }
                        Taken::Lost(bytes) => return Some(TapEvent::Lost { location, run, stream, bytes }),
                        Taken::Nothing => {}
                    }
                }
                News::Lost(Key { location, run, stream }, bytes) => {
                    return Some(TapEvent::Lost { location, run, stream, bytes });
                }
                News::Held(Key { location, run, .. }) => {
                    let Some(holds) = state.run(location, run) else { continue };
                    holds.held_queued = false;
                    let (held, waiting) = holds.held;
                    return Some(TapEvent::Held { location, run, held, waiting });
                }
                News::Exited { location, run } => {
                    let Some(status) = state.run(location, run).and_then(|run| run.status) else { continue };
                    return Some(TapEvent::Exited { location, run, status });
                }
                News::Ended { location, run } => {
                    let Some(ended) = state.run(location, run) else { continue };
                    let (stdout, stderr) = (ended.stdout.total(), ended.stderr.total());
                    return Some(TapEvent::Ended { location, run, stdout, stderr });
                }
            }
        }
    }

    /// What a run has written; of the newest run where none is named.
    pub(super) fn captured(&self, location: usize, run: Option<u32>) -> Option<Captured> {
        let state = self.state();
        let runs = &state.taps.get(&location)?.runs;
        let run = match run {
            Some(number) => runs.iter().find(|run| run.number == number)?,
            None => runs.back()?,
        };
        Some(Captured {
            run: run.number,
            stdout: run.stdout.kept(),
            stderr: run.stderr.kept(),
            ended: run.open == 0,
        })
    }
}

impl State {
    fn run(&mut self, location: usize, number: u32) -> Option<&mut Run> {
        self.taps.get_mut(&location)?.runs.iter_mut().rev().find(|run| run.number == number)
    }

    fn capture(&mut self, key: Key) -> Option<&mut Capture> {
        let run = self.run(key.location, key.run)?;
        Some(match key.stream {
            TapStream::Stdout => &mut run.stdout,
            TapStream::Stderr => &mut run.stderr,
        })
    }

    /// Replaces the news of forgotten runs by the number of bytes that the taker misses.
    fn forget_news(&mut self, location: usize, forgotten: &[Run]) {
        for run in forgotten {
            self.news.retain(|news| match news {
                News::Output(key) | News::Lost(key, _) | News::Held(key) => {
                    (key.location, key.run) != (location, run.number)
                }
                News::Ended { location: of, run: number } | News::Exited { location: of, run: number } => {
                    (*of, *number) != (location, run.number)
                }
            });
            for (stream, capture) in [(TapStream::Stdout, &run.stdout), (TapStream::Stderr, &run.stderr)] {
                if capture.untold() > 0 && self.news.len() < 2 * self.runs {
                    let key = Key { location, run: run.number, stream };
                    self.news.push_back(News::Lost(key, capture.untold()));
                }
            }
        }
    }
}

impl Tap {
    /// Lets the oldest ended runs go beyond `limit`.
    fn forget(&mut self, limit: usize) -> Vec<Run> {
        let mut forgotten = Vec::new();
        while self.runs.len() > limit {
            let Some(oldest) = self.runs.iter().position(|run| run.open == 0) else { break };
            forgotten.extend(self.runs.remove(oldest));
        }
        forgotten
    }
}
