//! Messages of the client, and how a frame becomes one of them or a precise rejection.

use super::{
    AuthenticationAnswer, Code, CommandAnswer, ErrorAnswer, ProtocolError, ServerMessage, UpdateAnswer,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A client's message with the session token that it may carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// When present it must be the connection's own.
    pub session_token: Option<String>,
    /// The message.
    pub message: ClientMessage,
}

/// One message from a client: `{type, sessionToken?, payload}`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(tag = "type", content = "payload", rename_all = "camelCase"))]
pub enum ClientMessage {
    /// `authentication`: the first message of every connection.
    Authentication(Authenticate),
    /// `command`: run something.
    Command(RunCommand),
    /// `update`: something for a command that runs.
    Update(ClientUpdate),
}

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

/// The payload of `command`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct RunCommand {
    /// The text, as typed to the shell.
    pub command: String,
    /// The client's own id. The same id with the same text runs only once.
    pub client_id: Option<u64>,
    /// Indexes of the pipes to tap.
    pub breakpoints: Option<Vec<usize>>,
    /// With the feature `format`.
    pub format: Option<Format>,
    /// With the feature `streams`.
    pub streams: Option<Streams>,
    /// With the feature `resize`: the terminal's size at the start.
    pub size: Option<Size>,
    /// With the feature `stdinFrom`: feed the command with what a breakpoint captured.
    pub stdin_from: Option<StdinFrom>,
}

/// Names what a breakpoint captured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct StdinFrom {
    /// The command that had the breakpoint.
    pub server_id: u64,
    /// The pipe's index.
    pub location: usize,
    /// The run, from 0; the newest where it is left out.
    pub run: Option<u32>,
    /// Take the beginning where not everything was kept.
    pub partial: Option<bool>,
}

/// The form of a command's output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// HTML that a page may insert as it is.
    #[default]
    Html,
    /// Plain text without escape sequences.
    Text,
    /// The bytes as the program wrote them, invalid UTF-8 replaced.
    Raw,
}

/// How a command's stdout and stderr are carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Streams {
    /// A terminal for stdin and stdout, another for stderr.
    #[default]
    Split,
    /// One terminal for everything: exact order, no separate stderr.
    Exact,
    /// No terminal.
    Pipes,
}

/// A terminal's size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { cols: 80, rows: 24 }
    }
}

/// The payload of a client's `update`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientUpdate {
    /// Input for the command, as typed.
    Stdin {
        /// The command.
        server_id: u64,
        /// The client's own number for this input. Where it is given, success is answered too.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "number"))]
        client_id: Option<u64>,
        /// The input since the last update.
        input: String,
        /// With the feature `streams`: nothing follows, so that a program which reads a pipe sees its end. A terminal
        /// has no such end; Ctrl-D is typed there.
        #[serde(default)]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        end: bool,
    },
    /// A signal for the command's process group.
    Signal {
        /// The command.
        server_id: u64,
        /// The signal's number, 1 to 64.
        signal: i64,
    },
    /// With the feature `resize`: the terminal's new size.
    Resize {
        /// The command.
        server_id: u64,
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
}

impl ClientUpdate {
    /// The command that it is meant for.
    pub fn server_id(&self) -> u64 {
        match self {
            Self::Stdin { server_id, .. }
            | Self::Signal { server_id, .. }
            | Self::Resize { server_id, .. } => *server_id,
        }
    }

    /// The client's own number for it.
    pub fn client_id(&self) -> Option<u64> {
        match self {
            Self::Stdin { client_id, .. } => *client_id,
            Self::Signal { .. } | Self::Resize { .. } => None,
        }
    }
}

/// A frame that is no message, with what could be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub error: ProtocolError,
    kind: Kind,
    command: Option<String>,
    client_id: Option<u64>,
    server_id: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authentication,
    Command,
    Update,
    Unknown,
}

