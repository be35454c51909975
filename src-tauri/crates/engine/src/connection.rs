//! Connection: one websocket; the only place that reads client messages and writes server messages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::activity::ClientActivity;
use crate::authentication::{Admission, Granted};
use crate::command::timestamp;
use crate::protocol::{
    Authenticate, AuthenticationAnswer, ClientMessage, ClientUpdate, Code, CommandAnswer, Envelope,
    ErrorAnswer, Feature, LimitsAnswer, Outcome, ProtocolError, Rejection, RunCommand, ServerMessage,
    UpdateAnswer,
};
use crate::server::Context;
use crate::session::Session;
use crate::update::Follower;

/// Where a connection comes from.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) origin: Option<String>,
}

type Writing<S> = SplitSink<WebSocketStream<S>, Message>;
type Incoming<S> = SplitStream<WebSocketStream<S>>;

/// Why a connection is closed.
struct Farewell {
    code: CloseCode,
    reason: &'static str,
}

/// A connection after its authentication.
struct Connection {
    context: Arc<Context>,
    session: Arc<Session>,
    session_token: String,
    granted: Granted,
    client: String,
    outgoing: mpsc::Sender<Outgoing>,
}

/// What the reading side hands to the writing side.
enum Outgoing {
    Answer(ServerMessage),
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
        admitted = authenticate(&mut incoming, &mut writing, &context) => admitted,
        _ = stopping.wait_for(|stopping| *stopping) => Err(Farewell::GOING_AWAY),
    };
    let (admission, request) = match admitted {
        Ok(admitted) => admitted,
        Err(farewell) => return close(writing, incoming, farewell, &context).await,
    };
    let Ok(_place) = Arc::clone(&context.places).try_acquire_owned() else {
        return close(writing, incoming, Farewell::FULL, &context).await;
    };
    drop(waiting);
    let granted = Granted::of(request.features.as_deref().unwrap_or_default());
    let answer = granted_answer(&admission, &request, granted, &context);
    if send(&mut writing, &answer, &context).await.is_err() {
        return;
    }
    let client = client_name(&request);
    let (id, hang_up) = context.connections.join();
    context.activity.client_joined(ClientActivity {
        id,
        name: client.clone(),
        address: peer.address.to_string(),
        origin: peer.origin,
        since: timestamp(OffsetDateTime::now_utc()),
        session: admission.session.number,
    });
    let (outgoing, waiting_outgoing) = mpsc::channel(context.limits.answers);
    let connection = Connection {
        session: Arc::clone(&admission.session),
        session_token: admission.session_token,
        context: Arc::clone(&context),
        granted,
        client,
        outgoing,
    };
    let writer = Writer {
        writing,
        outgoing: waiting_outgoing,
        session: admission.session,
        context: Arc::clone(&context),
    };
    let writer = tokio::spawn(writer.write(granted, hang_up, stopping));
    connection.read(&mut incoming, writer).await;
    drain(&mut incoming).await;
    context.activity.client_left(id);
    context.connections.leave(id);
}

/// Reads until a client is in. A wrong token is answered and may be followed by a right one.
async fn authenticate<S>(
    incoming: &mut Incoming<S>,
    writing: &mut Writing<S>,
    context: &Context,
) -> Result<(Admission, Authenticate), Farewell>
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
                match context.authentication.admit(&request, &context.sessions).await {
                    Ok(admission) => return Ok((admission, request)),
                    Err(error) => ServerMessage::Authentication(AuthenticationAnswer::Refused(error.into())),
                }
            }
            Ok(envelope) => refusal(
                &envelope.message,
                ProtocolError::new(
                    Code::NotAuthenticated,
                    "The first message of a connection is \"authentication\".",
                ),
            ),
            Err(rejection) => rejection.into_answer(),
        };
        if send(writing, &answer, context).await.is_err() {
            return Err(Farewell::GONE);
        }
    }
}

fn client_name(request: &Authenticate) -> String {
    let described = request.client.as_ref().map(|client| {
        let text = format!("{} {}", client.name, client.version);
        text.chars().filter(|c| !c.is_control()).take(80).collect::<String>().trim().to_owned()
    });
    described.filter(|name| !name.is_empty()).unwrap_or_else(|| "unnamed client".to_owned())
}

fn granted_answer(
    admission: &Admission,
    request: &Authenticate,
    granted: Granted,
    context: &Context,
) -> ServerMessage {
    let extended = request.features.is_some();
    ServerMessage::Authentication(AuthenticationAnswer::Granted {
        result: Outcome::Ok,
        session_token: admission.session_token.clone(),
        commands: admission.rehydrated.then(|| admission.session.summaries()),
        features: extended.then(|| granted.list()),
        server: extended.then(|| concat!("Porthole ", env!("CARGO_PKG_VERSION")).to_owned()),
        limits: extended.then(|| LimitsAnswer {
            frame: context.limits.frame,
            commands_a_session: context.limits.commands_a_session,
            command_text: context.limits.command_text,
        }),
    })
}

