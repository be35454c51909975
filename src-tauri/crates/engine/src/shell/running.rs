//! A running command: what it prints, pulled by its owner, and the levers on it.

use super::descriptor::Watched;
use super::driver::Driver;
use super::event::Event;
use super::levers::Control;
use super::progress::Progress;
use super::terminals::{Lease, Read};
use super::witness::Witness;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A command and the driver that runs it.
pub(super) struct Command {
    pub(super) driver: Arc<Driver>,
    pub(super) id: u64,
    pub(super) grace: Duration,
    /// The FIFOs that were made for it, that of its stdin first.
    pub(super) fifos: Vec<PathBuf>,
    pub(super) witness: Arc<Witness>,
}

impl Drop for Command {
    fn drop(&mut self) {
        for fifo in &self.fifos {
            let _ = std::fs::remove_file(fifo);
        }
    }
}

/// A command that was started. It is read on demand only: what the owner does not pull holds the command back.
pub struct Running {
    lease: Arc<Lease>,
    progress: watch::Receiver<Progress>,
    end_was_told: bool,
    control: Control,
}

impl Running {
    pub(super) fn new(command: Command, lease: Arc<Lease>, input: Option<Arc<Watched>>) -> Self {
        let progress = command.driver.progress();
        let control = Control::new(command, input);
        Self { lease, progress, end_was_told: false, control }
    }

    /// The levers on the command, which may be kept and used from other tasks.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Waits for the next event; bytes are put at the start of `buffer`, which must not be empty.
    ///
    /// Cancel-safe: an event is lost only if it was returned. After [`Event::Ended`] late output of what the command
    /// left behind may still come, until the next command begins on the same terminal; [`Event::Closed`] is last and
    /// is repeated.
    pub async fn next(&mut self, buffer: &mut [u8]) -> Event {
        loop {
            // Looked at before reading, so that an empty read afterwards proves that all output was delivered.
            let over = self.control.is_over(&self.progress.borrow_and_update());
            let closed = match self.lease.read(buffer, over) {
                Read::Bytes(stream, count) => return Event::Output(stream, count),
                Read::Empty => false,
                Read::Closed => true,
            };
            if over && !self.end_was_told {
                self.end_was_told = true;
                return Event::Ended(self.control.ending());
            }
            if over && closed {
                return Event::Closed;
            }
            tokio::select! {
                () = self.lease.readable(), if !closed => {}
                _ = self.progress.changed(), if !over => {}
            }
        }
    }
}
