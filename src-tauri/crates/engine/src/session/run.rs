//! Running: how a session takes a command, once for each client id, and starts it.

use std::path::Path;
use std::sync::Arc;

use super::Session;
use super::tapping::{Tapping, describe, dialect, tap};
use crate::activity::{ClientActivity, CommandActivity, CommandId};
use crate::command::{Command, Ended, Plan, Restoring, check_size, timestamp};
use crate::history::Recording;
use crate::limits::Limits;
use crate::protocol::{
    BreakpointAnswer, Code, Format, PipeDescription, ProtocolError, RunCommand, Size, Status, Streams,
};
use crate::shell::{Request, SessionShell};
use crate::store::{CommandRecord, millis};
use time::OffsetDateTime;

/// A command that was asked for.
pub(crate) struct Started {
    pub(crate) server_id: u64,
    pub(crate) breakpoints: Option<Vec<BreakpointAnswer>>,
    pub(crate) pipes: Vec<PipeDescription>,
    pub(crate) format: Format,
    pub(crate) streams: Streams,
    /// False when the client id had been used with this text before: nothing runs twice.
    pub(crate) fresh: bool,
}

impl Started {
    fn of(command: &Command, fresh: bool) -> Self {
        Self {
            server_id: command.plan.server_id,
            breakpoints: command.plan.breakpoints.clone(),
            pipes: command.plan.pipes.clone(),
            format: command.plan.format,
            streams: command.plan.streams,
            fresh,
        }
    }
}

enum Reserved {
    New(u64),
    Known(u64),
}

impl Session {
    /// Starts a command, or finds the one that this client id started before. The client that follows as `follower`
    /// answers what it asks its terminal.
    ///
    /// Nobody sees the command before [`publish`](Self::publish).
    ///
    /// # Errors
    /// The text, a breakpoint, the size or the client id cannot be used, too much runs, or the shell does not start.
    pub(crate) async fn run(
        self: &Arc<Self>,
        request: RunCommand,
        client: &ClientActivity,
        follower: u64,
    ) -> Result<Started, ProtocolError> {
        check_text(&request.command, &self.limits)?;
        let size = request.size.unwrap_or_default();
        check_size(size, &self.limits)?;
        let shell = self.shell().await?;
        let server_id = match self.reserve(&request)? {
            Reserved::New(server_id) => server_id,
            Reserved::Known(server_id) => {
                let command = self.command(server_id);
                let starting = Started {
                    server_id,
                    breakpoints: None,
                    pipes: Vec::new(),
                    format: request.format.unwrap_or_default(),
                    streams: request.streams.unwrap_or_default(),
                    fresh: false,
                };
                return Ok(command.map_or(starting, |command| Started::of(&command, false)));
            }
        };
        let started = self.start(shell, &request, size, server_id, client).await;
        let mut state = self.lock();
        state.starting -= 1;
        match started {
            Ok(command) => {
                command.answer_by(follower);
                state.commands.insert(server_id, Arc::clone(&command));
                Ok(Started::of(&command, true))
            }
            Err(error) => {
                state.by_client_id.retain(|_, (_, id)| *id != server_id);
                Err(error)
            }
        }
    }

    /// The pipes of a text as the session's shell reads it; none where the text cannot be read well enough.
    ///
    /// # Errors
    /// The text could not be run.
    pub(crate) fn pipes(&self, text: &str) -> Result<Vec<PipeDescription>, ProtocolError> {
        check_text(text, &self.limits)?;
        Ok(describe(text, dialect(self.shells.kind())))
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
        let running = state.commands.values().filter(|command| !command.has_ended()).count();
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
        client: &ClientActivity,
    ) -> Result<Arc<Command>, ProtocolError> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return Err(ProtocolError::new(
                Code::TooManyCommands,
                format!(
                    "{} commands of all sessions are running, which is the limit; end one first.",
                    self.limits.commands
                ),
            ));
        };
        let feed = match &request.stdin_from {
            Some(from) => Some(self.feed(from).await?),
            None => None,
        };
        let Tapping { text, taps, breakpoints, pipes } =
            tap(request, shell, &self.runtime_dir, &self.limits).await?;
        let text = feed.as_ref().map_or_else(|| text.clone(), |feed| feed.around(&text, shell.kind()));
        let streams = request.streams.unwrap_or_default();
        let cwd = shell.cwd();
        let begin = self.resources.clock.shown();
        let recording = self.recording(request, server_id, begin, &cwd, client);
        // The answer promises that the command is kept. That is begun once the shell has the command, which so comes to a
        // processor first; where it waits for SQLite it takes about as long as starting the command.
        let (running, ()) =
            tokio::join!(biased; shell.run(Request { text, streams, size }), recording.begin());
        let running = running.map_err(|error| {
            recording.fail();
            ProtocolError::new(Code::ShellFailed, error.to_string())
        })?;
        let plan = Plan {
            server_id,
            begin,
            client_id: request.client_id,
            text: request.command.clone(),
            format: request.format.unwrap_or_default(),
            streams,
            size,
            breakpoints,
            pipes,
        };
        let news = self.news.clone();
        let command = Command::new(plan, &running, taps.as_ref(), cwd, recording, &self.resources, news);
        let id = CommandId { session: self.number, server_id };
        self.activity.command_began(
            CommandActivity {
                id,
                session: self.number,
                server_id,
                command: request.command.clone(),
                client: client.name.clone(),
                begin: command.begin(),
                end: String::new(),
                status: Status::Running,
                exit_code: None,
                tail: String::new(),
            },
            Arc::clone(&command) as _,
        );
        self.tell_started(&command, &client.name);
        let (pumped, activity) = (Arc::clone(&command), self.activity.clone());
        let printing = self.activity.clone();
        let (session, ended_in) = (Arc::clone(self), Arc::clone(self));
        let restore = move |text| -> Restoring { Box::pin(async move { session.run_unseen(text).await }) };
        tokio::spawn(async move {
            let ending = Arc::clone(&pumped);
            let on_end = move |ended: &Ended| {
                drop((place, feed));
                activity.command_ended(id, timestamp(ended.at), ended.ending.exit_code);
                ended_in.tell_ended(&ending, ended);
                if ending.is_forgotten() {
                    activity.forget(|command| command == id);
                    ended_in.tell_forgotten(&[id.server_id]);
                }
            };
            pumped.pump(running, taps, restore, || printing.command_printed(), on_end).await;
        });
        Ok(command)
    }

    fn recording(
        &self,
        request: &RunCommand,
        server_id: u64,
        begin: OffsetDateTime,
        cwd: &Path,
        client: &ClientActivity,
    ) -> Recording {
        let record = CommandRecord {
            session: self.record,
            server_id,
            client_id: request.client_id,
            text: request.command.clone(),
            cwd: cwd.to_string_lossy().into_owned(),
            began: millis(begin),
            format: request.format.unwrap_or_default(),
            streams: request.streams.unwrap_or_default(),
            client: client.name.clone(),
            origin: client.origin.clone(),
        };
        Recording::new(self.store.clone(), record, self.limits.stored_output)
    }
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
