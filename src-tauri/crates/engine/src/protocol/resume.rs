//! Resume: a numbered stream of messages to one client, which goes on where a lost connection ended.

use serde::{Deserialize, Serialize};

/// Where a client stood in its stream when its connection was lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Cursor {
    /// The stream, as an earlier authentication named it.
    pub stream: String,
    /// The `seq` of the last message that the client has; 0 for none.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
}

/// Under `resume`: the stream that a connection carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct StreamAnswer {
    /// Names the stream in a later authentication.
    pub stream: String,
    /// What is sent next follows this one.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
    /// Whether the stream goes on where the client's cursor stands. If not, it is a new one, which begins with
    /// everything that is kept of the session's output: the client lets go of what it had.
    pub resumed: bool,
    /// Bytes of messages between the cursor and what is sent next that are gone, since the client had acknowledged them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub missing: Option<u64>,
}

/// The payload of a client's `ack`: it has everything up to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Ack {
    /// The `seq` of that message.
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: u64,
}
