//! Upload: a file that comes in parts, and gets its name once it is whole.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rustix::fs::{Access, AtFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::FileError;
use super::entry::kind_of;
use super::leftovers::{Leftover, Leftovers};
use super::parts::Parts;

/// Bytes after which an upload waits for the disk, so that its end need not wait for all of them.
const UNWRITTEN: u64 = 32 << 20;

/// A file on its way.
pub(super) struct Upload {
    path: PathBuf,
    size: u64,
    coming: Mutex<Option<Coming>>,
}

/// What there is of it so far.
struct Coming {
    /// The folder, whatever becomes of its name.
    folder: OwnedFd,
    name: OsString,
    file: File,
    /// Its name until it is whole, where the file system has no files without one.
    leftover: Option<Leftover>,
    parts: Parts,
    overwrite: bool,
    last: Instant,
    /// Bytes that may not be on the disk yet.
    unwritten: u64,
}

impl Upload {
    /// Prepares a file of `size` bytes that is to have the name `path`. No name is taken before it is whole.
    ///
    /// # Errors
    /// The folder is not there or may not be written to, the name is taken, or the disk is too full.
    pub(super) fn begin(
        path: PathBuf,
        size: u64,
        overwrite: bool,
        leftovers: &Leftovers,
    ) -> Result<Self, FileError> {
        Self::begin_with(unnamed, path, size, overwrite, leftovers)
    }

    fn begin_with(
        unnamed: impl FnOnce(&OwnedFd) -> Option<File>,
        path: PathBuf,
        size: u64,
        overwrite: bool,
        leftovers: &Leftovers,
    ) -> Result<Self, FileError> {
        let failed = |error: Errno| FileError::of(&path, error.into());
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(FileError::NoFileName(path));
        };
        let name = name.to_owned();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(parent, flags, Mode::empty())
            .map_err(|error| FileError::of(parent, error.into()))?;
        check_name(&folder, &name, &path, overwrite)?;
        let system = rustix::fs::fstatvfs(&folder).map_err(failed)?;
        if system.f_blocks > 0 && size > system.f_bavail.saturating_mul(system.f_frsize) {
            return Err(FileError::DiskFull(parent.to_owned()));
        }
        let (file, leftover) = match unnamed(&folder) {
            Some(file) => (file, None),
            None => {
                let leftover = leftovers.reserve(parent).map_err(|error| FileError::of(&path, error))?;
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                let file = rustix::fs::openat(&folder, leftover.name(), flags, Mode::RUSR | Mode::WUSR);
                (File::from(file.map_err(failed)?), Some(leftover))
            }
        };
        let (parts, last) = (Parts::default(), Instant::now());
        let coming = Coming { folder, name, file, leftover, parts, overwrite, last, unwritten: 0 };
        Ok(Self { path, size, coming: Mutex::new(Some(coming)) })
    }

    /// Where it will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Since when nothing has come.
    pub(super) fn last(&self) -> Option<Instant> {
        // Where it is locked something comes right now.
        self.coming.try_lock().ok()?.as_ref().map(|coming| coming.last)
    }

    /// Whether it was finished or aborted.
    pub(super) fn is_over(&self) -> bool {
        // Where it is locked something still happens to it.
        self.coming.try_lock().is_ok_and(|coming| coming.is_none())
    }

    /// Writes a part, and says how many bytes have come.
    ///
    /// # Errors
    /// It lies beyond the size, there are too many gaps, the disk is full, or the upload is over.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> Result<u64, FileError> {
        let end = offset.checked_add(bytes.len() as u64).filter(|end| *end <= self.size);
        let Some(end) = end else {
            return Err(FileError::BeyondSize(self.size));
        };
        let mut coming = self.lock();
        let coming = coming.as_mut().ok_or(FileError::NoUpload)?;
        coming.last = Instant::now();
        coming.file.write_all_at(bytes, offset).map_err(|error| self.failed(error))?;
        if !coming.parts.add(offset, end) {
            return Err(FileError::Scattered);
        }
        coming.unwritten += bytes.len() as u64;
        if coming.unwritten >= UNWRITTEN {
            coming.file.sync_data().map_err(|error| self.failed(error))?;
            coming.unwritten = 0;
        }
        Ok(coming.parts.count())
    }

    /// Gives the whole file its name, durably.
    ///
    /// # Errors
    /// Something is missing, or the name is taken, after both of which the upload goes on; or the system fails.
    pub(super) fn finish(&self, overwrite: Option<bool>, leftovers: &Leftovers) -> Result<(), FileError> {
        let mut slot = self.lock();
        let coming = slot.as_mut().ok_or(FileError::NoUpload)?;
        coming.last = Instant::now();
        let missing = self.size - coming.parts.count();
        if missing > 0 {
            return Err(FileError::Incomplete(missing));
        }
        let overwrite = overwrite.unwrap_or(coming.overwrite);
        let former = check_name(&coming.folder, &coming.name, &self.path, overwrite)?;
        let mode = former.unwrap_or_else(|| Mode::from_bits_truncate(0o666) & !umask());
        rustix::fs::fchmod(&coming.file, mode).map_err(|error| self.failed(error.into()))?;
        coming.file.sync_all().map_err(|error| self.failed(error))?;
        coming.take_name(overwrite, &self.path, leftovers)?;
        // The name is there; should it not outlast a loss of power, nothing else would help either.
        let _ = rustix::fs::fsync(&coming.folder);
        *slot = None;
        Ok(())
    }

    /// Drops what has come.
    pub(super) fn abort(&self) {
        *self.lock() = None;
    }

    fn failed(&self, error: io::Error) -> FileError {
        FileError::of(&self.path, error)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Coming>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Coming {
    fn take_name(&mut self, overwrite: bool, path: &Path, leftovers: &Leftovers) -> Result<(), FileError> {
        let failed = |error: Errno| match error {
            Errno::EXIST => FileError::Exists(path.to_owned()),
            error => FileError::of(path, error.into()),
        };
        if !overwrite {
            return match &mut self.leftover {
                None => link_unnamed(&self.file, &self.folder, &self.name).map_err(failed),
                Some(leftover) => {
                    rename_to_free(&self.folder, leftover.name(), &self.name).map_err(failed)?;
                    leftover.is_gone();
                    Ok(())
                }
            };
        }
        if self.leftover.is_none() {
            // Nothing but a rename replaces a file, and only what has a name can be renamed.
            let parent = path.parent().unwrap_or(Path::new("/"));
            let leftover = leftovers.reserve(parent).map_err(|error| FileError::of(path, error))?;
            link_unnamed(&self.file, &self.folder, leftover.name()).map_err(failed)?;
            self.leftover = Some(leftover);
        }
        if let Some(leftover) = &mut self.leftover {
            rustix::fs::renameat(&self.folder, leftover.name(), &self.folder, &self.name).map_err(failed)?;
            leftover.is_gone();
        }
        Ok(())
    }
}

/// A file without a name, which is gone with its descriptor, however that is closed. None where there is no such thing.
#[cfg(target_os = "linux")]
fn unnamed(folder: &OwnedFd) -> Option<File> {
    if !Path::new("/proc/self/fd").is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(folder, ".", flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &OwnedFd) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn link_unnamed(file: &File, folder: &OwnedFd, name: &OsStr) -> Result<(), Errno> {
    use std::os::fd::AsRawFd;
    let descriptor = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(rustix::fs::CWD, descriptor, folder, name, AtFlags::SYMLINK_FOLLOW)
}

#[cfg(not(target_os = "linux"))]
fn link_unnamed(_: &File, _: &OwnedFd, _: &OsStr) -> Result<(), Errno> {
    Err(Errno::NOTSUP)
}

/// Renames where nothing has the new name.
fn rename_to_free(folder: &OwnedFd, from: &OsStr, to: &OsStr) -> Result<(), Errno> {
    match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        // The file system cannot do that in one step; a link cannot replace anything either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(folder, from, folder, to, AtFlags::empty())?;
            rustix::fs::unlinkat(folder, from, AtFlags::empty())
        }
        done => done,
    }
}

