//! Messages of the server: one for each type, and what they share.

use super::{
    Answer, AuthenticationAnswer, Code, CommandAnswer, CompleteAnswer, FilesAnswer, ForgetAnswer,
    HistoryAnswer, ImportAnswer, KillAnswer, Note, NoteChange, NoteDeleted, NotesAnswer, Notification,
    NotificationsAnswer, PipesAnswer, PreferencesAnswer, PreferencesChange, ProcessesAnswer, ProtocolError,
    UnwatchAnswer, Update, WatchAnswer,
};
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
    /// The failure of an `ack`.
    Ack(ErrorAnswer),
    /// The answer to `pipes`.
    Pipes(Answer<PipesAnswer>),
    /// The answer to `complete`.
    Complete(Answer<CompleteAnswer>),
    /// The answer to `history`.
    History(Answer<HistoryAnswer>),
    /// The answer to `importHistory`.
    ImportHistory(Answer<ImportAnswer>),
    /// The answer to `processes`.
    Processes(Answer<ProcessesAnswer>),
    /// The answer to `kill`.
    Kill(Answer<KillAnswer>),
    /// The answer to `files`.
    Files(Answer<FilesAnswer>),
    /// The answer to `forget`.
    Forget(Answer<ForgetAnswer>),
    /// The answer to `notes`.
    Notes(Answer<NotesAnswer>),
    /// The answer to `setNote`.
    SetNote(Answer<Note>),
    /// The answer to `deleteNote`.
    DeleteNote(Answer<NoteDeleted>),
    /// The answer to `notifications`.
    Notifications(Answer<NotificationsAnswer>),
    /// Something happened that the client wants to be told of, with the feature `notifications`.
    Notification(Notification),
    /// The answer to `watch`.
    Watch(Answer<WatchAnswer>),
    /// The answer to `unwatch`.
    Unwatch(Answer<UnwatchAnswer>),
    /// The answer to `preferences`.
    Preferences(Answer<PreferencesAnswer>),
    /// The answer to `setPreferences`.
    SetPreferences(Answer<PreferencesChange>),
    /// Preferences changed, with the feature `preferences`.
    PreferencesChanged(PreferencesChange),
    /// A note of the session changed, with the feature `notes`.
    NoteChanged(NoteChange),
    /// Messages that the client was to be told of itself did not fit into the queue for it.
    Missed(Missed),
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

/// How many messages of the types `noteChanged`, `preferencesChanged` and `notification` a client that was slow or away
/// did not get. What they are about can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Missed {
    /// The number of messages, which came before the one that follows.
    pub missed: u64,
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
