//! Names: the entries of a command's working directory, to be recognised in its output.

use std::collections::HashMap;

/// Entries that are kept; further ones are no links.
const ENTRIES: usize = 20_000;
/// Bytes of all kept names.
const BYTES: usize = 1 << 20;

/// Bytes of one name, as file systems have it.
pub(super) const BYTES_EACH: usize = 255;

/// Names of one directory that are kept.
const PREFIXES: usize = 4;

/// What an entry is, as far as `ls -F` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A device or anything else.
    Other,
}

impl Kind {
    /// Whether `ls -F` may mark an entry of this kind with `mark`.
    pub(super) fn is_marked(self, mark: u8) -> bool {
        matches!(
            (self, mark),
            (Self::File, b'*')
                | (Self::Directory, b'/')
                | (Self::Symlink, b'@' | b'/' | b'*')
                | (Self::Fifo, b'|')
                | (Self::Socket, b'=')
        )
    }
}

/// The entries of one directory. Bounded: 20,000 entries and 1 MiB of names.
#[derive(Debug, Clone)]
pub struct Names {
    entries: HashMap<Box<str>, Kind>,
    /// By first byte: bit n is set when a name of n bytes (63: or more) begins with it.
    lengths: [u64; 256],
    spaced: bool,
    /// Other beginnings than `./`, each with its slash.
    prefixes: Vec<Box<str>>,
}

impl Names {
    /// Takes the entries' names, without a path, and their kinds. A name that is empty, `.`, `..` or holds a
    /// slash or a control character or more than 255 bytes is left out, and so is what goes beyond the bounds.
    pub fn new(entries: impl IntoIterator<Item = (String, Kind)>) -> Self {
        let mut names =
            Self { entries: HashMap::new(), lengths: [0; 256], spaced: false, prefixes: Vec::new() };
        let mut bytes = 0;
        for (name, kind) in entries {
            let is_name = !matches!(name.as_str(), "" | "." | "..")
                && name.len() <= BYTES_EACH
                && !name.contains('/')
                && !name.chars().any(char::is_control);
            bytes += name.len();
            if names.entries.len() == ENTRIES || bytes > BYTES {
                break;
            }
            if is_name {
                names.lengths[usize::from(name.as_bytes()[0])] |= length_bit(name.len());
                names.spaced |= name.contains(' ');
                names.entries.insert(name.into(), kind);
            }
        }
        names
    }

    /// Adds another name of the directory, such as its absolute path or one that begins with `~`: entries are then
    /// known behind it too. Without effect for `/`'s own entries, and after the fourth.
    #[must_use]
    pub fn known_as(mut self, directory: &str) -> Self {
        let directory = directory.trim_end_matches('/');
        if !directory.is_empty() && self.prefixes.len() < PREFIXES {
            self.prefixes.push(format!("{directory}/").into());
        }
        self
    }

    /// The bytes of the directory at the beginning of `path`: `./` or one that the directory is known as.
    pub(super) fn directory_len(&self, path: &str) -> usize {
        match path.as_bytes().first() {
            Some(b'.') if path.starts_with("./") => 2,
            Some(_) => {
                let prefix = self.prefixes.iter().find(|prefix| path.starts_with(&***prefix));
                prefix.map_or(0, |prefix| prefix.len())
            }
            None => 0,
        }
    }

    /// The kind of the entry of exactly that name.
    #[inline]
    pub fn get(&self, name: &str) -> Option<Kind> {
        let first = *name.as_bytes().first()?;
        let fits = self.lengths[usize::from(first)] & length_bit(name.len()) != 0;
        if !fits || name.len() > BYTES_EACH {
            return None;
        }
        self.entries.get(name).copied()
    }

    /// Whether a name holds a space.
    pub(super) fn has_spaces(&self) -> bool {
        self.spaced
    }
}

fn length_bit(len: usize) -> u64 {
    1 << len.min(63)
}
