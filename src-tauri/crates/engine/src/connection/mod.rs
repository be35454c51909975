//! Connection: one websocket; the only place that reads client messages and writes server messages.

mod admission;
mod dispatch;
mod farewell;
mod files;
mod frames;
mod kept;
mod printed;
mod requests;
mod writer;

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{SplitSink, SplitStream};
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::activity::ClientActivity;
use crate::audit::{Act, AuditEvent, plain};
use crate::command::timestamp;
use crate::context::Context;
use crate::notifications::{Audience, Inbox};
use crate::protocol::{Feature, Granted, NotificationEvent};
use crate::session::{Session, Successor, Window};
use crate::store::Arrival;
use admission::{Admitted, authenticate, client_name, granted_answer, own_name};
use farewell::{Farewell, close, drain};
use requests::Reply;
use writer::{Writer, send};

/// Where a connection comes from.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) origin: Option<String>,
    /// What it says of its program.
    pub(crate) agent: String,
}

impl Peer {
    /// What this peer did.
    pub(crate) fn act(&self, event: AuditEvent) -> Act {
        let origin = self.origin.as_deref().map(plain);
        Act { address: Some(self.address.to_string()), origin, ..Act::new(event) }
    }
}

type Writing<S> = SplitSink<WebSocketStream<S>, Message>;
type Incoming<S> = SplitStream<WebSocketStream<S>>;

/// A connection after its authentication.
struct Connection {
    context: Arc<Context>,
    session: Arc<Session>,
    session_token: String,
    granted: Granted,
    client: ClientActivity,
    /// Under which it keeps preferences of its own.
    own_name: String,
    /// What names it among those who follow a command.
    follower: u64,
    /// Answers that are part of the client's stream.
    answers: mpsc::Sender<String>,
    window: Option<Arc<Window>>,
    /// Tells that the client came back on another connection.
    successor: Successor,
    inbox: Inbox,
    outgoing: mpsc::Sender<Outgoing>,
}

/// What concerns this connection alone.
enum Outgoing {
    /// The answer to a request, which is asked again on another connection.
    Reply(Box<Reply>),
    Close(Farewell),
}

/// Serves one upgraded socket until it closes. `waiting` is its place among the unauthenticated ones.
pub(crate) async fn serve<S>(
    socket: WebSocketStream<S>,
    peer: Peer,
    context: Arc<Context>,
    waiting: OwnedSemaphorePermit,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut writing, mut incoming) = socket.split();
    let mut stopping = context.stopping.subscribe();
    let admitted = tokio::select! {
        biased;
        admitted = authenticate(&mut incoming, &mut writing, &peer, &context) => admitted,
        _ = stopping.wait_for(|stopping| *stopping) => Err(Farewell::GOING_AWAY),
    };
    let Admitted { admission, request, granted, mut lease } = match admitted {
        Ok(admitted) => admitted,
        Err(farewell) => return close(writing, incoming, farewell, &context).await,
    };
    let Ok(_place) = Arc::clone(&context.places).try_acquire_owned() else {
        return close(writing, incoming, Farewell::FULL, &context).await;
    };
    drop(waiting);
    let answer = granted_answer(&admission, &request, granted, lease.answer(), &context);
    if send(&mut writing, &answer, &context).await.is_err() {
        return;
    }
    let came = if admission.rehydrated { AuditEvent::Resumed } else { AuditEvent::Paired };
    context.store.note(peer.act(came).by(&client_name(&request)).in_session(admission.session.number));
    context.store.client_came(Arrival {
        name: client_name(&request),
        agent: plain(&peer.agent),
        address: peer.address.ip().to_string(),
    });
    let (id, hang_up) = context.connections.join();
    let client = ClientActivity {
        id,
        name: client_name(&request),
        address: peer.address.to_string(),
        origin: peer.origin,
        since: timestamp(OffsetDateTime::now_utc()),
        session: admission.session.number,
    };
    context.activity.client_joined(client.clone());
    let (session, name) = (client.session, client.name.clone());
    let told = Audience::Session(session);
    context.board.notify(told, NotificationEvent::ClientJoined { session, client: name.clone() });
    let (outgoing, waiting_outgoing) = mpsc::channel(context.limits.answers);
    let connection = Arc::new(Connection {
        session: Arc::clone(&admission.session),
        session_token: admission.session_token,
        context: Arc::clone(&context),
        granted,
        client,
        own_name: own_name(&request),
        follower: lease.stream().follower.id,
        answers: lease.stream().sender(),
        window: lease.stream().window(),
        successor: lease.successor(),
        inbox: lease.stream().inbox.clone(),
        outgoing,
    });
    if granted.has(Feature::Complete) {
        Arc::clone(&connection.session).stand_by();
    }
    let writer = Writer {
        writing,
        outgoing: waiting_outgoing,
        session: admission.session,
        context: Arc::clone(&context),
        successor: lease.successor(),
    };
    let writer = tokio::spawn(writer.write(lease, hang_up, stopping));
    connection.read(&mut incoming, writer).await;
    drain(&mut incoming).await;
    context.activity.client_left(id);
    context.board.notify(told, NotificationEvent::ClientLeft { session, client: name });
    context.connections.leave(id);
}
