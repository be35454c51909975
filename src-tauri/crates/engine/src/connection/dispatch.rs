//! Dispatch: what each message of an authenticated client does.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use super::farewell::Farewell;
use super::requests::{Asked, Requests};
use super::writer::text_of;
use super::{Connection, Incoming, Outgoing};
use crate::protocol::{
    Ack, BreakpointRequest, ClientMessage, ClientUpdate, Code, CommandAnswer, Envelope, Feature, Outcome,
    ProtocolError, Rejection, RunCommand, ServerMessage, UpdateAnswer,
};

impl Connection {
    /// Reads messages until the client goes, comes back elsewhere or is silent for too long, or the writer has ended.
    pub(super) async fn read<S>(self: Arc<Self>, incoming: &mut Incoming<S>, mut writer: JoinHandle<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut requests = Requests::new(self.context.limits.requests);
        let mut successor = self.successor.clone();
        loop {
            let message = tokio::select! {
                biased;
                // The writer says goodbye, which takes its time where nobody reads; nothing is taken meanwhile.
                () = successor.comes() => {
                    let _ = writer.await;
                    return;
                }
                message = timeout(self.context.limits.silence, incoming.next()) => message,
                _ = &mut writer => return,
            };
            let text = match message {
                Ok(Some(Ok(Message::Text(text)))) => text,
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => continue,
                Ok(Some(Ok(Message::Binary(frame)))) => {
                    if let Some(answer) = self.take_frame(&frame, &mut requests).await
                        && !self.answer(answer).await
                    {
                        break;
                    }
                    continue;
                }
                Ok(Some(Err(SocketError::Capacity(_)))) => {
                    let limit = self.context.limits.frame;
                    let message = format!("A message has at most {limit} bytes; the connection is closed.");
                    let error = ProtocolError::new(Code::TooLarge, message);
                    self.answer(ServerMessage::Error(error.into())).await;
                    let _ = self.outgoing.send(Outgoing::Close(Farewell::FRAME_TOO_LARGE)).await;
                    break;
                }
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => break,
            };
            let answer = match Envelope::parse(&text) {
                Ok(envelope) => self.dispatch(envelope, &mut requests).await,
                Err(rejection) => Some(Rejection::into_answer(rejection)),
            };
            if let Some(answer) = answer
                && !self.answer(answer).await
            {
                break;
            }
        }
        // The writer ends when nobody can queue answers any more.
        drop((requests, self));
        let _ = writer.await;
    }

    /// Queues an answer, as part of the client's stream. False when the stream has ended.
    async fn answer(&self, answer: ServerMessage) -> bool {
        let Some(text) = text_of(&answer) else { return false };
        self.answers.send(text).await.is_ok()
    }

    /// Does what a message says. Commands answer for themselves, since what follows must come after their answer.
    async fn dispatch(
        self: &Arc<Self>,
        envelope: Envelope,
        requests: &mut Requests,
    ) -> Option<ServerMessage> {
        if envelope.session_token.as_ref().is_some_and(|sent| *sent != self.session_token) {
            let error = ProtocolError::new(
                Code::WrongSession,
                "The \"sessionToken\" is not the one of this connection; leave it out or send the right one.",
            );
            return Some(envelope.message.refused(error).into_answer());
        }
        match envelope.message {
            message @ ClientMessage::Authentication(_) => {
                let error = ProtocolError::new(
                    Code::AlreadyAuthenticated,
                    "This connection is authenticated; open another one for another session.",
                );
                Some(message.refused(error).into_answer())
            }
            ClientMessage::Command(request) => {
                self.run(request).await;
                None
            }
            ClientMessage::Update(update) => {
                let wants_answer = update.client_id().is_some();
                self.in_turn(wants_answer, || self.update(update)).await
            }
            ClientMessage::Ack(ack) => {
                let acknowledged = self.acknowledge(ack);
                acknowledged.err().map(|error| ClientMessage::Ack(ack).refused(error).into_answer())
            }
            message => {
                requests.begin(self, Asked::Message(message)).await;
                None
            }
        }
    }

