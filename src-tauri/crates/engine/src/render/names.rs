//! Names: the entries of a command's working directory and of folders that its output speaks of, to be recognised there.

use std::collections::HashMap;
use std::sync::Arc;

use memchr::memrchr;

use super::encoding::percent_encode;

/// Entries of one folder that are kept; further ones are no links.
const ENTRIES: usize = 20_000;
/// Bytes of all kept names of one folder.
const BYTES: usize = 1 << 20;

/// Bytes of one name, as file systems have it.
pub(super) const BYTES_EACH: usize = 255;
/// Bytes of a path that is looked for.
pub(super) const PATH_BYTES: usize = 1024;

/// Other names of the working directory that are kept.
const ALIASES: usize = 4;

/// A set of bytes.
type Bytes = [bool; 256];

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

    /// Whether there may be entries in it.
    pub(super) fn may_hold_entries(self) -> bool {
        matches!(self, Self::Directory | Self::Symlink)
    }
}

/// The entries of one folder. Bounded: 20,000 entries and 1 MiB of names.
#[derive(Debug)]
pub struct Folder {
    /// By the text that a name is shown as.
    entries: HashMap<Box<str>, Entry>,
    /// By first byte: bit n is set when a name of n bytes (63: or more) begins with it.
    lengths: [u64; 256],
    /// The bytes with which names that hold a space begin.
    spaced: Bytes,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    /// The name itself, where it is not UTF-8.
    bytes: Option<Box<[u8]>>,
}

impl Folder {
    /// Takes the entries' names, without a path, and their kinds. A name that is empty, `.`, `..` or holds a slash or a
    /// control character or more than 255 bytes is left out, and so is what goes beyond the bounds.
    pub fn new(entries: impl IntoIterator<Item = (impl Into<Vec<u8>>, Kind)>) -> Self {
        let mut folder = Self { entries: HashMap::new(), lengths: [0; 256], spaced: [false; 256] };
        let mut bytes = 0;
        for (name, kind) in entries {
            let name = name.into();
            bytes += name.len();
            if folder.entries.len() == ENTRIES || bytes > BYTES {
                break;
            }
            if is_name(&name) {
                folder.insert(name, kind);
            }
        }
        folder
    }

    fn insert(&mut self, name: Vec<u8>, kind: Kind) {
        let (shown, bytes) = match String::from_utf8(name) {
            Ok(name) => (name, None),
            Err(error) => {
                let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (shown, Some(error.into_bytes().into_boxed_slice()))
            }
        };
        if shown.chars().any(char::is_control) {
            return;
        }
        let first = usize::from(shown.as_bytes()[0]);
        self.lengths[first] |= length_bit(shown.len());
        self.spaced[first] |= shown.contains(' ');
        self.entries.insert(shown.into(), Entry { kind, bytes });
    }

    fn has_spaces(&self) -> bool {
        self.spaced.contains(&true)
    }

    /// How many entries are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[inline]
    fn get(&self, name: &str) -> Option<&Entry> {
        let first = *name.as_bytes().first()?;
        let fits = self.lengths[usize::from(first)] & length_bit(name.len()) != 0;
        if !fits {
            return None;
        }
        self.entries.get(name)
    }
}

fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && name.len() <= BYTES_EACH && !name.contains(&b'/')
}

fn length_bit(len: usize) -> u64 {
    1 << len.min(63)
}

/// Something that exists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) kind: Kind,
    /// The address of its folder, with a slash at the end.
    pub(super) folder: &'a str,
    /// Its name in there.
    pub(super) name: &'a [u8],
}

/// The entries of a working directory and of other folders.
#[derive(Debug, Clone)]
pub struct Names {
    here: Arc<Folder>,
    /// Other folders, and this one under its other names, by the text before the name of an entry.
    folders: HashMap<Box<str>, Known>,
    /// The bytes with which those texts begin.
    firsts: Bytes,
    /// Other names of the working directory, each with its slash.
    aliases: Vec<Box<str>>,
    home: Option<Box<str>>,
    spaced: bool,
}

#[derive(Debug, Clone)]
struct Known {
    /// None where there is no such folder.
    folder: Option<Arc<Folder>>,
    address: Arc<str>,
}

impl Names {
    /// Takes the entries of the working directory, as [`Folder::new`] does.
    pub fn new(entries: impl IntoIterator<Item = (impl Into<Vec<u8>>, Kind)>) -> Self {
        let here = Folder::new(entries);
        Self {
            spaced: here.has_spaces(),
            here: Arc::new(here),
            folders: HashMap::new(),
            firsts: [false; 256],
            aliases: Vec::new(),
            home: None,
        }
    }

    /// Adds another name of the working directory, such as its absolute path or one that begins with `~`: entries are
    /// then known behind it too. Without effect for `/`'s own entries, and after the fourth.
    #[must_use]
    pub fn known_as(mut self, directory: &str) -> Self {
        let directory = directory.trim_end_matches('/');
        if !directory.is_empty() && self.aliases.len() < ALIASES {
            let alias: Box<str> = format!("{directory}/").into();
            let known = Known { folder: Some(Arc::clone(&self.here)), address: "./".into() };
            self.insert(alias.clone(), known);
            self.aliases.push(alias);
        }
        self
    }

