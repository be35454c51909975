//! The store's writer: the one thread that changes the file, many pieces of work at a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use super::error::{StoreError, is_damaged, is_of_the_disk};
use super::file::{self, Unopened};
use super::journal::{self, Journal};
use super::queue::{Bell, Job, Work};
use crate::limits::Limits;

/// Bytes that a disk has to have free again before it no longer counts as full: what is small may fit in between two
/// things that do not.
const ROOM: u64 = 256 << 10;

/// After so many pieces of work the write-ahead log is copied into the file, once nobody waits for anything.
const WORKS: usize = 64;

/// The thread's state.
pub(super) struct Writer {
    path: PathBuf,
    connection: Connection,
    on_disk: bool,
    /// None where every promise waits for SQLite.
    journal: Option<Arc<Journal>>,
    /// What the journal has and the disk refused to SQLite so far.
    behind: Vec<Box<dyn Work>>,
    limits: Arc<Limits>,
    health: watch::Sender<Option<String>>,
    /// The disk had no room for what came last, or not for much more.
    is_full: bool,
    /// Pieces of work since the write-ahead log was last copied.
    works: usize,
    /// Counts the files that had this name.
    generation: Arc<AtomicU64>,
}

impl Writer {
    /// Opens the file; a damaged one is set aside first, and memory takes the place of one that cannot be opened.
    pub(super) fn open(
        path: &Path,
        limits: Arc<Limits>,
        health: watch::Sender<Option<String>>,
    ) -> Result<Self, StoreError> {
        let opened = match file::open_writing(path) {
            Err(Unopened::Sqlite(error)) if is_damaged(&error) => {
                set_aside(path, &error, &health);
                file::open_writing(path)
            }
            opened => opened,
        };
        let failed = match opened {
            Ok(connection) => return Self::on(path, connection, true, limits, health).with_journal(),
            Err(Unopened::Refused(error @ StoreError::Full(_))) => error.to_string(),
            Err(Unopened::Refused(error)) => return Err(error),
            Err(Unopened::Sqlite(error)) => StoreError::of(path, &error).to_string(),
        };
        let problem = format!("{failed} Until Porthole starts again, nothing is kept beyond its end.");
        tracing::error!("{problem}");
        health.send_replace(Some(problem));
        let connection = file::open_in_memory().map_err(|error| StoreError::of(path, &error))?;
        Ok(Self::on(path, connection, false, limits, health))
    }

