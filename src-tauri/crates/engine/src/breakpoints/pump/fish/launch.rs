//! The launch of a stage of fish: how the pump gets hold of a pipe that fish makes after it has asked for a tap.
//!
//! For a stage fish first opens a marker, which tells that the pipe is made, and then the path, at which it waits for a reader.
//! While it waits the pipe's end is among its descriptors; the pump opens it anew, and then the path.

use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use rustix::fs::{CWD, Mode, OFlags, mkfifoat, open, rename};
use rustix::io::{Errno, ioctl_fionread};

use super::super::gate::Gates;
use super::super::request::{self, Request};
use super::upstream::{Upstream, pipe_ends};
use crate::breakpoints::event::TapStream;
use crate::breakpoints::store::{Key, Store};

/// How long it looks for a pipe that is not the only one.
const FINDING: Duration = Duration::from_secs(1);
/// Two inodes whose numbers are less apart were made on the same processor.
const NEAR: u64 = 16;

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
    known: HashSet<u64>,
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
        let known = pipe_ends(fish).into_iter().filter(|end| end.writes).map(|end| end.inode).collect();
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
        let own = self.find();
        let pipe = own.as_ref().map(|(inode, _)| *inode);
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let source = open(&self.path, flags, Mode::empty()).ok()?;
        let upstream = Upstream::new(self.fish, &source, pipe);
        Some(Launched { source, target: own.map(|(_, target)| target), upstream })
    }

    /// The stage's pipe, by its inode, opened for writing.
    ///
    /// Of all pipes that fish writes to it is the newest, and nothing was ever written to it. Another one of that kind belongs to
    /// a stage that fish runs itself: fish still has to write what that stage has given, which it does soon, or it has put the
    /// stage off until all after it are started. Only in the latter case another one stays, and this stage is one of those after
    /// it, so that both ends of its pipe are in fish.
    fn find(&self) -> Option<(u64, OwnedFd)> {
        let end = Instant::now() + FINDING;
        loop {
            let ends = pipe_ends(self.fish);
            let is_whole = |inode| ends.iter().any(|end| !end.writes && end.inode == inode);
            let mut unused: Vec<_> = ends
                .iter()
                .filter(|end| end.writes && !self.known.contains(&end.inode))
                .filter_map(|end| Some((end.made?, end.inode, self.open_empty(end.number)?)))
                .collect();
            unused.sort_by_key(|(made, inode, _)| (*made, *inode));
            let (made, newest, _) = unused.last()?;
            let is_sure = match unused.iter().rev().nth(1) {
                None => true,
                // Numbers of inodes are in order where they were given away on one processor.
                Some(before) => is_whole(*newest) && (before.0 < *made || newest - before.1 < NEAR),
            };
            if !is_sure && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            let own = unused.iter().rposition(|(_, inode, _)| is_whole(*inode));
            let (_, inode, target) = unused.swap_remove(own.unwrap_or(unused.len() - 1));
            return Some((inode, target));
        }
    }

    fn open_empty(&self, number: u32) -> Option<OwnedFd> {
        let path = format!("/proc/{}/fd/{number}", self.fish);
        let target = open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()?;
        (ioctl_fionread(&target) == Ok(0)).then_some(target)
    }

    /// It never begins.
    pub(crate) fn end(self, store: &Store, gates: &Gates) {
        request::release(&self.guard);
        let _ = std::fs::remove_file(&self.path);
        gates.end(self.key.location, self.key.run);
        store.end(self.key);
    }
}
