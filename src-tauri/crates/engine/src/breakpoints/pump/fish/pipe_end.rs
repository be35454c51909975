//! The ends of pipes that a process has open.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::io::Errno;

/// A file: its device and inode.
pub(crate) type FileId = (u64, u64);

/// The file that a descriptor is of.
pub(crate) fn file_id(descriptor: &OwnedFd) -> Option<FileId> {
    fstat(descriptor.as_fd()).ok().map(|data| (data.st_dev, data.st_ino))
}

/// An end of a pipe or FIFO that a process has open.
pub(crate) struct PipeEnd {
    process: u32,
    /// The descriptor.
    pub(crate) number: u32,
    pub(crate) file: FileId,
    /// A pipe, not a FIFO.
    pub(crate) anonymous: bool,
    pub(crate) writes: bool,
}

impl PipeEnd {
    /// Those of a process.
    pub(crate) fn all_of(process: u32) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return Vec::new() };
        let end = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            let data = std::fs::metadata(entry.path()).ok().filter(|data| data.file_type().is_fifo())?;
            // The link's own permissions tell how the file is open.
            let writes = entry.metadata().ok()?.mode() & 0o200 != 0;
            let anonymous = std::fs::read_link(entry.path()).is_ok_and(|link| !link.has_root());
            Some(Self { process, number, file: (data.dev(), data.ino()), anonymous, writes })
        };
        entries.filter_map(end).collect()
    }

    /// Opens the pipe anew for writing.
    ///
    /// # Errors
    /// `NXIO` where nobody reads it any more.
    pub(crate) fn open(&self) -> Result<OwnedFd, Errno> {
        let path = format!("/proc/{}/fd/{}", self.process, self.number);
        open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())
    }
}
