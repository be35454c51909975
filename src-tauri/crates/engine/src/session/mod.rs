//! Session: a shell with its commands, which outlives the connections that use it.

mod beginning;
mod completing;
mod feed;
mod forget;
mod kept;
mod killing;
mod notes;
mod printed;
mod processes;
mod registry;
mod resume;
mod run;
mod tapping;
mod telling;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OnceCell, Semaphore, watch};
use tokio::time::timeout;

use crate::activity::Activity;
use crate::clock::whole_millis;
use crate::command::{Command, Resources};
use crate::limits::Limits;
use crate::notifications::Board;
use crate::protocol::{ClientUpdate, Code, CommandSummary, ProtocolError, Size};
use crate::shell::{SessionShell, Shells};
use crate::store::{SessionRecord, Store};
use crate::update::Follower;
use beginning::Beginning;
pub(crate) use registry::{Sessions, token_hash};
use resume::Streams;
pub(crate) use resume::{Event, Lease, Stream, Successor, Window};

/// One session.
pub(crate) struct Session {
    pub(crate) number: u64,
    record: SessionRecord,
    store: Store,
    /// Set once the commands of an earlier engine are here.
    revived: OnceCell<()>,
    /// None is the home folder.
    beginning: Option<Beginning>,
    shells: Arc<Shells>,
    shell: OnceCell<SessionShell>,
    /// A folder that only the user can enter.
    runtime_dir: Arc<Path>,
    limits: Arc<Limits>,
    resources: Resources,
    activity: Activity,
    /// Places for running commands, shared by all sessions.
    places: Arc<Semaphore>,
    board: Board,
    /// One note at a time.
    noting: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    streams: Streams,
    news: watch::Sender<u64>,
}

struct State {
    last_server_id: u64,
    by_client_id: HashMap<u64, (String, u64)>,
    commands: BTreeMap<u64, Arc<Command>>,
    /// The ids in the order in which their answers were sent; followers see nothing before its answer.
    published: VecDeque<u64>,
    /// How many ids were taken off the front of `published`.
    unpublished: u64,
    starting: usize,
    attached: usize,
    /// How many connections there have been.
    arrivals: u64,
    /// By the engine's clock.
    detached_since: i64,
    parked: Option<Follower>,
    over: bool,
}

impl Session {
    /// A session that begins, in the surroundings of `sessions`.
    fn new(record: SessionRecord, sessions: &Sessions) -> Self {
        Self {
            number: record.number,
            record,
            store: sessions.store.clone(),
            revived: OnceCell::new_with(Some(())),
            beginning: None,
            shells: Arc::clone(&sessions.shells),
            shell: OnceCell::new(),
            runtime_dir: Arc::clone(&sessions.runtime_dir),
            limits: Arc::clone(&sessions.limits),
            resources: sessions.resources.clone(),
            activity: sessions.activity.clone(),
            places: Arc::clone(&sessions.places),
            board: sessions.board.clone(),
            noting: tokio::sync::Mutex::default(),
            state: Mutex::new(State {
                last_server_id: 0,
                by_client_id: HashMap::new(),
                commands: BTreeMap::new(),
                published: VecDeque::new(),
                unpublished: 0,
                starting: 0,
                attached: 0,
                arrivals: 0,
                detached_since: sessions.resources.clock.now(),
                parked: None,
                over: false,
            }),
            streams: Streams::default(),
            news: watch::Sender::new(0),
        }
    }

    /// Shows a started command to every follower, once its own client has its answer.
    pub(crate) fn publish(&self, server_id: u64) {
        let mut state = self.lock();
        state.published.push_back(server_id);
        if state.attached == 0
            && let Some(command) = state.commands.get(&server_id)
        {
            command.release();
        }
        self.forget_oldest(&mut state);
        drop(state);
        self.news.send_modify(|version| *version += 1);
    }

    /// Keeps the number and the size of completed commands bounded, oldest first.
    fn forget_oldest(&self, state: &mut State) {
        state.commands.retain(|_, command| !command.is_gone());
        let (mut count, mut kept): (usize, u64) = (0, 0);
        for command in state.commands.values().filter(|command| command.has_ended()) {
            (count, kept) = (count + 1, kept + command.kept());
        }
        let surplus = count.saturating_sub(self.limits.completed_commands);
        let ended = state.commands.iter().filter(|(_, command)| command.has_ended());
        let oldest: Vec<u64> = ended.take(surplus).map(|(server_id, _)| *server_id).collect();
        for server_id in oldest {
            let gone = state.commands.remove(&server_id).map_or(0, |command| command.kept());
            kept = kept.saturating_sub(gone);
            state.by_client_id.retain(|_, (_, id)| *id != server_id);
        }
        while let Some(first) = state.published.front()
            && !state.commands.contains_key(first)
        {
            state.published.pop_front();
            state.unpublished += 1;
        }
        for command in state.commands.values().filter(|command| command.has_ended()) {
            if kept <= self.limits.session_output as u64 {
                break;
            }
            kept = kept.saturating_sub(command.kept());
            command.forget_output();
        }
    }

