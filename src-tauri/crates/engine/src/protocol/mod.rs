//! Protocol: every message of the websocket, both directions, as plain data.
//!
//! The reference for readers is PROTOCOL.md beside the crate. Nothing here does I/O.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod bindings;
mod client;
mod error;
mod server;

pub use client::{
    Authenticate, ClientDescription, ClientMessage, ClientUpdate, Envelope, Format, Rejection, RunCommand,
    Size, StdinFrom, Streams,
};
pub use error::{Code, ProtocolError};
pub use server::{
    AuthenticationAnswer, BreakpointAnswer, BreakpointOutput, Chunk, ChunkStream, CommandAnswer,
    CommandSummary, ErrorAnswer, LimitsAnswer, Outcome, Output, PipeDescription, ServerMessage, StageCount,
    Status, StreamOrder, Update, UpdateAnswer,
};

/// Extensions that a client asks for in `authentication` and gets when the server has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Feature {
    /// `exitCode`, `signal`, `cwd`, `durationMs`, `pipes` and their like in answers and updates.
    Details,
    /// `format` on a command: `html`, `text` or `raw`.
    Format,
    /// Output as an ordered list of chunks without duplicated text.
    Chunks,
    /// `size` on a command, and updates of type `resize`.
    Resize,
    /// `streams` on a command: `split`, `exact` or `pipes`.
    Streams,
    /// `stdinFrom` on a command: what a breakpoint of another command captured becomes its input.
    StdinFrom,
}

impl Feature {
    /// Every feature of this server, in the order in which they are granted.
    pub const ALL: [Self; 6] =
        [Self::Details, Self::Format, Self::Chunks, Self::Resize, Self::Streams, Self::StdinFrom];

    /// The feature of that name on the wire, if this server has it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "details" => Self::Details,
            "format" => Self::Format,
            "chunks" => Self::Chunks,
            "resize" => Self::Resize,
            "streams" => Self::Streams,
            "stdinFrom" => Self::StdinFrom,
            _ => return None,
        })
    }
}
