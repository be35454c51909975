//! Listing: a folder page by page, in the order of its names, whatever its size.

use std::collections::BinaryHeap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Instant;

use super::entry::{describe, unknown};
use super::{FileError, path};
use crate::protocol::FolderPage;

/// Which page of a folder.
pub(crate) struct Page {
    pub(super) hidden: bool,
    pub(super) after: Option<OsString>,
    /// At least 1.
    pub(super) limit: usize,
}

/// Reads a page of a folder's entries.
///
/// A page is found by looking at every name and keeping the first ones, so memory is that of one page, and an entry that
/// is there all the time is told exactly once, whatever else comes and goes between two pages.
///
/// # Errors
/// It is no folder, cannot be read, or `deadline` is over.
pub(super) fn list(folder: &Path, page: &Page, deadline: Instant) -> Result<FolderPage, FileError> {
    let read = fs::read_dir(folder).map_err(|error| FileError::of(folder, error))?;
    let mut first: BinaryHeap<OsString> = BinaryHeap::with_capacity(page.limit + 2);
    for (count, entry) in read.enumerate() {
        if count % 1024 == 0 && Instant::now() >= deadline {
            return Err(FileError::TooSlow);
        }
        let name = entry.map_err(|error| FileError::of(folder, error))?.file_name();
        let wanted = (page.hidden || name.as_bytes().first() != Some(&b'.'))
            && page.after.as_ref().is_none_or(|after| name > *after);
        if wanted && (first.len() <= page.limit || first.peek().is_some_and(|last| name < *last)) {
            first.push(name);
            if first.len() > page.limit + 1 {
                first.pop();
            }
        }
    }
    let mut names = first.into_sorted_vec();
    let more = names.len() > page.limit;
    names.truncate(page.limit);
    let next = names.last().filter(|_| more).map(|last| path::told(last));
    let mut entries = Vec::with_capacity(names.len());
    for name in names {
        match describe(&folder.join(&name), &name) {
            Ok(entry) => entries.push(entry),
            // Gone since the folder was read.
            Err(FileError::Missing(_)) => {}
            // A folder that may be read but not entered tells names alone.
            Err(_) => entries.push(unknown(&name)),
        }
        if Instant::now() >= deadline {
            return Err(FileError::TooSlow);
        }
    }
    Ok(FolderPage { path: path::told(folder.as_os_str()), entries, next })
}