    /// The published commands from `index` on, and the index after the last.
    pub(crate) fn published_since(&self, index: u64) -> (Vec<Arc<Command>>, u64) {
        let state = self.lock();
        let skip = usize::try_from(index.saturating_sub(state.unpublished)).unwrap_or(usize::MAX);
        let commands = state
            .published
            .iter()
            .skip(skip)
            .filter_map(|server_id| state.commands.get(server_id).cloned())
            .collect();
        (commands, state.unpublished + state.published.len() as u64)
    }

    fn command(&self, server_id: u64) -> Option<Arc<Command>> {
        self.lock().commands.get(&server_id).cloned()
    }

    /// Takes a client's update to its command.
    ///
    /// # Errors
    /// No such command, it has ended, or the update's value is out of range.
    pub(crate) fn update(&self, update: &ClientUpdate, by: u64) -> Result<(), ProtocolError> {
        let command = self.known_command(update.server_id())?;
        match update {
            ClientUpdate::Stdin { input, end, server_id, .. } => {
                self.input(*server_id, input.as_bytes(), *end, by)
            }
            ClientUpdate::Signal { signal, .. } => command.signal(*signal),
            ClientUpdate::Resize { cols, rows, .. } => command.resize(Size { cols: *cols, rows: *rows }),
            ClientUpdate::Breakpoint { location, run, action, lines, .. } => {
                command.hold(*location, *run, *action, *lines)
            }
        }
    }

    /// Takes input for a command from the client that follows it so; with `end` nothing follows the input.
    ///
    /// # Errors
    /// No such command, it has ended, or its queue is full.
    pub(crate) fn input(
        &self,
        server_id: u64,
        input: &[u8],
        end: bool,
        by: u64,
    ) -> Result<(), ProtocolError> {
        let command = self.known_command(server_id)?;
        command.answer_by(by);
        command.write(input)?;
        if end {
            command.end_input();
        }
        Ok(())
    }

    fn known_command(&self, server_id: u64) -> Result<Arc<Command>, ProtocolError> {
        self.command(server_id).ok_or_else(|| {
            ProtocolError::new(
                Code::UnknownCommand,
                format!("This session has no command with the serverId {server_id}."),
            )
        })
    }

    /// The commands, oldest first; with everything that a client needs to show them under `details`.
    pub(crate) fn summaries(&self, details: bool) -> Vec<CommandSummary> {
        let state = self.lock();
        let commands = state.commands.values().filter(|command| !command.is_gone());
        commands.map(|command| command.summary(details)).collect()
    }

    /// The working directory in which the next command starts.
    pub(crate) fn cwd(&self) -> PathBuf {
        let start = || {
            let beginning = self.beginning.as_ref().and_then(Beginning::folder);
            beginning.unwrap_or_else(|| self.shells.home().to_owned())
        };
        self.shell.get().map_or_else(start, SessionShell::cwd)
    }

    /// The directory in which a command started; of none, that in which the next one starts.
    ///
    /// # Errors
    /// There is no such command.
    pub(crate) fn directory(&self, server_id: Option<u64>) -> Result<PathBuf, ProtocolError> {
        server_id.map_or_else(|| Ok(self.cwd()), |id| Ok(self.known_command(id)?.directory().to_owned()))
    }

    /// A receiver that is told of every change.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Counts a connection in, and hands over what the last one left: where it stood in the output.
    fn join(&self) -> Option<Follower> {
        self.count_in();
        self.lock().parked.take()
    }

    /// Counts a connection in.
    fn count_in(&self) {
        let mut state = self.lock();
        state.attached += 1;
        state.arrivals += 1;
    }

    /// How many connections there have been, where none is there now.
    fn alone_at(&self) -> Option<u64> {
        let state = self.lock();
        (state.attached == 0).then_some(state.arrivals)
    }

    /// Counts a connection out, and keeps where it stood.
    fn leave(&self, follower: Option<Follower>) {
        let mut state = self.lock();
        state.attached -= 1;
        state.detached_since = self.resources.clock.now();
        if state.attached == 0 {
            state.commands.values().for_each(|command| command.release());
        }
        if let Some(follower) = follower {
            state.parked = Some(follower);
        }
        drop(state);
        self.store.session_used(self.number);
    }

    /// Whether nobody has used the session for as long as the limit says.
    fn is_stale(&self) -> bool {
        let oldest = self.resources.clock.now() - whole_millis(self.limits.detached_session);
        self.idle_since().is_some_and(|since| since <= oldest)
    }

    /// Since when, by the engine's clock, the session has neither a client nor a running command.
    fn idle_since(&self) -> Option<i64> {
        let state = self.lock();
        if state.attached > 0 || state.starting > 0 {
            return None;
        }
        state.commands.values().try_fold(state.detached_since, |since, command| {
            command.ended().map(|ended| since.max(ended.since))
        })
    }

    /// Ends the session: its shell, its commands and everything they started.
    pub(crate) async fn end(&self) {
        {
            let mut state = self.lock();
            state.over = true;
            state.parked = None;
        }
        self.streams.clear();
        if let Some(shell) = self.shell.get() {
            shell.stop().await;
            self.commands_ended().await;
        }
    }

    /// Waits until the ends of all commands are known and kept.
    async fn commands_ended(&self) {
        let mut news = self.news();
        let all_ended = |_: &u64| self.lock().commands.values().all(|command| command.has_ended());
        let _ = timeout(self.limits.store.patience, news.wait_for(all_ended)).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
