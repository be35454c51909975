//! The backlog: what a stage of fish has written for one that fish has not started yet.
//!
//! fish runs a block or a function before the next one of its kind, and holds all that lies between in memory. So does this, on
//! disk.

use std::fs::File;
use std::os::unix::fs::FileExt;

use rustix::fs::{Mode, OFlags, open};

/// A queue of bytes in a file that has no name.
pub(super) struct Backlog {
    file: File,
    read: u64,
    written: u64,
}

impl Backlog {
    pub(super) fn new() -> Option<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = open(std::env::temp_dir(), flags, Mode::RUSR | Mode::WUSR).ok()?;
        Some(Self { file: file.into(), read: 0, written: 0 })
    }

    /// Adds all of `bytes`; tells whether that was possible.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        let added = self.file.write_all_at(bytes, self.written).is_ok();
        if added {
            self.written += bytes.len() as u64;
        }
        added
    }

    /// Takes the oldest bytes into `buffer`, as many as fit.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> usize {
        let length = self.file.read_at(buffer, self.read).unwrap_or(0);
        self.read += length as u64;
        length
    }
}
