//! Notifications: something on the server changed, told to clients that want to know.

use super::{FilePath, FolderChange};
use serde::{Deserialize, Serialize};

/// Says what the client wants to be told of, in place of what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct NotificationsRequest {
    /// The kinds; none for silence.
    pub kinds: Vec<NotificationKind>,
    /// Of every session, not of this client's alone.
    pub every_session: Option<bool>,
}

/// What the client is told of from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotificationsAnswer {
    /// The kinds.
    pub kinds: Vec<NotificationKind>,
    /// Of every session, not of this client's alone.
    pub every_session: bool,
}

/// The kinds of what can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum NotificationKind {
    /// A client came to a session.
    ClientJoined,
    /// A client left a session.
    ClientLeft,
    /// A command began.
    CommandStarted,
    /// A command ended.
    CommandEnded,
    /// Somebody sent a command a signal that ends it.
    CommandKilled,
    /// The pairing token was replaced.
    TokenRotated,
    /// A session is about to end.
    SessionEnding,
    /// The server is about to end.
    EngineStopping,
    /// Preferences changed.
    PreferenceChanged,
    /// A note changed.
    NoteChanged,
    /// A command waits for a line to be typed.
    InputAwaited,
    /// Commands were forgotten: what a client shows of them is to go.
    CommandsForgotten,
    /// Something changed in a folder that the client watches. Told whether it is among the kinds or not.
    FolderChanged,
}

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Notification {
    /// When: RFC 3339, UTC, milliseconds.
    pub time: String,
    /// What.
    #[serde(flatten)]
    pub event: NotificationEvent,
}

/// What happened. A long text of a command is told by its first 1,024 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NotificationEvent {
    /// A client came to a session.
    ClientJoined {
        /// The number of the session.
        session: u64,
        /// What the client calls itself.
        client: String,
    },
    /// A client left a session.
    ClientLeft {
        /// The number of the session.
        session: u64,
        /// What the client calls itself.
        client: String,
    },
    /// A command began.
    CommandStarted {
        /// The number of its session.
        session: u64,
        /// Its `serverId`.
        server_id: u64,
        /// Its text.
        command: String,
        /// What the client that sent it calls itself.
        client: String,
    },
    /// A command ended.
    CommandEnded {
        /// The number of its session.
        session: u64,
        /// Its `serverId`.
        server_id: u64,
        /// Its text.
        command: String,
        /// Its exit code (128 + n when signal n ended it).
        exit_code: i32,
        /// The signal that ended it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        signal: Option<i32>,
        /// How long it ran.
        duration_ms: u64,
    },
    /// Somebody sent a command a signal that ends it. Its end is told by itself.
    CommandKilled {
        /// The number of its session.
        session: u64,
        /// Its `serverId`.
        server_id: u64,
        /// Its text.
        command: String,
        /// The signal's number.
        signal: i32,
        /// Who did: what a client calls itself, `the tray` or `the command line`.
        by: String,
    },
    /// The pairing token was replaced; every connection is closed.
    TokenRotated,
    /// A session is about to end.
    SessionEnding {
        /// Its number.
        session: u64,
        /// Why.
        reason: SessionEnd,
    },
    /// The server is about to end.
    EngineStopping,
    /// Preferences changed.
    PreferenceChanged {
        /// The names of those that every client understands.
        names: Vec<String>,
    },
    /// A note changed.
    NoteChanged {
        /// The number of the session.
        session: u64,
        /// The command, where it is on one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        server_id: Option<u64>,
        /// The pipe, where it is on one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        location: Option<u32>,
    },
    /// A command waits for a line to be typed.
    InputAwaited {
        /// The number of its session.
        session: u64,
        /// Its `serverId`.
        server_id: u64,
        /// Its text.
        command: String,
        /// What is typed is not shown, as a password.
        secret: bool,
    },
    /// Commands were forgotten. Told of every session; of one that runs, when it has ended. Never missed.
    CommandsForgotten {
        /// The number of their session; 0 for the shell's own history.
        session: u64,
        /// Their `serverId`s; of more than 1,000 the others follow. None where all of the session are meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        server_ids: Option<Vec<u64>>,
        /// Where all are meant: up to this `serverId`. None for the shell's own history.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        up_to: Option<u64>,
        /// Not all up to there were forgotten: they were too many to name to a client that was away.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        more: bool,
    },
    /// Something changed in a folder that the client watches.
    FolderChanged {
        /// The number of the client's session.
        session: u64,
        /// The watch.
        watch: u64,
        /// The folder.
        path: FilePath,
        /// What changed, by name, one change each.
        changes: Vec<FolderChange>,
        /// More changed than is told: the folder has to be listed anew.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        more: bool,
        /// The folder itself is gone, and so is the watch.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        gone: bool,
    },
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum SessionEnd {
    /// Nobody used it for as long as sessions are kept.
    Idle,
    /// There are as many sessions as may be, and it was idle the longest.
    Crowded,
    /// The pairing token was replaced.
    TokenRotated,
}

impl NotificationEvent {
    /// Its kind.
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::ClientJoined { .. } => NotificationKind::ClientJoined,
            Self::ClientLeft { .. } => NotificationKind::ClientLeft,
            Self::CommandStarted { .. } => NotificationKind::CommandStarted,
            Self::CommandEnded { .. } => NotificationKind::CommandEnded,
            Self::CommandKilled { .. } => NotificationKind::CommandKilled,
            Self::TokenRotated => NotificationKind::TokenRotated,
            Self::SessionEnding { .. } => NotificationKind::SessionEnding,
            Self::EngineStopping => NotificationKind::EngineStopping,
            Self::PreferenceChanged { .. } => NotificationKind::PreferenceChanged,
            Self::NoteChanged { .. } => NotificationKind::NoteChanged,
            Self::InputAwaited { .. } => NotificationKind::InputAwaited,
            Self::CommandsForgotten { .. } => NotificationKind::CommandsForgotten,
            Self::FolderChanged { .. } => NotificationKind::FolderChanged,
        }
    }
}
