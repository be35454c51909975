//! Farewells: why a connection is closed, and saying so in a way that arrives.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::writer::transmit;
use super::{Incoming, Writing};
use crate::context::Context;

/// Why a connection is closed.
pub(super) struct Farewell {
    code: CloseCode,
    reason: &'static str,
}

impl Farewell {
    pub(super) const GONE: Self = Self { code: CloseCode::Away, reason: "" };
    pub(super) const GOING_AWAY: Self =
        Self { code: CloseCode::Away, reason: "Porthole is stopping on this machine." };
    pub(super) const DISCONNECTED: Self =
        Self { code: CloseCode::Policy, reason: "The connection was closed by the owner of this machine." };
    pub(super) const SLOW: Self =
        Self { code: CloseCode::Policy, reason: "No authentication came in the time for it." };
    pub(super) const TOO_LARGE: Self = Self {
        code: CloseCode::Size,
        reason: "A message before authentication is text of at most 4096 bytes.",
    };
    pub(super) const FRAME_TOO_LARGE: Self =
        Self { code: CloseCode::Size, reason: "The message is larger than this server takes." };
    pub(super) const FULL: Self =
        Self { code: CloseCode::Again, reason: "As many clients are connected as may be; close one first." };
}

/// Sends the reason, where there is one to tell.
pub(super) async fn say_goodbye<S>(writing: &mut Writing<S>, farewell: Farewell, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if farewell.reason.is_empty() {
        return;
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
