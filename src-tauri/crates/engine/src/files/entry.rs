//! Entries: what one name in a folder stands for.

use std::ffi::OsStr;
use std::fs::{self, FileType, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use time::OffsetDateTime;

use super::{FileError, path};
use crate::command::timestamp;
use crate::protocol::{FileEntry, FileKind, LinkTarget};

/// Describes what is at `path`; a link itself, and where it leads.
///
/// # Errors
/// Nothing is there, or it cannot be reached.
pub(super) fn describe(path: &Path, name: &OsStr) -> Result<FileEntry, FileError> {
    let metadata = fs::symlink_metadata(path).map_err(|error| FileError::of(path, error))?;
    let kind = kind(metadata.file_type());
    Ok(FileEntry {
        kind,
        size: metadata.len(),
        modified: modified(&metadata),
        mode: metadata.mode() & 0o7777,
        link: (kind == FileKind::Symlink).then(|| target(path)).flatten(),
        ..unknown(name)
    })
}

/// An entry of which nothing but its name can be told.
pub(super) fn unknown(name: &OsStr) -> FileEntry {
    FileEntry {
        name: name.to_string_lossy().into_owned(),
        base64: name.to_str().is_none().then(|| BASE64_STANDARD.encode(name.as_bytes())),
        kind: FileKind::Unknown,
        size: 0,
        modified: String::new(),
        mode: 0,
        link: None,
    }
}

fn target(path: &Path) -> Option<LinkTarget> {
    let to = path::told(fs::read_link(path).ok()?.as_os_str());
    let there = fs::metadata(path).ok();
    Some(LinkTarget {
        to,
        kind: there.as_ref().map(|there| kind(there.file_type())),
        size: there.as_ref().map(Metadata::len),
    })
}

/// When the content last changed; "" where the system tells a time that no calendar has.
pub(super) fn modified(metadata: &Metadata) -> String {
    let nanoseconds = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map(timestamp).unwrap_or_default()
}

/// The kind that clients are told, of what is no regular file.
pub(super) fn kind_of(file_type: rustix::fs::FileType) -> FileKind {
    use rustix::fs::FileType;
    match file_type {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Symlink,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::Socket,
        _ => FileKind::Device,
    }
}

/// The kind that clients are told.
pub(super) fn kind(file_type: FileType) -> FileKind {
    if file_type.is_file() {
        FileKind::File
    } else if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_symlink() {
        FileKind::Symlink
    } else if file_type.is_fifo() {
        FileKind::Fifo
    } else if file_type.is_socket() {
        FileKind::Socket
    } else {
        FileKind::Device
    }
}
