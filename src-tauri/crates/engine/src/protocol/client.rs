//! Messages of the client: one for each type, and what an update may carry.

use super::{
    Ack, Authenticate, BreakpointAction, CompleteRequest, DeleteNoteRequest, FilesRequest, ForgetRequest,
    HistoryRequest, ImportRequest, KillRequest, NotesRequest, NotificationsRequest, PipesRequest,
    PreferencesRequest, ProcessesRequest, Request, RunCommand, SetNoteRequest, SetPreferencesRequest,
    UnwatchRequest, WatchRequest,
};
use serde::Deserialize;

/// One message from a client: `{type, sessionToken?, payload}`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(tag = "type", content = "payload", rename_all = "camelCase"))]
pub enum ClientMessage {
    /// `authentication`: the first message of every connection.
    Authentication(Authenticate),
    /// `command`: run something.
    Command(RunCommand),
    /// `update`: something for a command that runs.
    Update(ClientUpdate),
    /// `ack`: what has arrived, with the feature `resume`.
    Ack(Ack),
    /// `pipes`: where the pipes of a text are, with the feature `breakpoints`.
    Pipes(Request<PipesRequest>),
    /// `complete`: what the word at the cursor can become, with the feature `complete`.
    Complete(Request<CompleteRequest>),
    /// `history`: what ran, with the feature `history`.
    History(Request<HistoryRequest>),
    /// `importHistory`: take over the history of the user's shell, with the feature `history`.
    ImportHistory(Request<ImportRequest>),
    /// `processes`: what runs in the session, with the feature `processes`.
    Processes(Request<ProcessesRequest>),
    /// `kill`: a signal for one process of the session, with the feature `processes`.
    Kill(Request<KillRequest>),
    /// `files`: something about a file, with the feature `files`.
    Files(Request<FilesRequest>),
    /// `forget`: forget commands, with the feature `history`.
    Forget(Request<ForgetRequest>),
    /// `notes`: the notes of the session, with the feature `notes`.
    Notes(Request<NotesRequest>),
    /// `setNote`: write a note, with the feature `notes`.
    SetNote(Request<SetNoteRequest>),
    /// `deleteNote`: take a note away, with the feature `notes`.
    DeleteNote(Request<DeleteNoteRequest>),
    /// `notifications`: what the client wants to be told of, with the feature `notifications`.
    Notifications(Request<NotificationsRequest>),
    /// `watch`: be told of what changes in a folder, with the feature `notifications`.
    Watch(Request<WatchRequest>),
    /// `unwatch`: no more, with the feature `notifications`.
    Unwatch(Request<UnwatchRequest>),
    /// `preferences`: what the user likes, with the feature `preferences`.
    Preferences(Request<PreferencesRequest>),
    /// `setPreferences`: change some of it, with the feature `preferences`.
    SetPreferences(Request<SetPreferencesRequest>),
}

/// The payload of a client's `update`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientUpdate {
    /// Input for the command, as typed.
    Stdin {
        /// The command.
        server_id: u64,
        /// The client's own number for this input. Where it is given, success is answered too.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "number"))]
        client_id: Option<u64>,
        /// The input since the last update.
        input: String,
        /// With the feature `streams`: nothing follows, so that a program which reads a pipe sees its end. A terminal
        /// has no such end; Ctrl-D is typed there.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        end: bool,
    },
    /// A signal for the command's process group.
    Signal {
        /// The command.
        server_id: u64,
        /// The signal's number, 1 to 64.
        signal: i64,
    },
    /// With the feature `resize`: the terminal's new size.
    Resize {
        /// The command.
        server_id: u64,
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// With the feature `breakpoints`: lets what is held at a pipe go on, or holds it.
    Breakpoint {
        /// The command.
        server_id: u64,
        /// The client's own number for it. Where it is given, success is answered too.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "number"))]
        client_id: Option<u64>,
        /// The pipe's index.
        location: usize,
        /// One run of it; every run, those to come too, where it is left out.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        run: Option<u32>,
        /// What becomes of the flow.
        action: BreakpointAction,
        /// With `step`: how many lines go on; 1 where it is left out.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "number"))]
        lines: Option<i64>,
    },
}

impl ClientUpdate {
    /// The command that it is meant for.
    pub fn server_id(&self) -> u64 {
        match self {
            Self::Stdin { server_id, .. }
            | Self::Signal { server_id, .. }
            | Self::Resize { server_id, .. }
            | Self::Breakpoint { server_id, .. } => *server_id,
        }
    }

    /// The client's own number for it.
    pub fn client_id(&self) -> Option<u64> {
        match self {
            Self::Stdin { client_id, .. } | Self::Breakpoint { client_id, .. } => *client_id,
            Self::Signal { .. } | Self::Resize { .. } => None,
        }
    }
}
