//! What is asked over the control socket, and how it is answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::activity::CommandId;
use crate::protocol::{ForgetRequest, HistoryRequest, ImportRequest};

/// One line to the engine: `{"request": "kill", "id": "3.12"}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Where the engine listens: [`Status`].
    Status,
    /// The pairing token, as text.
    Token,
    /// A new pairing token, as text.
    Rotate,
    /// Who is connected and what runs: an activity snapshot.
    Sessions,
    /// End a command; answered by whether it ran.
    Kill {
        /// The command.
        id: CommandId,
    },
    /// End every command; answered by how many there were.
    KillEverything,
    /// Close a client's connection; answered by whether it was there.
    Disconnect {
        /// The client.
        id: u64,
    },
    /// Search the history: a history answer.
    History {
        /// What to look for.
        ask: HistoryRequest,
        /// The session that `sessionOnly` means.
        session: u64,
    },
    /// Take over the history of the user's shell: an import answer.
    ImportHistory {
        /// Which file.
        ask: ImportRequest,
    },
    /// Forget commands: a forget answer.
    Forget {
        /// Which ones.
        ask: ForgetRequest,
    },
    /// The newest entries of the audit trail, and the clients.
    Audit {
        /// How many entries.
        limit: usize,
    },
    /// End the engine in order; answered before it ends.
    Stop,
}

/// One line from the engine: `{"ok": ...}` or `{"error": "one sentence"}`. It may hold the token, so it is not `Debug`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// What was asked for.
    Ok(Value),
    /// Why not.
    Error(String),
}

/// Where an engine listens, and how busy it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The websocket's address, for example `wss://127.0.0.1:7867/`.
    pub wss: String,
    /// The web terminal's address, for example `https://127.0.0.1:7867/`.
    pub https: String,
    /// The certificate's fingerprint: `sha256:` and 64 hexadecimal digits.
    pub fingerprint: String,
    /// Authenticated clients.
    pub clients: usize,
    /// Running commands.
    pub running: usize,
    /// What needs the user's attention, in one sentence: a full disk, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
