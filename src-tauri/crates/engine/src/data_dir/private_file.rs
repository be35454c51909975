//! Private files: read and written so that nobody but their owner ever could have read or changed them.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags, fchmod};
use zeroize::Zeroizing;

/// Why the content of a private file cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrivateFileError {
    #[error("it is a symbolic link")]
    Link,
    #[error("it is not an ordinary file")]
    NotAFile,
    #[error("it belongs to another user (uid {0})")]
    NotOurs(u32),
    #[error("other users may read it (mode {0:04o})")]
    Exposed(u32),
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads a file of at most `limit` bytes; none where there is no such file.
///
/// # Errors
/// It is a link, no ordinary file, another user's, open to others, too large, or cannot be read.
pub(crate) fn read_private(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateFileError> {
    // NONBLOCK: opening a FIFO must not wait for a writer.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(PrivateFileError::Link);
        }
        Err(error) => return Err(error.into()),
    };
    check_metadata(&file.metadata()?)?;
    let mut content = Zeroizing::new(Vec::new());
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(PrivateFileError::TooLarge(limit));
    }
    Ok(Some(content))
}

/// Makes sure that a file which somebody else opens by its name is private.
///
/// # Errors
/// It is a link, no ordinary file, another user's, or open to others.
pub(crate) fn check_private(path: &Path) -> Result<(), PrivateFileError> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(PrivateFileError::Link);
    }
    check_metadata(&metadata)
}

fn check_metadata(metadata: &Metadata) -> Result<(), PrivateFileError> {
    if !metadata.is_file() {
        return Err(PrivateFileError::NotAFile);
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(PrivateFileError::NotOurs(metadata.uid()));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(PrivateFileError::Exposed(metadata.mode() & 0o7777));
    }
    Ok(())
}

/// Puts a file of mode 0600 in place of whatever has that name, whole or not at all, also over a loss of power.
///
/// # Errors
/// What the system says; the former file is then still there.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let temporary = folder.join(name);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&temporary, content).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The former error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    fchmod(&file, Mode::RUSR | Mode::WUSR)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_written_file_is_private_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(folder.path().join("secret.new"), "left behind by a crash").unwrap();
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(read_private(&path, 3).unwrap().unwrap().as_slice(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_replaces_a_link_and_not_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("secret"), folder.path().join("target"));
        fs::write(&target, "kept").unwrap();
        symlink(&target, &path).unwrap();
        write_private(&path, b"secret").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn what_others_could_have_read_or_put_there_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(read_private(&path, 9).unwrap().is_none());
        write_private(&path, b"secret").unwrap();
        assert!(matches!(read_private(&path, 5), Err(PrivateFileError::TooLarge(5))));
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read_private(&path, 9), Err(PrivateFileError::Exposed(_))));
        }
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(matches!(read_private(&link, 9), Err(PrivateFileError::Link)));
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert!(matches!(read_private(&fifo, 9), Err(PrivateFileError::NotAFile)));
    }
}
