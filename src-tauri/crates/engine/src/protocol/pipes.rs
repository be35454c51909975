//! Pipes: where the pipes of a text are, for a client that marks them while the text is typed.

use super::PipeDescription;
use serde::{Deserialize, Serialize};

/// Asks for the pipes of a text that is not run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PipesRequest {
    /// The text, as it would be sent in `command`.
    pub command: String,
}

/// The pipes of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PipesAnswer {
    /// Empty where there is none, or where the text cannot be read well enough for a breakpoint.
    pub pipes: Vec<PipeDescription>,
}
