//! The shell upstream of a tapped pipe of fish: what it has open of the pipe tells how far it is.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use rustix::fs::fstat;

/// An end of a pipe that a process has open.
pub(crate) struct PipeEnd {
    /// The descriptor.
    pub(crate) number: u32,
    pub(crate) inode: u64,
    /// When the pipe was made, as well as the kernel's clock for files tells it, in seconds and nanoseconds; nothing for a FIFO, and
    /// where something was written since.
    pub(crate) made: Option<(i64, i64)>,
    pub(crate) writes: bool,
}

/// The ends of pipes and FIFOs that a process has open.
pub(crate) fn pipe_ends(process: u32) -> Vec<PipeEnd> {
    use std::os::unix::fs::FileTypeExt;
    let Ok(entries) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let number = entry.file_name().to_str()?.parse().ok()?;
            let file = std::fs::metadata(entry.path()).ok().filter(|data| data.file_type().is_fifo())?;
            // The link's own permissions tell how the file is open.
            let writes = entry.metadata().ok()?.mode() & 0o200 != 0;
            let (accessed, modified) = ((file.atime(), file.atime_nsec()), (file.mtime(), file.mtime_nsec()));
            let anonymous = std::fs::read_link(entry.path()).is_ok_and(|link| !link.has_root());
            let made = (anonymous && accessed == modified).then_some(modified);
            Some(PipeEnd { number, inode: file.ino(), made, writes })
        })
        .collect()
}

/// The fish that runs a tapped stage.
pub(crate) struct Upstream {
    fish: u32,
    /// The FIFO to which the stage writes.
    source: u64,
    /// The pipe that it would have written to.
    pipe: u64,
}

impl Upstream {
    /// `source` is the stage's FIFO, `pipe` the inode of the pipe.
    pub(crate) fn new(fish: u32, source: &OwnedFd, pipe: Option<u64>) -> Self {
        let source = fstat(source.as_fd()).map_or(0, |data| data.st_ino);
        Self { fish, source, pipe: pipe.unwrap_or_default() }
    }

    /// Whether fish runs the stage itself and starts the next one only then; it would hold in memory what lies between.
    pub(crate) fn runs_before_the_next(&self) -> bool {
        let ends = pipe_ends(self.fish);
        ends.iter().any(|end| end.writes && end.inode == self.source)
            && ends.iter().any(|end| !end.writes && end.inode == self.pipe)
    }

    /// Whether the stage's FIFO is open in fish.
    pub(crate) fn has_opened(&self) -> bool {
        pipe_ends(self.fish).iter().any(|end| end.writes && end.inode == self.source)
    }
}
