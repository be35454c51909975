//! The open connections by number, so that each can be hung up.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Every authenticated connection.
#[derive(Default)]
pub(crate) struct Connections {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    open: HashMap<u64, watch::Sender<bool>>,
}

impl Connections {
    /// Counts a connection in: its number, and what tells it to hang up.
    pub(crate) fn join(&self) -> (u64, watch::Receiver<bool>) {
        let (sender, receiver) = watch::channel(false);
        let mut state = self.lock();
        state.last += 1;
        let id = state.last;
        state.open.insert(id, sender);
        (id, receiver)
    }

    pub(crate) fn leave(&self, id: u64) {
        self.lock().open.remove(&id);
    }

    /// Tells a connection to hang up. False when it is not open.
    pub(crate) fn hang_up(&self, id: u64) -> bool {
        self.lock().open.get(&id).is_some_and(|connection| connection.send(true).is_ok())
    }

    /// Tells every connection to hang up.
    pub(crate) fn hang_up_all(&self) {
        for connection in self.lock().open.values() {
            let _ = connection.send(true);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
