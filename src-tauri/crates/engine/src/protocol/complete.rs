//! Completions: what the word at the cursor of a line that is being typed can become.

use serde::{Deserialize, Serialize};

/// Asks for the completions of a line, which is not run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CompleteRequest {
    /// The line, as it would be sent in `command`; at most 64 KiB.
    pub line: String,
    /// Where the cursor is: bytes of the line, in UTF-8, before it.
    pub cursor: usize,
}

/// The completions of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct CompleteAnswer {
    /// Where what a completion replaces begins, in bytes of the line.
    pub from: usize,
    /// Where it ends: at the cursor.
    pub to: usize,
    /// The completions: in the shell's own order where that has one, else by name.
    pub completions: Vec<Completion>,
    /// Whether there are more than are told here.
    pub cut: bool,
    /// Who knew them.
    pub source: CompletionSource,
    /// The shell was asked and did not tell in time; it may when it is asked again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub late: bool,
}

/// What the word can become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// What replaces the range, quoted as the shell needs it.
    pub text: String,
    /// What a list shows: the name alone, without quotes.
    pub display: String,
    /// What it is.
    pub kind: CompletionKind,
    /// The shell's own words on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub description: Option<String>,
    /// The word may go on, as that of a folder does: no blank is to follow.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub open: bool,
}

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum CompletionKind {
    /// A file that is no folder.
    File,
    /// A folder.
    Folder,
    /// A program.
    Command,
    /// A command that is part of the shell.
    Builtin,
    /// A word of the shell's language.
    Keyword,
    /// A function.
    Function,
    /// An alias.
    Alias,
    /// A variable.
    Variable,
    /// A user, whose home it stands for.
    User,
    /// An option of a command.
    Option,
    /// A line that was run before.
    History,
    /// Whatever else the shell's completion for this command has found.
    Other,
}

/// Who knew the completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum CompletionSource {
    /// A shell in the session's state.
    Shell,
    /// The shell could not tell in time: these are files, programs and lines that ran before.
    Fallback,
}
