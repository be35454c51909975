//! Session: a shell with its commands, which outlives the connections that use it.

mod registry;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OnceCell, watch};

use crate::activity::{Activity, CommandActivity, CommandId};
use crate::breakpoints::{self, Dialect};
use crate::command::{Command, Plan, check_size, timestamp};
use crate::limits::Limits;
use crate::protocol::{
    BreakpointAnswer, ClientUpdate, Code, CommandSummary, Outcome, PipeDescription, ProtocolError,
    RunCommand, Size, Status,
};
use crate::shell::{Request, SessionShell, ShellKind, Shells};
use crate::update::Follower;
pub(crate) use registry::Sessions;

/// One session.
pub(crate) struct Session {
    pub(crate) number: u64,
    shells: Arc<Shells>,
    shell: OnceCell<SessionShell>,
    limits: Arc<Limits>,
    activity: Activity,
    state: Mutex<State>,
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
    detached_since: Instant,
    parked: Option<Follower>,
    over: bool,
}

/// A command that was asked for.
pub(crate) struct Started {
    pub(crate) server_id: u64,
    pub(crate) breakpoints: Option<Vec<BreakpointAnswer>>,
    pub(crate) pipes: Vec<PipeDescription>,
    /// False when the client id had been used with this text before: nothing runs twice.
    pub(crate) fresh: bool,
}

impl Session {
    fn new(number: u64, shells: Arc<Shells>, limits: Arc<Limits>, activity: Activity) -> Self {
        Self {
            number,
            shells,
            shell: OnceCell::new(),
            limits,
            activity,
            state: Mutex::new(State {
                last_server_id: 0,
                by_client_id: HashMap::new(),
                commands: BTreeMap::new(),
                published: VecDeque::new(),
                unpublished: 0,
                starting: 0,
                attached: 0,
                detached_since: Instant::now(),
                parked: None,
                over: false,
            }),
            news: watch::Sender::new(0),
        }
    }

    /// Starts a command, or finds the one that this client id started before.
    ///
    /// Nobody sees the command before [`publish`](Self::publish).
    ///
    /// # Errors
    /// The text, a breakpoint, the size or the client id cannot be used, too much runs, or the shell does not start.
    pub(crate) async fn run(
        self: &Arc<Self>,
        request: RunCommand,
        client: &str,
    ) -> Result<Started, ProtocolError> {
        check_text(&request.command, &self.limits)?;
        let size = request.size.unwrap_or_default();
        check_size(size, &self.limits)?;
        let shell = self.shell().await?;
        let (pipes, breakpoints) = check_breakpoints(&request, shell.kind())?;
        let server_id = match self.reserve(&request)? {
            Reserved::New(server_id) => server_id,
            Reserved::Known(server_id) => {
                return Ok(Started { server_id, breakpoints, pipes, fresh: false });
            }
        };
        let started = self.start(shell, &request, size, server_id, client).await;
        let mut state = self.lock();
        state.starting -= 1;
        match started {
            Ok(command) => {
                state.commands.insert(server_id, command);
                Ok(Started { server_id, breakpoints, pipes, fresh: true })
            }
            Err(error) => {
                state.by_client_id.retain(|_, (_, id)| *id != server_id);
                Err(error)
            }
        }
    }

    async fn shell(&self) -> Result<&SessionShell, ProtocolError> {
        self.shell.get_or_try_init(|| self.shells.session()).await.map_err(|error| {
            ProtocolError::new(Code::ShellFailed, format!("The shell could not be started: {error}"))
        })
    }

    fn reserve(&self, request: &RunCommand) -> Result<Reserved, ProtocolError> {
        let mut state = self.lock();
        if state.over {
            return Err(ProtocolError::new(Code::WrongSession, "The session has ended."));
        }
        if let Some(client_id) = request.client_id
            && let Some((text, server_id)) = state.by_client_id.get(&client_id)
        {
            if *text == request.command {
                return Ok(Reserved::Known(*server_id));
            }
            return Err(ProtocolError::new(
                Code::ClientIdReused,
                format!(
                    "The clientId {client_id} belongs to another command of this session; use a new one."
                ),
            ));
        }
        let running = state.commands.values().filter(|command| command.ended().is_none()).count();
        if running + state.starting >= self.limits.commands_a_session {
            return Err(ProtocolError::new(
                Code::TooManyCommands,
                format!(
                    "{} commands of this session are running, which is the limit; end one first.",
                    self.limits.commands_a_session
                ),
            ));
        }
        state.starting += 1;
        state.last_server_id += 1;
        let server_id = state.last_server_id;
        if let Some(client_id) = request.client_id {
            state.by_client_id.insert(client_id, (request.command.clone(), server_id));
        }
        Ok(Reserved::New(server_id))
    }

