//! Files: what a command's working directory holds.

use std::fs::{self, FileType};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::render::{Kind, Names};

/// The entries of a folder, at most `limit`; none where it cannot be read.
pub(crate) fn names_in(folder: &Path, limit: usize) -> Names {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(limit);
    let names = Names::new(entries.filter_map(|entry| {
        let kind = kind(entry.file_type().ok()?);
        Some((entry.file_name().into_string().ok()?, kind))
    }));
    known_as(folder).iter().fold(names, |names, known| names.known_as(known))
}

/// The names under which programs speak of a folder: its path, and that with `~` for the home.
fn known_as(folder: &Path) -> Vec<String> {
    let home = std::env::home_dir();
    let within = home.as_deref().and_then(|home| folder.strip_prefix(home).ok());
    let tilde = within.map(|rest| Path::new("~").join(rest));
    let paths = [Some(folder), tilde.as_deref()];
    paths.into_iter().flatten().filter_map(|path| path.to_str().map(str::to_owned)).collect()
}

fn kind(file_type: FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Directory
    } else if file_type.is_symlink() {
        Kind::Symlink
    } else if file_type.is_fifo() {
        Kind::Fifo
    } else if file_type.is_socket() {
        Kind::Socket
    } else {
        Kind::Other
    }
}
