//! Paths as clients send them: text or bytes, absolute, under the home, or relative to a folder.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::FileError;
use crate::protocol::FilePath;

/// The absolute path that is meant by `path` in `folder`.
///
/// # Errors
/// It has a NUL, or is no base64.
pub(crate) fn resolve(path: &FilePath, folder: &Path, home: &Path) -> Result<PathBuf, FileError> {
    let bytes = bytes(path)?;
    let named = Path::new(OsStr::from_bytes(&bytes));
    let whole = match named.strip_prefix("~") {
        Ok(rest) => home.join(rest),
        Err(_) => folder.join(named),
    };
    // "." says nothing; ".." stays for the kernel, since what is above a link's target only it knows.
    Ok(whole.components().filter(|component| *component != Component::CurDir).collect())
}

/// The bytes of a path or a name.
///
/// # Errors
/// It has a NUL, or is no base64.
pub(super) fn bytes(path: &FilePath) -> Result<Vec<u8>, FileError> {
    let bytes = match path {
        FilePath::Text(text) => text.as_bytes().to_vec(),
        FilePath::Bytes { base64 } => BASE64_STANDARD.decode(base64).map_err(|_| FileError::BadPath)?,
    };
    if bytes.contains(&0) { Err(FileError::BadPath) } else { Ok(bytes) }
}

/// A path or a name as clients get it.
pub(crate) fn told(path: &OsStr) -> FilePath {
    match path.to_str() {
        Some(text) => FilePath::Text(text.to_owned()),
        None => FilePath::Bytes { base64: BASE64_STANDARD.encode(path.as_bytes()) },
    }
}

/// A name from its bytes.
pub(super) fn name(bytes: Vec<u8>) -> std::ffi::OsString {
    std::ffi::OsString::from_vec(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn resolved(path: &str) -> PathBuf {
        resolve(&FilePath::Text(path.into()), Path::new("/cwd"), Path::new("/home/me")).unwrap()
    }

    #[test]
    fn a_path_is_absolute_or_under_the_home_or_in_the_folder() {
        for (path, expected) in [
            ("", "/cwd"),
            (".", "/cwd"),
            ("a/./b", "/cwd/a/b"),
            ("./a b", "/cwd/a b"),
            ("../a", "/cwd/../a"),
            ("/etc/./passwd", "/etc/passwd"),
            ("~", "/home/me"),
            ("~/a", "/home/me/a"),
            ("~me/a", "/cwd/~me/a"),
            ("./~", "/cwd/~"),
            ("a/~", "/cwd/a/~"),
        ] {
            assert_eq!(resolved(path), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn a_name_that_is_no_text_goes_by_its_bytes_both_ways() {
        let path = PathBuf::from(name(b"/cwd/\xff\xfe".to_vec()));
        let sent = told(path.as_os_str());
        assert_eq!(sent, FilePath::Bytes { base64: BASE64_STANDARD.encode(b"/cwd/\xff\xfe") });
        assert_eq!(resolve(&sent, Path::new("/x"), Path::new("/y")).unwrap(), path);
    }

    #[test]
    fn a_nul_and_what_is_no_base64_are_refused() {
        for path in [FilePath::Text("a\0b".into()), FilePath::Bytes { base64: "*".into() }] {
            assert!(resolve(&path, Path::new("/"), Path::new("/")).is_err());
        }
    }
}