impl Connection {
    /// Reads messages until the client goes, is silent for too long, or the writer has ended.
    async fn read<S>(self, incoming: &mut Incoming<S>, mut writer: tokio::task::JoinHandle<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            let message = tokio::select! {
                message = timeout(self.context.limits.silence, incoming.next()) => message,
                _ = &mut writer => return,
            };
            let text = match message {
                Ok(Some(Ok(Message::Text(text)))) => text,
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => continue,
                Ok(Some(Ok(Message::Binary(_)))) => {
                    let error = ProtocolError::new(
                        Code::BadMessage,
                        "Messages of this protocol are text frames; a binary frame means nothing here.",
                    );
                    if self.answer(ServerMessage::Error(error.into())).await {
                        continue;
                    }
                    break;
                }
                Ok(Some(Err(SocketError::Capacity(_)))) => {
                    let _ = self.outgoing.send(Outgoing::Close(Farewell::FRAME_TOO_LARGE)).await;
                    break;
                }
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => break,
            };
            let answer = match Envelope::parse(&text) {
                Ok(envelope) => self.dispatch(envelope).await,
                Err(rejection) => Some(Rejection::into_answer(rejection)),
            };
            if let Some(answer) = answer
                && !self.answer(answer).await
            {
                break;
            }
        }
        // The writer ends when nobody can queue answers any more.
        drop(self.outgoing);
        let _ = writer.await;
    }

    /// Queues an answer. False when the writer has ended.
    async fn answer(&self, answer: ServerMessage) -> bool {
        self.outgoing.send(Outgoing::Answer(answer)).await.is_ok()
    }

    /// Does what a message says. Commands answer for themselves, since what follows must come after their answer.
    async fn dispatch(&self, envelope: Envelope) -> Option<ServerMessage> {
        if envelope.session_token.as_ref().is_some_and(|sent| *sent != self.session_token) {
            let error = ProtocolError::new(
                Code::WrongSession,
                "The \"sessionToken\" is not the one of this connection; leave it out or send the right one.",
            );
            return Some(refusal(&envelope.message, error));
        }
        match envelope.message {
            message @ ClientMessage::Authentication(_) => Some(refusal(
                &message,
                ProtocolError::new(
                    Code::AlreadyAuthenticated,
                    "This connection is authenticated; open another one for another session.",
                ),
            )),
            ClientMessage::Command(request) => {
                self.run(request).await;
                None
            }
            ClientMessage::Update(update) => {
                let allowed = self.check_update(&update);
                let done = allowed.and_then(|()| self.session.update(&update));
                done.err().map(|error| refusal(&ClientMessage::Update(update), error))
            }
        }
    }

    async fn run(&self, request: RunCommand) {
        let (command, client_id) = (request.command.clone(), request.client_id);
        let started = match self.check_command(&request) {
            Ok(()) => self.session.run(request, &self.client).await,
            Err(error) => Err(error),
        };
        let (answer, published) = match started {
            Ok(started) => (
                CommandAnswer::Started {
                    result: Outcome::Ok,
                    command,
                    client_id,
                    server_id: started.server_id,
                    breakpoints: started.breakpoints,
                    pipes: self.granted.has(Feature::Details).then_some(started.pipes),
                },
                started.fresh.then_some(started.server_id),
            ),
            Err(error) => {
                (CommandAnswer::Refused { error: error.into(), command: Some(command), client_id }, None)
            }
        };
        self.answer(ServerMessage::Command(answer)).await;
        if let Some(server_id) = published {
            self.session.publish(server_id);
        }
    }

    fn check_command(&self, request: &RunCommand) -> Result<(), ProtocolError> {
        self.need(Feature::Format, request.format.is_some(), "format")?;
        self.need(Feature::Streams, request.streams.is_some(), "streams")?;
        self.need(Feature::Resize, request.size.is_some(), "size")
    }

    fn check_update(&self, update: &ClientUpdate) -> Result<(), ProtocolError> {
        let resizes = matches!(update, ClientUpdate::Resize { .. });
        self.need(Feature::Resize, resizes, "resize")
    }

    fn need(&self, feature: Feature, used: bool, field: &str) -> Result<(), ProtocolError> {
        if !used || self.granted.has(feature) {
            return Ok(());
        }
        let name = if feature == Feature::Resize { "resize" } else { field };
        Err(ProtocolError::new(
            Code::FeatureMissing,
            format!("\"{field}\" needs the feature \"{name}\"; ask for it in the authentication."),
        ))
    }
}

/// The error answer that has the type of the message it answers.
fn refusal(message: &ClientMessage, error: ProtocolError) -> ServerMessage {
    let error = ErrorAnswer::from(error);
    match message {
        ClientMessage::Authentication(_) => {
            ServerMessage::Authentication(AuthenticationAnswer::Refused(error))
        }
        ClientMessage::Command(request) => ServerMessage::Command(CommandAnswer::Refused {
            error,
            command: Some(request.command.clone()),
            client_id: request.client_id,
        }),
        ClientMessage::Update(update) => ServerMessage::Update(UpdateAnswer::Refused {
            error,
            server_id: Some(update.server_id()),
            client_id: None,
        }),
    }
}

