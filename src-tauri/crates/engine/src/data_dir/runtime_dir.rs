//! The folder for what lives no longer than the engine: FIFOs, and the state of shells.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use ring::digest;

/// Makes it with mode 0700 and empty: what an engine that was killed left there is removed. It lies in the runtime
/// folder of the login session where there is one, which is in memory, so that shells start on a machine whose disk is
/// full; else in the data folder.
///
/// # Errors
/// It cannot be made in the data folder.
pub(super) fn make(data_dir: &Path, of_the_login: Option<PathBuf>) -> Result<PathBuf, (PathBuf, io::Error)> {
    if let Some(parent) = of_the_login.filter(|parent| is_private(parent)) {
        let path = parent.join(name(data_dir));
        if make_empty(&path).is_ok() {
            return Ok(path);
        }
    }
    let path = data_dir.join("run");
    make_empty(&path).map_err(|error| (path.clone(), error))?;
    Ok(path)
}

/// Another name for each data folder.
fn name(data_dir: &Path) -> String {
    let digest = digest::digest(&digest::SHA256, data_dir.as_os_str().as_encoded_bytes());
    let name: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("porthole-{name}")
}

fn is_private(folder: &Path) -> bool {
    folder.is_absolute()
        && fs::metadata(folder).is_ok_and(|metadata| {
            let mine = metadata.uid() == rustix::process::geteuid().as_raw();
            metadata.is_dir() && mine && metadata.mode() & 0o077 == 0
        })
}

fn make_empty(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => DirBuilder::new().mode(0o700).create(path),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_made_anew_in_the_login_s_folder_or_else_in_the_data_folder() {
        let (data, login) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::set_permissions(login.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let made = make(data.path(), Some(login.path().to_owned())).unwrap();
        assert!(made.starts_with(login.path()));
        assert_eq!(fs::metadata(&made).unwrap().mode() & 0o777, 0o700);
        fs::write(made.join("left"), "").unwrap();
        assert_eq!(make(data.path(), Some(login.path().to_owned())).unwrap(), made);
        assert!(!made.join("left").exists());

        fs::set_permissions(login.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for parent in [None, Some("relative".into()), Some("/nowhere".into()), Some(login.path().to_owned())]
        {
            assert_eq!(make(data.path(), parent).unwrap(), data.path().join("run"));
        }
    }
}
