//! File errors: why something could not be done with a file, for programs and for people.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::protocol::{Code, FileKind, ProtocolError};

/// Characters of a path that a message quotes.
const QUOTED: usize = 200;

/// Why something could not be done with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("A path is text without NUL, or bytes in base64.")]
    BadPath,
    #[error("\"data\" is bytes in base64 with padding; this is something else.")]
    NoBase64,
    #[error("There is no {}; list its folder to see what is there.", quoted(.0))]
    Missing(PathBuf),
    #[error("You may not use {}: its permissions, or those of a folder above it, do not allow it.", quoted(.0))]
    NotPermitted(PathBuf),
    #[error("{} is {}; only regular files have a content that can be taken from here.", quoted(.0), named(*.1))]
    NotAFile(PathBuf, FileKind),
    #[error("{} is made by the kernel while it is read; a command such as `cat` can show it.", quoted(.0))]
    MadeByTheKernel(PathBuf),
    #[error("{} is not a folder; only folders have entries.", quoted(.0))]
    NotAFolder(PathBuf),
    #[error("{} ends in no name that a file could have; name the file itself.", quoted(.0))]
    NoFileName(PathBuf),
    #[error("There is a {} already; say \"overwrite\": true to replace it, or choose another name.", quoted(.0))]
    Exists(PathBuf),
    #[error("{} is {}; only a regular file can be replaced: choose another name.", quoted(.0), named(*.1))]
    NotReplaced(PathBuf, FileKind),
    #[error("The disk of {} has no room for that; free some first.", quoted(.0))]
    DiskFull(PathBuf),
    #[error("An upload has at most {0} bytes; bring a larger file over by other means.")]
    TooLarge(u64),
    #[error(
        "{0} uploads of this session, or all that the server takes, are on their way; finish or abort one first."
    )]
    TooManyUploads(usize),
    #[error(
        "There is no such upload: it was finished or aborted, or nothing came for too long; begin it again."
    )]
    NoUpload,
    #[error("The upload has {0} bytes, and this part goes beyond them; send what you announced.")]
    BeyondSize(u64),
    #[error("The upload has too many gaps; send its parts in about their order.")]
    Scattered,
    #[error("{0} bytes of the upload have not come; send them first.")]
    Incomplete(u64),
    #[error("The system gives no random numbers, so that no address of a download would be safe; try again.")]
    NoRandom,
    #[error("The file system took too long; it may be away, or busy with other requests: try again later.")]
    TooSlow,
    #[error("{} cannot be used: {}.", quoted(.0), .1)]
    Failed(PathBuf, io::Error),
}

impl FileError {
    /// What the system said about `path`.
    pub(crate) fn of(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT) => Self::Missing(path),
            Some(Errno::ACCESS | Errno::PERM) => Self::NotPermitted(path),
            Some(Errno::NOSPC | Errno::DQUOT) => Self::DiskFull(path),
            Some(Errno::NOTDIR) => Self::NotAFolder(path),
            _ => Self::Failed(path, error),
        }
    }
}

impl From<FileError> for ProtocolError {
    fn from(error: FileError) -> Self {
        let code = match error {
            FileError::BadPath | FileError::NoBase64 | FileError::NoFileName(_) => Code::BadMessage,
            FileError::Exists(_) => Code::FileExists,
            FileError::NotReplaced(..) => Code::WrongKind,
            FileError::DiskFull(_) => Code::DiskFull,
            FileError::TooLarge(_) => Code::TooLarge,
            FileError::TooManyUploads(_) => Code::TooManyUploads,
            FileError::NoUpload => Code::NoSuchUpload,
            FileError::BeyondSize(_) | FileError::Scattered => Code::BadRange,
            FileError::Incomplete(_) => Code::UploadIncomplete,
            FileError::Missing(_) => Code::NoSuchFile,
            FileError::NotPermitted(_) => Code::NotPermitted,
            FileError::NotAFile(..) | FileError::MadeByTheKernel(_) | FileError::NotAFolder(_) => {
                Code::WrongKind
            }
            FileError::TooSlow => Code::TooSlow,
            FileError::NoRandom | FileError::Failed(..) => Code::FileFailed,
        };
        Self::new(code, error.to_string())
    }
}

/// A path for a person, shortened from the front, since its end tells more.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let length = text.chars().count();
    let end: String = text.chars().skip(length.saturating_sub(QUOTED)).flat_map(char::escape_debug).collect();
    let cut = if length > QUOTED { "..." } else { "" };
    format!("\"{cut}{end}\"")
}

fn named(kind: FileKind) -> &'static str {
    match kind {
        FileKind::File => "a regular file",
        FileKind::Directory => "a folder",
        FileKind::Symlink => "a symbolic link",
        FileKind::Fifo => "a named pipe",
        FileKind::Socket => "a socket",
        FileKind::Device => "a device",
        FileKind::Unknown => "unknown",
    }
}
