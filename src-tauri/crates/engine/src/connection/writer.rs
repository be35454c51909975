//! Writer: the side of a connection that sends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::farewell::{Farewell, say_goodbye};
use super::kept::message_of;
use super::requests::Reply;
use super::{Outgoing, Writing};
use crate::context::Context;
use crate::limits::UNBROKEN;
use crate::protocol::{ServerMessage, UpdateAnswer};
use crate::session::{Event, Lease, Session, Stream, Successor};
use crate::update::News;

/// Time for a client that is about to be left to take what waits for it.
const LAST_NOTICES: Duration = Duration::from_secs(1);

/// The side of a connection that sends: answers first, then updates, one message on its way at a time.
pub(super) struct Writer<S> {
    pub(super) writing: Writing<S>,
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    pub(super) session: Arc<Session>,
    pub(super) context: Arc<Context>,
    pub(super) successor: Successor,
}

enum Turn {
    Stream(Event),
    Outgoing(Option<Outgoing>),
    Due,
    Ping,
    HangUp,
    Stop,
    Superseded,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Writer<S> {
    /// Sends until the reading side ends, the client comes back elsewhere, the owner hangs up, or the engine stops.
    pub(super) async fn write(
        mut self,
        mut lease: Lease,
        hang_up: watch::Receiver<bool>,
        stopping: watch::Receiver<bool>,
    ) {
        let farewell = self.follow(lease.stream(), hang_up, stopping).await;
        // Before the goodbye, which a dead connection does not take: the client may wait for its stream.
        drop(lease);
        say_goodbye(&mut self.writing, farewell, &self.context).await;
    }

    async fn follow(
        &mut self,
        stream: &mut Stream,
        mut hang_up: watch::Receiver<bool>,
        mut stopping: watch::Receiver<bool>,
    ) -> Farewell {
        for message in stream.unacknowledged() {
            if let Err(farewell) = self.send(message).await {
                return farewell;
            }
        }
        let mut ping = ping_interval(&self.context);
        let mut sent = 0;
        loop {
            let has_room = stream.has_room();
            if has_room && let Some(news) = stream.follower.next(|index| self.session.published_since(index))
            {
                // A command is published after its answer was queued; a client gets its id before its output.
                let mut messages = Vec::new();
                while let Some(text) = stream.waiting_answer() {
                    messages.push(stream.text(text));
                }
                messages.push(match news {
                    News::Update(update) => {
                        let Some(text) = text_of(&ServerMessage::Update(UpdateAnswer::News(update))) else {
                            return Farewell::GONE;
                        };
                        stream.text(text)
                    }
                    News::Frame(frame) => stream.frame(frame),
                });
                // All are part of the stream before one is sent: a connection that is lost loses none of them.
                for message in messages {
                    sent += message.len();
                    if let Err(farewell) = self.send(message).await {
                        return farewell;
                    }
                }
                // More updates may be due at once; what else happened has its turn between them.
                stream.follower.look_again();
                if sent >= UNBROKEN {
                    sent = 0;
                    tokio::task::yield_now().await;
                }
            }
            let due = stream.follower.due();
            let turn = tokio::select! {
                biased;
                outgoing = self.outgoing.recv() => Turn::Outgoing(outgoing),
                () = self.successor.comes() => Turn::Superseded,
                _ = hang_up.wait_for(|hang_up| *hang_up) => Turn::HangUp,
                _ = stopping.wait_for(|stopping| *stopping) => Turn::Stop,
                _ = ping.tick() => Turn::Ping,
                event = stream.event(has_room) => Turn::Stream(event),
                () = until(due), if has_room => Turn::Due,
            };
            let message = match turn {
                Turn::Stream(Event::Notice(notice)) => {
                    let Some(text) = text_of(&message_of(notice)) else { return Farewell::GONE };
                    stream.text(text)
                }
                Turn::Stream(Event::Answer(text)) => {
                    let answer = stream.text(text);
                    if stream.is_overfull() {
                        return Farewell::UNACKNOWLEDGED;
                    }
                    answer
                }
                Turn::Outgoing(Some(Outgoing::Reply(reply))) => {
                    if let Err(farewell) = self.reply(*reply).await {
                        return farewell;
                    }
                    continue;
                }
                Turn::Outgoing(Some(Outgoing::Close(farewell))) => {
                    while let Some(text) = stream.waiting_answer() {
                        let answer = stream.text(text);
                        if self.send(answer).await.is_err() {
                            break;
                        }
                    }
                    return farewell;
                }
                Turn::Outgoing(None) => return Farewell::GONE,
                Turn::HangUp => {
                    self.last_notices(stream).await;
                    return Farewell::DISCONNECTED;
                }
                Turn::Stop => {
                    self.last_notices(stream).await;
                    return Farewell::GOING_AWAY;
                }
                Turn::Superseded => return Farewell::SUPERSEDED,
                Turn::Ping => Message::Ping(Vec::new().into()),
                Turn::Stream(Event::News) | Turn::Due => continue,
            };
            if let Err(farewell) = self.send(message).await {
                return farewell;
            }
        }
    }

    /// Sends the answer to a request, whose place is free after that.
    async fn reply(&mut self, reply: Reply) -> Result<(), Farewell> {
        if let Some(frame) = reply.frame {
            self.send(Message::binary(frame)).await?;
        }
        let text = text_of(&reply.answer).ok_or(Farewell::GONE)?;
        self.send(Message::text(text)).await
    }

    /// Tells a client that is about to be left what waits for it: why that is, for example.
    async fn last_notices(&mut self, stream: &mut Stream) {
        let telling = async {
            while let Some(notice) = stream.inbox.waiting() {
                let Some(text) = text_of(&message_of(notice)) else { return };
                let message = stream.text(text);
                if self.send(message).await.is_err() {
                    return;
                }
            }
        };
        // Who does not take it is left all the same.
        let _ = timeout(LAST_NOTICES, telling).await;
    }

    /// Sends a message, unless the client comes back on another connection before this one takes it.
    async fn send(&mut self, message: Message) -> Result<(), Farewell> {
        tokio::select! {
            biased;
            sent = transmit(&mut self.writing, message, &self.context) => sent.map_err(|_| Farewell::GONE),
            () = self.successor.comes() => Err(Farewell::SUPERSEDED),
        }
    }
}

/// A message as it is sent.
pub(super) fn text_of(message: &ServerMessage) -> Option<String> {
    serde_json::to_string(message).ok()
}

/// Waits until an instant; for ever without one.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

fn ping_interval(context: &Context) -> Interval {
    let start = tokio::time::Instant::from_std(Instant::now() + context.limits.ping);
    let mut ping = tokio::time::interval_at(start, context.limits.ping);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ping
}

/// The peer does not take what it is sent, or is gone.
pub(super) struct Gone;

pub(super) async fn send<S>(
    writing: &mut Writing<S>,
    message: &ServerMessage,
    context: &Context,
) -> Result<(), Gone>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let text = text_of(message).ok_or(Gone)?;
    transmit(writing, Message::Text(text.into()), context).await
}

pub(super) async fn transmit<S>(
    writing: &mut Writing<S>,
    message: Message,
    context: &Context,
) -> Result<(), Gone>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(context.limits.send, writing.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}
