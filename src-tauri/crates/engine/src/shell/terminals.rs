//! The terminals and pipes of one driver, and the lease on their output that goes from command to command.

use super::descriptor::Watched;
use super::event::StreamKind;
use futures_util::future::select_all;
use std::collections::VecDeque;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Bytes that a command may leave unread when the next one begins on the same terminal: more than a terminal holds.
const LEFT: usize = 256 << 10;

/// One end of a terminal or pipe that commands write to.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) stream: StreamKind,
    pub(super) descriptor: Arc<Watched>,
    /// Commands before and after write to it too.
    shared: bool,
    /// All who wrote to it have closed it; there were some.
    pub(super) hung_up: bool,
}

impl Source {
    /// One that goes from command to command.
    pub(super) fn shared(stream: StreamKind, descriptor: Arc<Watched>) -> Self {
        Self { stream, descriptor, shared: true, hung_up: false }
    }

    /// One that is a single command's own.
    pub(super) fn own(stream: StreamKind, descriptor: Arc<Watched>) -> Self {
        Self { stream, descriptor, shared: false, hung_up: false }
    }
}

/// The right of one command to read its sources, until the next command on the same terminals takes it over.
pub(super) struct Lease {
    state: Mutex<State>,
    taken: Notify,
    /// While a shell shows a prompt that nobody asked for, what comes is thrown away.
    discarding: Arc<AtomicBool>,
}

struct State {
    sources: Vec<Source>,
    /// What was left unread when the lease was taken.
    left: VecDeque<(StreamKind, Vec<u8>)>,
    is_taken: bool,
}

/// What one attempt to read gave.
pub(super) enum Read {
    Bytes(StreamKind, usize),
    /// Nothing now.
    Empty,
    /// Nothing any more.
    Closed,
}

impl Lease {
    pub(super) fn new(sources: Vec<Source>, discarding: Arc<AtomicBool>) -> Self {
        let state = State { sources, left: VecDeque::new(), is_taken: false };
        Self { state: Mutex::new(state), taken: Notify::new(), discarding }
    }

    /// Reads what is there, without waiting. `ended`: the command has ended, so that an end of file is final.
    pub(super) fn read(&self, buffer: &mut [u8], ended: bool) -> Read {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((stream, mut bytes)) = state.left.pop_front() {
            let count = bytes.len().min(buffer.len());
            buffer[..count].copy_from_slice(&bytes[..count]);
            bytes.drain(..count);
            if !bytes.is_empty() {
                state.left.push_front((stream, bytes));
            }
            return Read::Bytes(stream, count);
        }
        match state.read(buffer, ended, &self.discarding) {
            Some((stream, count)) => Read::Bytes(stream, count),
            None if state.is_taken || state.sources.is_empty() => Read::Closed,
            None => Read::Empty,
        }
    }

    /// Takes the lease: what is unread is kept for the command that had it, and nothing more will come for it. What its
    /// own pipes hold stays in them until it is read.
    pub(super) fn take(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let own = state.sources.extract_if(.., |source| !source.shared).collect();
        state.keep(true, &self.discarding);
        state.is_taken = true;
        state.sources = own;
        self.taken.notify_waiters();
    }

    /// Keeps what is unread now, whatever becomes of what comes later.
    pub(super) fn keep(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.keep(false, &self.discarding);
        self.taken.notify_waiters();
    }

    /// Waits until there may be something to read, or the lease was taken.
    pub(super) async fn readable(&self) {
        let taken = self.taken.notified();
        let sources = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.is_taken {
                return;
            }
            state.sources.clone()
        };
        tokio::select! {
            biased;
            () = taken => {}
            () = self.any_readable(&sources) => {}
        }
    }

    /// Invariant: readiness is cleared only by the one who holds the lease and reads on until nothing is left. Another's
    /// waker would take the place of the holder's in a poll, so each waits in a future of its own.
    async fn any_readable(&self, sources: &[Source]) {
        if sources.is_empty() {
            return std::future::pending().await;
        }
        let waits = sources.iter().map(|source| Box::pin(source.descriptor.readable()));
        let (ready, _, _) = select_all(waits).await;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(mut guard) = ready else { return };
        if state.is_taken {
            return;
        }
        if guard.ready().is_read_closed() {
            // This cannot be cleared: it would be told for ever.
            let hung_up = guard.get_ref().get_ref().as_raw_fd();
            for source in &mut state.sources {
                source.hung_up |= source.descriptor.get_ref().as_raw_fd() == hung_up;
            }
        }
        guard.clear_ready();
    }
}

impl State {
    /// Reads what is there into what is left.
    fn keep(&mut self, ended: bool, discarding: &AtomicBool) {
        let mut kept: usize = self.left.iter().map(|(_, bytes)| bytes.len()).sum();
        let mut buffer = vec![0; 64 << 10];
        while kept < LEFT {
            let Some((stream, count)) = self.read(&mut buffer, ended, discarding) else { break };
            self.left.push_back((stream, buffer[..count].to_vec()));
            kept += count;
        }
    }

    fn read(
        &mut self,
        buffer: &mut [u8],
        ended: bool,
        discarding: &AtomicBool,
    ) -> Option<(StreamKind, usize)> {
        let mut index = 0;
        while index < self.sources.len() {
            let source = &self.sources[index];
            match rustix::io::read(source.descriptor.get_ref(), &mut *buffer) {
                Ok(1..) if source.shared && discarding.load(Ordering::Acquire) => {}
                Ok(count) if count > 0 => {
                    let stream = source.stream;
                    // The next read begins with another stream, so that none starves.
                    self.sources.rotate_left(index + 1);
                    return Some((stream, count));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => index += 1,
                // A FIFO that the shell has not opened yet reads like one that everybody has closed.
                Ok(_) if !(ended || source.hung_up) => index += 1,
                Ok(_) | Err(_) => {
                    self.sources.remove(index);
                }
            }
        }
        None
    }
}
