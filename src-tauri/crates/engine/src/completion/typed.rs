//! Typed: the word at the cursor as a path, and what takes its place.

use std::ffi::OsStr;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::line::{Line, Place, Quote};
use super::quoting::quoted;
use super::word::{Piece, Said, is_plain_variable, said};
use crate::protocol::{Completion, CompletionKind};
use crate::shell::{self, ShellKind};

/// A line that is typed, and the word at its cursor.
pub(super) struct Typed<'a> {
    pub(super) kind: ShellKind,
    /// Up to the cursor.
    pub(super) text: &'a str,
    /// Behind the cursor.
    pub(super) rest: &'a str,
    pub(super) line: Line,
    /// Where the part of the word begins that is a path: behind the `=` of an option, for example.
    pub(super) path: usize,
    /// Where its last part begins, behind a slash.
    base: usize,
    /// The quotes that are open there.
    base_quote: Option<Quote>,
    folder: Said,
    /// What the last part says so far; nothing where nobody can tell.
    pub(super) beginning: Option<Vec<u8>>,
}

impl<'a> Typed<'a> {
    pub(super) fn new(kind: ShellKind, whole: &'a str, cursor: usize, line: Line) -> Self {
        let (text, rest) = whole.split_at(cursor);
        let path = match line.place {
            Place::Argument => last_break(text, line.word, &line),
            _ => line.word,
        };
        let mut typed = Self {
            kind,
            text,
            rest,
            line,
            path,
            base: path,
            base_quote: None,
            folder: Said { pieces: Vec::new(), quote: None },
            beginning: None,
        };
        typed.begin_path_at(path);
        typed
    }

    /// Takes the path of the word for one that begins there.
    pub(super) fn begin_path_at(&mut self, path: usize) {
        let opaque = &self.line.opaque;
        let slash = self.text[path..].rmatch_indices('/').map(|(at, _)| path + at);
        let slash = slash.into_iter().find(|slash| !opaque.iter().any(|part| part.contains(slash)));
        self.path = path;
        self.base = slash.map_or(path, |slash| slash + 1);
        let read =
            |range: Range<usize>, quote, begins| said(self.kind, self.text, range, quote, opaque, begins);
        self.folder = read(path..self.base, None, true);
        self.base_quote = self.folder.quote;
        let is_user = self.line.place == Place::User;
        self.beginning =
            read(self.base..self.text.len(), self.base_quote, self.base == path && is_user).text();
    }

    /// Whether the word has something that only running a command could tell.
    pub(super) fn is_opaque(&self) -> bool {
        let from = self.line.word;
        let opaque = self.line.opaque.iter();
        opaque.filter(|part| part.start >= from).any(|part| !is_plain_variable(&self.text[part.clone()]))
    }

    /// Whether the word has a slash.
    pub(super) fn has_folder(&self) -> bool {
        self.base > self.path
    }

    /// Words of the line without what a completion function must not come to evaluate.
    pub(super) fn harmless(&self, range: Range<usize>) -> String {
        let mut text = String::with_capacity(range.len());
        let mut at = range.start;
        for part in &self.line.opaque {
            if part.start >= at && part.end <= range.end && !is_plain_variable(&self.text[part.clone()]) {
                text.push_str(&self.text[at..part.start]);
                text.extend(std::iter::repeat_n('x', part.len()));
                at = part.end;
            }
        }
        text.push_str(&self.text[at..range.end]);
        // Quotes do not help where a function evaluates what it was given without them.
        text.replace("$(", "x(").replace('`', "x")
    }

    /// Whether the word has something, in quotes, that a completion function might come to run.
    pub(super) fn is_risky(&self) -> bool {
        let word = &self.text[self.line.word..];
        word.contains("$(") || word.contains('`')
    }

    /// The words of the command, the one at the cursor last.
    pub(super) fn words(&self) -> Vec<String> {
        let before = self.line.words.iter().map(|word| self.harmless(word.clone()));
        before.chain([self.harmless(self.line.word..self.text.len())]).collect()
    }

    /// What the command is called.
    pub(super) fn command(&self) -> String {
        let Some(word) = self.line.words.first() else { return String::new() };
        let name = said(self.kind, self.text, word.clone(), None, &self.line.opaque, true).text();
        name.map(|name| String::from_utf8_lossy(&name).into_owned())
            .unwrap_or_else(|| self.harmless(word.clone()))
    }

