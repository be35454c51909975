//! Copying: how bytes move from a tapped stage to the next by read(2) and write(2), where they can be held on the way.

use std::os::fd::AsFd;

use rustix::io::Errno;

use super::fish::Backlog;
use super::flow::{Wait, Way};
#[cfg(target_os = "linux")]
use super::splicing::Spare;

/// Bytes that are read at once, and that are read of what is held: the rest waits in the pipe.
const BLOCK: usize = 64 << 10;

/// The state of a flow by reading and writing.
#[derive(Default)]
pub(super) struct Copying {
    /// Bytes at the front of the source that are captured.
    ahead: usize,
    /// Captured and not let through.
    held: Vec<u8>,
    /// Let through and not written.
    pending: Vec<u8>,
    /// What follows it.
    backlog: Option<Backlog>,
    /// The stage has written something.
    begun: bool,
    /// The stage has written all.
    complete: bool,
    /// With what the flow can go back into the kernel.
    #[cfg(target_os = "linux")]
    spare: Option<Spare>,
}

impl Copying {
    /// For a flow that was in the kernel, where `ahead` bytes at the front of the source are captured.
    #[cfg(target_os = "linux")]
    pub(super) fn instead(ahead: usize, spare: Spare) -> Self {
        Self { ahead, spare: Some(spare), ..Self::default() }
    }

    /// With what the flow can go back into the kernel, where it came from there and nothing is on its way.
    #[cfg(target_os = "linux")]
    pub(super) fn vacate(&mut self) -> Option<Spare> {
        self.spare.take_if(|_| {
            self.ahead == 0
                && self.held.is_empty()
                && self.pending.is_empty()
                && self.backlog.is_none()
                && !self.complete
        })
    }

    /// Whether something waits for room.
    pub(super) fn is_blocked(&self) -> bool {
        !self.pending.is_empty() || self.backlog.is_some()
    }

    /// Bytes that are held.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Whether the stage has written all that it ever will, and all is read.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// One movement; what there is to wait for where there was none.
    pub(super) fn step(&mut self, way: &Way<'_>) -> Option<Wait> {
        if self.pending.is_empty() {
            if !way.waiting {
                self.refill();
            }
            if self.pending.is_empty() && !self.let_through(way) {
                return self.take_more(way);
            }
        }
        if way.waiting && self.backlog.is_some() {
            return if self.set_aside() { None } else { Some(Wait::Gone) };
        }
        let Some(sink) = way.sink else {
            self.pending.clear();
            return None;
        };
        match sink.write(&self.pending) {
            Ok(written) => {
                self.pending.drain(..written);
                None
            }
            Err(Errno::AGAIN) if way.waiting && self.set_aside() => None,
            Err(Errno::AGAIN) => Some(Wait::Sink),
            Err(Errno::INTR) => None,
            Err(_) => Some(Wait::Gone),
        }
    }

    /// Moves on what the gate lets through; tells whether that was something.
    pub(super) fn let_through(&mut self, way: &Way<'_>) -> bool {
        if self.held.is_empty() || !self.pending.is_empty() {
            return false;
        }
        let passed = way.pass(&self.held);
        if passed == self.held.len() {
            std::mem::swap(&mut self.pending, &mut self.held);
        } else {
            self.pending.extend(self.held.drain(..passed));
        }
        passed > 0
    }

    fn take_more(&mut self, way: &Way<'_>) -> Option<Wait> {
        if !self.held.is_empty() && (self.complete || self.held.len() >= BLOCK) {
            return Some(Wait::Gate);
        }
        if self.complete {
            return Some(if self.backlog.is_some() { Wait::Sink } else { Wait::End });
        }
        let before = self.held.len();
        self.held.resize(BLOCK, 0);
        let read = rustix::io::read(way.source.as_fd(), &mut self.held[before..]);
        self.held.truncate(before + *read.as_ref().unwrap_or(&0));
        match read {
            Err(Errno::AGAIN) => Some(Wait::Source),
            Err(Errno::INTR) => None,
            Ok(0) if !self.begun && !way.opened => Some(Wait::Opening),
            // A terminal whose other end is closed gives EIO.
            Ok(0) | Err(_) => {
                self.complete = true;
                None
            }
            Ok(length) => {
                self.begun = true;
                let captured = self.ahead.min(length);
                self.ahead -= captured;
                way.store.push(way.key, &self.held[before + captured..]);
                None
            }
        }
    }

    /// Takes the oldest bytes of the backlog, and lets it go when it is used up.
    fn refill(&mut self) {
        let Some(backlog) = &mut self.backlog else { return };
        self.pending.resize(BLOCK, 0);
        let length = backlog.take(&mut self.pending);
        self.pending.truncate(length);
        if length == 0 {
            self.backlog = None;
        }
    }

    /// Moves what is pending to the end of the backlog; tells whether that was possible.
    fn set_aside(&mut self) -> bool {
        if self.backlog.is_none() {
            self.backlog = Backlog::new();
        }
        let aside = self.backlog.as_mut().is_some_and(|backlog| backlog.push(&self.pending));
        if aside {
            self.pending.clear();
        }
        aside
    }
}
