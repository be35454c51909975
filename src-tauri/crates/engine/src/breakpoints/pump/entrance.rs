//! The entrance of a stage of fish: the FIFO from which it reads what the engine pumps to it.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open};
use rustix::io::Errno;
use rustix::pipe::fcntl_setpipe_size;

use super::flow::PIPE;
use super::request;
use super::sink::Sink;

/// Tells when somebody opens a FIFO.
pub(super) struct Openings(OwnedFd);

impl Openings {
    pub(super) fn new() -> Result<Self, Errno> {
        init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map(Self)
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Watches for the next opening of `path`. Gives its number.
    pub(super) fn watch(&self, path: &Path) -> Option<i32> {
        add_watch(&self.0, path, WatchFlags::OPEN | WatchFlags::ONESHOT).ok()
    }

    /// The numbers of what was opened.
    pub(super) fn take(&self) -> Vec<i32> {
        let mut space = [MaybeUninit::uninit(); 1024];
        let mut reader = Reader::new(&self.0, &mut space);
        let mut opened = Vec::new();
        while let Ok(event) = reader.next() {
            opened.push(event.wd());
        }
        opened
    }
}

/// An entrance that its stage has not opened yet.
pub(super) struct Entrance {
    path: PathBuf,
    /// Reads and writes: until the stage has opened the FIFO nothing in it is lost and nothing waits.
    _keeper: OwnedFd,
    guard: OwnedFd,
    watch: i32,
}

impl Entrance {
    /// Makes the FIFO and tells the helper. Gives the engine's end too.
    pub(super) fn open(path: &Path, guard: OwnedFd, openings: &Openings) -> Option<(Self, Sink)> {
        mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).ok()?;
        let flags = OFlags::NONBLOCK | OFlags::CLOEXEC;
        let keeper = open(path, OFlags::RDWR | flags, Mode::empty()).ok()?;
        let writer = open(path, OFlags::WRONLY | flags, Mode::empty()).ok()?;
        let _ = fcntl_setpipe_size(&writer, PIPE);
        let sink = Sink::new(writer)?;
        // From here on nobody but the stage opens it.
        let watch = openings.watch(path)?;
        let answered = request::answer(&guard, path, keeper.as_fd());
        answered.then(|| (Self { path: path.to_path_buf(), _keeper: keeper, guard, watch }, sink))
    }

    pub(super) fn guard(&self) -> &OwnedFd {
        &self.guard
    }

    pub(super) fn watch(&self) -> i32 {
        self.watch
    }

    /// The stage has opened it, or never will.
    pub(super) fn opened(self) {
        request::release(&self.guard);
        let _ = std::fs::remove_file(&self.path);
    }
}
