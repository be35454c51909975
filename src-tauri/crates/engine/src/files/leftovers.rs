//! Leftovers: the names of unfinished uploads, noted so that a start after a crash removes what is left of them.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::data_dir::write_private;
use ring::rand::{SecureRandom, SystemRandom};

/// How the name of an unfinished upload begins.
const PREFIX: &str = ".porthole-upload-";

/// The notes: a folder in which each file has the path of one unfinished upload.
pub(super) struct Leftovers {
    notes: PathBuf,
}

/// The name of one unfinished upload. Dropped, the file is removed.
pub(super) struct Leftover {
    path: PathBuf,
    note: PathBuf,
}

impl Leftovers {
    /// Notes in that folder, which only the user can enter.
    pub(super) fn new(notes: PathBuf) -> Self {
        Self { notes }
    }

    /// Removes what uploads of an engine that died have left.
    pub(super) fn remove(&self) {
        for note in fs::read_dir(&self.notes).into_iter().flatten().flatten() {
            let note = note.path();
            let Ok(bytes) = fs::read(&note) else { continue };
            let path = PathBuf::from(OsString::from_vec(bytes));
            // Nothing but what such a note can be about is removed on its word.
            let suffix = note.file_name().unwrap_or_default();
            let expected = [PREFIX.as_bytes(), suffix.as_bytes()].concat();
            if path.file_name().map(OsStr::as_bytes) == Some(&expected) {
                drop(Leftover { path, note });
            } else {
                let _ = fs::remove_file(&note);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn notes(&self) -> &Path {
        &self.notes
    }

    /// A name in `folder` that nothing has, noted.
    pub(super) fn reserve(&self, folder: &Path) -> io::Result<Leftover> {
        let mut random = [0; 16];
        SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
        let suffix: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = fs::canonicalize(folder)?;
        let leftover =
            Leftover { path: folder.join(format!("{PREFIX}{suffix}")), note: self.notes.join(suffix) };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.notes)?;
        write_private(&leftover.note, leftover.path.as_os_str().as_bytes())?;
        Ok(leftover)
    }
}

impl Leftover {
    pub(super) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// The file has another name now.
    pub(super) fn is_gone(&mut self) {
        self.path.clear();
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.path);
        }
        let _ = fs::remove_file(&self.note);
    }
}
