//! The token in a file of mode 0600 in the data folder.

use std::path::{Path, PathBuf};

use super::{Kept, Token, TokenError};
use crate::data_dir::{PrivateFileError, read_private, write_private};

const LIMIT: u64 = 4096;

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("token")
}

pub(super) fn load(data_dir: &Path) -> Result<Kept, TokenError> {
    let path = path(data_dir);
    match read_private(&path, LIMIT) {
        Ok(None) => Ok(Kept::Nothing),
        Ok(Some(bytes)) => Ok(std::str::from_utf8(&bytes).map_or(Kept::Damaged, Kept::read)),
        Err(PrivateFileError::TooLarge(_)) => Ok(Kept::Damaged),
        Err(PrivateFileError::Io(error)) => {
            Err(TokenError(format!("The token file {} cannot be read: {error}.", path.display())))
        }
        Err(reason) => Err(TokenError(format!(
            "The token file {} cannot be trusted, because {reason}; remove it, and a new token is made.",
            path.display()
        ))),
    }
}

pub(super) fn save(data_dir: &Path, token: &Token) -> Result<(), TokenError> {
    let path = path(data_dir);
    write_private(&path, token.reveal().as_bytes())
        .map_err(|error| TokenError(format!("The token file {} cannot be written: {error}.", path.display())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{TokenStore, TokenStoreKind};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::Duration;

    fn store(folder: &tempfile::TempDir) -> TokenStore {
        TokenStore::open(TokenStoreKind::File, folder.path(), Duration::ZERO)
    }

    #[tokio::test]
    async fn a_token_in_a_file_stays_until_it_is_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let first = store(&folder).load_or_make().await.unwrap();
        assert!(store(&folder).load_or_make().await.unwrap().matches(first.reveal()));
        let rotated = store(&folder).rotate().await.unwrap();
        assert!(!rotated.matches(first.reveal()));
        assert!(store(&folder).load_or_make().await.unwrap().matches(rotated.reveal()));
        let mode = fs::metadata(folder.path().join("token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }

    #[tokio::test]
    async fn a_damaged_token_is_replaced_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        for damaged in ["", "ph1_", "\u{ff}", &"x".repeat(5000)] {
            let path = folder.path().join("token");
            fs::write(&path, damaged).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let token = store(&folder).load_or_make().await.unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), token.reveal());
        }
    }

    #[tokio::test]
    async fn a_token_that_others_could_read_or_replace_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        store(&folder).load_or_make().await.unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let exposed = store(&folder).load_or_make().await.unwrap_err().to_string();
        assert!(exposed.contains("other users may read it") && exposed.contains("remove it"), "{exposed}");

        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&elsewhere, &path).unwrap();
        let linked = store(&folder).load_or_make().await.unwrap_err().to_string();
        assert!(linked.contains("symbolic link"), "{linked}");
    }
}
