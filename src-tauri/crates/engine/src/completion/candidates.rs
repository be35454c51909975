//! Candidates: completions as they are gathered, each once, within bounds, and the files among them.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::files::{self, Wanted};
use super::typed::Typed;
use crate::protocol::{Completion, CompletionKind};

/// Where completions are looked for, and how many.
pub(super) struct Surroundings {
    pub(super) cwd: PathBuf,
    pub(super) home: PathBuf,
    pub(super) most: usize,
    pub(super) bytes: usize,
    pub(super) deadline: Instant,
}

/// What was found.
pub(super) struct Candidates<'a> {
    pub(super) around: &'a Surroundings,
    pub(super) found: Vec<Completion>,
    pub(super) cut: bool,
    texts: HashSet<String>,
    bytes: usize,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(around: &'a Surroundings) -> Self {
        Self { around, found: Vec::new(), cut: false, texts: HashSet::new(), bytes: 0 }
    }

    /// Adds a completion, unless it is there, or there are too many.
    pub(super) fn add(&mut self, completion: Completion) {
        let description = completion.description.as_ref().map_or(0, String::len);
        let bytes = completion.text.len() + completion.display.len() + description;
        if self.texts.contains(&completion.text) {
            return;
        }
        if self.found.len() >= self.around.most || self.bytes + bytes > self.around.bytes {
            self.cut = true;
            return;
        }
        self.bytes += bytes;
        self.texts.insert(completion.text.clone());
        self.found.push(completion);
    }

    /// Whether nothing more can be added; what remains is then cut.
    pub(super) fn is_full(&mut self) -> bool {
        let is_full = self.found.len() >= self.around.most;
        self.cut |= is_full;
        is_full
    }

    /// Adds the names in a folder that continue the word.
    pub(super) fn add_files(&mut self, typed: &Typed<'_>, folder: &Path, wanted: Wanted) {
        let Some(beginning) = &typed.beginning else { return };
        let Surroundings { most, deadline, .. } = *self.around;
        let (found, cut) = files::list(folder, beginning, wanted, most, deadline);
        self.cut |= cut;
        for found in found {
            let kind = match (found.is_folder, wanted) {
                (true, _) => CompletionKind::Folder,
                (false, Wanted::Programs) => CompletionKind::Command,
                (false, _) => CompletionKind::File,
            };
            typed.named(&found.name, kind, false).into_iter().for_each(|completion| self.add(completion));
        }
    }

    /// Adds names that are no files: of commands, functions and the like.
    pub(super) fn add_names<'n>(
        &mut self,
        typed: &Typed<'_>,
        names: impl IntoIterator<Item = &'n [u8]>,
        kind: CompletionKind,
    ) {
        let Some(beginning) = &typed.beginning else { return };
        for name in names {
            if name.starts_with(beginning) && !name.starts_with(b"__porthole") {
                typed.named(name, kind, false).into_iter().for_each(|completion| self.add(completion));
            }
        }
    }

    /// Adds variables.
    pub(super) fn add_variables<'n>(
        &mut self,
        typed: &Typed<'_>,
        begins: usize,
        names: impl IntoIterator<Item = &'n [u8]>,
    ) {
        let (before, beginning) = (&typed.text[typed.line.word..begins], &typed.text[begins..]);
        let closing = if before.ends_with('{') && !typed.rest.starts_with('}') { "}" } else { "" };
        for name in names {
            let Ok(name) = std::str::from_utf8(name) else { continue };
            if name.starts_with(beginning) && !name.starts_with("__porthole") {
                self.add(Completion {
                    text: format!("{before}{name}{closing}"),
                    display: format!("${name}"),
                    kind: CompletionKind::Variable,
                    description: None,
                    open: true,
                });
            }
        }
    }

    /// Adds users, whose homes a tilde stands for.
    pub(super) fn add_users<'n>(&mut self, typed: &Typed<'_>, names: impl IntoIterator<Item = &'n [u8]>) {
        let word = &typed.text[typed.line.word..];
        for name in names {
            let text = format!("~{}/", String::from_utf8_lossy(name));
            if text.starts_with(word) {
                let display = text.clone();
                let kind = CompletionKind::User;
                self.add(Completion { text, display, kind, description: None, open: true });
            }
        }
    }

    /// What is at a path, if anything is.
    pub(super) fn kind_at(&self, path: &[u8]) -> Option<CompletionKind> {
        if Instant::now() >= self.around.deadline {
            return None;
        }
        let path = match path.strip_prefix(b"~/") {
            Some(rest) => self.around.home.join(OsStr::from_bytes(rest)),
            None => self.around.cwd.join(OsStr::from_bytes(path)),
        };
        if path.is_dir() {
            return Some(CompletionKind::Folder);
        }
        path.symlink_metadata().is_ok().then_some(CompletionKind::File)
    }

    /// The names of a folder that begin so, and whether each is a folder.
    pub(super) fn names_in(&self, folder: &Path, beginning: &[u8]) -> HashMap<Vec<u8>, bool> {
        let most = self.around.most * 16;
        let (found, _) = files::list(folder, beginning, Wanted::Files, most, self.around.deadline);
        found.into_iter().map(|found| (found.name, found.is_folder)).collect()
    }

    /// Orders what was found by its kind where `kinds` is true, and by its name.
    pub(super) fn sort(&mut self) {
        self.found.sort_by(|one, other| one.display.cmp(&other.display));
    }
}
