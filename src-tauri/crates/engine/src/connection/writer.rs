//! Writer: the side of a connection that sends.

use std::sync::Arc;
use std::time::Instant;

use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::farewell::{Farewell, say_goodbye};
use super::{Outgoing, Writing};
use crate::context::Context;
use crate::protocol::Granted;
use crate::protocol::{ServerMessage, UpdateAnswer};
use crate::session::Session;
use crate::update::{Follower, News};

/// The side of a connection that sends: answers first, then updates, one message on its way at a time.
pub(super) struct Writer<S> {
    pub(super) writing: Writing<S>,
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    pub(super) session: Arc<Session>,
    pub(super) context: Arc<Context>,
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
    pub(super) async fn write(
        mut self,
        granted: Granted,
        hang_up: watch::Receiver<bool>,
        stopping: watch::Receiver<bool>,
    ) {
        let mut follower = match self.session.join() {
            Some(parked) => parked.resumed(granted),
            None => Follower::new(self.session.news(), granted),
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
            if let Some(news) = follower.next(|index| self.session.published_since(index)) {
                let sent = match news {
                    News::Update(update) => {
                        let update = ServerMessage::Update(UpdateAnswer::News(update));
                        send(&mut self.writing, &update, &self.context).await
                    }
                    News::Frame(frame) => {
                        transmit(&mut self.writing, Message::Binary(frame.into()), &self.context).await
                    }
                };
                if sent.is_err() {
                    return Farewell::GONE;
                }
                // More updates may be due at once; what else happened has its turn between them.
                follower.look_again();
            }
            let due = follower.due();
            let turn = tokio::select! {
                biased;
                outgoing = self.outgoing.recv() => Turn::Outgoing(outgoing),
                _ = hang_up.wait_for(|hang_up| *hang_up) => Turn::HangUp,
                _ = stopping.wait_for(|stopping| *stopping) => Turn::Stop,
                _ = ping.tick() => Turn::Ping,
                _ = follower.changed() => Turn::News,
                () = until(due) => Turn::News,
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
    let text = serde_json::to_string(message).map_err(|_| Gone)?;
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
