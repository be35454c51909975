//! Keeping: what a command holds of its output in memory, and what of it goes where all commands together have too much.

use std::sync::atomic::Ordering;

use super::{Command, State};
use crate::ceiling::{Keeper, Share};

/// What a completed command's breakpoints have kept.
#[derive(Clone, Copy)]
pub(super) struct Captured {
    pub(super) moment: u64,
    pub(super) bytes: u64,
}

/// What is the oldest of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Oldest {
    Output,
    Taps,
    Captures,
}

impl State {
    /// Bytes that it takes in memory, about.
    fn kept(&self) -> u64 {
        let captured = self.captured.map_or(0, |captured| captured.bytes);
        self.log.kept() + self.tapped.kept() + self.screens.kept() as u64 + self.pictures.kept() + captured
    }

    /// What is the oldest, and from which moment. Of the output what ends at `until` at the latest.
    fn oldest(&self, until: u64) -> Option<(u64, Oldest)> {
        let output = self.log.oldest().filter(|(_, end)| *end <= until);
        [
            output.map(|(moment, _)| (moment, Oldest::Output)),
            self.tapped.log.oldest().map(|(moment, _)| (moment, Oldest::Taps)),
            self.captured.map(|captured| (captured.moment, Oldest::Captures)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Where the slowest client that is connected stands.
    pub(super) fn slowest(&self) -> Option<u64> {
        self.cursors.values().min().copied()
    }
}

impl Command {
    /// Bytes of output that are kept.
    pub(crate) fn kept(&self) -> u64 {
        self.lock().kept()
    }

    /// Lets go of the kept output of a completed command.
    pub(crate) fn forget_output(&self) {
        let mut state = self.lock();
        state.log.clear();
        state.tapped.clear();
        state.screens.clear();
        state.pictures.clear();
        self.note(&state);
    }

    /// Keeps nothing of it any more. While it runs, its clients still see it.
    pub(crate) fn forget(&self) {
        self.recording.forget();
        self.forgotten.store(true, Ordering::Release);
    }

    /// Whether nothing of it is to be kept.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Whether nobody is to see it any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_forgotten() && self.has_ended()
    }

    /// Notes what is kept now.
    pub(super) fn note(&self, state: &State) {
        self.share.set(state.kept(), state.oldest(u64::MAX).map(|(moment, _)| moment));
    }

    /// Notes what the breakpoints have kept, to which nothing is added any more.
    pub(super) fn note_captures(&self) {
        let Some(captures) = &self.captures else { return };
        let captured = Captured { moment: self.share.ceiling().moment(), bytes: captures.weight() };
        let mut state = self.lock();
        state.captured = Some(captured);
        self.note(&state);
    }
}

impl Keeper for Command {
    fn share(&self) -> &Share {
        &self.share
    }

    fn drop_oldest(&self, pressed: bool) -> bool {
        let mut state = self.lock();
        let slowest = state.slowest().unwrap_or(u64::MAX);
        let Some((_, oldest)) = state.oldest(if pressed { u64::MAX } else { slowest }) else { return false };
        match oldest {
            Oldest::Output => {
                state.log.drop_oldest();
                let start = state.log.start();
                state.screens.forget(start);
                state.pictures.forget(start);
            }
            Oldest::Taps => state.tapped.drop_oldest(),
            Oldest::Captures => {
                state.captured = None;
                self.captures.iter().for_each(|captures| captures.clear());
            }
        }
        self.note(&state);
        let is_missed = slowest < state.log.start();
        drop(state);
        if is_missed {
            // The client is told of the gap, and the program has room again.
            self.tell();
            self.room.notify_one();
        }
        true
    }
}
