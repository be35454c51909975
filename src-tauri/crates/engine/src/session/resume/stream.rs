//! Stream: what one client is sent, kept until it has it.

use std::fmt::Write as _;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

use super::replay::Replay;
use super::window::Window;
use crate::limits::Limits;
use crate::notifications::{Inbox, Notice};
use crate::protocol::{BinaryHeader, Code, ProtocolError};
use crate::update::Follower;

/// What goes to one client: the answers to it and the news of its session.
pub(crate) struct Stream {
    pub(crate) follower: Follower,
    answers: mpsc::Receiver<String>,
    pub(crate) inbox: Inbox,
    sender: mpsc::Sender<String>,
    /// Under `resume`.
    numbered: Option<Numbered>,
}

/// What a connection does something about.
pub(crate) enum Event {
    /// An answer to be sent.
    Answer(String),
    /// Something that the client is to be told.
    Notice(Notice),
    /// There may be something to send.
    News,
}

/// The messages that the client may not have yet.
struct Numbered {
    window: Arc<Window>,
    news: watch::Receiver<u64>,
    replay: Arc<Replay>,
    room: u64,
    most: u64,
}

impl Stream {
    /// With a `replay` it is numbered.
    pub(super) fn new(
        follower: Follower,
        inbox: Inbox,
        replay: Option<Arc<Replay>>,
        limits: &Limits,
    ) -> Self {
        let (sender, answers) = mpsc::channel(limits.answers);
        let numbered = replay.map(|replay| {
            let window = Arc::new(Window::new());
            Numbered {
                news: window.news(),
                window,
                replay,
                room: limits.window as u64,
                most: limits.unacknowledged as u64,
            }
        });
        Self { follower, answers, inbox, sender, numbered }
    }

    /// What the side that reads puts its answers into. They wait there while the client is away.
    pub(crate) fn sender(&self) -> mpsc::Sender<String> {
        self.sender.clone()
    }

    /// What acknowledgements go to, where the stream is numbered.
    pub(crate) fn window(&self) -> Option<Arc<Window>> {
        self.numbered.as_ref().map(|numbered| Arc::clone(&numbered.window))
    }

    /// Waits for an answer, for an acknowledgement, or, with `has_room`, for a notice or news of the session.
    pub(crate) async fn event(&mut self, has_room: bool) -> Event {
        let Self { follower, answers, inbox, numbered, .. } = self;
        tokio::select! {
            biased;
            Some(answer) = answers.recv() => Event::Answer(answer),
            () = acknowledged(numbered) => Event::News,
            notice = inbox.next(), if has_room => Event::Notice(notice),
            _ = follower.changed(), if has_room => Event::News,
        }
    }

    /// An answer that waits.
    pub(crate) fn waiting_answer(&mut self) -> Option<String> {
        self.answers.try_recv().ok()
    }

    /// Takes the answers that wait among what is sent, for when their connection is lost, and lets go of what arrived.
    pub(super) fn keep_answers(&mut self) {
        while let Some(answer) = self.waiting_answer() {
            self.text(answer);
        }
        self.numbered.iter().for_each(Numbered::forget);
    }

    /// Numbers a message, and keeps it.
    pub(crate) fn text(&mut self, mut text: String) -> Message {
        let Some(numbered) = &mut self.numbered else { return Message::text(text) };
        let seq = numbered.window.sent() + text.len() as u64;
        // A message is an object, and the order of its members means nothing.
        text.truncate(text.len().saturating_sub(1));
        // Writing to a string does not fail.
        let _ = write!(text, r#","seq":{seq}}}"#);
        numbered.keep(seq, Message::text(text))
    }

    /// Numbers a binary frame, and keeps it.
    pub(crate) fn frame(&mut self, mut frame: Vec<u8>) -> Message {
        let Some(numbered) = &mut self.numbered else { return Message::binary(frame) };
        let seq = numbered.window.sent() + frame.len() as u64;
        BinaryHeader::number(&mut frame, seq);
        numbered.keep(seq, Message::binary(frame))
    }

    /// Whether output may be sent; answers always are.
    pub(crate) fn has_room(&self) -> bool {
        self.numbered.as_ref().is_none_or(|numbered| numbered.waiting() < numbered.room)
    }

    /// Whether the client lets more wait for its acknowledgement than may be.
    pub(crate) fn is_overfull(&self) -> bool {
        self.numbered.as_ref().is_some_and(|numbered| numbered.waiting() > numbered.most)
    }

    /// What was sent and has not arrived, as far as is known.
    pub(crate) fn unacknowledged(&self) -> Vec<Message> {
        self.numbered.as_ref().map(|numbered| numbered.replay.messages()).unwrap_or_default()
    }

    /// Goes back to where the client says that it stands. Gives the number that comes before what is sent next; nothing
    /// where the ceiling took what the client lacks.
    ///
    /// # Errors
    /// No message ends there.
    pub(super) fn go_back(&self, seq: u64) -> Result<Option<u64>, ProtocolError> {
        let Some(numbered) = &self.numbered else { return Ok(Some(0)) };
        numbered.forget();
        let forgotten = numbered.replay.forgotten();
        if seq < forgotten {
            // What it acknowledged it may go without; what it was to get and did not, it may not.
            return Ok((forgotten <= numbered.window.acknowledged()).then_some(forgotten));
        }
        if !numbered.replay.has_end(seq) {
            return Err(ProtocolError::new(
                Code::BadCursor,
                format!("No message of the stream has the number {seq}; send that of the last one you have."),
            ));
        }
        numbered.window.acknowledge(seq)?;
        numbered.forget();
        Ok(Some(seq))
    }
}

/// Waits for an acknowledgement, and lets go of what it names.
async fn acknowledged(numbered: &mut Option<Numbered>) {
    if let Some(numbered) = numbered
        && numbered.news.changed().await.is_ok()
    {
        return numbered.forget();
    }
    std::future::pending().await
}

impl Numbered {
    fn keep(&self, seq: u64, message: Message) -> Message {
        self.window.send(seq);
        self.replay.keep(seq, message.clone());
        message
    }

    fn waiting(&self) -> u64 {
        self.window.sent() - self.window.acknowledged()
    }

    fn forget(&self) {
        self.replay.forget(self.window.acknowledged());
    }
}
