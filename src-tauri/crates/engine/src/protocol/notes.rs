//! Notes: what the user writes on a session, a command or a pipe.

use serde::{Deserialize, Serialize};

/// What a note is on: the session, a command of it, or a pipe of that command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct NotePlace {
    /// The command; the session itself where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_id: Option<u64>,
    /// The index of the command's pipe; the command itself where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<u32>,
}

/// Asks for the notes of the session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NotesRequest {}

/// The notes of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NotesAnswer {
    /// That of the session, then those of its commands, oldest command first.
    pub notes: Vec<Note>,
}

/// Writes a note, in place of the one that was there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SetNoteRequest {
    /// What it is on.
    #[serde(flatten)]
    pub place: NotePlace,
    /// Its text, at most 16 KiB.
    pub text: String,
}

/// Takes a note away.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct DeleteNoteRequest {
    /// What it is on.
    #[serde(flatten)]
    pub place: NotePlace,
}

/// A note that was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteDeleted {
    /// What it was on.
    #[serde(flatten)]
    pub place: NotePlace,
    /// Whether there was one.
    pub deleted: bool,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Note {
    /// What it is on.
    #[serde(flatten)]
    pub place: NotePlace,
    /// Its text.
    pub text: String,
    /// When it was written: RFC 3339, UTC, milliseconds.
    pub changed: String,
}

/// Tells every client of the session that has the feature `notes` what became of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct NoteChange {
    /// What it is on.
    #[serde(flatten)]
    pub place: NotePlace,
    /// Its text; none where it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub text: Option<String>,
    /// When: RFC 3339, UTC, milliseconds.
    pub changed: String,
}
