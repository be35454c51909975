//! Window: how far a stream was sent, and how far its client has it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::protocol::{Code, ProtocolError};

/// What the side that reads acknowledgements and the side that sends share of a stream.
pub(crate) struct Window {
    sent: AtomicU64,
    acknowledged: watch::Sender<u64>,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { sent: AtomicU64::new(0), acknowledged: watch::Sender::new(0) }
    }

    /// Notes that the client has everything up to `seq`.
    ///
    /// # Errors
    /// Nothing of that number was sent.
    pub(crate) fn acknowledge(&self, seq: u64) -> Result<(), ProtocolError> {
        let sent = self.sent();
        if seq > sent {
            return Err(ProtocolError::new(
                Code::BadCursor,
                format!("The stream has come to {sent}; nothing was sent as {seq} yet."),
            ));
        }
        self.acknowledged.send_if_modified(|acknowledged| {
            let is_news = seq > *acknowledged;
            *acknowledged = seq.max(*acknowledged);
            is_news
        });
        Ok(())
    }

    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Acquire)
    }

    pub(super) fn send(&self, seq: u64) {
        self.sent.store(seq, Ordering::Release);
    }

    pub(super) fn acknowledged(&self) -> u64 {
        *self.acknowledged.borrow()
    }

    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.acknowledged.subscribe()
    }
}
