//! How bytes move from a tapped stage to the next: inside the kernel where it can, by reading and writing elsewhere.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice, tee};

use super::backlog::Backlog;
use super::sink::Sink;
use crate::breakpoints::store::{Key, Store};

/// Bytes of a pipe, and of one movement.
pub(super) const PIPE: usize = 1 << 20;
/// Bytes that are read at once where they have to be.
const BLOCK: usize = 64 << 10;
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
    /// The next stage, which has not begun.
    Entrance,
}

/// From where to where a stream flows.
pub(super) struct Way<'a> {
    pub(super) source: &'a OwnedFd,
    /// Without one, what comes is captured and dropped.
    pub(super) sink: Option<&'a Sink>,
    /// The next stage has not begun: what the sink does not take is set aside.
    pub(super) waiting: bool,
    pub(super) key: Key,
    pub(super) store: &'a Store,
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
            Self::Copy(copying) => !copying.pending.is_empty(),
        }
    }

    /// Moves what can be moved.
    pub(super) fn advance(&mut self, way: &Way<'_>) -> Wait {
        for _ in 0..TURNS {
            let step = match self {
                Self::Kernel { .. } => self.step_in_kernel(way),
                Self::Copy(copying) => copying.step(way),
            };
            if let Some(wait) = step {
                return wait;
            }
        }
        if self.is_blocked() { Wait::Sink } else { Wait::Source }
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

/// The state of a flow by reading and writing.
#[derive(Default)]
pub(super) struct Copying {
    /// Captured and not written.
    pending: Vec<u8>,
    /// What follows it.
    backlog: Option<Backlog>,
    /// The stage has written all.
    complete: bool,
}

impl Copying {
    fn step(&mut self, way: &Way<'_>) -> Option<Wait> {
        if self.pending.is_empty() {
            if !way.waiting {
                self.refill();
            }
            if self.pending.is_empty() {
                if self.complete {
                    return Some(if self.backlog.is_some() { Wait::Entrance } else { Wait::End });
                }
                return self.read(way);
            }
        }
        if way.waiting && (self.backlog.is_some() || way.sink.is_none()) {
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

    fn read(&mut self, way: &Way<'_>) -> Option<Wait> {
        self.pending.resize(BLOCK, 0);
        let read = rustix::io::read(way.source.as_fd(), &mut self.pending[..]);
        self.pending.truncate(*read.as_ref().unwrap_or(&0));
        match read {
            Err(Errno::AGAIN) => Some(Wait::Source),
            Err(Errno::INTR) => None,
            // A terminal whose other end is closed gives EIO.
            Ok(0) | Err(_) => {
                self.complete = true;
                None
            }
            Ok(_) => {
                way.store.push(way.key, &self.pending);
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
