//! Requests: messages that ask for one answer, worked on beside whatever else a client sends.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::files::Part;
use super::{Connection, Outgoing};
use crate::protocol::{
    Answer, ClientMessage, CompleteAnswer, CompleteRequest, Feature, HistoryRequest, KillAnswer, KillRequest,
    PipesAnswer, PipesRequest, ProcessesAnswer, ProcessesRequest, ProtocolError, ServerMessage,
};

/// What asks for one answer.
pub(super) enum Asked {
    Message(ClientMessage),
    /// A binary frame.
    Part(Part),
}

/// The answer to a request, with the bytes that go before it in a frame of their own.
pub(super) struct Reply {
    pub(super) answer: ServerMessage,
    pub(super) frame: Option<Vec<u8>>,
    /// Dropped once the answer is sent, or never will be.
    place: Option<oneshot::Sender<()>>,
}

impl Reply {
    pub(super) fn new(answer: ServerMessage, frame: Option<Vec<u8>>) -> Self {
        Self { answer, frame, place: None }
    }
}

/// The requests of one connection that are worked on. They end with it.
pub(super) struct Requests {
    tasks: JoinSet<()>,
    limit: usize,
}

impl Requests {
    /// None yet; at most `limit` at once.
    pub(super) fn new(limit: usize) -> Self {
        Self { tasks: JoinSet::new(), limit }
    }

    /// Works on a request in a task of its own, and has its answer sent. Waits for a place while as many are worked on
    /// or wait to be sent as may be, so that a client which asks too much, or takes no answers, is held back.
    pub(super) async fn begin(&mut self, connection: &Arc<Connection>, asked: Asked) {
        while self.tasks.try_join_next().is_some() {}
        if self.tasks.len() >= self.limit {
            self.tasks.join_next().await;
        }
        let connection = Arc::clone(connection);
        self.tasks.spawn(async move {
            let mut reply = match asked {
                Asked::Part(part) => connection.take_part(part).await,
                Asked::Message(ClientMessage::Files(request)) => connection.files(request).await,
                Asked::Message(message) => Reply::new(connection.answer_to(message).await, None),
            };
            let (place, sent) = oneshot::channel();
            reply.place = Some(place);
            // Nobody waits for an answer on a connection that has ended.
            let _ = connection.outgoing.send(Outgoing::Reply(Box::new(reply))).await;
            let _ = sent.await;
        });
    }
}

impl Connection {
    async fn answer_to(&self, message: ClientMessage) -> ServerMessage {
        match message {
            ClientMessage::Pipes(request) => {
                ServerMessage::Pipes(Answer::of(request.client_id, self.pipes(&request.ask)))
            }
            ClientMessage::Complete(request) => {
                ServerMessage::Complete(Answer::of(request.client_id, self.complete(request.ask).await))
            }
            ClientMessage::Processes(request) => {
                ServerMessage::Processes(Answer::of(request.client_id, self.processes(&request.ask).await))
            }
            ClientMessage::Kill(request) => {
                ServerMessage::Kill(Answer::of(request.client_id, self.kill(request.ask).await))
            }
            ClientMessage::Watch(request) => {
                ServerMessage::Watch(Answer::of(request.client_id, self.watch(&request.ask).await))
            }
            ClientMessage::Unwatch(request) => {
                ServerMessage::Unwatch(Answer::of(request.client_id, self.unwatch(request.ask).await))
            }
            message => self.answer_about_kept(message).await,
        }
    }

    fn pipes(&self, ask: &PipesRequest) -> Result<PipesAnswer, ProtocolError> {
        self.need(Feature::Breakpoints, true, "pipes")?;
        Ok(PipesAnswer { pipes: self.session.pipes(&ask.command)? })
    }

    async fn complete(&self, ask: CompleteRequest) -> Result<CompleteAnswer, ProtocolError> {
        self.need(Feature::Complete, true, "complete")?;
        let typed = ask.line.get(..ask.cursor).unwrap_or_default().to_owned();
        let lines = async {
            let query =
                HistoryRequest { query: Some(typed), distinct: Some(true), ..HistoryRequest::default() };
            let found = self.context.history.search(query, self.session.number).await;
            found
                .map(|found| found.commands.into_iter().map(|entry| entry.command).collect())
                .unwrap_or_default()
        };
        self.session.complete(ask, lines).await
    }

    async fn processes(&self, ask: &ProcessesRequest) -> Result<ProcessesAnswer, ProtocolError> {
        self.need(Feature::Processes, true, "processes")?;
        self.session.processes(ask.server_id).await
    }

    async fn kill(&self, ask: KillRequest) -> Result<KillAnswer, ProtocolError> {
        self.need(Feature::Processes, true, "kill")?;
        let pid = ask.pid;
        self.session.signal_process(ask).await?;
        Ok(KillAnswer { pid })
    }
}