impl Envelope {
    /// Reads one text frame.
    ///
    /// # Errors
    /// A [`Rejection`] that names the field which is missing or of the wrong type.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        let unknown = |code, message: String| Rejection {
            error: ProtocolError::new(code, message),
            kind: Kind::Unknown,
            command: None,
            client_id: None,
            server_id: None,
        };
        let value: Value = serde_json::from_str(text)
            .map_err(|error| unknown(Code::BadJson, format!("The message is not JSON: {error}.")))?;
        let Value::Object(mut object) = value else {
            return Err(unknown(
                Code::BadMessage,
                "A message is a JSON object with \"type\" and \"payload\".".into(),
            ));
        };
        let kind = match object.get("type") {
            Some(Value::String(name)) => match name.as_str() {
                "authentication" => Kind::Authentication,
                "command" => Kind::Command,
                "update" => Kind::Update,
                other => {
                    let other: String = other.chars().take(40).collect();
                    return Err(unknown(
                        Code::UnknownType,
                        format!("No message has the type \"{}\".", other.escape_debug()),
                    ));
                }
            },
            _ => {
                return Err(unknown(
                    Code::BadMessage,
                    "The message has no \"type\" that is a string.".into(),
                ));
            }
        };
        let payload = match object.remove("payload") {
            Some(Value::Object(payload)) => payload,
            _ => {
                return Err(Rejection::of(
                    kind,
                    &Map::new(),
                    "The message has no \"payload\" that is an object.",
                ));
            }
        };
        let session_token = match object.remove("sessionToken") {
            None | Some(Value::Null) => None,
            Some(Value::String(token)) => Some(token),
            Some(_) => {
                return Err(Rejection::of(kind, &payload, "\"sessionToken\" is not a string."));
            }
        };
        Ok(Self { session_token, message: ClientMessage::read(kind, payload)? })
    }
}

impl ClientMessage {
    fn read(kind: Kind, payload: Map<String, Value>) -> Result<Self, Rejection> {
        fn typed<T: serde::de::DeserializeOwned>(
            kind: Kind,
            payload: Map<String, Value>,
        ) -> Result<T, Rejection> {
            let kept = Rejection::of(kind, &payload, "");
            T::deserialize(Value::Object(payload)).map_err(|error| kept.because(&error))
        }
        Ok(match kind {
            Kind::Authentication => Self::Authentication(typed(kind, payload)?),
            Kind::Command => Self::Command(typed(kind, payload)?),
            Kind::Update | Kind::Unknown => Self::Update(typed(kind, payload)?),
        })
    }
}

impl Rejection {
    fn of(kind: Kind, payload: &Map<String, Value>, message: &str) -> Self {
        Self {
            error: ProtocolError::new(Code::BadMessage, message),
            kind,
            command: payload.get("command").and_then(Value::as_str).map(str::to_owned),
            client_id: payload.get("clientId").and_then(Value::as_u64),
            server_id: payload.get("serverId").and_then(Value::as_u64),
        }
    }

    fn because(mut self, error: &serde_json::Error) -> Self {
        let what = match self.kind {
            Kind::Authentication => "authentication",
            Kind::Command => "command",
            Kind::Update | Kind::Unknown => "update",
        };
        // A serde message can quote what was sent; the quote of an authentication may be a secret.
        self.error.message = if self.kind == Kind::Authentication {
            "The payload of \"authentication\" needs a string \"token\" or \"sessionToken\".".into()
        } else {
            let reason: String = error.to_string().chars().take(200).collect();
            format!("The payload of \"{what}\" is not as it should be: {reason}.")
        };
        self
    }

    /// The answer that tells the client.
    pub fn into_answer(self) -> ServerMessage {
        let error = ErrorAnswer::from(self.error);
        match self.kind {
            Kind::Authentication => ServerMessage::Authentication(AuthenticationAnswer::Refused(error)),
            Kind::Command => ServerMessage::Command(CommandAnswer::Refused {
                error,
                command: self.command,
                client_id: self.client_id,
            }),
            Kind::Update => ServerMessage::Update(UpdateAnswer::Refused {
                error,
                server_id: self.server_id,
                client_id: self.client_id,
            }),
            Kind::Unknown => ServerMessage::Error(error),
        }
    }
}
