//! Envelope: how a frame becomes a message of the client or a precise rejection.

use super::request::refused;
use super::{
    AuthenticationAnswer, ClientMessage, Code, CommandAnswer, ErrorAnswer, ProtocolError, ServerMessage,
    UpdateAnswer,
};
use serde_json::{Map, Value};

/// A client's message with the session token that it may carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// When present it must be the connection's own.
    pub session_token: Option<String>,
    /// The message.
    pub message: ClientMessage,
}

/// A message that is refused, or a frame that is none, with what could be read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub error: ProtocolError,
    kind: Kind,
    command: Option<String>,
    client_id: Option<u64>,
    server_id: Option<u64>,
}

/// Defines the types of messages. A request's name here, in `ClientMessage` and in `ServerMessage` is the same one.
macro_rules! kinds {
    ($($request:ident: $name:literal),* $(,)?) => {
        /// The type of a message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Kind {
            Authentication,
            Command,
            Update,
            Ack,
            $($request,)*
            Unknown,
        }

        impl Kind {
            const ALL: &[Self] =
                &[Self::Authentication, Self::Command, Self::Update, Self::Ack, $(Self::$request),*];

            fn name(self) -> &'static str {
                match self {
                    Self::Authentication => "authentication",
                    Self::Command => "command",
                    Self::Update => "update",
                    Self::Ack => "ack",
                    $(Self::$request => $name,)*
                    Self::Unknown => "error",
                }
            }

            fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }

        impl ClientMessage {
            fn read(kind: Kind, payload: Map<String, Value>) -> Result<Self, Rejection> {
                Ok(match kind {
                    Kind::Authentication => Self::Authentication(typed(kind, payload)?),
                    Kind::Command => Self::Command(typed(kind, payload)?),
                    Kind::Ack => Self::Ack(typed(kind, payload)?),
                    $(Kind::$request => Self::$request(typed(kind, payload)?),)*
                    Kind::Update | Kind::Unknown => Self::Update(typed(kind, payload)?),
                })
            }

            /// The refusal of this message, with the ids that it concerns.
            pub fn refused(&self, error: ProtocolError) -> Rejection {
                let (kind, command, client_id, server_id) = match self {
                    Self::Authentication(_) => (Kind::Authentication, None, None, None),
                    Self::Command(run) => (Kind::Command, Some(run.command.clone()), run.client_id, None),
                    Self::Update(update) => {
                        (Kind::Update, None, update.client_id(), Some(update.server_id()))
                    }
                    Self::Ack(_) => (Kind::Ack, None, None, None),
                    $(Self::$request(request) => (Kind::$request, None, request.client_id, None),)*
                };
                Rejection { error, kind, command, client_id, server_id }
            }
        }

        impl Rejection {
            /// The answer that tells the client.
            pub fn into_answer(self) -> ServerMessage {
                let error = ErrorAnswer::from(self.error);
                match self.kind {
                    Kind::Authentication => {
                        ServerMessage::Authentication(AuthenticationAnswer::Refused(error))
                    }
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
                    Kind::Ack => ServerMessage::Ack(error),
                    $(Kind::$request => ServerMessage::$request(refused(self.client_id, error)),)*
                    Kind::Unknown => ServerMessage::Error(error),
                }
            }
        }
    };
}

kinds! {
    Pipes: "pipes",
    Complete: "complete",
    History: "history",
    ImportHistory: "importHistory",
    Forget: "forget",
    Kill: "kill",
    Processes: "processes",
    Files: "files",
    Notes: "notes",
    SetNote: "setNote",
    DeleteNote: "deleteNote",
    Notifications: "notifications",
    Watch: "watch",
    Unwatch: "unwatch",
    Preferences: "preferences",
    SetPreferences: "setPreferences",
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
            Some(Value::String(name)) => Kind::named(name).ok_or_else(|| {
                let name: String = name.chars().take(40).collect();
                let message = format!("No message has the type \"{}\".", name.escape_debug());
                unknown(Code::UnknownType, message)
            })?,
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

fn typed<T: serde::de::DeserializeOwned>(kind: Kind, payload: Map<String, Value>) -> Result<T, Rejection> {
    let kept = Rejection::of(kind, &payload, "");
    T::deserialize(Value::Object(payload)).map_err(|error| kept.because(&error))
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
        // A serde message can quote what was sent; the quote of an authentication may be a secret.
        self.error.message = if self.kind == Kind::Authentication {
            "The payload of \"authentication\" needs a string \"token\" or \"sessionToken\".".into()
        } else {
            let reason: String = error.to_string().chars().take(200).collect();
            format!("The payload of \"{}\" is not as it should be: {reason}.", self.kind.name())
        };
        self
    }
}
