//! Store errors: why something is not kept, in one sentence for a person.

use std::io;
use std::path::PathBuf;

use crate::data_dir::PrivateFileError;

/// Why the store cannot be used, or did not keep something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer Porthole wrote it.
    #[error(
        "The store {path} has version {found} and this Porthole knows versions up to {known}, so a newer one wrote it; start that one, or move the file away to begin with an empty store."
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that is known here.
        known: i64,
    },
    /// Its name belongs to something that cannot be trusted.
    #[error("The store {path} cannot be used because {reason}; move it away or mend it.")]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// What it is.
        reason: String,
    },
    /// No thread could be started.
    #[error("The store's thread could not be started: {0}.")]
    Thread(io::Error),
    /// The disk is full.
    #[error("The disk of {0} is full; commands run on, and history is kept again once there is room.")]
    Full(PathBuf),
    /// SQLite or the disk refused.
    #[error("The store {path} refused it: {reason}.")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// It did not answer in time.
    #[error("The store does not answer, because its disk is slow; try again.")]
    Slow,
    /// The engine is about to end.
    #[error("The store is closed, because Porthole is about to end.")]
    Closed,
}

impl StoreError {
    pub(super) fn of(path: &std::path::Path, error: &rusqlite::Error) -> Self {
        if is_full(error) {
            return Self::Full(path.to_owned());
        }
        Self::Refused { path: path.to_owned(), reason: error.to_string() }
    }

    pub(super) fn untrusted(path: &std::path::Path, error: &PrivateFileError) -> Self {
        Self::Untrusted { path: path.to_owned(), reason: error.to_string() }
    }

    /// The same for another of those that waited for it.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full(path) => Self::Full(path.clone()),
            Self::Refused { path, reason } => Self::Refused { path: path.clone(), reason: reason.clone() },
            Self::Slow => Self::Slow,
            _ => Self::Closed,
        }
    }
}

/// Whether the disk has no room.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
    // SQLITE_IOERR_SHMSIZE is what a full disk says where the index of the log has to grow.
    const SHARED_MEMORY_SIZE: i32 = 4874;
    error.sqlite_error().is_some_and(|failure| {
        failure.code == DiskFull
            || (failure.code == SystemIoFailure && failure.extended_code == SHARED_MEMORY_SIZE)
    })
}

/// Whether the file is damaged or was never a store.
pub(super) fn is_damaged(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    error.sqlite_error_code().is_some_and(|code| matches!(code, DatabaseCorrupt | NotADatabase))
}

/// Whether the failure is one of the disk, so that nothing else in its batch was written either.
pub(super) fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, OutOfMemory, ReadOnly, SystemIoFailure};
    is_full(error)
        || is_damaged(error)
        || error.sqlite_error_code().is_some_and(|code| {
            matches!(code, CannotOpen | DatabaseBusy | OutOfMemory | ReadOnly | SystemIoFailure)
        })
}
