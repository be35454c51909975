//! Processes: what runs in a session, and signals for single ones of it.

use serde::{Deserialize, Serialize};

/// Asks for what runs in the session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProcessesRequest {
    /// Only what this command started; everything where it is left out.
    #[cfg_attr(test, ts(optional))]
    pub server_id: Option<u64>,
}

/// The processes, parents before their children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ProcessesAnswer {
    /// At most as many as the limit says.
    pub processes: Vec<ProcessDescription>,
    /// How many there are.
    pub total: usize,
}

/// One process that a command of the session started, directly or through others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProcessDescription {
    /// Its process id.
    pub pid: i32,
    /// The process id of its parent.
    pub parent: i32,
    /// Its process group.
    pub group: i32,
    /// A number that no other process with the same process id has.
    pub started: u64,
    /// When it was started: RFC 3339, UTC, milliseconds.
    pub since: String,
    /// The name of its program.
    pub name: String,
    /// Its arguments with blanks between them, cut at the limit.
    pub command_line: String,
    /// What it does.
    pub state: ProcessState,
    /// The command that started it, where that is known and the session still has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub server_id: Option<u64>,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ProcessState {
    /// It runs, or waits for a processor.
    Running,
    /// It waits for something.
    Sleeping,
    /// It waits for a device, and heeds no signal before that.
    Blocked,
    /// A signal stopped it; signal 18 lets it go on.
    Stopped,
}

/// Asks for a signal to one process of the session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KillRequest {
    /// Its process id.
    pub pid: i64,
    /// Its `started`, so that no other process gets the signal which has its process id meanwhile.
    #[cfg_attr(test, ts(optional))]
    pub started: Option<u64>,
    /// The signal's number, 1 to 64; 15 (TERM) where it is left out.
    #[cfg_attr(test, ts(optional))]
    pub signal: Option<i64>,
}

/// The signal was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct KillAnswer {
    /// The process id.
    pub pid: i64,
}