    fn on(
        path: &Path,
        connection: Connection,
        on_disk: bool,
        limits: Arc<Limits>,
        health: watch::Sender<Option<String>>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            connection,
            on_disk,
            journal: None,
            behind: Vec::new(),
            limits,
            health,
            is_full: false,
            works: 0,
            generation: Arc::default(),
        }
    }

    /// Writes what the journal has of an engine that did not get to it, and keeps a journal from then on.
    fn with_journal(mut self) -> Result<Self, StoreError> {
        let path = self.path.with_file_name(journal::FILE);
        file::make_private(&path).or_else(|error| match error {
            StoreError::Untrusted { .. } => Err(error),
            _ => Ok(()),
        })?;
        let entered = self.connection.query_row("SELECT entered FROM engine", [], |row| row.get(0));
        let entered: i64 = entered.map_err(|error| StoreError::of(&self.path, &error))?;
        match Journal::open(&path, entered.cast_unsigned(), &self.limits.store) {
            Ok((journal, behind)) => {
                (self.journal, self.behind) = (Some(Arc::new(journal)), behind);
                if !self.behind.is_empty() {
                    self.write(Vec::new());
                }
            }
            Err(error) => tracing::warn!("The store does without its journal {}: {error}.", path.display()),
        }
        Ok(self)
    }

    pub(super) fn journal(&self) -> Option<Arc<Journal>> {
        self.journal.clone()
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.on_disk
    }

    pub(super) fn generation(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.generation)
    }

    /// Works until it is told to close, or nobody can ask any more.
    pub(super) fn serve(mut self, mut jobs: mpsc::Receiver<Job>, bell: &Bell) {
        let mut next = jobs.blocking_recv();
        while let Some(job) = next.take() {
            match job {
                Job::Work(first) => {
                    if first.number().is_some() {
                        // It is in the journal, and nobody waits for it.
                        bell.rest(self.limits.store.rest);
                    }
                    bell.silence();
                    let (works, other) = self.gather(first, &mut jobs);
                    if !jobs.is_empty() {
                        // What did not fit may be what it rang for.
                        bell.ring();
                    }
                    self.write(works);
                    next = other;
                }
                Job::Scrub { shrink, answer } => {
                    let scrubbed = if shrink { self.connection.execute_batch("VACUUM") } else { Ok(()) };
                    let scrubbed = scrubbed.and_then(|()| self.scrub());
                    let scrubbed = scrubbed.map_err(|error| StoreError::of(&self.path, &error));
                    let journal = self.journal.as_ref().map_or(Ok(()), |journal| journal.scrub(&self.path));
                    let _ = answer.send(scrubbed.and(journal));
                }
                Job::Close => break,
            }
            if next.is_none() {
                if jobs.is_empty() {
                    self.rest();
                }
                next = jobs.blocking_recv();
            }
        }
        jobs.close();
        let _ = self.scrub();
    }

    /// As many pieces of work as are written together, and what comes after them where it is something else.
    fn gather(
        &self,
        first: Box<dyn Work>,
        jobs: &mut mpsc::Receiver<Job>,
    ) -> (Vec<Box<dyn Work>>, Option<Job>) {
        let mut works = vec![first];
        while works.len() < self.limits.store.batch {
            match jobs.try_recv() {
                Ok(Job::Work(work)) => works.push(work),
                Ok(other) => return (works, Some(other)),
                Err(_) => break,
            }
        }
        (works, None)
    }

    /// Copies the write-ahead log into the file where it has grown. Commits leave that alone, because whoever waits for one
    /// would wait for the disk itself.
    fn rest(&mut self) {
        if self.on_disk && self.works >= WORKS {
            self.works = 0;
            // What it does not get done is done the next time.
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
    }

    fn write(&mut self, works: Vec<Box<dyn Work>>) {
        let mut all = std::mem::take(&mut self.behind);
        all.extend(works);
        self.works += all.len();
        match self.commit(&mut all) {
            Ok(failures) => {
                let entries = all.iter().filter(|work| work.number().is_some()).count();
                if let Some(journal) = self.journal.as_ref().filter(|_| entries > 0) {
                    journal.settle(entries);
                }
                for (work, failure) in all.into_iter().zip(failures) {
                    work.tell(failure.map_or(Ok(()), |error| Err(StoreError::of(&self.path, &error))));
                }
                self.recovered();
            }
            Err(error) => {
                let told = StoreError::of(&self.path, &error);
                self.is_full = matches!(told, StoreError::Full(_));
                self.failed(&error, &told);
                for work in all {
                    if work.number().is_some() {
                        self.behind.push(work);
                    } else {
                        work.tell(Err(told.again()));
                    }
                }
            }
        }
    }

    /// Does all of it in one transaction, but for what fails by itself.
    fn commit(&self, works: &mut [Box<dyn Work>]) -> rusqlite::Result<Vec<Option<rusqlite::Error>>> {
        let newest = works.iter().filter_map(|work| work.number()).max();
        let done = self.run("BEGIN IMMEDIATE").and_then(|()| {
            if let ([work], None) = (&mut *works, newest) {
                return self.commit_one(work.as_mut());
            }
            let mut failures = Vec::with_capacity(works.len());
            for work in works {
                self.run("SAVEPOINT work")?;
                let failure = work.run(&self.connection).err();
                match failure {
                    Some(error) if is_of_the_disk(&error) => return Err(error),
                    Some(_) => self.connection.execute_batch("ROLLBACK TO work; RELEASE work")?,
                    None => self.run("RELEASE work")?,
                }
                failures.push(failure);
            }
            if let Some(newest) = newest {
                let entered = "UPDATE engine SET entered = ?1";
                self.connection.prepare_cached(entered)?.execute([newest.cast_signed()])?;
            }
            self.run("COMMIT")?;
            Ok(failures)
        });
        if done.is_err() && !self.connection.is_autocommit() {
            // The former error is the one to tell.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        done
    }

    /// Does what has a transaction to itself, and ends that.
    fn commit_one(&self, work: &mut dyn Work) -> rusqlite::Result<Vec<Option<rusqlite::Error>>> {
        match work.run(&self.connection) {
            Ok(()) => self.run("COMMIT").map(|()| vec![None]),
            Err(error) if is_of_the_disk(&error) => Err(error),
            Err(error) => self.run("ROLLBACK").map(|()| vec![Some(error)]),
        }
    }

    /// Runs a statement of the transactions, which is parsed once: clients wait for the end of each.
    fn run(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }

    /// Copies the write-ahead log into the file, and empties it.
    fn scrub(&self) -> rusqlite::Result<()> {
        if !self.on_disk {
            return Ok(());
        }
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 {
            return Ok(());
        }
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
    }

    fn failed(&mut self, error: &rusqlite::Error, told: &StoreError) {
        if is_damaged(error) && self.on_disk {
            set_aside(&self.path, error, &self.health);
            match file::open_writing(&self.path) {
                Ok(connection) => self.connection = connection,
                Err(_) => tracing::error!("The store {} cannot be made anew.", self.path.display()),
            }
            self.generation.fetch_add(1, Ordering::Release);
        } else if self.health.borrow().is_none() {
            tracing::error!("{told}");
            self.health.send_replace(Some(told.to_string()));
        }
    }

    fn recovered(&mut self) {
        if self.is_full && room(&self.path).is_some_and(|free| free < ROOM) {
            return;
        }
        self.is_full = false;
        if self.on_disk && self.health.borrow().is_some() {
            tracing::info!("The store {} keeps again what happens.", self.path.display());
            self.health.send_replace(None);
        }
    }
}

/// The bytes that are free beside a file, where the disk tells.
fn room(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn set_aside(path: &Path, error: &rusqlite::Error, health: &watch::Sender<Option<String>>) {
    let message = match file::set_aside(path) {
        Ok(aside) => format!(
            "The store {} is damaged ({error}); it was set aside as {} and a new one was begun.",
            path.display(),
            aside.display()
        ),
        Err(refused) => format!(
            "The store {} is damaged ({error}) and cannot be set aside: {refused}; move it away.",
            path.display()
        ),
    };
    tracing::error!("{message}");
    health.send_replace(Some(message));
}