    async fn start(
        self: &Arc<Self>,
        shell: &SessionShell,
        request: &RunCommand,
        size: Size,
        server_id: u64,
        client: &str,
    ) -> Result<Arc<Command>, ProtocolError> {
        let streams = request.streams.unwrap_or_default();
        let cwd = shell.cwd();
        let running = shell
            .run(Request { text: request.command.clone(), streams, size })
            .await
            .map_err(|error| ProtocolError::new(Code::ShellFailed, error.to_string()))?;
        let plan = Plan {
            server_id,
            client_id: request.client_id,
            text: request.command.clone(),
            format: request.format.unwrap_or_default(),
            streams,
        };
        let command = Arc::new(Command::new(plan, &running, cwd, &self.limits, self.news.clone()));
        let id = CommandId { session: self.number, server_id };
        self.activity.command_began(
            CommandActivity {
                id,
                session: self.number,
                server_id,
                command: request.command.clone(),
                client: client.to_owned(),
                begin: command.begin(),
                end: String::new(),
                status: Status::Running,
                exit_code: None,
                tail: String::new(),
            },
            Arc::clone(&command) as _,
        );
        let (pumped, activity) = (Arc::clone(&command), self.activity.clone());
        tokio::spawn(async move {
            let on_end = |ended: &crate::command::Ended| {
                activity.command_ended(id, timestamp(ended.at), ended.ending.exit_code);
            };
            pumped.pump(running, || activity.command_printed(), on_end).await;
        });
        Ok(command)
    }

    /// Shows a started command to every follower, once its own client has its answer.
    pub(crate) fn publish(&self, server_id: u64) {
        let mut state = self.lock();
        state.published.push_back(server_id);
        self.forget_oldest(&mut state);
        drop(state);
        self.news.send_modify(|version| *version += 1);
    }

