//! Protocol: every message of the websocket, both directions, as plain data.
//!
//! The reference for readers is PROTOCOL.md beside the crate. Nothing here does I/O.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod bindings;
mod client;
mod error;
mod feature;
mod server;
mod update;

pub use client::{
    Authenticate, ClientDescription, ClientMessage, ClientUpdate, Envelope, Format, Rejection, RunCommand,
    Size, StdinFrom, Streams,
};
pub use error::{Code, ProtocolError};
pub use feature::Feature;
pub(crate) use feature::Granted;
pub use server::{
    AuthenticationAnswer, BreakpointAnswer, CommandAnswer, CommandSummary, ErrorAnswer, LimitsAnswer,
    Outcome, PipeDescription, ServerMessage, Status, UpdateAnswer,
};
pub use update::{BreakpointOutput, Chunk, ChunkStream, Output, StageCount, StreamOrder, Update};
