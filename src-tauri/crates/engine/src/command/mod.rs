//! Command: one text that a session's shell runs, with its output log, its input and its end.

mod answering;
mod awaiting;
mod holding;
mod input;
mod keeping;
mod linking;
mod log;
mod pictures;
mod printing;
mod pump;
mod range;
mod reading;
mod restored;
mod screens;
mod summary;
mod tap_printing;
mod tapped;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use time::OffsetDateTime;
use tokio::sync::{Notify, watch};

use crate::activity::Tail;
use crate::breakpoints::{Captures, Gates, Taps};
use crate::ceiling::{Ceiling, Share};
use crate::clock::Clock;
use crate::files::Files;
use crate::history::Recording;
use crate::images::Images;
use crate::limits::Limits;
use crate::protocol::{BreakpointAnswer, Code, Format, PipeDescription, ProtocolError, Size, Streams};
use crate::shell::{Control, Ending, Owner, Running, StreamKind};
use answering::Answering;
use awaiting::Wait;
use input::Input;
use keeping::Captured;
use linking::Links;
use log::Log;
use pictures::Pictures;
pub(crate) use pictures::{Picture, Placed};
pub(crate) use pump::Restoring;
pub(crate) use range::{check_size, signal_number};
pub(crate) use reading::{Bytes, Origin, Position, Reading, Shape};
use screens::Screens;
pub(crate) use summary::timestamp;
use tapped::Tapped;
pub(crate) use tapped::{Counted, TapTag};

/// In place of the first follower, which may come later than the first output.
const UNFOLLOWED: u64 = u64::MAX;

/// What every command uses beside its shell.
#[derive(Clone)]
pub(crate) struct Resources {
    pub(crate) limits: Arc<Limits>,
    pub(crate) files: Arc<Files>,
    pub(crate) ceiling: Arc<Ceiling>,
    pub(crate) images: Images,
    pub(crate) clock: Clock,
}

/// What a command is from its first moment on.
pub(crate) struct Plan {
    pub(crate) server_id: u64,
    pub(crate) begin: OffsetDateTime,
    pub(crate) client_id: Option<u64>,
    pub(crate) text: String,
    pub(crate) format: Format,
    pub(crate) streams: Streams,
    /// The terminal's size at the start.
    pub(crate) size: Size,
    /// What its own client was told of its breakpoints and pipes.
    pub(crate) breakpoints: Option<Vec<BreakpointAnswer>>,
    pub(crate) pipes: Vec<PipeDescription>,
}

/// A command, running or completed.
pub(crate) struct Command {
    pub(crate) plan: Plan,
    began: Instant,
    /// None when nothing of it runs any more.
    levers: Mutex<Option<Arc<Levers>>>,
    owner: Option<Owner>,
    limits: Arc<Limits>,
    state: Mutex<State>,
    share: Share,
    room: Notify,
    news: watch::Sender<u64>,
    /// Where the command started.
    cwd: PathBuf,
    links: Links,
    images: Images,
    clock: Clock,
    /// What its breakpoints have kept, for other commands to be fed with.
    captures: Option<Captures>,
    recording: Recording,
    /// Set once `ended` of the state is: sessions ask it of all their commands with each new one.
    has_ended: AtomicBool,
    /// The user wants nothing of it kept.
    forgotten: AtomicBool,
    /// An earlier engine ran it, and a client had all of it there.
    was_seen: bool,
}

/// What acts on a command that runs.
struct Levers {
    control: Control,
    input: Input,
    /// Where pipes are tapped.
    gates: Option<Arc<Gates>>,
}

struct State {
    log: Log<StreamKind>,
    tapped: Tapped,
    screens: Screens,
    pictures: Pictures,
    /// Images that it has printed so far, in its taps too, and that have a picture.
    images: u64,
    /// Where each attached follower stands. The slowest one holds the terminal back.
    cursors: HashMap<u64, u64>,
    answering: Answering,
    captured: Option<Captured>,
    /// The wait for input that was last seen.
    wait: Option<Wait>,
    ended: Option<Ended>,
    closed: bool,
}

/// How and when a command ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) at: OffsetDateTime,
    /// The same moment by the engine's clock.
    pub(crate) since: i64,
    pub(crate) duration_ms: u64,
    pub(crate) ending: Ending,
    /// Its engine died while it ran.
    pub(crate) lost: bool,
    /// The logs' lengths at the end; what comes later is late output of what the command left behind.
    position: Position,
}

