//! Command: what a client wants run, and the answer.

use super::{BreakpointRequest, ErrorAnswer, Outcome, Status};
use serde::{Deserialize, Serialize};

/// The payload of `command`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct RunCommand {
    /// The text, as typed to the shell.
    pub command: String,
    /// The client's own id. The same id with the same text runs only once.
    pub client_id: Option<u64>,
    /// The pipes to tap.
    pub breakpoints: Option<Vec<BreakpointRequest>>,
    /// With the feature `format`.
    pub format: Option<Format>,
    /// With the feature `streams`.
    pub streams: Option<Streams>,
    /// With the feature `resize`: the terminal's size at the start.
    pub size: Option<Size>,
    /// With the feature `stdinFrom`: feed the command with what a breakpoint captured.
    pub stdin_from: Option<StdinFrom>,
}

/// Names what a breakpoint captured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct StdinFrom {
    /// The command that had the breakpoint.
    pub server_id: u64,
    /// The pipe's index.
    pub location: usize,
    /// The run, from 0; the newest where it is left out.
    pub run: Option<u32>,
    /// Take the beginning where not everything was kept.
    pub partial: Option<bool>,
}

/// The form of a command's output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// HTML that a page may insert as it is.
    #[default]
    Html,
    /// Plain text without escape sequences.
    Text,
    /// The bytes as the program wrote them, invalid UTF-8 replaced.
    Raw,
}

/// How a command's stdout and stderr are carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Streams {
    /// A terminal for stdin and stdout, another for stderr.
    #[default]
    Split,
    /// One terminal for everything: exact order, no separate stderr.
    Exact,
    /// No terminal.
    Pipes,
}

/// A terminal's size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { cols: 80, rows: 24 }
    }
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
    /// Under `details`: the form of its output.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub format: Option<Format>,
    /// Under `details`: how its streams are carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub streams: Option<Streams>,
    /// Under `details`: its pipes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub pipes: Option<Vec<PipeDescription>>,
    /// Under `details`: what became of each requested breakpoint; only where some were requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub breakpoints: Option<Vec<BreakpointAnswer>>,
    /// Under `details`, once it ended: its exit code (128 + n when signal n ended it).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub exit_code: Option<i32>,
    /// Under `details`, once it ended: the signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub signal: Option<i32>,
    /// Under `details`, once it ended: how long it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub duration_ms: Option<u64>,
    /// Under `details`: the server died while it ran; how it ended is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub lost: Option<bool>,
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
        /// Under `preferences`, where the client has `format` and did not say it: the form of the output.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        format: Option<Format>,
        /// Under `preferences`, where the client has `streams` and did not say it: how streams are carried.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        streams: Option<Streams>,
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
    /// Why it is not tapped, or what its tap does not show, and why.
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
