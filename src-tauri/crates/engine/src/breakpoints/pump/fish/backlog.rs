//! The backlog: what a stage of fish has written for one that fish has not started yet.
//!
//! fish runs a block or a function before the next one of its kind, and holds all that lies between in memory. So does this, on
//! disk, and where that is full in memory, too.

use std::fs::File;
use std::os::unix::fs::FileExt;

use rustix::fs::{MemfdFlags, Mode, OFlags, memfd_create, open};

/// A queue of bytes in files that have no name.
pub(crate) struct Backlog {
    disk: Option<File>,
    /// What follows, once the disk is full.
    memory: Option<File>,
    read: u64,
    /// Where the one on disk ends.
    on_disk: u64,
    written: u64,
}

impl Backlog {
    pub(crate) fn new() -> Option<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let file = open(std::env::temp_dir(), flags, Mode::RUSR | Mode::WUSR).ok();
        Some(Self { disk: file.map(File::from), memory: None, read: 0, on_disk: 0, written: 0 })
    }

    /// Adds all of `bytes`; tells whether that was possible.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        if self.memory.is_none() {
            let disk = self.disk.as_ref();
            if disk.is_some_and(|disk| disk.write_all_at(bytes, self.written).is_ok()) {
                self.written += bytes.len() as u64;
                self.on_disk = self.written;
                return true;
            }
            self.memory = memfd_create("backlog", MemfdFlags::CLOEXEC).ok().map(File::from);
        }
        let at = self.written - self.on_disk;
        let added = self.memory.as_ref().is_some_and(|memory| memory.write_all_at(bytes, at).is_ok());
        if added {
            self.written += bytes.len() as u64;
        }
        added
    }

    /// Takes the oldest bytes into `buffer`, as many as fit and lie in one file.
    pub(crate) fn take(&mut self, buffer: &mut [u8]) -> usize {
        let (file, at, end) = if self.read < self.on_disk {
            (self.disk.as_ref(), self.read, self.on_disk)
        } else {
            (self.memory.as_ref(), self.read - self.on_disk, self.written - self.on_disk)
        };
        let length = buffer.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
        let length = file.map_or(0, |file| file.read_at(&mut buffer[..length], at).unwrap_or(0));
        self.read += length as u64;
        length
    }
}
