//! Files: the names in a folder that a word can become.

use std::collections::BinaryHeap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::time::Instant;

use rustix::fs::Access;

/// Which names are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Every one.
    Files,
    /// Folders.
    Folders,
    /// Folders, and files that can be run.
    Programs,
}

/// A name that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) name: Vec<u8>,
    pub(super) is_folder: bool,
}

/// The first `most` names of a folder, in their order, that begin so; and whether there are more. What is not seen before
/// `deadline` is more. A name that begins with a dot is meant where `beginning` does.
pub(super) fn list(
    folder: &Path,
    beginning: &[u8],
    wanted: Wanted,
    most: usize,
    deadline: Instant,
) -> (Vec<Found>, bool) {
    let Ok(entries) = fs::read_dir(folder) else { return (Vec::new(), false) };
    let mut first = BinaryHeap::with_capacity(most.min(1024) + 2);
    let mut cut = false;
    for (count, entry) in entries.flatten().enumerate() {
        if count % 256 == 255 && Instant::now() >= deadline {
            cut = true;
            break;
        }
        let name = entry.file_name().into_vec();
        if !name.starts_with(beginning) || (name.starts_with(b".") && !beginning.starts_with(b".")) {
            continue;
        }
        // One that would be dropped again needs no look.
        if first.len() >= most && first.peek().is_some_and(|last: &Found| name >= last.name) {
            cut = true;
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        let is_folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
        if !(is_folder
            || wanted == Wanted::Files
            || (wanted == Wanted::Programs && is_program(&entry.path())))
        {
            continue;
        }
        first.push(Found { name, is_folder });
        if first.len() > most {
            first.pop();
            cut = true;
        }
    }
    (first.into_sorted_vec(), cut)
}

/// The programs in the folders of a `PATH` whose names begin so, each once.
pub(super) fn programs(path: &OsStr, beginning: &[u8], most: usize, deadline: Instant) -> (Vec<Found>, bool) {
    let (mut all, mut cut) = (Vec::new(), false);
    for folder in path.as_bytes().split(|byte| *byte == b':').filter(|folder| folder.starts_with(b"/")) {
        let (found, more) =
            list(Path::new(OsStr::from_bytes(folder)), beginning, Wanted::Programs, most, deadline);
        all.extend(found.into_iter().filter(|found| !found.is_folder));
        cut |= more;
        if Instant::now() >= deadline {
            cut = true;
            break;
        }
    }
    all.sort();
    all.dedup();
    cut |= all.len() > most;
    all.truncate(most);
    (all, cut)
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, Access::EXEC_OK).is_ok()
}
