//! How bytes move from a tapped stage to the next: inside the kernel where it can, by reading and writing elsewhere.

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice, tee};

use super::copying::Copying;
use super::gate::Gates;
use super::sink::Sink;
use crate::breakpoints::event::TapStream;
use crate::breakpoints::store::{Key, Store};

/// Bytes of a pipe, and of one movement.
pub(super) const PIPE: usize = 1 << 20;
/// Movements of one stream before the others have their turn.
const TURNS: usize = 16;

/// The state of a stream's flow.
pub(super) enum Flow {
    /// tee(2) and splice(2): `ahead` bytes at the front of the source are captured and not moved.
    Kernel { reader: OwnedFd, writer: OwnedFd, ahead: usize },
    /// read(2) and write(2).
    Copy(Copying),
}

/// What a flow waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wait {
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
    /// fish does not start the next stage before this one has ended: what the sink does not take is set aside.
    pub(super) waiting: bool,
    pub(super) key: Key,
    pub(super) store: &'a Store,
    pub(super) gates: &'a Gates,
}

impl Way<'_> {
    /// Whether all that comes goes on.
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
    pub(super) fn between_pipes() -> Self {
        match pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK) {
            Ok((reader, writer)) => {
                // Where the user's share of pipe memory is used up, the smaller pipe does as well.
                let _ = fcntl_setpipe_size(&writer, PIPE);
                Self::Kernel { reader, writer, ahead: 0 }
            }
            Err(_) => Self::copy(),
        }
    }

    pub(super) fn copy() -> Self {
        Self::Copy(Copying::default())
    }

    /// Whether something captured waits for room.
    pub(super) fn is_blocked(&self) -> bool {
        match self {
            Self::Kernel { ahead, .. } => *ahead > 0,
            Self::Copy(copying) => copying.is_blocked(),
        }
    }

    /// Bytes that are captured and held.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Kernel { ahead, .. } => *ahead,
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
            self.turn_to(way.is_open() && !way.waiting);
            let step = match self {
                Self::Kernel { .. } => self.step_in_kernel(way),
                Self::Copy(copying) => copying.step(way),
            };
            if let Some(wait) = step {
                return wait;
            }
        }
        if let Self::Copy(copying) = self {
            copying.let_through(way);
        }
        if self.is_blocked() { Wait::Sink } else { Wait::Source }
    }

    /// Takes the way on which bytes can be held or set aside, and goes back when none are any more.
    fn turn_to(&mut self, is_open: bool) {
        match self {
            Self::Copy(copying) if is_open => {
                if let Some((reader, writer)) = copying.vacate() {
                    *self = Self::Kernel { reader, writer, ahead: 0 };
                }
            }
            Self::Kernel { ahead, .. } if !is_open => {
                let ahead = *ahead;
                if let Self::Kernel { reader, writer, .. } = std::mem::replace(self, Self::copy()) {
                    *self = Self::Copy(Copying::instead(ahead, (reader, writer)));
                }
            }
            Self::Kernel { .. } | Self::Copy(_) => {}
        }
    }

    /// One movement; what there is to wait for where there was none.
    fn step_in_kernel(&mut self, way: &Way<'_>) -> Option<Wait> {
        let source = way.source;
        let Self::Kernel { reader, writer, ahead } = self else { return None };
        let Some(sink) = way.sink else {
            *self = Self::copy();
            return None;
        };
        if *ahead == 0 {
            match tee(source, &*writer, PIPE, SpliceFlags::NONBLOCK) {
                Ok(0) => return Some(Wait::End),
                Ok(length) => *ahead = length,
                Err(Errno::AGAIN) => return Some(Wait::Source),
                Err(Errno::INTR) => return None,
                Err(_) => {
                    *self = Self::copy();
                    return None;
                }
            }
            let captured = *ahead;
            // The next stage gets its bytes before the tap looks at them.
            let moved = move_on(source, sink, ahead);
            capture(reader, captured, way);
            return moved;
        }
        move_on(source, sink, ahead)
    }
}

fn move_on(source: &OwnedFd, sink: &Sink, ahead: &mut usize) -> Option<Wait> {
    let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
    match splice(source, None, sink.descriptor(), None, *ahead, flags) {
        Ok(moved) => {
            *ahead -= moved.min(*ahead);
            None
        }
        Err(Errno::AGAIN) => Some(Wait::Sink),
        Err(Errno::INTR) => None,
        Err(_) => Some(Wait::Gone),
    }
}

/// Takes the `length` bytes that tee(2) has just put into the pipe.
fn capture(reader: &OwnedFd, mut length: usize, way: &Way<'_>) {
    while length > 0 {
        let mut read = |buffer: &mut [u8]| rustix::io::read(reader, buffer).unwrap_or(0);
        let taken = way.store.fill(way.key, length, &mut read);
        if taken == 0 {
            break;
        }
        length -= taken;
    }
}
