//! Input: what clients typed for a command, queued so that a program which does not read holds nobody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::mpsc;

use crate::protocol::{Code, ProtocolError};
use crate::shell::Control;

enum Typed {
    Bytes(Vec<u8>),
    End,
}

/// A bounded queue before a program's terminal or pipe.
pub(crate) struct Input {
    queue: mpsc::UnboundedSender<Typed>,
    /// Bytes in the queue. They bound it; the channel itself does not.
    queued: Arc<AtomicUsize>,
    /// Bytes that were ever queued.
    typed: AtomicU64,
    limit: usize,
}

impl Input {
    /// Starts the task that writes; it ends with the queue, the input, or the program.
    pub(crate) fn start(control: Control, limit: usize) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&queued);
        tokio::spawn(async move {
            while let Some(typed) = waiting.recv().await {
                let Typed::Bytes(bytes) = typed else { return control.close_input() };
                if let Err(error) = control.write(&bytes).await {
                    tracing::debug!(%error, "a command takes no input any more");
                    return;
                }
                written.fetch_sub(bytes.len(), Ordering::AcqRel);
            }
        });
        Self { queue, queued, typed: AtomicU64::new(0), limit }
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
        self.typed.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        self.queue
            .send(Typed::Bytes(bytes.to_vec()))
            .map_err(|_| ProtocolError::new(Code::CommandEnded, "The program has closed its input."))
    }

    /// Bytes that were ever taken.
    pub(crate) fn typed(&self) -> u64 {
        self.typed.load(Ordering::Acquire)
    }

    /// Whether the program has been given all of it.
    pub(crate) fn is_empty(&self) -> bool {
        self.queued.load(Ordering::Acquire) == 0
    }

    /// Ends the input after what is queued; what is pushed afterwards is refused.
    pub(crate) fn end(&self) {
        // A writer that has ended took no more input anyway.
        let _ = self.queue.send(Typed::End);
    }
}
