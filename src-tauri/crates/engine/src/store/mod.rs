//! Store: what outlives the engine, in one SQLite file and its journal; the only module that knows SQL.

mod audit;
mod commands;
mod entry;
mod error;
mod file;
mod imports;
mod journal;
mod notes;
mod output;
mod preferences;
mod queue;
mod retention;
mod schema;
mod search;
mod sessions;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::limits::Limits;
pub(crate) use audit::Arrival;
use commands::Wanted;
pub(crate) use commands::{CommandEnd, CommandRecord, KeptCommand};
use entry::Entry;
pub use error::StoreError;
pub(crate) use imports::Foreign;
use journal::Journal;
pub(crate) use notes::{KeptNote, Noted};
pub(crate) use output::KeptOutput;
pub(crate) use preferences::KeptPreference;
use queue::{Job, Pending, Queue};
pub(crate) use retention::Forgotten;
pub(crate) use search::{Bounds, Filter, Hit, Look, Place};
pub(crate) use sessions::{Found, Hash, KeptSession, SessionRecord};
use writer::Writer;

/// The file's name in the data folder.
pub(crate) const FILE: &str = "store.db";

/// Scrubbing goes through the whole file, so it may take this many times as long as other work.
const SCRUBBING: u32 = 10;

/// A handle to the store; clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Store(Arc<Shared>);

struct Shared {
    path: PathBuf,
    writes: Queue,
    /// None where the store is in memory alone: then the writer answers what is read, too.
    reads: Option<Queue>,
    journal: Option<Arc<Journal>>,
    clock: Clock,
    patience: Duration,
    health: watch::Receiver<Option<String>>,
    dropped: AtomicU64,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Opens the store in a data folder that this process holds: makes it, or brings an older one up to date. One that
    /// is damaged is set aside under another name; where none can be opened, what would be kept is kept in memory.
    ///
    /// # Errors
    /// It was written by a newer Porthole, or its name belongs to something that is no private file of the user's.
    pub(crate) fn open(data_dir: &Path, limits: &Arc<Limits>, clock: Clock) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        let (health, told) = watch::channel(None);
        let opened = Writer::open(&path, Arc::clone(limits), health)?;
        let (writes, waiting_writes) = queue(limits);
        let (generation, journal) = (opened.generation(), opened.journal());
        let on_disk = opened.is_on_disk();
        let bell = Arc::clone(&writes.bell);
        let mut threads = vec![thread("store", move || opened.serve(waiting_writes, &bell))?];
        let reads = if on_disk {
            let (reads, waiting_reads) = queue(limits);
            let path = path.clone();
            threads.push(thread("store-reader", move || {
                queue::serve_reads(&path, &generation, waiting_reads);
            })?);
            Some(reads)
        } else {
            None
        };
        Ok(Self(Arc::new(Shared {
            path,
            writes,
            reads,
            journal,
            clock,
            patience: limits.store.patience,
            health: told,
            dropped: AtomicU64::new(0),
            threads: Mutex::new(threads),
        })))
    }

    /// What is wrong with it, in one sentence, as long as something is.
    pub(crate) fn health(&self) -> watch::Receiver<Option<String>> {
        self.0.health.clone()
    }

    /// The clock by which what is kept grows old.
    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Does a piece of work in the next batch, and gives its result once that is written: it then survives the end of
    /// the engine, however that comes.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(&self.0.writes, work).await
    }

    /// Does a piece of work in a coming batch. Dropped where more waits than may.
    pub(super) fn post(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static) {
        let (answer, _) = oneshot::channel();
        if !self.0.writes.try_send(Job::Work(Pending::boxed(work, answer)))
            && self.0.dropped.fetch_add(1, Ordering::Relaxed) == 0
        {
            tracing::warn!(
                "The store {} does not keep up; some of the newest is not kept.",
                self.0.path.display()
            );
        }
    }

    /// Keeps an entry while `wanted` is true: where the journal takes it, when this returns; else as [`write`](Self::write)
    /// does.
    async fn enter(&self, entry: Entry, wanted: Wanted) -> Result<(), StoreError> {
        let Some(entry) = self.enter_at_once(entry, &wanted) else { return Ok(()) };
        self.write(
            move |connection| {
                if wanted.load(Ordering::Acquire) { entry.keep(connection) } else { Ok(()) }
            },
        )
        .await
    }

    /// Keeps an entry where the journal takes it, else as [`post`](Self::post) does.
    fn enter_later(&self, entry: Entry) {
        if let Some(entry) = self.enter_at_once(entry, &Arc::new(true.into())) {
            self.post(move |connection| entry.keep(connection));
        }
    }

    /// Gives back what the journal does not take.
    fn enter_at_once(&self, entry: Entry, wanted: &Wanted) -> Option<Entry> {
        match &self.0.journal {
            Some(journal) if wanted.load(Ordering::Acquire) => {
                journal.enter(entry, wanted, &self.0.writes.jobs)
            }
            _ => Some(entry),
        }
    }

    /// Reads what was written before.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.0.journal.as_ref().is_some_and(|journal| journal.is_ahead()) {
            // Where it cannot be written, what is there is read all the same.
            let _ = self.write(|_| Ok(())).await;
        }
        self.ask(self.0.reads.as_ref().unwrap_or(&self.0.writes), work).await
    }

    /// Copies the write-ahead log into the file and empties it, after which what was deleted is in neither; with
    /// `shrink` the file gives back its free room, too.
    async fn scrub(&self, shrink: bool) -> Result<(), StoreError> {
        // So all that the journal has is ahead of this in the queue.
        let _held = self.0.journal.as_ref().map(Journal::hold);
        let (answer, answered) = oneshot::channel();
        let asked = async {
            self.0.writes.send(Job::Scrub { shrink, answer }).await?;
            answered.await.map_err(|_| StoreError::Closed)?
        };
        timeout(self.0.patience * SCRUBBING, asked).await.unwrap_or(Err(StoreError::Slow))
    }

    async fn ask<T: Send + 'static>(
        &self,
        queue: &Queue,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            queue.send(Job::Work(Pending::boxed(work, answer))).await?;
            answered.await.map_err(|_| StoreError::Closed)?
        };
        timeout(self.0.patience, asked).await.unwrap_or(Err(StoreError::Slow))
    }

    /// Writes what waits and closes the file. What is asked afterwards fails.
    pub(crate) async fn close(&self) {
        if let Some(reads) = &self.0.reads {
            let _ = reads.send(Job::Close).await;
        }
        let _ = self.0.writes.send(Job::Close).await;
        let threads = std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = move || threads.into_iter().for_each(|thread| drop(thread.join()));
        let _ = tokio::task::spawn_blocking(ended).await;
    }
}

fn queue(limits: &Limits) -> (Queue, mpsc::Receiver<Job>) {
    let (jobs, waiting) = mpsc::channel(limits.store.queue);
    (Queue { jobs, bell: Arc::default() }, waiting)
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(StoreError::Thread)
}

/// Milliseconds since 1970.
pub(crate) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time of that many milliseconds since 1970.
pub(crate) fn time_of(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
