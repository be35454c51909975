//! Keeping: what a command holds of its output in memory, and what of it goes where all commands together have too much.

use std::sync::atomic::Ordering;

use super::{Command, State};
use crate::breakpoints::Captures;
use crate::ceiling::{Keeper, Need, Share};

/// What a command's breakpoints have kept, and since when.
#[derive(Clone, Copy)]
pub(super) struct Captured {
    moment: u64,
    bytes: u64,
    /// Those of runs that have ended.
    ended: u64,
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

    /// What is the oldest that a need reaches, and from which moment.
    fn oldest(&self, need: Need) -> Option<(u64, Oldest)> {
        let until = if need == Need::Everything { u64::MAX } else { self.slowest().unwrap_or(u64::MAX) };
        let output = self.log.oldest().filter(|(_, end)| *end <= until);
        let captured = self.captured.filter(|captured| captured.ended > 0 || need == Need::Everything);
        [
            output.map(|(moment, _)| (moment, Oldest::Output)),
            self.tapped.log.oldest().map(|(moment, _)| (moment, Oldest::Taps)),
            captured.map(|captured| (captured.moment, Oldest::Captures)),
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
        self.share.kept()
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
        self.share.set(state.kept(), state.oldest(Need::Everything).map(|(moment, _)| moment));
    }

    /// Notes what the breakpoints have kept by now.
    pub(super) fn note_captures(&self, state: &mut State) {
        let Some(captures) = &self.captures else { return };
        let (bytes, ended) = captures.weight();
        let since = state.captured.map(|captured| captured.moment);
        state.captured = (bytes > 0).then(|| Captured {
            moment: since.unwrap_or_else(|| self.share.ceiling().moment()),
            bytes,
            ended,
        });
    }
}

impl Keeper for Command {
    fn share(&self) -> &Share {
        &self.share
    }

    fn drop_oldest(&self, need: Need) -> bool {
        let mut state = self.lock();
        let slowest = state.slowest().unwrap_or(u64::MAX);
        let Some((_, oldest)) = state.oldest(need) else { return false };
        match oldest {
            Oldest::Output => {
                state.log.drop_oldest();
                let start = state.log.start();
                state.screens.forget(start);
                state.pictures.forget(start);
            }
            Oldest::Taps => state.tapped.drop_oldest(),
            Oldest::Captures => {
                let has_ended = state.captured.is_some_and(|captured| captured.ended > 0);
                let drop = if has_ended { Captures::clear } else { Captures::give_up };
                self.captures.iter().for_each(drop);
                self.note_captures(&mut state);
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
