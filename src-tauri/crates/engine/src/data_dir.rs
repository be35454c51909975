//! Data folder: the one place on disk that belongs to a running engine, and to nobody else.

mod private_file;
mod runtime_dir;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{FlockOperation, OFlags, flock};

pub(crate) use private_file::{PrivateFileError, check_private, read_private, write_private};

const LOCK: &str = "lock";
const GROUP_OR_WORLD_WRITABLE: u32 = 0o022;

/// Why a data folder cannot be used. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// There is no home folder to put the default into.
    #[error(
        "Porthole does not know where to keep its data, because HOME is not set; name a folder with --data-dir."
    )]
    NoHome,
    /// The folder, or what is needed in it, could not be made or read.
    #[error("The data folder {path} cannot be used: {source}; name another one with --data-dir.")]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else has that name.
    #[error("{path} is not a folder; name another one with --data-dir.")]
    NotAFolder {
        /// The name.
        path: PathBuf,
    },
    /// The folder is another user's.
    #[error(
        "The data folder {path} belongs to another user (uid {owner}); name one of your own with --data-dir."
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Others could change what is in the folder.
    #[error("Other users may write to the data folder {path}; take that away with: chmod go-w {path}")]
    Writable {
        /// The folder.
        path: PathBuf,
    },
    /// Another engine holds the folder.
    #[error("Another Porthole{} uses the data folder {path}; end it, or name another folder with --data-dir.", holder(*.pid))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process that holds it, if it said so.
        pid: Option<u32>,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// A data folder that this process holds until the value is dropped or the process ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    runtime_dir: OnceLock<PathBuf>,
    _lock: File,
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if let Some(path) = self.runtime_dir.get() {
            // The next engine makes it anew anyway.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

impl DataDir {
    /// The folder that is used where the user names none: `$XDG_DATA_HOME/porthole` or `~/.local/share/porthole`, and
    /// on macOS `~/Library/Application Support/Porthole`.
    ///
    /// # Errors
    /// [`DataDirError::NoHome`].
    pub fn default_path() -> Result<PathBuf, DataDirError> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        Self::path_for(variable("XDG_DATA_HOME"), variable("HOME"))
    }

    fn path_for(data_home: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf, DataDirError> {
        let home = home.filter(|home| home.is_absolute());
        if cfg!(target_os = "macos") {
            return home
                .map(|home| home.join("Library/Application Support/Porthole"))
                .ok_or(DataDirError::NoHome);
        }
        // The XDG specification says that a relative path is to be passed over.
        data_home
            .filter(|data_home| data_home.is_absolute())
            .or_else(|| home.map(|home| home.join(".local/share")))
            .map(|data_home| data_home.join("porthole"))
            .ok_or(DataDirError::NoHome)
    }

    /// Makes the folder with mode 0700 where it is missing, checks whose it is, and takes its lock. An existing folder
    /// that others may read is left so: every file in it has mode 0600.
    ///
    /// # Errors
    /// It cannot be made or read, is another user's, may be written by others, or another process holds it.
    pub fn take(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |source| DataDirError::Unusable { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                DataDirError::NotAFolder { path: path.to_owned() }
            }
            _ => unusable(source),
        })?;
        let path = path.canonicalize().map_err(unusable)?;
        check_owner(&path)?;
        let lock = take_lock(&path)?;
        Ok(Self { path, runtime_dir: OnceLock::new(), _lock: lock })
    }

    /// Makes the folder for what lives no longer than the engine, with mode 0700 and empty. It goes with this value.
    ///
    /// # Errors
    /// [`DataDirError::Unusable`].
    pub(crate) fn make_runtime_dir(&self) -> Result<PathBuf, DataDirError> {
        let of_the_login = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let path = runtime_dir::make(&self.path, of_the_login)
            .map_err(|(path, source)| DataDirError::Unusable { path, source })?;
        Ok(self.runtime_dir.get_or_init(|| path).clone())
    }

    /// The folder, absolute and without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn check_owner(path: &Path) -> Result<(), DataDirError> {
    let metadata =
        path.metadata().map_err(|source| DataDirError::Unusable { path: path.to_owned(), source })?;
    if !metadata.is_dir() {
        return Err(DataDirError::NotAFolder { path: path.to_owned() });
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(DataDirError::NotOurs { path: path.to_owned(), owner: metadata.uid() });
    }
    if metadata.mode() & GROUP_OR_WORLD_WRITABLE != 0 {
        return Err(DataDirError::Writable { path: path.to_owned() });
    }
    Ok(())
}