/// Checks that a file may get that name, and gives the permissions of the one that it replaces.
fn check_name(
    folder: &OwnedFd,
    name: &OsStr,
    path: &Path,
    overwrite: bool,
) -> Result<Option<Mode>, FileError> {
    let failed = |error: Errno| FileError::of(path, error.into());
    let there = match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => there,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let file_type = FileType::from_raw_mode(there.st_mode);
    if !file_type.is_file() && overwrite {
        return Err(FileError::NotReplaced(path.to_owned(), kind_of(file_type)));
    }
    if !overwrite {
        return Err(FileError::Exists(path.to_owned()));
    }
    // A folder that may be written to lets every file in it be replaced; one that is write-protected is not meant to.
    rustix::fs::accessat(folder, name, Access::WRITE_OK, AtFlags::EACCESS).map_err(failed)?;
    Ok(Some(Mode::from_raw_mode(there.st_mode) & Mode::from_bits_truncate(0o777)))
}

/// The permissions that new files of this process do not get.
#[cfg(target_os = "linux")]
fn umask() -> Mode {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    let umask = line.and_then(|umask| u32::from_str_radix(umask.trim(), 8).ok());
    Mode::from_bits_truncate(umask.unwrap_or(0o022) as _)
}

/// What is usual: asking would change it for a moment, for every thread.
#[cfg(not(target_os = "linux"))]
fn umask() -> Mode {
    Mode::from_bits_truncate(0o022)
}

#[cfg(test)]
mod tests;
