//! Tests of what an upload leaves in its folder, and when.

#![allow(clippy::unwrap_used)]

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    leftovers: Leftovers,
    _data: TempDir,
}

impl Place {
    fn new() -> Self {
        let data = TempDir::new().unwrap();
        let leftovers = Leftovers::new(data.path().join("uploads"));
        Self { folder: TempDir::new().unwrap(), leftovers, _data: data }
    }

    /// An upload on a file system that has no files without a name.
    fn named(&self, name: &str, size: u64, overwrite: bool) -> Upload {
        let path = self.folder.path().join(name);
        Upload::begin_with(|_| None, path, size, overwrite, &self.leftovers).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn notes(&self) -> usize {
        fs::read_dir(self.leftovers.notes()).map_or(0, Iterator::count)
    }
}

#[test]
fn without_unnamed_files_a_hidden_private_one_becomes_the_file() {
    let place = Place::new();
    let upload = place.named("a", 4, false);
    let hidden = place.names();
    assert!(hidden.len() == 1 && hidden[0].starts_with(".porthole-upload-"), "{hidden:?}");
    let mode = fs::metadata(place.folder.path().join(&hidden[0])).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    upload.write(0, b"text").unwrap();
    fs::write(place.folder.path().join("a"), "came first").unwrap();
    assert!(matches!(upload.finish(None, &place.leftovers), Err(FileError::Exists(_))));
    fs::remove_file(place.folder.path().join("a")).unwrap();
    upload.finish(None, &place.leftovers).unwrap();
    assert_eq!((place.names(), place.notes()), (vec!["a".to_owned()], 0));
    assert_eq!(fs::read(place.folder.path().join("a")).unwrap(), b"text");
}

#[test]
fn a_dropped_or_aborted_upload_leaves_nothing() {
    let place = Place::new();
    drop(place.named("a", 4, false));
    let aborted = place.named("b", 4, false);
    aborted.abort();
    assert!(matches!(aborted.write(0, b"x"), Err(FileError::NoUpload)));
    assert_eq!((place.names(), place.notes()), (vec![], 0));
}

#[test]
fn what_a_crash_leaves_is_removed_at_the_next_start_and_nothing_else() {
    let place = Place::new();
    std::mem::forget(place.named("a", 4, false));
    let precious = place.folder.path().join("precious");
    fs::write(&precious, "kept").unwrap();
    let forged = place.leftovers.notes().join("forged");
    fs::write(&forged, precious.as_os_str().as_encoded_bytes()).unwrap();
    assert_eq!((place.names().len(), place.notes()), (2, 2));
    place.leftovers.remove();
    assert_eq!((place.names(), place.notes()), (vec!["precious".to_owned()], 0));
}

#[test]
fn a_replaced_file_is_never_half_there_and_keeps_its_permissions() {
    let place = Place::new();
    for named in [false, true] {
        let path = place.folder.path().join("a");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
        let upload = match named {
            true => place.named("a", 3, true),
            false => Upload::begin(path.clone(), 3, true, &place.leftovers).unwrap(),
        };
        upload.write(0, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        upload.finish(None, &place.leftovers).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o751);
        assert_eq!((place.names(), place.notes()), (vec!["a".to_owned()], 0));
    }
}
