//! Linking: what is in a command's working directory and in the folders that its output speaks of.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::StatFs;

use super::Files;
use crate::render::{Folder, Kind, Mention, Names};

impl Files {
    /// The names that output may link to of a command that starts in `folder`: none where that cannot be read in time.
    pub(crate) async fn names(&self, folder: PathBuf) -> Names {
        let (home, most) = (Arc::clone(&self.home), self.limits.linked_names);
        let listing = self.work_for(self.limits.listing, move |_| {
            let names = known_as(&folder, &home)
                .iter()
                .fold(Names::new(entries(&folder, most)), |names, known| names.known_as(known));
            Ok(home.to_str().map(|home| names.clone().at_home(home)).unwrap_or(names))
        });
        listing.await.unwrap_or_else(|_| Names::new(Vec::<(Vec<u8>, Kind)>::new()))
    }

    /// Looks what is in the folders that are mentioned, those of the working directory in `folder`, and takes in at most
    /// `most` of their entries. Gives how many those were; none where it takes too long.
    pub(crate) async fn look_into(
        &self,
        mut names: Names,
        folder: PathBuf,
        mentions: Vec<Mention>,
        most: usize,
    ) -> Option<(Names, usize)> {
        let looking = self.work_for(self.limits.listing, move |_| {
            let mut count = 0;
            for mention in mentions {
                if !names.is_wanted(&mention) {
                    continue;
                }
                let path = folder.join(OsStr::from_bytes(mention.path()));
                let found = may_be_looked_into(&path).then(|| Folder::new(entries(&path, most - count)));
                count += found.as_ref().map_or(0, Folder::len);
                names.add(&mention, found);
            }
            Ok((names, count))
        });
        looking.await.ok()
    }
}

/// The entries of a folder, at most `most`; none where it cannot be read.
fn entries(folder: &Path, most: usize) -> impl Iterator<Item = (Vec<u8>, Kind)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(most);
    entries.filter_map(|entry| Some((entry.file_name().into_vec(), kind(entry.file_type().ok()?))))
}

/// The names under which programs speak of a folder: its path, and that with `~` for the home.
fn known_as(folder: &Path, home: &Path) -> Vec<String> {
    let tilde = folder.strip_prefix(home).ok().map(|rest| Path::new("~").join(rest));
    let paths = [Some(folder), tilde.as_deref()];
    paths.into_iter().flatten().filter_map(|path| path.to_str().map(str::to_owned)).collect()
}

/// Whether looking into a folder that output names does nothing else: where file systems are mounted by looking, output
/// could make this machine call another one.
fn may_be_looked_into(path: &Path) -> bool {
    let above: Vec<_> = path.ancestors().collect();
    above
        .iter()
        .rev()
        .all(|folder| rustix::fs::statfs(*folder).is_ok_and(|system| !mounts_by_looking(&system)))
}

#[cfg(target_os = "linux")]
fn mounts_by_looking(system: &StatFs) -> bool {
    system.f_type == libc::AUTOFS_SUPER_MAGIC
}

#[cfg(not(target_os = "linux"))]
fn mounts_by_looking(system: &StatFs) -> bool {
    let letters = system.f_fstypename.iter().map(|letter| *letter as u8);
    letters.take_while(|letter| *letter != 0).eq(*b"autofs")
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
