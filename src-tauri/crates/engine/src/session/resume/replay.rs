//! Replay: what a client was sent and may not have, for when it comes back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio_tungstenite::tungstenite::Message;

use super::lock;
use crate::ceiling::{Ceiling, Share};

/// The messages of one stream that were not acknowledged; where there is too much of everything the oldest go.
pub(super) struct Replay {
    pub(super) share: Share,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    messages: VecDeque<Sent>,
    bytes: u64,
    /// The number of the newest message that is not kept any more.
    forgotten: u64,
    /// The moment at which its client left, which is all that counts then.
    left: Option<u64>,
}

struct Sent {
    seq: u64,
    moment: u64,
    message: Message,
}

impl Replay {
    pub(super) fn new(ceiling: &Arc<Ceiling>) -> Self {
        Self { share: ceiling.share(), kept: Mutex::default() }
    }

    /// Keeps the message that ends at `seq`.
    pub(super) fn keep(&self, seq: u64, message: Message) {
        let mut kept = lock(&self.kept);
        kept.bytes += message.len() as u64;
        let moment = self.share.ceiling().moment();
        kept.messages.push_back(Sent { seq, moment, message });
        self.note(&kept);
        drop(kept);
        self.share.ceiling().enforce();
    }

    /// Lets go of what its client has, as far as `acknowledged`.
    pub(super) fn forget(&self, acknowledged: u64) {
        let mut kept = lock(&self.kept);
        while kept.messages.front().is_some_and(|sent| sent.seq <= acknowledged) {
            kept.drop_front();
        }
        self.note(&kept);
    }

    /// Lets go of its oldest message. False where there is none.
    pub(super) fn drop_oldest(&self) -> bool {
        let mut kept = lock(&self.kept);
        let dropped = kept.drop_front();
        self.note(&kept);
        dropped
    }

    /// Its client has left, or is there again.
    pub(super) fn client_left(&self, has_left: bool) {
        let mut kept = lock(&self.kept);
        kept.left = has_left.then(|| self.share.ceiling().moment());
        self.note(&kept);
    }

    /// The number of the newest message that is not kept any more.
    pub(super) fn forgotten(&self) -> u64 {
        lock(&self.kept).forgotten
    }

    /// Whether a message that is kept, or the newest one that is not, ends at `seq`.
    pub(super) fn has_end(&self, seq: u64) -> bool {
        let kept = lock(&self.kept);
        seq == kept.forgotten || kept.messages.iter().any(|sent| sent.seq == seq)
    }

    /// What is kept, oldest first.
    pub(super) fn messages(&self) -> Vec<Message> {
        lock(&self.kept).messages.iter().map(|sent| sent.message.clone()).collect()
    }

    fn note(&self, kept: &Kept) {
        let oldest = kept.messages.front().map(|sent| kept.left.unwrap_or(sent.moment));
        self.share.set(kept.bytes, oldest);
    }
}

impl Kept {
    fn drop_front(&mut self) -> bool {
        let Some(sent) = self.messages.pop_front() else { return false };
        self.bytes -= sent.message.len() as u64;
        self.forgotten = sent.seq;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Granted;
    use crate::session::Window;
    use crate::session::resume::slot::Slot;

    #[test]
    fn what_a_connected_client_was_sent_counts_and_the_oldest_goes_where_there_is_too_much() {
        let ceiling = Arc::new(Ceiling::new(100));
        let replay = Arc::new(Replay::new(&ceiling));
        let _slot = Slot::new(
            "a".to_owned(),
            Granted::default(),
            Arc::new(Window::new()),
            Arc::clone(&replay),
            &ceiling,
        );
        for end in [40, 80, 120, 160] {
            replay.keep(end, Message::text("x".repeat(40)));
        }
        assert_eq!((replay.messages().len(), replay.forgotten()), (2, 80));
        assert!(replay.has_end(80) && replay.has_end(160) && !replay.has_end(40));
        replay.forget(120);
        assert_eq!((replay.messages().len(), replay.forgotten()), (1, 120));
    }
}