    /// Code of one word that says the folder; nothing where only running something could tell.
    pub(super) fn folder_code(&self) -> Option<String> {
        let mut code = String::new();
        for piece in &self.folder.pieces {
            match piece {
                Piece::Text(text) => {
                    code.push_str(&shell::quoted(self.kind, std::str::from_utf8(text).ok()?))
                }
                Piece::Variable(name) => code.push_str(&format!("\"${name}\"")),
                Piece::Home(name) => code.push_str(&format!("~{name}")),
                Piece::Unknown => return None,
            }
        }
        Some(if code.is_empty() { "''".to_owned() } else { code })
    }

    /// The folder that is typed, from the working directory; nothing where a shell has to be asked.
    pub(super) fn folder(&self, cwd: &Path, home: &Path) -> Option<PathBuf> {
        let mut path = Vec::new();
        for piece in &self.folder.pieces {
            match piece {
                Piece::Text(text) => path.extend_from_slice(text),
                Piece::Home(name) if name.is_empty() => path.extend_from_slice(home.as_os_str().as_bytes()),
                Piece::Variable(name) if name == "HOME" => {
                    path.extend_from_slice(home.as_os_str().as_bytes())
                }
                _ => return None,
            }
        }
        Some(cwd.join(OsStr::from_bytes(&path)))
    }

    /// The folder as a completion function writes it: without quotes, with tilde and variables.
    pub(super) fn folder_as_written(&self) -> Vec<u8> {
        let mut written = Vec::new();
        for piece in &self.folder.pieces {
            match piece {
                Piece::Text(text) => written.extend_from_slice(text),
                Piece::Variable(name) => written.extend_from_slice(format!("${name}").as_bytes()),
                Piece::Home(name) => written.extend_from_slice(format!("~{name}").as_bytes()),
                Piece::Unknown => {}
            }
        }
        written
    }

    /// A name in the folder that is typed, as a completion of the word; nothing where the shell cannot write it.
    pub(super) fn named(&self, name: &[u8], kind: CompletionKind, goes_on: bool) -> Option<Completion> {
        let is_folder = kind == CompletionKind::Folder;
        let mut text = self.text[self.line.word..self.base].to_owned();
        let is_beginning = self.base == self.path;
        if is_beginning && name.starts_with(b"-") && is_file(kind) && self.line.place != Place::File {
            text.push_str("./");
        }
        let quote = self.line.quote;
        let begins = is_beginning && text.is_empty();
        if quote != self.base_quote {
            // Quotes were opened, or closed, in this very part.
            text.push_str(self.base_quote.map_or("", Quote::closing_text));
            text.push_str(quote.map_or("", Quote::opening));
        }
        let open = is_folder || goes_on;
        let is_closed = quote.is_some_and(|quote| self.rest.starts_with(quote.closing()));
        text.push_str(&quoted(self.kind, name, quote, begins, !open && !is_closed)?);
        let mut display = shown(name);
        if is_folder {
            text.push('/');
            display.push('/');
        }
        Some(Completion { text, display, kind, description: None, open })
    }

    /// A text that takes the place of the path as it is, quotes around it.
    pub(super) fn literal(&self, text: &str, kind: CompletionKind, open: bool) -> Completion {
        let mut written = self.text[self.line.word..self.path].to_owned();
        match self.line.quote {
            None => written.push_str(text),
            Some(quote) => {
                let is_closed = open || self.rest.starts_with(quote.closing());
                written.push_str(quote.opening());
                let inner = quoted(self.kind, text.as_bytes(), Some(quote), false, !is_closed);
                written.push_str(&inner.unwrap_or_default());
            }
        }
        Completion { text: written, display: text.to_owned(), kind, description: None, open }
    }
}

fn is_file(kind: CompletionKind) -> bool {
    matches!(kind, CompletionKind::File | CompletionKind::Folder)
}

/// A name for people.
pub(super) fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Behind the last `=` or `:` of a word that is not quoted; most shells begin a path there.
fn last_break(text: &str, word: usize, line: &Line) -> usize {
    let (mut quote, mut escaped, mut path) = (None, false, word);
    for (at, byte) in text[word..].bytes().enumerate().map(|(at, byte)| (word + at, byte)) {
        match (quote, byte) {
            _ if std::mem::take(&mut escaped) || line.opaque.iter().any(|part| part.contains(&at)) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None | Some(b'"'), b'\\') => escaped = true,
            (None, b'=' | b':') => path = at + 1,
            _ => {}
        }
    }
    path
}
