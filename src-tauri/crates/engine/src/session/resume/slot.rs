//! Slot: the place of one stream, whether a connection carries it or it waits for its client.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::replay::Replay;
use super::stream::Stream;
use super::{Window, lock};
use crate::ceiling::{Ceiling, Keeper, Need, Share};
use crate::protocol::{Code, Granted, ProtocolError};

/// See the module.
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) granted: Granted,
    pub(super) window: Arc<Window>,
    /// Counts the connections that wanted the stream. The newest one is to have it.
    pub(super) holder: watch::Sender<u64>,
    place: Mutex<Place>,
    returned: Notify,
    /// Its stream was dropped, so that nobody waits for it.
    gone: AtomicBool,
    replay: Arc<Replay>,
}

#[derive(Default)]
struct Place {
    waiting: Option<Waiting>,
    /// Connections that are about to take it. For as long as one is, its commands wait for the client as before.
    awaited: usize,
}

/// A connection that is about to take the stream.
struct Awaiting<'a>(&'a Slot);

/// A stream without a connection.
pub(super) struct Waiting {
    pub(super) stream: Stream,
    pub(super) since: Instant,
    /// How many connections the session had seen when the client left, where no other was there then.
    pub(super) alone_at: Option<u64>,
}

impl Slot {
    /// The place of a stream that a connection carries.
    pub(super) fn new(
        name: String,
        granted: Granted,
        window: Arc<Window>,
        replay: Arc<Replay>,
        ceiling: &Ceiling,
    ) -> Arc<Self> {
        let slot = Arc::new(Self {
            name,
            granted,
            window,
            holder: watch::Sender::new(0),
            place: Mutex::default(),
            returned: Notify::new(),
            gone: AtomicBool::new(false),
            replay,
        });
        ceiling.join(&slot);
        slot
    }

    /// Since when its stream waits for its client, where it does.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        lock(&self.place).waiting.as_ref().map(|waiting| waiting.since)
    }

    /// Whether its stream was dropped.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Keeps a stream until its client comes.
    pub(super) fn put(&self, waiting: Waiting) {
        let mut place = lock(&self.place);
        place.waiting = Some(waiting);
        place.settle();
        self.replay.client_left(true);
        drop(place);
        self.returned.notify_waiters();
    }

    /// Takes the stream, once the connection that has it gave it back.
    ///
    /// # Errors
    /// Another connection wants it too, and later; or it was not given back in time.
    pub(super) async fn take(&self, patience: Duration) -> Result<(Waiting, u64), ProtocolError> {
        let _awaiting = Awaiting::new(self);
        let mut turn = 0;
        self.holder.send_modify(|holder| {
            *holder += 1;
            turn = *holder;
        });
        // Who waits for it in vain is told so now.
        self.returned.notify_waiters();
        let taking = async {
            loop {
                let mut returned = std::pin::pin!(self.returned.notified());
                // Registered before the look, so that no return between look and wait is missed.
                returned.as_mut().enable();
                if *self.holder.borrow() != turn || self.is_gone() {
                    return None;
                }
                if let Some(waiting) = self.take_waiting() {
                    return Some(waiting);
                }
                returned.await;
            }
        };
        let taken = timeout(patience, taking).await.ok().flatten();
        taken.map(|waiting| (waiting, turn)).ok_or_else(|| {
            ProtocolError::new(
                Code::Superseded,
                "This stream goes on in another connection; come back with its newest cursor.",
            )
        })
    }

    fn take_waiting(&self) -> Option<Waiting> {
        let mut place = lock(&self.place);
        let waiting = place.waiting.take()?;
        self.replay.client_left(false);
        Some(waiting)
    }
}

impl Place {
    /// Lets the commands run free of a client that is away, where it is not about to come back.
    fn settle(&self) {
        if let Some(waiting) = &self.waiting
            && self.awaited == 0
        {
            waiting.stream.follower.leave();
        }
    }
}

impl<'a> Awaiting<'a> {
    fn new(slot: &'a Slot) -> Self {
        lock(&slot.place).awaited += 1;
        Self(slot)
    }
}

impl Drop for Awaiting<'_> {
    fn drop(&mut self) {
        let mut place = lock(&self.0.place);
        place.awaited -= 1;
        place.settle();
    }
}

impl Keeper for Slot {
    fn share(&self) -> &Share {
        &self.replay.share
    }

    /// A stream that waits for its client goes as a whole; of one that a connection carries, what was sent.
    fn drop_oldest(&self, need: Need) -> bool {
        let dropped = self.take_waiting();
        if dropped.is_some() {
            self.gone.store(true, Ordering::Release);
            while self.replay.drop_oldest() {}
            self.returned.notify_waiters();
            return true;
        }
        need >= Need::Replay && self.replay.drop_oldest()
    }
}