fn take_lock(path: &Path) -> Result<File, DataDirError> {
    let unusable = |source: io::Error| DataDirError::Unusable { path: path.to_owned(), source };
    // The file stays when its holder ends: removing it would let two holders lock two files of the same name.
    let mut lock = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path.join(LOCK))
        .map_err(unusable)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut text = String::new();
            let pid = (&lock).take(16).read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(DataDirError::InUse { path: path.to_owned(), pid });
        }
        Err(error) => return Err(unusable(error.into())),
    }
    lock.set_len(0)
        .and_then(|()| lock.rewind())
        .and_then(|()| writeln!(lock, "{}", std::process::id()))
        .map_err(unusable)?;
    Ok(lock)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_missing_folder_is_made_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let data_dir = DataDir::take(&path).unwrap();
        assert_eq!(fs::metadata(data_dir.path()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(path.join(LOCK)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_folder_is_held_once_and_the_refusal_names_the_holder() {
        let parent = tempfile::tempdir().unwrap();
        let held = DataDir::take(parent.path()).unwrap();
        let refused = DataDir::take(parent.path()).unwrap_err();
        let me = std::process::id();
        assert!(matches!(refused, DataDirError::InUse { pid: Some(pid), .. } if pid == me), "{refused}");
        assert!(refused.to_string().contains(&format!("process {me}")), "{refused}");
        drop(held);
        DataDir::take(parent.path()).unwrap();
    }

    #[test]
    fn a_folder_that_others_may_write_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        for mode in [0o770, 0o707, 0o1777] {
            fs::set_permissions(parent.path(), fs::Permissions::from_mode(mode)).unwrap();
            let refused = DataDir::take(parent.path()).unwrap_err();
            assert!(matches!(refused, DataDirError::Writable { .. }), "{mode:o}: {refused}");
        }
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o755)).unwrap();
        DataDir::take(parent.path()).unwrap();
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let root_or_another = if rustix::process::geteuid().is_root() {
            let parent = tempfile::tempdir().unwrap();
            std::os::unix::fs::chown(parent.path(), Some(12_345), None).unwrap();
            let refused = DataDir::take(parent.path()).unwrap_err();
            std::os::unix::fs::chown(parent.path(), Some(0), None).unwrap();
            refused
        } else {
            DataDir::take(Path::new("/")).unwrap_err()
        };
        assert!(matches!(root_or_another, DataDirError::NotOurs { .. }), "{root_or_another}");
    }

    #[test]
    fn a_file_in_the_folder_s_place_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(matches!(DataDir::take(&path).unwrap_err(), DataDirError::NotAFolder { .. }));
        assert!(matches!(DataDir::take(&path.join("below")).unwrap_err(), DataDirError::NotAFolder { .. }));
    }

    #[test]
    fn a_lock_that_is_a_link_is_refused_and_its_target_is_not_touched() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("target");
        fs::write(&target, "kept").unwrap();
        symlink(&target, parent.path().join(LOCK)).unwrap();
        assert!(matches!(DataDir::take(parent.path()).unwrap_err(), DataDirError::Unusable { .. }));
        assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn the_default_follows_xdg_and_passes_over_relative_paths() {
        let path = |data_home: Option<&str>, home: Option<&str>| {
            DataDir::path_for(data_home.map(Into::into), home.map(Into::into)).ok()
        };
        assert_eq!(path(Some("/data"), Some("/home/me")), Some("/data/porthole".into()));
        assert_eq!(path(Some("data"), Some("/home/me")), Some("/home/me/.local/share/porthole".into()));
        assert_eq!(path(None, Some("/home/me")), Some("/home/me/.local/share/porthole".into()));
        assert_eq!(path(None, None), None);
    }
}