    /// Keeps the number and the size of completed commands bounded, oldest first.
    fn forget_oldest(&self, state: &mut State) {
        let completed: Vec<_> =
            state.commands.values().filter(|command| command.ended().is_some()).cloned().collect();
        let surplus = completed.len().saturating_sub(self.limits.completed_commands);
        for command in &completed[..surplus] {
            let server_id = command.plan.server_id;
            state.commands.remove(&server_id);
            state.by_client_id.retain(|_, (_, id)| *id != server_id);
        }
        while let Some(first) = state.published.front()
            && !state.commands.contains_key(first)
        {
            state.published.pop_front();
            state.unpublished += 1;
        }
        let mut kept: u64 = completed[surplus..].iter().map(|command| command.kept()).sum();
        for command in &completed[surplus..] {
            if kept <= self.limits.session_output as u64 {
                break;
            }
            kept -= command.kept();
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

    /// Takes a client's update to its command.
    ///
    /// # Errors
    /// No such command, it has ended, or the update's value is out of range.
    pub(crate) fn update(&self, update: &ClientUpdate) -> Result<(), ProtocolError> {
        let server_id = update.server_id();
        let command = self.lock().commands.get(&server_id).cloned();
        let Some(command) = command else {
            return Err(ProtocolError::new(
                Code::UnknownCommand,
                format!("This session has no command with the serverId {server_id}."),
            ));
        };
        match update {
            ClientUpdate::Stdin { input, .. } => command.write(input),
            ClientUpdate::Signal { signal, .. } => command.signal(*signal),
            ClientUpdate::Resize { cols, rows, .. } => command.resize(Size { cols: *cols, rows: *rows }),
        }
    }

    /// Ends one running command. False when no such command runs.
    pub(crate) fn kill(&self, server_id: u64) -> bool {
        let command = self.lock().commands.get(&server_id).cloned();
        let running = command.filter(|command| command.ended().is_none());
        if let Some(command) = &running {
            command.kill();
        }
        running.is_some()
    }

    /// Ends every running command and says how many there were.
    pub(crate) fn kill_everything(&self) -> usize {
        let commands: Vec<_> = self.lock().commands.values().cloned().collect();
        let running = commands.iter().filter(|command| command.ended().is_none());
        running.map(|command| command.kill()).count()
    }

    /// The commands, oldest first.
    pub(crate) fn summaries(&self) -> Vec<CommandSummary> {
        self.lock().commands.values().map(|command| command.summary()).collect()
    }

    /// A receiver that is told of every change.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Counts a connection in, and hands over what the last one left: where it stood in the output.
    pub(crate) fn join(&self) -> Option<Follower> {
        let mut state = self.lock();
        state.attached += 1;
        state.parked.take()
    }

    /// Counts a connection out, and keeps where it stood.
    pub(crate) fn leave(&self, follower: Option<Follower>) {
        let mut state = self.lock();
        state.attached -= 1;
        state.detached_since = Instant::now();
        if let Some(follower) = follower {
            state.parked = Some(follower);
        }
    }

    /// Whether nobody has used the session for as long as the limit says.
    fn is_stale(&self, now: Instant) -> bool {
        self.idle_since()
            .is_some_and(|since| now.saturating_duration_since(since) >= self.limits.detached_session)
    }

    /// Since when the session has neither a client nor a running command.
    fn idle_since(&self) -> Option<Instant> {
        let state = self.lock();
        let running = state.commands.values().any(|command| command.ended().is_none());
        let busy = state.attached > 0 || state.starting > 0 || running;
        (!busy).then_some(state.detached_since)
    }

    /// Ends the session: its shell, its commands and everything they started.
    pub(crate) async fn end(&self) {
        {
            let mut state = self.lock();
            state.over = true;
            state.parked = None;
        }
        if let Some(shell) = self.shell.get() {
            shell.stop().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Reserved {
    New(u64),
    Known(u64),
}

fn check_text(text: &str, limits: &Limits) -> Result<(), ProtocolError> {
    let problem = if text.trim().is_empty() {
        "The command is empty.".to_owned()
    } else if text.contains('\0') {
        "The command has a NUL character, which no shell can take; remove it.".to_owned()
    } else if text.len() > limits.command_text {
        format!("The command has {} bytes; the limit is {}.", text.len(), limits.command_text)
    } else {
        return Ok(());
    };
    Err(ProtocolError::new(Code::BadCommand, problem))
}

/// The command's pipes, and an honest answer for each requested breakpoint.
fn check_breakpoints(
    request: &RunCommand,
    kind: ShellKind,
) -> Result<(Vec<PipeDescription>, Option<Vec<BreakpointAnswer>>), ProtocolError> {
    let dialect = match kind {
        ShellKind::Bash => Dialect::Bash,
        ShellKind::Zsh => Dialect::Zsh,
        ShellKind::Fish => Dialect::Fish,
        ShellKind::Posix => Dialect::Sh,
    };
    let scanned = breakpoints::scan(&request.command, dialect);
    let pipes: Vec<_> = scanned
        .iter()
        .flatten()
        .enumerate()
        .map(|(index, pipe)| PipeDescription {
            index,
            offset: pipe.offset,
            op: pipe.operator.as_str().to_owned(),
        })
        .collect();
    let Some(requested) = &request.breakpoints else {
        return Ok((pipes, None));
    };
    let answers = requested
        .iter()
        .map(|&location| {
            let message = match &scanned {
                Err(refusal) => refusal.to_string(),
                Ok(pipes) if location >= pipes.len() => {
                    return Err(no_such_pipe(location, pipes.len()));
                }
                Ok(_) => "Breakpoints are not available yet; the command runs without this one.".into(),
            };
            Ok(BreakpointAnswer { location, result: Outcome::Error, message: Some(message) })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok((pipes, Some(answers)))
}

fn no_such_pipe(location: usize, pipes: usize) -> ProtocolError {
    let there = match pipes {
        0 => "has no pipe".to_owned(),
        1 => "has one pipe, number 0".to_owned(),
        _ => format!("has {pipes} pipes, numbers 0 to {}", pipes - 1),
    };
    ProtocolError::new(
        Code::NoSuchPipe,
        format!("There is no pipe {location} to break at: the command {there}."),
    )
}
