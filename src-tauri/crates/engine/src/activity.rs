//! Activity: who is connected and what runs, for the tray and the command line.
//!
//! Anyone may report here; this module imports nobody.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Completed commands that a snapshot still shows.
const COMPLETED_SHOWN: usize = 50;

/// Names a command over all sessions; written as `session.server`, for example `3.12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId {
    /// The session's number.
    pub session: u64,
    /// The command's `serverId` in that session.
    pub server_id: u64,
}

impl fmt::Display for CommandId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.session, self.server_id)
    }
}

impl FromStr for CommandId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text
            .split_once('.')
            .and_then(|(session, server_id)| Some((session.parse().ok()?, server_id.parse().ok()?)));
        match parsed {
            Some((session, server_id)) => Ok(Self { session, server_id }),
            None => Err(format!("\"{text}\" is no command id; ids look like 3.12.")),
        }
    }
}

impl Serialize for CommandId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One authenticated client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientActivity {
    /// Its connection's number.
    pub id: u64,
    /// What it calls itself, or "unnamed client".
    pub name: String,
    /// Its socket address.
    pub address: String,
    /// The page that it came from; none outside browsers.
    pub origin: Option<String>,
    /// When it authenticated: RFC 3339, UTC.
    pub since: String,
    /// The session it is attached to.
    pub session: u64,
}

/// One command, running or lately completed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandActivity {
    /// Names it over all sessions.
    pub id: CommandId,
    /// The session's number.
    pub session: u64,
    /// Its `serverId`.
    pub server_id: u64,
    /// Its text.
    pub command: String,
    /// The name of the client that sent it.
    pub client: String,
    /// When it began: RFC 3339, UTC.
    pub begin: String,
    /// When it ended, or "".
    pub end: String,
    /// Whether it runs.
    pub status: crate::protocol::Status,
    /// Its exit code once it ended.
    pub exit_code: Option<i32>,
    /// The newest of its output as plain text.
    pub tail: String,
}

/// Gives the newest output of a running command as plain text.
pub(crate) trait Tail: Send + Sync {
    fn tail(&self) -> String;
}

/// Everything at one moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivitySnapshot {
    /// Authenticated clients, oldest first.
    pub clients: Vec<ClientActivity>,
    /// Running commands, oldest first, then lately completed ones, newest first.
    pub commands: Vec<CommandActivity>,
    /// What needs the user's attention, in one sentence: a full disk, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[derive(Default)]
struct State {
    clients: BTreeMap<u64, ClientActivity>,
    running: BTreeMap<CommandId, (CommandActivity, Arc<dyn Tail>)>,
    completed: VecDeque<CommandActivity>,
    problem: Option<String>,
}

/// The shared board; clones are handles to the same one.
#[derive(Clone)]
pub struct Activity {
    state: Arc<Mutex<State>>,
    version: watch::Sender<u64>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { state: Arc::default(), version: watch::Sender::new(0) }
    }
}

impl Activity {
    /// Everything at this moment.
    pub fn snapshot(&self) -> ActivitySnapshot {
        let (clients, running, completed, problem) = {
            let state = self.lock();
            (
                state.clients.values().cloned().collect(),
                state.running.values().cloned().collect::<Vec<_>>(),
                state.completed.clone(),
                state.problem.clone(),
            )
        };
        let running = running.into_iter().map(|(command, tail)| with_tail(command, &*tail));
        ActivitySnapshot { clients, commands: running.chain(completed).collect(), problem }
    }

    /// A receiver that is told of every change; changes in quick succession may be told as one.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    pub(crate) fn client_joined(&self, client: ClientActivity) {
        self.change(|state| {
            state.clients.insert(client.id, client);
        });
    }

    pub(crate) fn client_left(&self, id: u64) {
        self.change(|state| {
            state.clients.remove(&id);
        });
    }

    /// What needs the user's attention, as long as it does.
    pub(crate) fn problem(&self, problem: Option<String>) {
        self.change(|state| state.problem = problem);
    }

    pub(crate) fn command_began(&self, command: CommandActivity, tail: Arc<dyn Tail>) {
        self.change(|state| {
            state.running.insert(command.id, (command, tail));
        });
    }

    pub(crate) fn command_printed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    pub(crate) fn command_ended(&self, id: CommandId, end: String, exit_code: i32) {
        let ended = self.lock().running.remove(&id);
        let Some((command, tail)) = ended else { return };
        let mut command = with_tail(command, &*tail);
        command.end = end;
        command.exit_code = Some(exit_code);
        command.status = crate::protocol::Status::Completed;
        self.change(|state| {
            state.completed.push_front(command);
            state.completed.truncate(COMPLETED_SHOWN);
        });
    }

    /// Shows no completed command any more that is one of `those`.
    pub(crate) fn forget(&self, those: impl Fn(CommandId) -> bool) {
        self.change(|state| state.completed.retain(|command| !those(command.id)));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.version.send_modify(|version| *version += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_tail(mut command: CommandActivity, tail: &dyn Tail) -> CommandActivity {
    command.tail = tail.tail();
    command
}
