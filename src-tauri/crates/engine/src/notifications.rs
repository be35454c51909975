//! Notifications: what clients are told of without having asked for it each time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::protocol::{Feature, Granted, NoteChange};

/// Something that a client is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A note of its session.
    Note(NoteChange),
    /// So many notices before the next one did not fit into its inbox.
    Missed(u64),
}

/// Where notices go to; clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Board(Arc<Shared>);

struct Shared {
    /// Notices that wait for one client.
    most: usize,
    inboxes: Mutex<Vec<Weak<Slot>>>,
}

/// What waits for one client, also while it is away. Gone with the last handle to it.
pub(crate) struct Inbox(Arc<Slot>);

struct Slot {
    session: u64,
    granted: Granted,
    state: Mutex<State>,
    news: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Notice>,
    missed: u64,
}

impl Board {
    /// A board whose inboxes hold at most `most` notices.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, inboxes: Mutex::default() }))
    }

    /// The inbox of a client that comes to a session.
    pub(crate) fn join(&self, session: u64, granted: Granted) -> Inbox {
        let slot = Arc::new(Slot { session, granted, state: Mutex::default(), news: Notify::new() });
        lock(&self.0.inboxes).push(Arc::downgrade(&slot));
        Inbox(slot)
    }

    /// Tells something of a session to every client that wants to know. One whose inbox is full misses its oldest.
    pub(crate) fn tell(&self, session: u64, notice: &Notice) {
        lock(&self.0.inboxes).retain(|inbox| {
            let Some(slot) = inbox.upgrade() else { return false };
            if slot.wants(session, notice) {
                let mut state = lock(&slot.state);
                if state.waiting.len() >= self.0.most {
                    state.waiting.pop_front();
                    state.missed += 1;
                }
                state.waiting.push_back(notice.clone());
                drop(state);
                slot.news.notify_one();
            }
            true
        });
    }
}

impl Slot {
    fn wants(&self, session: u64, notice: &Notice) -> bool {
        match notice {
            Notice::Note(_) => self.session == session && self.granted.has(Feature::Notes),
            Notice::Missed(_) => false,
        }
    }

    fn take(&self) -> Option<Notice> {
        let mut state = lock(&self.state);
        match std::mem::take(&mut state.missed) {
            0 => state.waiting.pop_front(),
            missed => Some(Notice::Missed(missed)),
        }
    }
}

impl Inbox {
    /// Waits for the next notice. Nothing is lost where the wait is given up.
    pub(crate) async fn next(&self) -> Notice {
        loop {
            if let Some(notice) = self.0.take() {
                return notice;
            }
            self.0.news.notified().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::NotePlace;

    fn note(text: &str) -> Notice {
        let place = NotePlace::default();
        Notice::Note(NoteChange { place, text: Some(text.to_owned()), changed: String::new() })
    }

    #[tokio::test]
    async fn a_client_that_does_not_take_its_notices_misses_the_oldest_and_is_told_how_many() {
        let board = Board::new(2);
        let inbox = board.join(1, Granted::of(&["notes".to_owned()]));
        for text in ["a", "b", "c", "d"] {
            board.tell(1, &note(text));
        }
        assert_eq!(inbox.next().await, Notice::Missed(2));
        assert_eq!((inbox.next().await, inbox.next().await), (note("c"), note("d")));
        board.tell(1, &note("e"));
        assert_eq!(inbox.next().await, note("e"));
    }

    #[tokio::test]
    async fn notes_go_to_the_clients_of_their_session_that_have_the_feature() {
        let board = Board::new(9);
        let (inbox, other) =
            (board.join(1, Granted::of(&["notes".to_owned()])), board.join(1, Granted::of(&[])));
        board.tell(2, &note("elsewhere"));
        board.tell(1, &note("here"));
        assert_eq!(inbox.next().await, note("here"));
        assert!(lock(&other.0.state).waiting.is_empty());
        drop(inbox);
        board.tell(1, &note("gone"));
        assert_eq!(lock(&board.0.inboxes).len(), 1);
    }
}
