//! How bytes move from a tapped stage to the next: inside the kernel where it can, by reading and writing elsewhere.

use std::os::fd::OwnedFd;

use super::copying::Copying;
use super::gate::Gates;
use super::sink::Sink;
#[cfg(target_os = "linux")]
use super::splicing::Splicing;
use crate::breakpoints::event::TapStream;
use crate::breakpoints::store::{Key, Store};

/// Movements of one stream before the others have their turn.
const TURNS: usize = 16;

/// The state of a stream's flow.
pub(super) enum Flow {
    /// tee(2) and splice(2).
    #[cfg(target_os = "linux")]
    Kernel(Splicing),
    /// read(2) and write(2).
    Copy(Copying),
}

/// What a flow waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wait {
    /// The stage, which has not opened its path as far as can be told.
    Opening,
    /// More from the stage.
    Source,
    /// Room at the next stage.
    Sink,
    /// Nothing: the stage has written all, and all has gone on.
    End,
    /// Nothing: nobody takes it any more.
    Gone,
    /// Somebody who lets it go on.
    Gate,
}

/// From where to where a stream flows.
pub(super) struct Way<'a> {
    pub(super) source: &'a OwnedFd,
    /// Without one, what comes is captured and dropped.
    pub(super) sink: Option<&'a Sink>,
    /// Whether the stage has opened its path, or never will: its end is one then.
    pub(super) opened: bool,
    /// fish does not start the next stage before this one has ended: what the sink does not take is set aside.
    pub(super) waiting: bool,
    pub(super) key: Key,
    pub(super) store: &'a Store,
    pub(super) gates: &'a Gates,
}

impl Way<'_> {
    /// Whether all that comes goes on.
    #[cfg(target_os = "linux")]
    fn is_open(&self) -> bool {
        self.key.stream == TapStream::Stderr || self.gates.is_open(self.key.location, self.key.run)
    }

    /// How many of the bytes that come next go on now.
    pub(super) fn pass(&self, bytes: &[u8]) -> usize {
        match self.key.stream {
            TapStream::Stdout => self.gates.pass(self.key.location, self.key.run, bytes),
            TapStream::Stderr => bytes.len(),
        }
    }
}

impl Flow {
    /// The fastest flow between two pipes.
    #[cfg(target_os = "linux")]
    pub(super) fn between_pipes() -> Self {
        Splicing::new().map_or_else(Self::copy, Self::Kernel)
    }

    /// The fastest flow between two pipes.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn between_pipes() -> Self {
        Self::copy()
    }

    pub(super) fn copy() -> Self {
        Self::Copy(Copying::default())
    }

    /// Whether something captured waits for room.
    pub(super) fn is_blocked(&self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(splicing) => splicing.ahead() > 0,
            Self::Copy(copying) => copying.is_blocked(),
        }
    }

    /// Bytes that are captured and held.
    pub(super) fn held(&self) -> usize {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(splicing) => splicing.ahead(),
            Self::Copy(copying) => copying.held(),
        }
    }

    /// Whether the stage has written all that it ever will, and all is read.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self, Self::Copy(copying) if copying.is_complete())
    }

    /// Moves what can be moved.
    pub(super) fn advance(&mut self, way: &Way<'_>) -> Wait {
        for _ in 0..TURNS {
            #[cfg(target_os = "linux")]
            self.turn_to(way.is_open() && !way.waiting);
            if let Some(wait) = self.step(way) {
                return wait;
            }
        }
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(_) => {}
            Self::Copy(copying) => {
                copying.let_through(way);
            }
        }
        if self.is_blocked() { Wait::Sink } else { Wait::Source }
    }

    /// One movement; what there is to wait for where there was none.
    fn step(&mut self, way: &Way<'_>) -> Option<Wait> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(splicing) => {
                if let Some(step) = way.sink.and_then(|sink| splicing.step(way, sink).ok()) {
                    return step;
                }
                *self = Self::copy();
                None
            }
            Self::Copy(copying) => copying.step(way),
        }
    }

    /// Takes the way on which bytes can be held or set aside, and goes back when none are any more.
    #[cfg(target_os = "linux")]
    fn turn_to(&mut self, is_open: bool) {
        match self {
            Self::Copy(copying) if is_open => {
                if let Some(spare) = copying.vacate() {
                    *self = Self::Kernel(Splicing::with(spare));
                }
            }
            Self::Kernel(_) if !is_open => {
                if let Self::Kernel(splicing) = std::mem::replace(self, Self::copy()) {
                    let (ahead, spare) = splicing.into_parts();
                    *self = Self::Copy(Copying::instead(ahead, spare));
                }
            }
            Self::Kernel(_) | Self::Copy(_) => {}
        }
    }
}
