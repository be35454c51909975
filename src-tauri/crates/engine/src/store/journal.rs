//! The journal: a file beside SQLite's with what was told to be kept and is not in that one yet, a line an entry.
//!
//! A line is a number, a space and the entry in JSON. What was written to a file is the kernel's and survives the end of
//! this process, as a commit of SQLite's does, but takes microseconds and no other thread. SQLite notes in the transaction that
//! writes an entry which number that was, so after an end at any moment each entry is written once, and none that was
//! forgotten since comes back.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rustix::fs::OFlags;
use tokio::sync::mpsc;

use super::commands::Wanted;
use super::entry::Entry;
use super::error::StoreError;
use super::queue::{Job, Work};
use crate::limits::StoreLimits;

/// The file's name in the data folder. SQLite has its own meaning for one that ends in `-journal`.
pub(super) const FILE: &str = "store.journal";

/// The journal of an open store.
pub(super) struct Journal {
    /// Bytes that it may have.
    limit: u64,
    /// Bytes that one entry may have.
    longest: usize,
    state: Mutex<State>,
}

struct State {
    file: File,
    length: u64,
    /// The number of the newest entry.
    newest: u64,
    /// Entries that SQLite has not written.
    open: usize,
    /// How many hold it empty.
    held: usize,
}

impl Journal {
    /// Opens the journal, which is made with mode 0600 where it is missing, and gives the entries that the file of SQLite
    /// lacks, oldest first: those after the number `entered`.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn open(
        path: &Path,
        entered: u64,
        limits: &StoreLimits,
    ) -> io::Result<(Self, Vec<Box<dyn Work>>)> {
        let flags = OFlags::NOFOLLOW.bits().cast_signed();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
        let mut file = options.open(path)?;
        let mut content = Vec::new();
        file.by_ref().take(limits.journal).read_to_end(&mut content)?;
        let entries: Vec<_> = lines(&content).filter(|entry| entry.number > entered).collect();
        let newest = entries.iter().map(|entry| entry.number).fold(entered, u64::max);
        let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end as u64 + 1);
        let length = if entries.is_empty() { 0 } else { whole };
        file.set_len(length)?;
        let state = State { file, length, newest, open: entries.len(), held: 0 };
        let journal = Self { limit: limits.journal, longest: limits.journal_entry, state: Mutex::new(state) };
        Ok((journal, entries.into_iter().map(|entry| Box::new(entry) as Box<dyn Work>).collect()))
    }

    /// Writes an entry down and queues it for SQLite, in one order with all others. Afterwards it survives the end of this
    /// process. It is not kept once `wanted` is false. Gives it back where the file or the queue has no room for it, it is
    /// too long, or the journal is held empty.
    pub(super) fn enter(&self, entry: Entry, wanted: &Wanted, jobs: &mpsc::Sender<Job>) -> Option<Entry> {
        if entry.size() > self.longest {
            return Some(entry);
        }
        let Ok(json) = serde_json::to_vec(&entry) else { return Some(entry) };
        let mut state = self.lock();
        let number = state.newest + 1;
        let line = [format!("{number} ").as_bytes(), &json, b"\n"].concat();
        let length = state.length + line.len() as u64;
        if line.len() > self.longest || length > self.limit || state.held > 0 {
            return Some(entry);
        }
        let Ok(place) = jobs.try_reserve() else { return Some(entry) };
        if state.file.write_all_at(&line, state.length).is_err() {
            // What came of it has no end of a line, so nobody reads it where it stays.
            let _ = state.file.set_len(state.length);
            return Some(entry);
        }
        (state.length, state.newest, state.open) = (length, number, state.open + 1);
        place.send(Job::Work(Box::new(Entered { number, entry, wanted: Some(Arc::clone(wanted)) })));
        None
    }

    /// Takes note that SQLite has written so many entries, and empties the file once it has written all.
    pub(super) fn settle(&self, entries: usize) {
        let mut state = self.lock();
        state.open = state.open.saturating_sub(entries);
        if state.open == 0 && state.length > 0 && state.file.set_len(0).is_ok() {
            state.length = 0;
        }
    }

    /// Whether it has what SQLite has not.
    pub(super) fn is_ahead(&self) -> bool {
        self.lock().open > 0
    }

    /// Takes no entries as long as the result lives; those before are in the queue ahead of what comes to it now.
    pub(super) fn hold(self: &Arc<Self>) -> Held {
        self.lock().held += 1;
        Held(Arc::clone(self))
    }

    /// Sees to it that nothing is left of what it had.
    ///
    /// # Errors
    /// SQLite has not written all of it, or what the system says.
    pub(super) fn scrub(&self, path: &Path) -> Result<(), StoreError> {
        let state = self.lock();
        if state.length > 0 {
            return Err(refused(path, "SQLite could not write it yet".to_owned()));
        }
        state.file.sync_data().map_err(|error| refused(path, error.to_string()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(path: &Path, reason: String) -> StoreError {
    StoreError::Refused { path: path.to_owned(), reason }
}

/// Holds a journal empty.
pub(super) struct Held(Arc<Journal>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().held -= 1;
    }
}

/// An entry on its way from the journal to SQLite.
struct Entered {
    number: u64,
    entry: Entry,
    /// None where an earlier engine wrote it down.
    wanted: Option<Wanted>,
}

impl Work for Entered {
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        match &self.wanted {
            Some(wanted) if !wanted.load(Ordering::Acquire) => Ok(()),
            _ => self.entry.keep(connection),
        }
    }

    fn tell(self: Box<Self>, outcome: Result<(), StoreError>) {
        if let Err(error) = outcome {
            tracing::warn!("A command is not kept as it was told to be: {error}");
        }
    }

    fn number(&self) -> Option<u64> {
        Some(self.number)
    }
}

/// The whole lines; one that a kill or a loss of power cut off or mangled was never told of, or lost with what it names.
fn lines(content: &[u8]) -> impl Iterator<Item = Entered> {
    content.split_inclusive(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\n")?;
        let space = line.iter().position(|byte| *byte == b' ')?;
        let number = std::str::from_utf8(&line[..space]).ok()?.parse().ok()?;
        let entry = serde_json::from_slice(&line[space + 1..]).ok()?;
        Some(Entered { number, entry, wanted: None })
    })
}