    /// Says what `~` stands for.
    #[must_use]
    pub fn at_home(mut self, home: &str) -> Self {
        self.home = Some(home.trim_end_matches('/').into());
        self
    }

    /// Adds a folder, or that there is none.
    pub fn add(&mut self, mention: &Mention, folder: Option<Folder>) {
        self.spaced |= folder.as_ref().is_some_and(Folder::has_spaces);
        let address = mention.address.as_str().into();
        self.insert(mention.text.as_str().into(), Known { folder: folder.map(Arc::new), address });
    }

    fn insert(&mut self, text: Box<str>, known: Known) {
        self.firsts[usize::from(text.as_bytes()[0])] = true;
        self.folders.insert(text, known);
    }

    /// The entry that `path` names: of the working directory, or of another folder that is known.
    #[inline]
    pub(super) fn find<'a>(&'a self, path: &'a str) -> Option<Found<'a>> {
        match memrchr(b'/', path.as_bytes()) {
            None => found(&self.here, "./", path),
            Some(slash) => self.find_in(&path[..=slash], &path[slash + 1..]),
        }
    }

    /// The entry of the working directory that has exactly that name.
    #[inline]
    pub(super) fn entry<'a>(&'a self, name: &'a str) -> Option<Found<'a>> {
        found(&self.here, "./", name)
    }

    fn find_in<'a>(&'a self, folder: &str, name: &'a str) -> Option<Found<'a>> {
        let folder = without_dot(folder);
        if folder.is_empty() {
            return found(&self.here, "./", name);
        }
        if !self.firsts[usize::from(folder.as_bytes()[0])] || folder.len() > PATH_BYTES {
            return None;
        }
        let known = self.folders.get(folder)?;
        found(known.folder.as_ref()?, &known.address, name)
    }

    /// Whether a name holds a space.
    pub(super) fn has_spaces(&self) -> bool {
        self.spaced
    }

    /// Whether a path whose last name holds a space may begin with a byte.
    pub(super) fn may_begin_spaced(&self, first: u8) -> bool {
        let first = usize::from(first);
        self.here.spaced[first] || self.firsts[first] || first == usize::from(b'.')
    }

    /// What the text of a folder, with a slash at its end, means; none where it is known already or can be none.
    pub(super) fn mention(&self, text: &str, bytes: &[u8]) -> Option<Mention> {
        let (text, bytes) = (without_dot(text), &bytes[text.len() - without_dot(text).len()..]);
        let first = text.split('/').next()?;
        let is_known = text.is_empty() || text.len() > PATH_BYTES || self.folders.contains_key(text);
        // Two slashes at the beginning of an address would lead to another machine.
        if is_known || text.contains("//") || text.chars().any(char::is_control) {
            return None;
        }
        // A folder of the working directory by its absolute name is one by its relative name.
        let relative = self.aliases.iter().find_map(|alias| bytes.strip_prefix(alias.as_bytes()));
        if let Some(path) = relative {
            return Some(Mention::relative(text, path));
        }
        match first {
            "" => Some(Mention::absolute(text, bytes.to_vec())).filter(|mention| self.is_wanted(mention)),
            "~" => {
                let home = self.home.as_ref()?.as_bytes();
                Some(Mention::absolute(text, [home, &bytes[1..]].concat()))
            }
            ".." => Some(Mention::relative(text, bytes)),
            _ => self.here.get(first)?.kind.may_hold_entries().then(|| Mention::relative(text, bytes)),
        }
    }

    /// Whether it is not known what is in a folder, and there may be one, as far as is known.
    pub fn is_wanted(&self, mention: &Mention) -> bool {
        let mut parts = mention.text.split('/');
        let is_in_root = match (parts.next(), parts.next(), self.folders.get("/")) {
            (Some(""), Some(name), Some(root)) => {
                let entry = root.folder.as_ref().and_then(|root| root.get(name));
                entry.is_some_and(|entry| entry.kind.may_hold_entries())
            }
            _ => true,
        };
        is_in_root && !self.folders.contains_key(mention.text.as_str())
    }
}

fn found<'a>(folder: &'a Folder, address: &'a str, name: &'a str) -> Option<Found<'a>> {
    let entry = folder.get(name)?;
    let name = entry.bytes.as_deref().unwrap_or(name.as_bytes());
    Some(Found { kind: entry.kind, folder: address, name })
}

/// A path without the `./` at its beginning.
fn without_dot(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    path
}

/// A folder that output speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// As the output has it before the name of an entry.
    text: String,
    /// Absolute, or relative to the working directory.
    path: Vec<u8>,
    address: String,
}

impl Mention {
    fn relative(text: &str, path: &[u8]) -> Self {
        let mut address = if path.starts_with(b"../") { String::new() } else { "./".to_owned() };
        percent_encode(&mut address, path);
        Self { text: text.to_owned(), path: path.to_vec(), address }
    }

    fn absolute(text: &str, path: Vec<u8>) -> Self {
        let mut address = String::new();
        percent_encode(&mut address, &path);
        Self { text: text.to_owned(), path, address }
    }

    /// The path of the folder: absolute, or relative to the working directory.
    pub fn path(&self) -> &[u8] {
        &self.path
    }
}
