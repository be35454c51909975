//! Audit: who came in or was turned away, and who ended or changed something; never what was typed, and no secret.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuditEvent {
    /// A client authenticated with the pairing token; a session begins.
    Paired,
    /// A client came back to its session with that one's token.
    Resumed,
    /// An authentication failed; `detail` is the error's code.
    Refused,
    /// A request was turned away before its upgrade, because of its `Host` or `Origin`.
    TurnedAway,
    /// Somebody sent a command a signal that ends it, or killed it; `detail` is the signal.
    Killed,
    /// A client's connection was closed from the tray or the command line.
    Disconnected,
    /// The pairing token was replaced.
    TokenRotated,
    /// Something was forgotten; `detail` says what, and how many commands.
    Forgot,
    /// Preferences were changed; `detail` has their names.
    PreferencesChanged,
    /// The server started; `detail` is its version.
    Started,
    /// The server ended in order.
    Stopped,
}

/// One entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its number, which grows.
    pub id: i64,
    /// When: RFC 3339, UTC, milliseconds.
    pub time: String,
    /// What happened.
    #[serde(flatten)]
    pub act: Act,
}

/// What happened, by whom and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Act {
    /// What happened.
    pub event: AuditEvent,
    /// Who: what a client calls itself, `the tray` or `the command line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Where a client came from, with the port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The page that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The number of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<u64>,
    /// The command, in its session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_id: Option<u64>,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A client that was in at some time. Clients of the same name, program and machine are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownClient {
    /// What it calls itself.
    pub name: String,
    /// What it said of its program: the `User-Agent` of its request, "" where it has none.
    pub agent: String,
    /// The machine that it came from, without the port.
    pub address: String,
    /// When it came first: RFC 3339, UTC, milliseconds.
    pub first_seen: String,
    /// When it came last.
    pub last_seen: String,
    /// How often it came.
    pub connections: u64,
}

/// The newest entries, newest first, and the clients, the one that came last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditTrail {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The clients.
    pub clients: Vec<KnownClient>,
}

impl Act {
    /// Something that happened, of which no more is known yet.
    pub(crate) fn new(event: AuditEvent) -> Self {
        Self { event, who: None, address: None, origin: None, session: None, server_id: None, detail: None }
    }

    pub(crate) fn by(self, who: &str) -> Self {
        Self { who: Some(plain(who)), ..self }
    }

    pub(crate) fn in_session(self, session: u64) -> Self {
        Self { session: Some(session).filter(|session| *session > 0), ..self }
    }

    pub(crate) fn with(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(plain(&detail.into())), ..self }
    }
}

/// Characters of a text of somebody else's that are kept.
const TEXT: usize = 200;

/// A text of somebody else's, fit to be kept and shown.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TEXT).collect()
}
