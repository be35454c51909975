//! Farewells: why a connection is closed, and saying so in a way that arrives.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::writer::{send, transmit};
use super::{Incoming, Writing};
use crate::context::Context;
use crate::protocol::{Code, ProtocolError, ServerMessage};

/// Why a connection is closed.
pub(super) struct Farewell {
    code: CloseCode,
    reason: &'static str,
    /// What programs are told before, of what they can do something about.
    error: Option<Code>,
}

impl Farewell {
    pub(super) const GONE: Self = Self::of(CloseCode::Away, "");
    pub(super) const GOING_AWAY: Self = Self::of(CloseCode::Away, "Porthole is stopping on this machine.");
    pub(super) const DISCONNECTED: Self =
        Self::of(CloseCode::Policy, "The connection was closed by the owner of this machine.");
    pub(super) const SLOW: Self = Self::of(CloseCode::Policy, "No authentication came in the time for it.");
    pub(super) const TOO_LARGE: Self =
        Self::of(CloseCode::Size, "A message before authentication is text of at most 4096 bytes.");
    pub(super) const FRAME_TOO_LARGE: Self =
        Self::of(CloseCode::Size, "The message is larger than this server takes.");
    pub(super) const FULL: Self =
        Self::of(CloseCode::Again, "As many clients are connected as may be; close one first.");
    pub(super) const SUPERSEDED: Self = Self {
        error: Some(Code::Superseded),
        ..Self::of(
            CloseCode::Policy,
            "This client came back on another connection, which goes on with its stream.",
        )
    };
    pub(super) const UNACKNOWLEDGED: Self = Self {
        error: Some(Code::Unacknowledged),
        ..Self::of(
            CloseCode::Policy,
            "Too much was sent without an \"ack\"; come back with the newest \"seq\".",
        )
    };

    const fn of(code: CloseCode, reason: &'static str) -> Self {
        Self { code, reason, error: None }
    }
}

/// Sends the reason, where there is one to tell.
pub(super) async fn say_goodbye<S>(writing: &mut Writing<S>, farewell: Farewell, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if farewell.reason.is_empty() {
        return;
    }
    if let Some(code) = farewell.error {
        let error = ServerMessage::Error(ProtocolError::new(code, farewell.reason).into());
        if send(writing, &error, context).await.is_err() {
            return;
        }
    }
    let frame = CloseFrame { code: farewell.code, reason: farewell.reason.into() };
    let _ = transmit(writing, Message::Close(Some(frame)), context).await;
}

/// Says goodbye on a connection that was not split between tasks.
pub(super) async fn close<S>(
    mut writing: Writing<S>,
    mut incoming: Incoming<S>,
    farewell: Farewell,
    context: &Context,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say_goodbye(&mut writing, farewell, context).await;
    drain(&mut incoming).await;
}

/// Reads what is on its way, since a socket that is closed before that takes the farewell with it.
pub(super) async fn drain<S>(incoming: &mut Incoming<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let closed = async { while let Some(Ok(_)) = incoming.next().await {} };
    let _ = timeout(Duration::from_secs(1), closed).await;
}
