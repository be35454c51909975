//! History: what ran in any session, searched; and the history of the user's shell, taken over.

use serde::{Deserialize, Serialize};

/// Asks for commands that ran, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct HistoryRequest {
    /// What the text has in it, at most 1,024 bytes. Upper and lower case differ only where it has upper case.
    pub query: Option<String>,
    /// Each word's letters need only come in this order, and the best match comes first.
    pub fuzzy: Option<bool>,
    /// Only the newest of commands with the same text.
    pub distinct: Option<bool>,
    /// Only commands that started in this folder.
    pub cwd: Option<String>,
    /// Only commands that ended with this code.
    pub exit_code: Option<i32>,
    /// Only commands of this session.
    pub session_only: Option<bool>,
    /// Only older commands: the `before` of an earlier answer.
    pub before: Option<String>,
    /// How many; 50 where it is left out, 200 at the most.
    pub limit: Option<usize>,
}

/// The commands that were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryAnswer {
    /// The number of the session that asks; 0 where none does.
    pub session: u64,
    /// The commands: newest first, or best first.
    pub commands: Vec<HistoryEntry>,
    /// Where older commands were not looked at: what to send as `before` to go on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub before: Option<String>,
}

/// A command that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Its number in the history, never used again.
    pub id: u64,
    /// Its text.
    pub command: String,
    /// Where it started; not known of commands from the shell's own history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub cwd: Option<String>,
    /// When it began: RFC 3339, UTC, milliseconds; "" where that is not known.
    pub begin: String,
    /// When it ended, or "".
    pub end: String,
    /// Its exit code, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub exit_code: Option<i32>,
    /// The number of its session; none for commands from the shell's own history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub session: Option<u64>,
    /// Its `serverId` in that session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub server_id: Option<u64>,
}

/// Asks that the history of the user's shell be taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
pub struct ImportRequest {
    /// A history file of bash, zsh or fish; the shell's own where it is left out.
    pub file: Option<String>,
}

/// What was taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ImportAnswer {
    /// The file.
    pub file: String,
    /// The commands that were taken over now; 0 where that was done before.
    pub imported: u64,
    /// Commands that were not: they begin with a space, ran here anyway, or are too long or too old.
    pub skipped: u64,
    /// When the file was taken over before: RFC 3339, UTC, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub before: Option<String>,
}

/// Asks that commands be forgotten: text, output, times and what was noted on them. Names one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ForgetRequest {
    /// The numbers of commands in the history.
    pub ids: Option<Vec<u64>>,
    /// Commands of this session.
    pub server_ids: Option<Vec<u64>>,
    /// The number of a session: all of its commands.
    pub session: Option<u64>,
    /// True: every command of every session, and what was taken over from the shell's history.
    pub everything: Option<bool>,
}

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ForgetAnswer {
    /// Commands that were in the history.
    pub forgotten: usize,
}
