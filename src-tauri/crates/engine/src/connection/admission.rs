//! Admission: from a new websocket to a client that is in.

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout_at;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use super::farewell::Farewell;
use super::writer::send;
use super::{Incoming, Peer, Writing};
use crate::audit::AuditEvent;
use crate::authentication::Admission;
use crate::context::Context;
use crate::protocol::Granted;
use crate::protocol::{
    Authenticate, AuthenticationAnswer, ClientMessage, Code, Envelope, Feature, LimitsAnswer, Outcome,
    ProtocolError, ServerMessage, StreamAnswer,
};
use crate::session::Lease;

/// A client that is in, with its stream.
pub(super) struct Admitted {
    pub(super) admission: Admission,
    pub(super) request: Authenticate,
    pub(super) granted: Granted,
    pub(super) lease: Lease,
}

/// Reads until a client is in. A wrong token is answered and may be followed by a right one.
pub(super) async fn authenticate<S>(
    incoming: &mut Incoming<S>,
    writing: &mut Writing<S>,
    peer: &Peer,
    context: &Context,
) -> Result<Admitted, Farewell>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let deadline = tokio::time::Instant::now() + context.limits.authentication;
    loop {
        let message = match timeout_at(deadline, incoming.next()).await {
            Err(_) => return Err(Farewell::SLOW),
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(SocketError::Capacity(_)))) => return Err(Farewell::TOO_LARGE),
            Ok(Some(Err(_)) | None) => return Err(Farewell::GONE),
        };
        let text = match message {
            Message::Text(text) if text.len() <= context.limits.frame_before_authentication => text,
            Message::Text(_) | Message::Binary(_) => return Err(Farewell::TOO_LARGE),
            Message::Close(_) => return Err(Farewell::GONE),
            _ => continue,
        };
        let answer = match Envelope::parse(&text) {
            Ok(Envelope { message: ClientMessage::Authentication(request), .. }) => {
                let name = client_name(&request);
                match admit(request, context).await {
                    Ok(admitted) => return Ok(admitted),
                    Err(error) => {
                        let refused = peer.act(AuditEvent::Refused).by(&name);
                        context.store.note(refused.with(error.code.name()));
                        ServerMessage::Authentication(AuthenticationAnswer::Refused(error.into()))
                    }
                }
            }
            Ok(envelope) => {
                let error = ProtocolError::new(
                    Code::NotAuthenticated,
                    "The first message of a connection is \"authentication\".",
                );
                envelope.message.refused(error).into_answer()
            }
            Err(rejection) => rejection.into_answer(),
        };
        if send(writing, &answer, context).await.is_err() {
            return Err(Farewell::GONE);
        }
    }
}

async fn admit(request: Authenticate, context: &Context) -> Result<Admitted, ProtocolError> {
    let granted = Granted::of(request.features.as_deref().unwrap_or_default());
    granted.need(Feature::Resume, request.resume.is_some(), "resume")?;
    granted.need(Feature::Details, request.cwd.is_some(), "cwd")?;
    let admission = context.authentication.admit(&request, &context.sessions).await?;
    let lease = admission.session.open_stream(granted, &own_name(&request), request.resume.as_ref()).await?;
    Ok(Admitted { admission, request, granted, lease })
}

/// The name under which the client keeps preferences of its own; "" where it did not give one.
pub(super) fn own_name(request: &Authenticate) -> String {
    let name = request.client.as_ref().map(|client| client.name.trim()).unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// What the client calls itself, fit to be shown.
pub(super) fn client_name(request: &Authenticate) -> String {
    let described = request.client.as_ref().map(|client| {
        let text = format!("{} {}", client.name, client.version);
        text.chars().filter(|c| !c.is_control()).take(80).collect::<String>().trim().to_owned()
    });
    described.filter(|name| !name.is_empty()).unwrap_or_else(|| "unnamed client".to_owned())
}

/// The answer to a client that is in.
pub(super) fn granted_answer(
    admission: &Admission,
    request: &Authenticate,
    granted: Granted,
    stream: Option<StreamAnswer>,
    context: &Context,
) -> ServerMessage {
    let extended = request.features.is_some();
    let details = granted.has(Feature::Details);
    ServerMessage::Authentication(AuthenticationAnswer::Granted {
        result: Outcome::Ok,
        session_token: admission.session_token.clone(),
        commands: admission.rehydrated.then(|| admission.session.summaries(details)),
        cwd: details.then(|| admission.session.cwd().to_string_lossy().into_owned()),
        features: extended.then(|| granted.list()),
        server: extended.then(|| concat!("Porthole ", env!("CARGO_PKG_VERSION")).to_owned()),
        resume: stream,
        limits: extended.then(|| LimitsAnswer {
            frame: context.limits.frame,
            commands_a_session: context.limits.commands_a_session,
            command_text: context.limits.command_text,
            window: context.limits.window,
        }),
    })
}