impl Command {
    pub(crate) fn new(
        plan: Plan,
        running: &Running,
        taps: Option<&Taps>,
        cwd: PathBuf,
        recording: Recording,
        resources: &Resources,
        news: watch::Sender<u64>,
    ) -> Arc<Self> {
        let limits = &resources.limits;
        let control = running.control();
        let input = Input::start(control.clone(), limits.stdin_queue);
        let command = Arc::new(Self {
            began: Instant::now(),
            owner: Some(control.owner()),
            levers: Mutex::new(Some(Arc::new(Levers { control, input, gates: taps.and_then(Taps::gates) }))),
            state: Mutex::new(State {
                log: Log::new(limits.output_ring),
                tapped: Tapped::new(limits),
                screens: Screens::new(
                    plan.format,
                    (plan.streams != Streams::Pipes).then_some(plan.size),
                    limits,
                ),
                pictures: Pictures::new(limits.printed_pictures),
                images: 0,
                cursors: HashMap::from([(UNFOLLOWED, 0)]),
                answering: Answering::default(),
                captured: None,
                wait: None,
                ended: None,
                closed: false,
            }),
            share: resources.ceiling.share(),
            room: Notify::new(),
            news,
            limits: Arc::clone(limits),
            cwd,
            links: Links::new((plan.format == Format::Html).then(|| Arc::clone(&resources.files))),
            images: resources.images.clone(),
            clock: resources.clock.clone(),
            captures: taps.map(Taps::captures),
            recording,
            has_ended: AtomicBool::new(false),
            forgotten: AtomicBool::new(false),
            was_seen: false,
            plan,
        });
        resources.ceiling.join(&command);
        command
    }

    /// The directory in which it started.
    pub(crate) fn directory(&self) -> &Path {
        &self.cwd
    }

    /// Registers a follower that will read from `cursor`; from now on it can hold the output back.
    /// True for the first one that there is.
    pub(crate) fn attach(&self, follower: u64, cursor: u64) -> bool {
        let mut state = self.lock();
        state.cursors.insert(follower, cursor);
        state.cursors.remove(&UNFOLLOWED).is_some()
    }

    /// Lets a command run freely that nobody has come to follow.
    pub(crate) fn release(&self) {
        self.detach(UNFOLLOWED);
    }

    /// Lets go of a follower.
    pub(crate) fn detach(&self, follower: u64) {
        let mut state = self.lock();
        state.cursors.remove(&follower);
        state.answering.leave(follower);
        drop(state);
        self.room.notify_one();
    }

    /// Queues input for the program.
    ///
    /// # Errors
    /// The command has ended, or its queue is full.
    pub(crate) fn write(&self, input: &[u8]) -> Result<(), ProtocolError> {
        self.levers()?.input.push(input)
    }

    /// Ends the program's input after what is queued; nothing on a terminal.
    pub(crate) fn end_input(&self) {
        if let Some(levers) = self.any_levers() {
            levers.input.end();
        }
    }

    /// Sends a signal to the command's process group.
    ///
    /// # Errors
    /// The number is no signal, or the command has ended.
    pub(crate) fn signal(&self, number: i64) -> Result<(), ProtocolError> {
        let number = signal_number(number)?;
        self.levers()?.control.signal(number).map_err(|error| {
            ProtocolError::new(Code::BadSignal, format!("The signal was not sent: {error}."))
        })
    }

    /// Changes the terminal's size.
    ///
    /// # Errors
    /// The size is out of range, or the command has ended.
    pub(crate) fn resize(&self, size: Size) -> Result<(), ProtocolError> {
        check_size(size, &self.limits)?;
        self.levers()?.control.resize(size).map_err(|error| {
            ProtocolError::new(Code::BadSize, format!("The terminal kept its size: {error}."))
        })?;
        let mut state = self.lock();
        let end = state.log.end();
        state.screens.resize(size, end);
        drop(state);
        self.news.send_modify(|version| *version += 1);
        Ok(())
    }

    /// Ends the command: TERM, then KILL after the grace.
    pub(crate) fn kill(&self) {
        if let Some(levers) = self.any_levers() {
            levers.control.kill();
        }
    }

    /// What names it among the commands of all shells; none where it ended in an engine before this one.
    pub(crate) fn owner(&self) -> Option<Owner> {
        self.owner
    }

    pub(crate) fn begin(&self) -> String {
        timestamp(self.plan.begin)
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        self.lock().ended.clone()
    }

    /// What its breakpoints have kept, where it has any.
    pub(crate) fn captures(&self) -> Option<&Captures> {
        self.captures.as_ref()
    }

    /// Whether a client had all of it from an earlier engine.
    pub(crate) fn was_seen(&self) -> bool {
        self.was_seen
    }

    /// Notes that a client has had all of it.
    pub(crate) fn deliver(&self) {
        self.recording.deliver();
    }

    /// What acts on it while it runs.
    fn levers(&self) -> Result<Arc<Levers>, ProtocolError> {
        if let Some(levers) = self.any_levers()
            && !self.has_ended()
        {
            return Ok(levers);
        }
        Err(ProtocolError::new(
            Code::CommandEnded,
            format!("Command {} has ended; it takes nothing any more.", self.plan.server_id),
        ))
    }

    fn any_levers(&self) -> Option<Arc<Levers>> {
        self.levers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of the levers, and with them of what they hold open.
    fn drop_levers(&self) {
        self.levers.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail for Command {
    fn tail(&self) -> String {
        let bytes = self.lock().log.tail(self.limits.activity_tail);
        crate::render::plain(&bytes)
    }
}
