//! Resume: the streams of a session's clients, each of which outlives the connections that carry it.

mod replay;
mod slot;
mod stream;
mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::watch;

use super::Session;
use crate::notifications::{Inbox, Member};
use crate::protocol::{Cursor, Feature, Granted, ProtocolError, StreamAnswer};
use crate::update::Follower;
use replay::Replay;
use slot::{Slot, Waiting};
pub(crate) use stream::{Event, Stream};
pub(crate) use window::Window;

/// The streams of a session by name.
#[derive(Default)]
pub(super) struct Streams(Mutex<HashMap<String, Arc<Slot>>>);

/// The right of one connection to carry a stream, until it is dropped.
pub(crate) struct Lease {
    session: Arc<Session>,
    stream: Option<Stream>,
    held: Option<Held>,
}

struct Held {
    slot: Arc<Slot>,
    turn: u64,
    answer: StreamAnswer,
}

impl Lease {
    pub(crate) fn stream(&mut self) -> &mut Stream {
        self.stream.as_mut().expect("a lease has its stream until it is dropped")
    }

    /// What the client is told of its stream.
    pub(crate) fn answer(&self) -> Option<StreamAnswer> {
        self.held.as_ref().map(|held| held.answer.clone())
    }

    /// What tells that another connection wants the stream.
    pub(crate) fn successor(&self) -> Successor {
        Successor(self.held.as_ref().map(|held| (held.slot.holder.subscribe(), held.turn)))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut stream) = self.stream.take() else { return };
        let Some(Held { slot, .. }) = self.held.take() else {
            return self.session.leave(Some(stream.follower.parked()));
        };
        stream.keep_answers();
        self.session.leave(None);
        let alone_at = self.session.alone_at();
        slot.put(Waiting { stream, since: Instant::now(), alone_at });
        self.session.streams.forget_oldest(self.session.limits.detached_streams);
        self.session.resources.ceiling.enforce();
    }
}

/// Tells a connection that the client came back on another one.
#[derive(Clone)]
pub(crate) struct Successor(Option<(watch::Receiver<u64>, u64)>);

/// As long as it is held no other connection gets the stream. Not to be held while something is waited for.
pub(crate) struct Hold<'a> {
    _holder: Option<watch::Ref<'a, u64>>,
}

impl Successor {
    /// Holds the stream for a moment; none where the client has come back on another connection.
    pub(crate) fn hold(&self) -> Option<Hold<'_>> {
        let Some((holder, turn)) = &self.0 else { return Some(Hold { _holder: None }) };
        let holder = holder.borrow();
        (*holder == *turn).then_some(Hold { _holder: Some(holder) })
    }

    /// Returns once there is one.
    pub(crate) async fn comes(&mut self) {
        if let Some((holder, turn)) = &mut self.0
            && holder.wait_for(|holder| holder != turn).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

impl Session {
    /// The stream for a new connection: the one at which the cursor stands, or else a new one.
    ///
    /// # Errors
    /// The stream has no message that ends at the cursor, or the client came back on yet another connection.
    pub(crate) async fn open_stream(
        self: &Arc<Self>,
        granted: Granted,
        name_of_client: &str,
        cursor: Option<&Cursor>,
    ) -> Result<Lease, ProtocolError> {
        if !granted.has(Feature::Resume) {
            let follower = match self.join() {
                Some(parked) => parked.resumed(granted),
                None => Follower::new(self.news(), granted),
            };
            let stream = Some(Stream::new(follower, self.inbox(granted, name_of_client), None, &self.limits));
            return Ok(Lease { session: Arc::clone(self), stream, held: None });
        }
        if let Some(cursor) = cursor
            && let Some(slot) = self.streams.named(&cursor.stream, granted)
            && let Some(lease) = self.resume(slot, cursor).await?
        {
            return Ok(lease);
        }
        let name = random_name()?;
        self.count_in();
        let replay = Arc::new(Replay::new(&self.resources.ceiling));
        let stream = Stream::new(
            Follower::new(self.news(), granted),
            self.inbox(granted, name_of_client),
            Some(Arc::clone(&replay)),
            &self.limits,
        );
        let window = stream.window().unwrap_or_else(|| Arc::new(Window::new()));
        let answer = StreamAnswer { stream: name.clone(), seq: 0, resumed: false, missing: None };
        let slot = Slot::new(name, granted, window, replay, &self.resources.ceiling);
        self.streams.add(Arc::clone(&slot));
        let held = Some(Held { slot, turn: 0, answer });
        Ok(Lease { session: Arc::clone(self), stream: Some(stream), held })
    }

    fn inbox(&self, granted: Granted, name: &str) -> Inbox {
        self.board.join(Member { session: self.number, granted, name: name.to_owned() })
    }

    /// The stream where the client left it; none where the ceiling took a part of it that the client lacks.
    async fn resume(
        self: &Arc<Self>,
        slot: Arc<Slot>,
        cursor: &Cursor,
    ) -> Result<Option<Lease>, ProtocolError> {
        // Before anybody is disturbed.
        if cursor.seq > slot.window.sent() {
            slot.window.acknowledge(cursor.seq)?;
        }
        let (Waiting { mut stream, since, alone_at }, turn) = slot.take(self.limits.handover).await?;
        let seq = match stream.go_back(cursor.seq) {
            Ok(Some(seq)) => seq,
            Ok(None) => {
                self.streams.remove(&slot.name);
                return Ok(None);
            }
            Err(error) => {
                slot.put(Waiting { stream, since, alone_at });
                return Err(error);
            }
        };
        let is_alone = alone_at.is_some() && alone_at == self.alone_at();
        self.count_in();
        stream.follower.come_back(is_alone);
        let missing = (seq > cursor.seq).then(|| seq - cursor.seq);
        let answer = StreamAnswer { stream: slot.name.clone(), seq, resumed: true, missing };
        let held = Some(Held { slot, turn, answer });
        Ok(Some(Lease { session: Arc::clone(self), stream: Some(stream), held }))
    }
}

impl Streams {
    fn named(&self, name: &str, granted: Granted) -> Option<Arc<Slot>> {
        // What the client did not get yet has the form of the features that it had.
        lock(&self.0).get(name).filter(|slot| slot.granted == granted && !slot.is_gone()).cloned()
    }

    fn add(&self, slot: Arc<Slot>) {
        lock(&self.0).insert(slot.name.clone(), slot);
    }

    fn remove(&self, name: &str) {
        lock(&self.0).remove(name);
    }

    /// Keeps the number of streams without a connection bounded; the one that waited longest goes first.
    fn forget_oldest(&self, most: usize) {
        let mut streams = lock(&self.0);
        streams.retain(|_, slot| !slot.is_gone());
        let mut waiting: Vec<_> =
            streams.iter().filter_map(|(name, slot)| Some((slot.waits_since()?, name.clone()))).collect();
        waiting.sort_unstable();
        let surplus = waiting.len().saturating_sub(most);
        for (_, name) in waiting.drain(..surplus) {
            streams.remove(&name);
        }
    }

    /// Lets go of every stream that no connection carries.
    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }
}

/// Names no other stream, also of an engine before or after this one.
fn random_name() -> Result<String, ProtocolError> {
    let mut bytes = [0; 12];
    SystemRandom::new().fill(&mut bytes).map_err(|_| ProtocolError::no_randomness())?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
