//! How bytes move from a tapped stage to the next: inside the kernel where it can, by reading and writing elsewhere.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice, tee};

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
    /// read(2) and write(2): `pending` is captured and not written.
    Copy { pending: Vec<u8> },
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
        Self::Copy { pending: Vec::new() }
    }

    /// Whether something captured waits for room.
    pub(super) fn is_blocked(&self) -> bool {
        match self {
            Self::Kernel { ahead, .. } => *ahead > 0,
            Self::Copy { pending } => !pending.is_empty(),
        }
    }

    /// Moves what can be moved. Without a sink, what is there is captured and dropped.
    pub(super) fn advance(&mut self, source: &OwnedFd, sink: Option<&Sink>, key: Key, store: &Store) -> Wait {
        for _ in 0..TURNS {
            let step = match self {
                Self::Kernel { .. } => self.step_in_kernel(source, sink, key, store),
                Self::Copy { pending } => step_by_copy(pending, source, sink, key, store),
            };
            if let Some(wait) = step {
                return wait;
            }
        }
        if self.is_blocked() { Wait::Sink } else { Wait::Source }
    }

    /// One movement; what there is to wait for where there was none.
    fn step_in_kernel(
        &mut self,
        source: &OwnedFd,
        sink: Option<&Sink>,
        key: Key,
        store: &Store,
    ) -> Option<Wait> {
        let Self::Kernel { reader, writer, ahead } = self else { return None };
        let Some(sink) = sink else {
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
            capture(reader, captured, key, store);
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
fn capture(reader: &OwnedFd, mut length: usize, key: Key, store: &Store) {
    let mut block = [0; BLOCK];
    while length > 0 {
        let read = rustix::io::read(reader, &mut block[..length.min(BLOCK)]).unwrap_or(0);
        if read == 0 {
            break;
        }
        store.push(key, &block[..read]);
        length -= read;
    }
}

fn step_by_copy(
    pending: &mut Vec<u8>,
    source: &OwnedFd,
    sink: Option<&Sink>,
    key: Key,
    store: &Store,
) -> Option<Wait> {
    if pending.is_empty() {
        pending.resize(BLOCK, 0);
        let read = rustix::io::read(source.as_fd(), &mut pending[..]);
        pending.truncate(*read.as_ref().unwrap_or(&0));
        match read {
            // A terminal whose other end is closed gives EIO.
            Ok(0) | Err(Errno::IO) => return Some(Wait::End),
            Ok(_) => store.push(key, pending),
            Err(Errno::AGAIN) => return Some(Wait::Source),
            Err(Errno::INTR) => return None,
            Err(_) => return Some(Wait::End),
        }
    }
    let Some(sink) = sink else {
        pending.clear();
        return None;
    };
    match sink.write(pending) {
        Ok(written) => {
            pending.drain(..written);
            None
        }
        Err(Errno::AGAIN) => Some(Wait::Sink),
        Err(Errno::INTR) => None,
        Err(_) => Some(Wait::Gone),
    }
}
