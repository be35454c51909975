//! Messages of the server: answers to a client's messages, and updates of commands.

use super::{Code, Feature, ProtocolError, Update};
use serde::{Deserialize, Serialize};

/// One message to a client: `{type, payload}`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", content = "payload", rename_all = "camelCase")]
pub enum ServerMessage {
    /// The answer to `authentication`.
    Authentication(AuthenticationAnswer),
    /// The answer to `command`.
    Command(CommandAnswer),
    /// Output or a change of state of a command, or the failure of a client's `update`.
    Update(UpdateAnswer),
    /// The failure of a message whose type cannot be read.
    Error(ErrorAnswer),
}

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused; `code` and `message` say why.
    Error,
}

/// The answer to `authentication`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum AuthenticationAnswer {
    /// The client is in.
    #[serde(rename_all = "camelCase")]
    Granted {
        /// Always `ok`.
        result: Outcome,
        /// Names this session in a later authentication. A secret, as the token is.
        session_token: String,
        /// The session's commands, oldest first; only when a session was given back.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        commands: Option<Vec<CommandSummary>>,
        /// The granted features; only where the client asked for some.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        features: Option<Vec<Feature>>,
        /// Name and version of the server; only where the client asked for features.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        server: Option<String>,
        /// The limits that a client should know; only where it asked for features.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        limits: Option<LimitsAnswer>,
    },
    /// The client is not in.
    Refused(ErrorAnswer),
}

/// The limits that a client should know.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LimitsAnswer {
    /// Bytes of one frame from the client.
    pub frame: usize,
    /// Running commands of one session.
    pub commands_a_session: usize,
    /// Bytes of a command's text.
    pub command_text: usize,
}

/// One command of a session that is given back.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CommandSummary {
    /// The command's text.
    pub command: String,
    /// The client's id for it, if it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub client_id: Option<u64>,
    /// The server's id for it.
    pub server_id: u64,
    /// When it began: RFC 3339, UTC, milliseconds.
    pub begin: String,
    /// When it ended, or "".
    pub end: String,
    /// Whether it runs.
    pub status: Status,
}

/// The answer to `command`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum CommandAnswer {
    /// The command runs.
    #[serde(rename_all = "camelCase")]
    Started {
        /// Always `ok`.
        result: Outcome,
        /// The command's text.
        command: String,
        /// The client's id, if it gave one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        client_id: Option<u64>,
        /// The server's id: unique in the session, never used again.
        server_id: u64,
        /// What became of each requested breakpoint; only where some were requested.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        breakpoints: Option<Vec<BreakpointAnswer>>,
        /// The command's pipes, under `details`.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        pipes: Option<Vec<PipeDescription>>,
    },
    /// The command does not run.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// The failure.
        #[serde(flatten)]
        error: ErrorAnswer,
        /// The command's text, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        command: Option<String>,
        /// The client's id, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        client_id: Option<u64>,
    },
}

/// What became of one requested breakpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BreakpointAnswer {
    /// The pipe's index.
    pub location: usize,
    /// `ok` when the pipe is tapped; `error` when the command runs without this tap.
    pub result: Outcome,
    /// Why it is not tapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
}

/// One pipe of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PipeDescription {
    /// Its rank among the command's pipes, from 0: the `location` of a breakpoint.
    pub index: usize,
    /// Byte offset of the operator in the sent text.
    pub offset: usize,
    /// The operator as written: `|`, `|&`, and in fish `&|` or `2>|`.
    pub op: String,
}

/// Whether a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It runs.
    Running,
    /// It has ended; late output of what it left behind may still follow.
    Completed,
}

/// A message of type `update` from the server.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum UpdateAnswer {
    /// News of a command.
    News(Box<Update>),
    /// The client's own update was taken; only where it had a `clientId`.
    #[serde(rename_all = "camelCase")]
    Taken {
        /// Always `ok`.
        result: Outcome,
        /// The command that it was meant for.
        #[cfg_attr(test, ts(type = "number"))]
        server_id: u64,
        /// The client's id.
        #[cfg_attr(test, ts(type = "number"))]
        client_id: u64,
    },
    /// The client's own update failed.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// The failure.
        #[serde(flatten)]
        error: ErrorAnswer,
        /// The command that it was meant for, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        server_id: Option<u64>,
        /// The client's id, if it gave one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        client_id: Option<u64>,
    },
}

/// A failure.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ErrorAnswer {
    /// Always `error`.
    pub result: Outcome,
    /// The code for programs.
    pub code: Code,
    /// One sentence for a person.
    pub message: String,
}

impl From<ProtocolError> for ErrorAnswer {
    fn from(error: ProtocolError) -> Self {
        Self { result: Outcome::Error, code: error.code, message: error.message }
    }
}
