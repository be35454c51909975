//! Recording: one command on its way into the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::{CommandEnd, CommandRecord, KeptOutput, Store};

/// Keeps what becomes of one command. What fails is told by the store's health; the command goes on.
pub(crate) struct Recording {
    store: Store,
    command: CommandRecord,
    wanted: Arc<AtomicBool>,
    delivered: AtomicBool,
    limit: u64,
}

impl Recording {
    /// The recording of a command that is about to begin. A text that begins with a space is not kept, as shells have
    /// it. `limit` bounds the bytes of output that are kept of all commands.
    pub(crate) fn new(store: Store, command: CommandRecord, limit: u64) -> Self {
        let wanted = Arc::new(AtomicBool::new(!command.text.starts_with(' ')));
        Self { store, command, wanted, delivered: AtomicBool::new(false), limit }
    }

    /// The recording of a command that was kept by an earlier engine.
    pub(crate) fn restored(store: Store, command: CommandRecord, delivered: bool) -> Self {
        let (wanted, delivered) = (Arc::new(AtomicBool::new(true)), AtomicBool::new(delivered));
        Self { store, command, wanted, delivered, limit: 0 }
    }

    /// Keeps the beginning.
    pub(crate) async fn begin(&self) {
        if self.is_wanted() {
            // The store's health tells what is wrong.
            let _ = self.store.command_began(self.command.clone(), Arc::clone(&self.wanted)).await;
        }
    }

    /// Takes back the beginning of a command that was not started after all.
    pub(crate) fn fail(&self) {
        if self.is_wanted() {
            self.store.command_failed(self.command.session.number, self.command.server_id);
        }
    }

    /// Keeps the end, and the end of the output.
    pub(crate) async fn end(&self, end: CommandEnd, output: KeptOutput) {
        if self.is_wanted() {
            let (command, wanted) = (self.command.clone(), Arc::clone(&self.wanted));
            let _ = self.store.command_ended(command, end, output, self.limit, wanted).await;
        }
    }

    /// Notes that a client has had the whole output and the end.
    pub(crate) fn deliver(&self) {
        if !self.delivered.swap(true, Ordering::Relaxed) && self.is_wanted() {
            self.store.command_delivered(self.command.session.number, self.command.server_id);
        }
    }

    /// Keeps nothing more, whatever comes.
    pub(crate) fn forget(&self) {
        self.wanted.store(false, Ordering::Release);
    }

    /// Whether the command is kept.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire)
    }
}