/// The side of a connection that sends: answers first, then updates, one message on its way at a time.
struct Writer<S> {
    writing: Writing<S>,
    outgoing: mpsc::Receiver<Outgoing>,
    session: Arc<Session>,
    context: Arc<Context>,
}

enum Turn {
    Outgoing(Option<Outgoing>),
    News,
    Ping,
    HangUp,
    Stop,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// Sends until the reading side ends, the owner hangs up, or the engine stops.
    async fn write(
        mut self,
        granted: Granted,
        hang_up: watch::Receiver<bool>,
        stopping: watch::Receiver<bool>,
    ) {
        let mut follower = match self.session.join() {
            Some(parked) => parked.resumed(granted),
            None => Follower::new(&self.session, granted),
        };
        let farewell = self.follow(&mut follower, hang_up, stopping).await;
        self.session.leave(Some(follower.parked()));
        say_goodbye(&mut self.writing, farewell, &self.context).await;
    }

    async fn follow(
        &mut self,
        follower: &mut Follower,
        mut hang_up: watch::Receiver<bool>,
        mut stopping: watch::Receiver<bool>,
    ) -> Farewell {
        let mut ping = ping_interval(&self.context);
        loop {
            if let Some(update) = follower.next(&self.session) {
                if send(&mut self.writing, &update, &self.context).await.is_err() {
                    return Farewell::GONE;
                }
                // More updates may be due at once; what else happened has its turn between them.
                follower.look_again();
            }
            let turn = tokio::select! {
                biased;
                outgoing = self.outgoing.recv() => Turn::Outgoing(outgoing),
                _ = hang_up.wait_for(|hang_up| *hang_up) => Turn::HangUp,
                _ = stopping.wait_for(|stopping| *stopping) => Turn::Stop,
                _ = ping.tick() => Turn::Ping,
                _ = follower.changed() => Turn::News,
            };
            let sent = match turn {
                Turn::Outgoing(Some(Outgoing::Answer(answer))) => {
                    send(&mut self.writing, &answer, &self.context).await
                }
                Turn::Outgoing(Some(Outgoing::Close(farewell))) => return farewell,
                Turn::Outgoing(None) => return Farewell::GONE,
                Turn::HangUp => return Farewell::DISCONNECTED,
                Turn::Stop => return Farewell::GOING_AWAY,
                Turn::Ping => {
                    transmit(&mut self.writing, Message::Ping(Vec::new().into()), &self.context).await
                }
                Turn::News => Ok(()),
            };
            if sent.is_err() {
                return Farewell::GONE;
            }
        }
    }
}

fn ping_interval(context: &Context) -> Interval {
    let start = tokio::time::Instant::from_std(Instant::now() + context.limits.ping);
    let mut ping = tokio::time::interval_at(start, context.limits.ping);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ping
}

/// The peer does not take what it is sent, or is gone.
struct Gone;

async fn send<S>(writing: &mut Writing<S>, message: &ServerMessage, context: &Context) -> Result<(), Gone>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let text = serde_json::to_string(message).map_err(|_| Gone)?;
    transmit(writing, Message::Text(text.into()), context).await
}

async fn transmit<S>(writing: &mut Writing<S>, message: Message, context: &Context) -> Result<(), Gone>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(context.limits.send, writing.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}

async fn say_goodbye<S>(writing: &mut Writing<S>, farewell: Farewell, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if farewell.reason.is_empty() {
        return;
    }
    let frame = CloseFrame { code: farewell.code, reason: farewell.reason.into() };
    let _ = transmit(writing, Message::Close(Some(frame)), context).await;
}

async fn close<S>(mut writing: Writing<S>, mut incoming: Incoming<S>, farewell: Farewell, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say_goodbye(&mut writing, farewell, context).await;
    drain(&mut incoming).await;
}

/// Reads what is on its way, since a socket that is closed before that takes the farewell with it.
async fn drain<S>(incoming: &mut Incoming<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let closed = async { while let Some(Ok(_)) = incoming.next().await {} };
    let _ = timeout(Duration::from_secs(1), closed).await;
}

impl Farewell {
    const GONE: Self = Self { code: CloseCode::Away, reason: "" };
    const GOING_AWAY: Self = Self { code: CloseCode::Away, reason: "Porthole is stopping on this machine." };
    const DISCONNECTED: Self =
        Self { code: CloseCode::Policy, reason: "The connection was closed by the owner of this machine." };
    const SLOW: Self = Self { code: CloseCode::Policy, reason: "No authentication came in the time for it." };
    const TOO_LARGE: Self = Self {
        code: CloseCode::Size,
        reason: "A message before authentication is text of at most 4096 bytes.",
    };
    const FRAME_TOO_LARGE: Self =
        Self { code: CloseCode::Size, reason: "The message is larger than this server takes." };
    const FULL: Self =
        Self { code: CloseCode::Again, reason: "As many clients are connected as may be; close one first." };
}
