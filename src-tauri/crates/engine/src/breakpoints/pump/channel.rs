//! A channel: one stream of one run of a tapped stage, on its way through the engine.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open};
use rustix::pipe::fcntl_setpipe_size;
use rustix::termios::isatty;

use super::flow::{Flow, PIPE, Wait};
use super::request::{self, Request};
use super::sink::Sink;
use super::terminal::Terminal;
use crate::breakpoints::store::{Key, Store, TapStream};

/// See the module.
pub(super) struct Channel {
    key: Key,
    source: OwnedFd,
    /// Nothing once nobody takes the stream.
    sink: Option<Sink>,
    flow: Flow,
    /// The helper's guard, until the stage has opened the path.
    guard: Option<OwnedFd>,
    path: PathBuf,
    terminal: bool,
}

/// What of a channel is ready.
#[derive(Clone, Copy)]
pub(super) struct Ready {
    source: PollFlags,
    sink: PollFlags,
    guard: PollFlags,
}

impl Channel {
    /// Sets a stream up and answers its helper; nothing where that is not possible, and the stage then runs untapped.
    pub(super) fn open(request: Request, visitor: OwnedFd, fifo: &Path, store: &Store) -> Option<Self> {
        let Request { stream, location, stage, target } = request;
        if stream == TapStream::Stderr && target.is_none() {
            return None;
        }
        let terminal = match &target {
            Some(target) if stream == TapStream::Stderr && isatty(target) => Terminal::like(target).ok(),
            _ => None,
        };
        let sink = target.and_then(Sink::new);
        let is_terminal = terminal.is_some();
        let (source, path) = match terminal {
            Some(Terminal { master, path }) => (master, path),
            None => (make_fifo(fifo)?, fifo.to_path_buf()),
        };
        let key = store.begin(location, stream, stage)?;
        let flow = match (&sink, stream) {
            (Some(sink), TapStream::Stdout) if sink.is_pipe() => {
                let _ = fcntl_setpipe_size(sink.descriptor(), PIPE);
                Flow::between_pipes()
            }
            _ => Flow::copy(),
        };
        let answered = request::answer(&visitor, &path, source.as_fd());
        let channel = Self { key, source, sink, flow, guard: Some(visitor), path, terminal: is_terminal };
        if answered {
            return Some(channel);
        }
        channel.end(store);
        None
    }

    pub(super) fn is_output(&self) -> bool {
        self.key.stream == TapStream::Stdout
    }

    /// Puts in what it waits for: source, sink and guard, each of them perhaps for nothing.
    pub(super) fn waits<'a>(&'a self, waits: &mut Vec<PollFd<'a>>) {
        let blocked = self.sink.is_some() && self.flow.is_blocked();
        waits.push(PollFd::new(&self.source, if blocked { PollFlags::empty() } else { PollFlags::IN }));
        if let Some(sink) = &self.sink {
            let flags = if blocked { PollFlags::OUT } else { PollFlags::empty() };
            waits.push(PollFd::from_borrowed_fd(sink.descriptor(), flags));
        }
        if let Some(guard) = &self.guard {
            waits.push(PollFd::new(guard, PollFlags::IN));
        }
    }

    /// Takes from `next` what became of its waits.
    pub(super) fn ready(&self, next: &mut impl FnMut() -> PollFlags) -> Ready {
        let none = PollFlags::empty();
        Ready {
            source: next(),
            sink: if self.sink.is_some() { next() } else { none },
            guard: if self.guard.is_some() { next() } else { none },
        }
    }

    /// Does what can be done. Tells whether the channel has come to its end.
    pub(super) fn advance(&mut self, ready: Ready, store: &Store) -> bool {
        let mut go = !ready.source.is_empty() || ready.sink.contains(PollFlags::OUT);
        if !ready.guard.is_empty() || !ready.source.is_empty() {
            go |= self.opened();
        }
        if ready.sink.intersects(PollFlags::ERR) && self.sink.as_ref().is_some_and(Sink::is_pipe) {
            go |= ready.source.contains(PollFlags::IN);
            if !go || self.flow.is_blocked() {
                self.sink = None;
                return self.guard.is_none();
            }
        }
        if !go {
            return false;
        }
        match self.flow.advance(&self.source, self.sink.as_ref(), self.key, store) {
            Wait::End => true,
            Wait::Gone => {
                self.sink = None;
                self.guard.is_none()
            }
            // Without a sink the stage is cut off as soon as that does not make it wait.
            Wait::Source | Wait::Sink => self.sink.is_none() && self.guard.is_none(),
        }
    }

    /// The stage has its path open, or never will. Tells whether that is new.
    fn opened(&mut self) -> bool {
        let Some(guard) = self.guard.take() else { return false };
        request::release(&guard);
        if self.terminal {
            Terminal::touch(&self.path);
        } else {
            // Nobody else opens it.
            let _ = std::fs::remove_file(&self.path);
        }
        true
    }

    /// Closes the channel.
    pub(super) fn end(mut self, store: &Store) {
        self.opened();
        store.end(self.key);
    }
}

/// A FIFO at `path`, open for reading.
fn make_fifo(path: &Path) -> Option<OwnedFd> {
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).ok()?;
    let source = open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let _ = fcntl_setpipe_size(&source, PIPE);
    Some(source)
}
