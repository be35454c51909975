//! Notifications: what clients are told of without having asked for it each time.

mod forgotten;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use time::OffsetDateTime;
use tokio::sync::{Notify, watch};

use crate::command::timestamp;
use crate::protocol::{
    Feature, Granted, NoteChange, Notification, NotificationEvent, NotificationKind, NotificationsAnswer,
    NotificationsRequest, PreferencesChange,
};
use forgotten::Forgotten;
pub(crate) use forgotten::NAMED_AT_ONCE;

/// Something that a client is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A note of its session.
    Note(NoteChange),
    /// What the user likes.
    Preferences(PreferencesChange),
    /// Something of a kind that the client wants to be told of.
    Notification(Notification),
    /// So many notices before the next one did not fit into its inbox.
    Missed(u64),
}

/// A client that comes, as far as notices care.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    /// The number of its session.
    pub(crate) session: u64,
    pub(crate) granted: Granted,
    /// What it calls itself, without a version; "" where it did not say.
    pub(crate) name: String,
}

/// Whom a notice concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Audience<'a> {
    Everybody,
    /// The clients of a session.
    Session(u64),
    /// The clients that call themselves so.
    Named(&'a str),
    /// All others.
    NotNamed(&'a str),
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
#[derive(Clone)]
pub(crate) struct Inbox(Arc<Slot>);

struct Slot {
    member: Member,
    /// Notices that may wait.
    most: usize,
    state: Mutex<State>,
    news: Notify,
    /// Dropped with the slot.
    present: watch::Sender<()>,
}

/// Whether a client is still there, for who tells it something of its own.
#[derive(Clone)]
pub(crate) struct Presence {
    slot: Weak<Slot>,
    present: watch::Receiver<()>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Notice>,
    /// What was forgotten and is told before `waiting`: what found no room there, or came before it was asked for.
    forgotten: Forgotten,
    missed: u64,
    /// The kinds of notifications that are wanted, a bit each.
    kinds: u32,
    every_session: bool,
}

impl Board {
    /// A board whose inboxes hold at most `most` notices.
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, inboxes: Mutex::default() }))
    }

    /// The inbox of a client that comes.
    pub(crate) fn join(&self, member: Member) -> Inbox {
        let slot = Arc::new(Slot {
            member,
            most: self.0.most,
            state: Mutex::default(),
            news: Notify::new(),
            present: watch::Sender::new(()),
        });
        lock(&self.0.inboxes).push(Arc::downgrade(&slot));
        Inbox(slot)
    }

    /// Tells every client that is concerned and wants to know. One whose inbox is full misses its oldest, but never that
    /// something was forgotten.
    pub(crate) fn tell(&self, audience: Audience<'_>, notice: &Notice) {
        lock(&self.0.inboxes).retain(|inbox| {
            let Some(slot) = inbox.upgrade() else { return false };
            let mut state = lock(&slot.state);
            if slot.member.wants(audience, notice, &state) {
                slot.put(state, notice.clone());
            } else if slot.member.granted.has(Feature::Notifications) {
                // Its list of commands may be older than its wish to know.
                state.keep_forgotten(notice, &slot.member);
            }
            true
        });
    }

    /// Notifies every client that is concerned and wants to know.
    pub(crate) fn notify(&self, audience: Audience<'_>, event: NotificationEvent) {
        self.tell(audience, &notification(event));
    }

    /// Whether some client wants notifications of that kind.
    pub(crate) fn is_wanted(&self, kind: NotificationKind) -> bool {
        let wants = |slot: Arc<Slot>| lock(&slot.state).kinds & bit(kind) != 0;
        lock(&self.0.inboxes).iter().filter_map(Weak::upgrade).any(wants)
    }
}

fn notification(event: NotificationEvent) -> Notice {
    Notice::Notification(Notification { time: timestamp(OffsetDateTime::now_utc()), event })
}

impl Presence {
    /// Whether it is that of this inbox's client.
    pub(crate) fn is(&self, inbox: &Inbox) -> bool {
        std::ptr::eq(self.slot.as_ptr(), Arc::as_ptr(&inbox.0))
    }

    /// Returns once the client is gone for good.
    pub(crate) async fn gone(&mut self) {
        while self.present.changed().await.is_ok() {}
    }

    /// Notifies this client alone, whatever kinds it has asked for.
    pub(crate) fn notify(&self, event: NotificationEvent) {
        if let Some(slot) = self.slot.upgrade() {
            slot.put(lock(&slot.state), notification(event));
        }
    }
}

impl PartialEq for Presence {
    fn eq(&self, other: &Self) -> bool {
        self.slot.ptr_eq(&other.slot)
    }
}