    /// Does something to a command where the client has not come back on another connection, which must not see it happen
    /// later. With `wants_answer` its answer is queued before the client can come back.
    pub(super) async fn in_turn(
        &self,
        wants_answer: bool,
        act: impl FnOnce() -> Option<ServerMessage>,
    ) -> Option<ServerMessage> {
        let place = if wants_answer { Some(self.answers.reserve().await.ok()?) } else { None };
        let _hold = self.successor.hold()?;
        let answer = act();
        match (place, answer.as_ref().and_then(text_of)) {
            (Some(place), Some(text)) => {
                place.send(text);
                None
            }
            _ => answer,
        }
    }

    fn update(&self, update: ClientUpdate) -> Option<ServerMessage> {
        let allowed = self.check_update(&update);
        let taken_up = allowed.and_then(|()| self.session.update(&update, self.follower));
        if let (Ok(()), ClientUpdate::Signal { server_id, signal }) = (&taken_up, &update) {
            self.session.tell_signal(*server_id, *signal, &self.client.name);
        }
        match taken_up {
            Ok(()) => taken(&update),
            Err(error) => Some(ClientMessage::Update(update).refused(error).into_answer()),
        }
    }

    /// Fills in what a client that knows of preferences leaves to them. Says what of it that is: format and streams.
    fn prefer(&self, request: &mut RunCommand) -> (bool, bool) {
        let leaves = |feature, said: bool| {
            !said && self.granted.has(Feature::Preferences) && self.granted.has(feature)
        };
        let format = leaves(Feature::Format, request.format.is_some());
        let streams = leaves(Feature::Streams, request.streams.is_some());
        if format || streams {
            let values = self.context.preferences.values();
            request.format = if format { Some(values.format) } else { request.format };
            request.streams = if streams { Some(values.streams) } else { request.streams };
        }
        (format, streams)
    }

    async fn run(&self, mut request: RunCommand) {
        let (command, client_id) = (request.command.clone(), request.client_id);
        let checked = self.check_command(&request);
        let (format, streams) = self.prefer(&mut request);
        let started = match checked {
            Ok(()) => self.session.run(request, &self.client, self.follower).await,
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
                    format: format.then_some(started.format),
                    streams: streams.then_some(started.streams),
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

    fn acknowledge(&self, Ack { seq }: Ack) -> Result<(), ProtocolError> {
        self.need(Feature::Resume, true, "ack")?;
        self.window.as_ref().map_or(Ok(()), |window| window.acknowledge(seq))
    }

    fn check_command(&self, request: &RunCommand) -> Result<(), ProtocolError> {
        self.need(Feature::Format, request.format.is_some(), "format")?;
        let options = |breakpoint: &BreakpointRequest| matches!(breakpoint, BreakpointRequest::Options(_));
        let wants = request.breakpoints.iter().flatten().any(options);
        self.need(Feature::Breakpoints, wants, "breakpoints[].location")?;
        self.need(Feature::StdinFrom, request.stdin_from.is_some(), "stdinFrom")?;
        self.need(Feature::Streams, request.streams.is_some(), "streams")?;
        self.need(Feature::Resize, request.size.is_some(), "size")
    }

    fn check_update(&self, update: &ClientUpdate) -> Result<(), ProtocolError> {
        let ends = matches!(update, ClientUpdate::Stdin { end: true, .. });
        self.need(Feature::Streams, ends, "end")?;
        let resizes = matches!(update, ClientUpdate::Resize { .. });
        self.need(Feature::Resize, resizes, "resize")?;
        let holds = matches!(update, ClientUpdate::Breakpoint { .. });
        self.need(Feature::Breakpoints, holds, "breakpoint")
    }

    pub(super) fn need(&self, feature: Feature, used: bool, field: &str) -> Result<(), ProtocolError> {
        self.granted.need(feature, used, field)
    }
}

/// The answer to an update whose sender wants to know that it was taken.
fn taken(update: &ClientUpdate) -> Option<ServerMessage> {
    let (server_id, client_id) = (update.server_id(), update.client_id()?);
    Some(ServerMessage::Update(UpdateAnswer::Taken { result: Outcome::Ok, server_id, client_id }))
}
