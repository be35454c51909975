//! Input: what clients typed for a command, queued so that a program which does not read holds nobody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use crate::protocol::{Code, ProtocolError};
use crate::shell::Control;

/// A bounded queue before a program's terminal or pipe.
pub(crate) struct Input {
    queue: mpsc::UnboundedSender<Vec<u8>>,
    /// Bytes in the queue. They bound it; the channel itself does not.
    queued: Arc<AtomicUsize>,
    limit: usize,
}

impl Input {
    /// Starts the task that writes; it ends when the queue is dropped or the program takes no input any more.
    pub(crate) fn start(control: Control, limit: usize) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel::<Vec<u8>>();
        let queued = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&queued);
        tokio::spawn(async move {
            while let Some(bytes) = waiting.recv().await {
                if let Err(error) = control.write(&bytes).await {
                    tracing::debug!(%error, "a command takes no input any more");
                    return;
                }
                written.fetch_sub(bytes.len(), Ordering::AcqRel);
            }
        });
        Self { queue, queued, limit }
    }

    /// Queues bytes.
    ///
    /// # Errors
    /// The queue is full, or the program closed its input.
    pub(crate) fn push(&self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let before = self.queued.fetch_add(bytes.len(), Ordering::AcqRel);
        if before + bytes.len() > self.limit {
            self.queued.fetch_sub(bytes.len(), Ordering::AcqRel);
            return Err(ProtocolError::new(
                Code::InputFull,
                "The program does not read its input; this input was not taken. Send it again later.",
            ));
        }
        self.queue
            .send(bytes.to_vec())
            .map_err(|_| ProtocolError::new(Code::CommandEnded, "The program has closed its input."))
    }
}