impl Member {
    fn wants(&self, audience: Audience<'_>, notice: &Notice, state: &State) -> bool {
        let is_in = self.is_in(audience);
        match notice {
            Notice::Note(_) => is_in && self.granted.has(Feature::Notes),
            Notice::Preferences(_) => is_in && self.granted.has(Feature::Preferences),
            Notice::Notification(notification) => {
                (is_in || state.every_session) && state.kinds & bit(notification.event.kind()) != 0
            }
            Notice::Missed(_) => false,
        }
    }

    fn is_in(&self, audience: Audience<'_>) -> bool {
        match audience {
            Audience::Everybody => true,
            Audience::Session(session) => self.session == session,
            Audience::Named(name) => self.name == name,
            Audience::NotNamed(name) => self.name != name,
        }
    }
}

impl Slot {
    /// Puts a notice in. Where it is full the oldest one is missed.
    fn put(&self, mut state: MutexGuard<'_, State>, notice: Notice) {
        if state.waiting.len() >= self.most
            && let Some(oldest) = state.waiting.pop_front()
            && !state.keep_forgotten(&oldest, &self.member)
        {
            state.missed += 1;
        }
        state.waiting.push_back(notice);
        drop(state);
        self.news.notify_one();
    }

    fn take(&self) -> Option<Notice> {
        let mut state = lock(&self.state);
        if state.missed > 0 {
            return Some(Notice::Missed(std::mem::take(&mut state.missed)));
        }
        if state.kinds & bit(NotificationKind::CommandsForgotten) != 0
            && let Some(forgotten) = state.forgotten.take()
        {
            return Some(Notice::Notification(forgotten));
        }
        state.waiting.pop_front()
    }
}

impl State {
    /// Keeps of a notice that commands were forgotten, whatever room there is. False where it tells something else.
    fn keep_forgotten(&mut self, notice: &Notice, of: &Member) -> bool {
        match notice {
            Notice::Notification(notification) => self.forgotten.add(notification, of.session),
            Notice::Note(_) | Notice::Preferences(_) | Notice::Missed(_) => false,
        }
    }
}

fn bit(kind: NotificationKind) -> u32 {
    1 << kind as u32
}

impl Inbox {
    /// What tells whether its client is still there.
    pub(crate) fn presence(&self) -> Presence {
        Presence { slot: Arc::downgrade(&self.0), present: self.0.present.subscribe() }
    }

    /// Takes notifications of these kinds from now on, and of no other.
    pub(crate) fn subscribe(&self, ask: NotificationsRequest) -> NotificationsAnswer {
        let mut kinds = ask.kinds;
        kinds.sort_unstable();
        kinds.dedup();
        let every_session = ask.every_session.unwrap_or_default();
        let mut state = lock(&self.0.state);
        state.kinds = kinds.iter().fold(0, |all, kind| all | bit(*kind));
        state.every_session = every_session;
        drop(state);
        // Something that was forgotten may have waited for this.
        self.0.news.notify_one();
        NotificationsAnswer { kinds, every_session }
    }

    /// A notice that waits.
    pub(crate) fn waiting(&self) -> Option<Notice> {
        self.0.take()
    }

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

    fn with_notes(session: u64) -> Member {
        Member { session, granted: Granted::of(&["notes".to_owned()]), ..Member::default() }
    }

    #[tokio::test]
    async fn a_client_that_does_not_take_its_notices_misses_the_oldest_and_is_told_how_many() {
        let board = Board::new(2);
        let inbox = board.join(with_notes(1));
        for text in ["a", "b", "c", "d"] {
            board.tell(Audience::Session(1), &note(text));
        }
        assert_eq!(inbox.next().await, Notice::Missed(2));
        assert_eq!((inbox.next().await, inbox.next().await), (note("c"), note("d")));
        board.tell(Audience::Session(1), &note("e"));
        assert_eq!(inbox.next().await, note("e"));
    }

    #[tokio::test]
    async fn notes_go_to_the_clients_of_their_session_that_have_the_feature() {
        let board = Board::new(9);
        let (inbox, other) =
            (board.join(with_notes(1)), board.join(Member { session: 1, ..Member::default() }));
        board.tell(Audience::Session(2), &note("elsewhere"));
        board.tell(Audience::Session(1), &note("here"));
        assert_eq!(inbox.next().await, note("here"));
        assert!(lock(&other.0.state).waiting.is_empty());
        drop(inbox);
        board.tell(Audience::Session(1), &note("gone"));
        assert_eq!(lock(&board.0.inboxes).len(), 1);
    }
}
