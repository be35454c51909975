//! Splicing: how bytes move from a tapped stage to the next inside the kernel, by tee(2) and splice(2).

use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, splice, tee};

use super::flow::{Wait, Way};
use super::sink::Sink;
use crate::shell::widen;

/// Bytes of one movement.
const MOVEMENT: usize = 1 << 20;

/// The pipe through which what is captured comes out of the kernel.
pub(super) struct Spare {
    reader: OwnedFd,
    writer: OwnedFd,
}

/// The state of a flow in the kernel.
pub(super) struct Splicing {
    spare: Spare,
    /// Bytes at the front of the source that are captured and not moved.
    ahead: usize,
}

impl Splicing {
    /// Nothing where the system has no more pipes.
    pub(super) fn new() -> Option<Self> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).ok()?;
        // Where the user's share of pipe memory is used up, the smaller pipe does as well.
        widen(&writer);
        Some(Self::with(Spare { reader, writer }))
    }

    pub(super) fn with(spare: Spare) -> Self {
        Self { spare, ahead: 0 }
    }

    /// Bytes that are captured and not moved.
    pub(super) fn ahead(&self) -> usize {
        self.ahead
    }

    /// With what another flow can go on, and one like this later.
    pub(super) fn into_parts(self) -> (usize, Spare) {
        (self.ahead, self.spare)
    }

    /// One movement to `sink`; what there is to wait for where there was none, and an error where the kernel cannot.
    pub(super) fn step(&mut self, way: &Way<'_>, sink: &Sink) -> Result<Option<Wait>, Errno> {
        if self.ahead > 0 {
            return Ok(self.move_on(way, sink));
        }
        match tee(way.source, &self.spare.writer, MOVEMENT, SpliceFlags::NONBLOCK) {
            Ok(0) => return Ok(Some(Wait::End)),
            Ok(length) => self.ahead = length,
            Err(Errno::AGAIN) => return Ok(Some(Wait::Source)),
            Err(Errno::INTR) => return Ok(None),
            Err(error) => return Err(error),
        }
        let captured = self.ahead;
        // The next stage gets its bytes before the tap looks at them.
        let moved = self.move_on(way, sink);
        self.capture(captured, way);
        Ok(moved)
    }

    fn move_on(&mut self, way: &Way<'_>, sink: &Sink) -> Option<Wait> {
        let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
        match splice(way.source, None, sink.descriptor(), None, self.ahead, flags) {
            Ok(moved) => {
                self.ahead -= moved.min(self.ahead);
                None
            }
            Err(Errno::AGAIN) => Some(Wait::Sink),
            Err(Errno::INTR) => None,
            Err(_) => Some(Wait::Gone),
        }
    }

    /// Takes the `length` bytes that tee(2) has just put into the pipe.
    fn capture(&self, mut length: usize, way: &Way<'_>) {
        while length > 0 {
            let mut read = |buffer: &mut [u8]| rustix::io::read(&self.spare.reader, buffer).unwrap_or(0);
            let taken = way.store.fill(way.key, length, &mut read);
            if taken == 0 {
                break;
            }
            length -= taken;
        }
    }
}
