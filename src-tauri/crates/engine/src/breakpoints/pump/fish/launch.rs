//! The launch of a stage of fish: how the pump gets hold of a pipe that fish makes after it has asked for a tap.
//!
//! For a stage fish first opens a marker, which tells that the pipe is made, and then the path, at which it waits for a reader.
//! While it waits the pipe's end is among its descriptors; the pump opens it anew, and then the path.

use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open, rename};
use rustix::io::Errno;

use super::super::gate::Gates;
use super::super::request::{self, Request};
use super::own_pipe::OwnPipe;
use super::pipe_end::{FileId, PipeEnd};
use super::upstream::Upstream;
use crate::breakpoints::event::TapStream;
use crate::breakpoints::store::{Key, Store};

/// Tells when somebody opens a file.
pub(crate) struct Openings {
    inotify: OwnedFd,
    /// The markers: the watch of each and the location of its pipe.
    markers: Vec<(i32, usize)>,
}

impl Openings {
    /// Makes the markers of these `locations` in `folder`.
    pub(crate) fn new(folder: &Path, locations: &[usize]) -> Result<Self, Errno> {
        let inotify = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let mut markers = Vec::with_capacity(locations.len());
        for &location in locations {
            let path = folder.join(format!("g{location}"));
            open(&path, OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR)?;
            // The first run of a stage must not fail for want of a name: it would lose what the stage prints.
            mkfifoat(CWD, reserve(folder, location), Mode::RUSR | Mode::WUSR)?;
            markers.push((add_watch(&inotify, &path, WatchFlags::OPEN)?, location));
        }
        Ok(Self { inotify, markers })
    }

    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Watches for the next opening of `path`. Gives its number.
    pub(crate) fn watch(&self, path: &Path) -> Option<i32> {
        add_watch(&self.inotify, path, WatchFlags::OPEN | WatchFlags::ONESHOT).ok()
    }

    /// The location that a number is the marker of.
    pub(crate) fn marked(&self, number: i32) -> Option<usize> {
        self.markers.iter().find(|(watch, _)| *watch == number).map(|(_, location)| *location)
    }

    /// The numbers of what was opened.
    pub(crate) fn take(&self) -> Vec<i32> {
        let mut space = [MaybeUninit::uninit(); 1024];
        let mut reader = Reader::new(&self.inotify, &mut space);
        let mut opened = Vec::new();
        while let Ok(event) = reader.next() {
            opened.push(event.wd());
        }
        opened
    }
}

/// A FIFO that was made before the command began.
fn reserve(folder: &Path, location: usize) -> PathBuf {
    folder.join(format!("s{location}"))
}

/// A stage that fish has asked a path for and has not begun to start.
pub(crate) struct Launch {
    pub(crate) key: Key,
    pub(crate) path: PathBuf,
    pub(crate) guard: OwnedFd,
    fish: u32,
    /// Pipes that fish wrote to before: the stage's is none of them.
    known: HashSet<FileId>,
}

/// What a stage that is about to start writes to and is to write to.
pub(crate) struct Launched {
    /// The path, open for reading.
    pub(crate) source: OwnedFd,
    /// The pipe; nothing where its reader is gone.
    pub(crate) target: Option<OwnedFd>,
    pub(crate) upstream: Upstream,
}

impl Launch {
    /// Makes the path and answers the helper; nothing where that is not possible.
    pub(crate) fn prepare(
        request: &Request,
        guard: OwnedFd,
        path: &Path,
        store: &Store,
        gates: &Gates,
    ) -> Option<Self> {
        let fish = request.stage;
        mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR)
            .or_else(|_| rename(reserve(path.parent().ok_or(Errno::NOENT)?, request.location), path))
            .ok()?;
        let known = PipeEnd::all_of(fish).into_iter().filter(|end| end.writes).map(|end| end.file).collect();
        let key = store.begin(request.location, TapStream::Stdout, fish)?;
        gates.begin(request.location, key.run);
        let launch = Self { key, path: path.to_path_buf(), guard, fish, known };
        if request::answer(&launch.guard, path, None) {
            return Some(launch);
        }
        launch.end(store, gates);
        None
    }

    /// Gets hold of the pipe and lets fish go on, which waits at the path.
    pub(crate) fn begin(&self) -> Option<Launched> {
        let own = OwnPipe::find(self.fish, &self.known);
        let pipe = own.as_ref().map(|own| own.file);
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let source = open(&self.path, flags, Mode::empty()).ok()?;
        let upstream = Upstream::new(self.fish, &source, pipe);
        Some(Launched { source, target: own.and_then(|own| own.target), upstream })
    }

    /// Its path cannot be opened: the guard opens it, so that fish goes on, and nobody sees what the stage writes.
    pub(crate) fn fail(self, store: &Store, gates: &Gates) {
        gates.end(self.key.location, self.key.run);
        store.end(self.key);
    }

    /// It never begins.
    pub(crate) fn end(self, store: &Store, gates: &Gates) {
        request::release(&self.guard);
        let _ = std::fs::remove_file(&self.path);
        gates.end(self.key.location, self.key.run);
        store.end(self.key);
    }
}
