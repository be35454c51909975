//! The store's queues: pieces of work that threads of their own do, off the threads of connections.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;
use super::file;

/// What a thread of the store is asked.
pub(super) enum Job {
    /// Something to do with the file.
    Work(Box<dyn Work>),
    /// Leave nothing in the files of what was deleted.
    Scrub {
        /// Give back free room.
        shrink: bool,
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Close the file and end.
    Close,
}

/// A way to a thread of the store.
pub(super) struct Queue {
    pub(super) jobs: mpsc::Sender<Job>,
    /// Wakes the thread where it rests.
    pub(super) bell: Arc<Bell>,
}

impl Queue {
    /// Waits for a place in the queue.
    pub(super) async fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        self.bell.ring();
        Ok(())
    }

    /// Whether there was a place.
    pub(super) fn try_send(&self, job: Job) -> bool {
        let sent = self.jobs.try_send(job).is_ok();
        self.bell.ring();
        sent
    }
}

/// What ends the rest of a thread that lets work gather.
#[derive(Default)]
pub(super) struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
}

impl Bell {
    /// Ends the rest, or the next one where there is none.
    pub(super) fn ring(&self) {
        *self.rung() = true;
        self.ringing.notify_one();
    }

    /// Rests for `time`, or until it rings.
    pub(super) fn rest(&self, time: Duration) {
        // The queue tells why it ended.
        let _ = self.ringing.wait_timeout_while(self.rung(), time, |rung| !*rung);
    }

    /// Takes note that what it rang for is taken from the queue now.
    pub(super) fn silence(&self) {
        *self.rung() = false;
    }

    fn rung(&self) -> MutexGuard<'_, bool> {
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A piece of work whose result is told later than it is done.
pub(super) trait Work: Send {
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;
    /// Tells the result, or why there is none.
    fn tell(self: Box<Self>, outcome: Result<(), StoreError>);
    /// Its number in the journal, where it was told to be kept before it is done.
    fn number(&self) -> Option<u64> {
        None
    }
}

/// Work that was not told yet.
pub(super) struct Pending<F, T> {
    work: Option<F>,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Pending<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    T: Send + 'static,
{
    pub(super) fn boxed(work: F, answer: oneshot::Sender<Result<T, StoreError>>) -> Box<dyn Work> {
        Box::new(Self { work: Some(work), value: None, answer })
    }
}

impl<F, T> Work for Pending<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.value = Some(work(connection)?);
        }
        Ok(())
    }

    fn tell(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { value, answer, .. } = *self;
        // Who asked may have gone.
        let _ = answer.send(outcome.and_then(|()| value.ok_or(StoreError::Closed)));
    }
}

/// Answers what is read, on a connection that cannot write. `generation` changes when the file was replaced.
pub(super) fn serve_reads(path: &Path, generation: &Arc<AtomicU64>, mut jobs: mpsc::Receiver<Job>) {
    let mut connection: Option<(u64, Connection)> = None;
    while let Some(job) = jobs.blocking_recv() {
        let mut work = match job {
            Job::Work(work) => work,
            Job::Scrub { .. } => continue,
            Job::Close => return,
        };
        let current = generation.load(Ordering::Acquire);
        connection = connection.filter(|(opened, _)| *opened == current);
        let opened = match connection.take() {
            Some(opened) => Ok(opened),
            None => file::open_reading(path).map(|connection| (current, connection)),
        };
        let outcome = opened.and_then(|opened| {
            let done = work.run(&opened.1);
            connection = Some(opened);
            done
        });
        work.tell(outcome.map_err(|error| StoreError::of(path, &error)));
    }
}
