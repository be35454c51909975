//! Requests: messages with one answer each, told apart by the client's own number.

use super::{ErrorAnswer, Outcome, ProtocolError};
use serde::{Deserialize, Serialize};

/// The payload of a message that asks for one answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Request<T> {
    /// The client's own number for it, which the answer repeats. Answers may come in another order than requests.
    #[cfg_attr(test, ts(optional))]
    pub client_id: Option<u64>,
    /// What is asked.
    #[serde(flatten)]
    pub ask: T,
}

/// The answer to a [`Request`].
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum Answer<T> {
    /// It was done.
    #[serde(rename_all = "camelCase")]
    Done {
        /// Always `ok`.
        result: Outcome,
        /// The number that the request had.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        client_id: Option<u64>,
        /// What was asked for.
        #[serde(flatten)]
        value: T,
    },
    /// It was not.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// The failure.
        #[serde(flatten)]
        error: ErrorAnswer,
        /// The number that the request had, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        client_id: Option<u64>,
    },
}

impl<T> Answer<T> {
    /// The answer to the request of that number.
    pub fn of(client_id: Option<u64>, done: Result<T, ProtocolError>) -> Self {
        match done {
            Ok(value) => Self::Done { result: Outcome::Ok, client_id, value },
            Err(error) => Self::Refused { error: error.into(), client_id },
        }
    }
}

/// The answer to a request that was no good.
pub(super) fn refused<T>(client_id: Option<u64>, error: ErrorAnswer) -> Answer<T> {
    Answer::Refused { error, client_id }
}
