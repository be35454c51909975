//! The store's own limits.

use std::time::Duration;

/// How the store works: what may wait for it, and for how long.
#[derive(Debug, Clone)]
pub struct StoreLimits {
    /// Pieces of work that wait for it.
    pub queue: usize,
    /// Pieces of work that it writes together.
    pub batch: usize,
    /// Time for it to keep or to find something.
    pub patience: Duration,
    /// Bytes of the journal; while it has as many, whoever is told that something is kept waits for SQLite.
    pub journal: u64,
    /// Bytes of one entry of the journal; a longer one is written by SQLite at once.
    pub journal_entry: usize,
    /// Time that entries of the journal gather before SQLite writes them.
    pub rest: Duration,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            queue: 256,
            batch: 64,
            patience: Duration::from_secs(2),
            journal: 1 << 20,
            journal_entry: 32 << 10,
            rest: Duration::from_millis(10),
        }
    }
}
