//! A channel: one stream of one run of a tapped stage, on its way through the engine.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{Mode, OFlags, open};
use rustix::termios::isatty;

use super::fish::{Launch, Launched, Openings, Upstream};
use super::flow::{Flow, Wait, Way};
use super::gate::Gates;
use super::request::{self, Request, Wanted};
use super::sink::Sink;
use super::terminal::Terminal;
use crate::breakpoints::event::TapStream;
use crate::breakpoints::means::Means;
use crate::breakpoints::store::{Key, Store};
use crate::shell::{make_fifo, widen};

/// How often it looks whether a stage has opened its path, at first and at last, where nothing tells that.
const FIRST_LOOK: Duration = Duration::from_micros(200);
const LAST_LOOK: Duration = Duration::from_millis(20);

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
    /// Where only a look tells whether the stage has opened the path: when the next one is due.
    look: Option<Duration>,
    /// In fish: which opening of the path is waited for.
    watch: Option<i32>,
    /// In fish: as long as fish may run the stage before it starts the next one.
    upstream: Option<Upstream>,
    /// No more is to be read before somebody lets it go on.
    stalled: bool,
    /// Whether it is held, and how many bytes are, as the store was told.
    told: (bool, u64),
    /// Somebody may have let it go on, or held it.
    gate_moved: bool,
    /// Nothing flows any more.
    over: bool,
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
    pub(super) fn open(
        request: Request,
        visitor: OwnedFd,
        fifo: &Path,
        (means, openings): (Means, Option<&Openings>),
        store: &Store,
        gates: &Gates,
    ) -> Option<Self> {
        let Request { wanted, location, stage, target } = request;
        let stream = if wanted == Wanted::Stderr { TapStream::Stderr } else { TapStream::Stdout };
        if wanted == Wanted::Stderr && target.is_none() {
            return None;
        }
        let terminal = match target.as_ref().filter(|target| wanted == Wanted::Stderr && isatty(target)) {
            Some(_) if means == Means::Posix => return None,
            Some(target) => Terminal::like(target).ok(),
            None => None,
        };
        let is_terminal = terminal.is_some();
        let sink = target.and_then(|target| Sink::new(target, means));
        let (source, path) = match terminal {
            Some(Terminal { master, path }) => (master, path),
            None => (open_fifo(fifo)?, fifo.to_path_buf()),
        };
        let watch = match openings {
            Some(openings) if !is_terminal => Some(openings.watch(&path)?),
            _ => None,
        };
        let flow = if wanted == Wanted::Stdout { toward(sink.as_ref(), means) } else { Flow::copy() };
        let key = store.begin(location, stream, stage)?;
        if stream == TapStream::Stdout {
            gates.begin(location, key.run);
        }
        let answered = request::answer(&visitor, &path, Some(source.as_fd()));
        let mut channel = Self::new(key, source, sink, flow, visitor, path);
        channel.terminal = is_terminal;
        channel.watch = watch;
        channel.look = (means == Means::Posix).then_some(FIRST_LOOK);
        if answered {
            return Some(channel);
        }
        channel.end(store, gates);
        None
    }

    /// Takes over what a stage of fish writes that is about to start.
    pub(super) fn launch(launch: Launch, openings: &Openings, store: &Store, gates: &Gates) -> Option<Self> {
        let Some(Launched { source, target, upstream }) = launch.begin() else {
            launch.fail(store, gates);
            return None;
        };
        widen(&source);
        let sink = target.and_then(|target| Sink::new(target, Means::Linux));
        let flow = toward(sink.as_ref(), Means::Linux);
        let Launch { key, path, guard, .. } = launch;
        let watch = openings.watch(&path);
        let has_opened = upstream.has_opened();
        let mut channel = Self::new(key, source, sink, flow, guard, path);
        channel.watch = watch;
        channel.upstream = Some(upstream);
        if has_opened {
            channel.opened();
        }
        Some(channel)
    }

    fn new(key: Key, source: OwnedFd, sink: Option<Sink>, flow: Flow, guard: OwnedFd, path: PathBuf) -> Self {
        Self {
            key,
            source,
            sink,
            flow,
            guard: Some(guard),
            path,
            terminal: false,
            look: None,
            watch: None,
            upstream: None,
            stalled: false,
            told: (false, 0),
            // What is held at first is told at once.
            gate_moved: true,
            over: false,
        }
    }

    /// The run that it is a stream of.
    pub(super) fn run(&self) -> u32 {
        self.key.run
    }

    pub(super) fn is_output(&self) -> bool {
        self.key.stream == TapStream::Stdout
    }

    /// Whether captured bytes wait for room.
    fn is_blocked(&self) -> bool {
        self.sink.is_some() && self.flow.is_blocked()
    }

    /// Whether more may come to be held without a sign of it.
    pub(super) fn is_to_be_measured(&self) -> bool {
        self.told.0 && self.stalled && !self.over && !self.flow.is_complete()
    }

    /// Something was done to a gate.
    pub(super) fn gate_moved(&mut self) {
        self.gate_moved = self.is_output();
    }

    /// How long it may be waited at the most before this one looks whether its stage has opened the path.
    pub(super) fn next_look(&self) -> Option<Duration> {
        self.look.filter(|_| self.guard.is_some())
    }

    /// A source that is not to be read would report its end again and again, and so do some systems as long as nobody has opened it.
    fn watches_source(&self) -> bool {
        !self.over
            && self.next_look().is_none()
            && !self.stalled
            && (!self.is_blocked() || self.upstream.is_some())
    }

    /// A pipe tells its reader's end; anything else, room.
    fn watches_sink(&self) -> bool {
        !self.over && self.sink.as_ref().is_some_and(|sink| sink.is_pipe() || self.is_blocked())
    }

    /// Puts in what it waits for.
    pub(super) fn waits<'a>(&'a self, waits: &mut Vec<PollFd<'a>>) {
        if self.watches_source() {
            waits.push(PollFd::new(&self.source, PollFlags::IN));
        }
        if let Some(sink) = self.sink.as_ref().filter(|_| self.watches_sink()) {
            let flags = if self.is_blocked() { PollFlags::OUT } else { PollFlags::HUP };
            waits.push(PollFd::from_borrowed_fd(sink.descriptor(), flags));
        }
        waits.extend(self.guard.as_ref().map(|guard| PollFd::new(guard, PollFlags::IN)));
    }

    /// Takes from `next` what became of its waits.
    pub(super) fn ready(&self, next: &mut impl FnMut() -> PollFlags) -> Ready {
        let mut waited = |waits: bool| if waits { next() } else { PollFlags::empty() };
        Ready {
            source: waited(self.watches_source()),
            sink: waited(self.watches_sink()),
            guard: waited(self.guard.is_some()),
        }
    }

    /// The path with this number was opened.
    pub(super) fn was_opened(&mut self, watch: i32) {
        if self.watch == Some(watch) {
            self.opened();
        }
    }

    /// Does what can be done. Tells whether the channel has come to its end.
    pub(super) fn advance(&mut self, ready: Ready, store: &Store, gates: &Gates) -> bool {
        let mut go = !ready.source.is_empty() || (self.is_blocked() && !ready.sink.is_empty());
        if !ready.guard.is_empty() || !ready.source.is_empty() {
            go |= self.opened();
        }
        // The next stage ended before this one began.
        go |= self.sink.is_none() && self.guard.is_none();
        if std::mem::take(&mut self.gate_moved) {
            self.stalled = false;
            go |= self.guard.is_none();
        }
        // Linux tells it as an error, others as a hang-up.
        let hung_up = ready.sink.intersects(PollFlags::ERR | PollFlags::HUP);
        let gone = hung_up && self.sink.as_ref().is_some_and(Sink::is_pipe);
        if gone && (!go || self.is_blocked()) {
            self.sink = None;
            self.over |= self.guard.is_none();
        } else if (go || self.next_look().is_some()) && !self.over {
            self.flow(store, gates);
        }
        if self.is_output() {
            self.tell_held(store, gates);
        }
        self.over
    }

    /// Tells what is held, where that is news.
    fn tell_held(&mut self, store: &Store, gates: &Gates) {
        let held = !self.over && !gates.is_open(self.key.location, self.key.run);
        let in_pipe = if self.stalled { rustix::io::ioctl_fionread(&self.source).unwrap_or(0) } else { 0 };
        let waiting = if held { self.flow.held() as u64 + in_pipe } else { 0 };
        if self.told != (held, waiting) {
            self.told = (held, waiting);
            store.hold(self.key, held, waiting);
        }
    }

    fn flow(&mut self, store: &Store, gates: &Gates) {
        self.upstream = self.upstream.take().filter(Upstream::runs_before_the_next);
        let way = Way {
            source: &self.source,
            sink: self.sink.as_ref(),
            opened: self.guard.is_none(),
            waiting: self.upstream.is_some(),
            key: self.key,
            store,
            gates,
        };
        let wait = self.flow.advance(&way);
        if let Some(look) = self.look.filter(|_| self.guard.is_some()) {
            self.look = Some((look * 2).min(LAST_LOOK));
            if wait != Wait::Opening {
                self.opened();
            }
        }
        match wait {
            Wait::Opening => {}
            Wait::End => self.over = true,
            Wait::Gate if self.sink.is_some() => self.stalled = true,
            Wait::Gone => {
                self.sink = None;
                self.over = self.guard.is_none();
            }
            // Without a sink the stage is cut off as soon as that does not make it wait.
            Wait::Source | Wait::Sink | Wait::Gate => {
                self.over = self.sink.is_none() && self.guard.is_none();
            }
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
    pub(super) fn end(mut self, store: &Store, gates: &Gates) {
        self.opened();
        if self.is_output() {
            gates.end(self.key.location, self.key.run);
        }
        store.end(self.key);
    }
}

/// The fastest flow to where it goes.
fn toward(sink: Option<&Sink>, means: Means) -> Flow {
    match sink {
        Some(sink) if sink.is_pipe() => {
            widen(sink.descriptor());
            if means == Means::Linux { Flow::between_pipes() } else { Flow::copy() }
        }
        _ => Flow::copy(),
    }
}

/// A new FIFO at `path`, open for reading.
fn open_fifo(path: &Path) -> Option<OwnedFd> {
    make_fifo(path).ok()?;
    let source = open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()?;
    widen(&source);
    Some(source)
}
