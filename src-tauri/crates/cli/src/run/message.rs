//! The messages of the protocol, as far as one command needs them. PROTOCOL.md is the reference.

use anyhow::{Context, Result};
use engine::Token;
use serde::Deserialize;
use serde_json::{Value, json};

/// Columns and rows.
pub(super) type Size = (u16, u16);

/// A session of its own, which begins in that folder.
pub(super) fn authentication(token: &Token, folder: &str) -> Value {
    json!({"type": "authentication", "payload": {
        "token": token.reveal(),
        "cwd": folder,
        "features": ["details", "chunks", "format", "resize", "streams"],
        "client": {"name": "porthole run", "version": env!("CARGO_PKG_VERSION")},
    }})
}

pub(super) fn command(
    text: &str,
    client_id: u64,
    streams: &str,
    size: Option<Size>,
    breakpoints: &[usize],
) -> Value {
    let mut payload = json!({"command": text, "clientId": client_id, "format": "raw", "streams": streams});
    if let Some((cols, rows)) = size {
        payload["size"] = json!({"cols": cols, "rows": rows});
    }
    if !breakpoints.is_empty() {
        payload["breakpoints"] = json!(breakpoints);
    }
    json!({"type": "command", "payload": payload})
}

pub(super) fn stdin(server_id: u64, client_id: u64, input: &str, end: bool) -> Value {
    update(json!({
        "type": "stdin", "serverId": server_id, "clientId": client_id, "input": input, "end": end,
    }))
}

pub(super) fn signal(server_id: u64, signal: i32) -> Value {
    update(json!({"type": "signal", "serverId": server_id, "signal": signal}))
}

pub(super) fn resize(server_id: u64, (cols, rows): Size) -> Value {
    update(json!({"type": "resize", "serverId": server_id, "cols": cols, "rows": rows}))
}

fn update(payload: Value) -> Value {
    json!({"type": "update", "payload": payload})
}

/// A message of the engine.
pub(super) enum Message {
    /// The client is in.
    Granted,
    Started(Started),
    Taken(Taken),
    News(News),
    Refused(Refused),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    pub(super) client_id: Option<u64>,
    pub(super) server_id: u64,
    #[serde(default)]
    pub(super) breakpoints: Vec<Breakpoint>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Breakpoint {
    pub(super) location: usize,
    pub(super) message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Taken {
    pub(super) client_id: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct News {
    pub(super) server_id: u64,
    #[serde(default)]
    pub(super) output: Output,
    status: String,
    pub(super) exit_code: Option<i32>,
    #[serde(default)]
    pub(super) dropped: u64,
    /// What flowed through tapped pipes.
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Stage {
    pub(super) location: usize,
    pub(super) run: u64,
    /// Bytes that were not shown, of all that flowed so far.
    pub(super) dropped: u64,
}

impl News {
    pub(super) fn ended(&self) -> bool {
        self.status == "completed"
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub(super) chunks: Vec<Chunk>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Chunk {
    pub(super) stream: Stream,
    pub(super) location: Option<usize>,
    #[serde(default)]
    pub(super) data: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refused {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) client_id: Option<u64>,
}

impl Message {
    pub(super) fn parse(text: &str) -> Result<Self> {
        fn typed<T: serde::de::DeserializeOwned>(payload: Value) -> Result<T> {
            serde_json::from_value(payload).context("Porthole sent a message that cannot be read")
        }
        let mut message: Value = typed(serde_json::from_str(text)?)?;
        let payload = message["payload"].take();
        let done = match payload["result"].as_str() {
            Some("error") => return Ok(Self::Refused(typed(payload)?)),
            Some(_) => true,
            None => false,
        };
        match (message["type"].as_str(), done) {
            (Some("authentication"), _) => Ok(Self::Granted),
            (Some("command"), _) => Ok(Self::Started(typed(payload)?)),
            (Some("update"), true) => Ok(Self::Taken(typed(payload)?)),
            _ => Ok(Self::News(typed(payload)?)),
        }
    }
}
