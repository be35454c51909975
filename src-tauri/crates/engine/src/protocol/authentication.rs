//! Authentication: who asks to come in, and the answer.

use super::{CommandSummary, Cursor, ErrorAnswer, Feature, Outcome, StreamAnswer};
use serde::{Deserialize, Serialize};

/// The payload of `authentication`: a token, or the session token of a session to be given back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Authenticate {
    /// The pairing token.
    pub token: Option<String>,
    /// The session token of an earlier connection.
    pub session_token: Option<String>,
    /// Features that the client would like; unknown names are passed over.
    pub features: Option<Vec<String>>,
    /// With the feature `resume`: where the client stands in the stream that it would like to go on with.
    pub resume: Option<Cursor>,
    /// With the feature `details`: the folder in which a session that begins is to be, an absolute path. Without it
    /// that is the home folder. A session that is given back is where it was.
    pub cwd: Option<String>,
    /// What the client calls itself, for the tray.
    pub client: Option<ClientDescription>,
}

/// What a client calls itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct ClientDescription {
    /// Its name.
    pub name: String,
    /// Its version.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, as = "Option<String>"))]
    pub version: String,
}

/// The answer to `authentication`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum AuthenticationAnswer {
    /// The client is in.
    #[serde(rename_all = "camelCase")]
    Granted {
        /// Always `ok`.
        result: Outcome,
        /// Names this session in a later authentication. A secret, as the token is.
        session_token: String,
        /// The session's commands, oldest first; only when a session was given back.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        commands: Option<Vec<CommandSummary>>,
        /// Under `details`: the working directory in which the next command starts.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        cwd: Option<String>,
        /// The granted features; only where the client asked for some.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        features: Option<Vec<Feature>>,
        /// Name and version of the server; only where the client asked for features.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        server: Option<String>,
        /// Under `resume`: the stream that this connection carries.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        resume: Option<StreamAnswer>,
        /// The limits that a client should know; only where it asked for features.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        limits: Option<LimitsAnswer>,
    },
    /// The client is not in.
    Refused(ErrorAnswer),
}

/// The limits that a client should know.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LimitsAnswer {
    /// Bytes of one frame from the client.
    pub frame: usize,
    /// Running commands of one session.
    pub commands_a_session: usize,
    /// Bytes of a command's text.
    pub command_text: usize,
    /// Bytes that are sent under `resume` before an `ack` has to come.
    pub window: usize,
}
