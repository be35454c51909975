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
            Some(Errno::NOTDIR) => Self::NotAFolder(path),
            _ => Self::Failed(path, error),
        }
    }
}

impl From<FileError> for ProtocolError {
    fn from(error: FileError) -> Self {
        let code = match error {
            FileError::BadPath => Code::BadMessage,
            FileError::Missing(_) => Code::NoSuchFile,
            FileError::NotPermitted(_) => Code::NotPermitted,
            FileError::NotAFile(..) | FileError::MadeByTheKernel(_) | FileError::NotAFolder(_) => {
                Code::WrongKind
            }
            FileError::TooSlow => Code::TooSlow,
            FileError::Failed(..) => Code::FileFailed,
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
