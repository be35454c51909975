//! Completion: what the word at the cursor of a line can become, from a shell in the session's state, or else from files
//! and from what ran before.

mod bash;
mod candidates;
mod files;
mod fish;
mod line;
mod posix;
mod quoting;
mod told;
mod typed;
mod word;
mod zsh;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::files::Files;
use crate::limits::Limits;
use crate::protocol::{
    Code, CompleteAnswer, CompleteRequest, Completion, CompletionKind, CompletionSource, ProtocolError,
};
use crate::shell::{Question, SessionShell, ShellKind};
use candidates::{Candidates, Surroundings};
use files::Wanted;
use line::Place;
use told::Told;
use typed::Typed;

/// Lines that ran before which an answer has at the most.
const LINES: usize = 10;

/// What completions are made from.
pub(crate) struct Sources<'a> {
    pub(crate) kind: ShellKind,
    /// The session's shell, if it is there already.
    pub(crate) shell: Option<&'a SessionShell>,
    pub(crate) cwd: PathBuf,
    pub(crate) home: &'a Path,
    pub(crate) files: &'a Arc<Files>,
    pub(crate) limits: &'a Limits,
}

/// The completions of a line; `lines` are those that ran before and begin as it does, newest first.
///
/// # Errors
/// The line is too long or has a NUL, or the cursor is outside it or within a character.
pub(crate) async fn complete(
    ask: CompleteRequest,
    sources: Sources<'_>,
    lines: impl Future<Output = Vec<String>>,
) -> Result<CompleteAnswer, ProtocolError> {
    check(&ask, sources.limits)?;
    let began = Instant::now();
    let patience = sources.limits.completion;
    let asked = question(&ask, sources.kind);
    let late = asked.is_some() && sources.shell.is_some();
    let shell = async {
        // The rest is for looking at what it names.
        let deadline = began + patience * 4 / 5;
        let (shell, question) = (sources.shell?, asked?);
        let told = shell.complete(question, deadline.into()).await?;
        let gathering = Gathering::new(&ask, &sources, began + patience);
        let left = patience.saturating_sub(began.elapsed());
        sources.files.look(left, move || gathering.told(&told)).await.flatten()
    };
    let fallback = async {
        let gathering = Gathering::new(&ask, &sources, began + patience);
        let left = patience.saturating_sub(began.elapsed());
        let files = sources.files.look(left, move || gathering.fallback());
        let (answer, lines) = tokio::join!(files, tokio::time::timeout(left, lines));
        let mut answer = answer.unwrap_or_else(|| nothing(&ask));
        answer.completions.extend(before(&ask, &answer, lines.unwrap_or_default()));
        answer.late = late;
        answer
    };
    tokio::pin!(shell);
    // Most shells tell soon; the fallback takes work that is then not needed.
    match tokio::time::timeout(patience / 2, &mut shell).await {
        Ok(Some(told)) => Ok(told),
        Ok(None) => Ok(fallback.await),
        Err(_) => {
            let (told, fallback) = tokio::join!(shell, fallback);
            Ok(told.unwrap_or(fallback))
        }
    }
}

fn check(ask: &CompleteRequest, limits: &Limits) -> Result<(), ProtocolError> {
    let (length, most) = (ask.line.len(), limits.completed_line);
    if length > most {
        let message = format!("The line has {length} bytes; at most {most} are completed.");
        return Err(ProtocolError::new(Code::TooLarge, message));
    }
    if !ask.line.is_char_boundary(ask.cursor) {
        let message = format!(
            "The cursor is at byte {}, which is not the beginning of a character of the line, nor its end.",
            ask.cursor
        );
        return Err(ProtocolError::new(Code::BadLine, message));
    }
    if ask.line.contains('\0') {
        return Err(ProtocolError::new(
            Code::BadLine,
            "The line has a NUL character, which no shell can take.",
        ));
    }
    Ok(())
}

fn nothing(ask: &CompleteRequest) -> CompleteAnswer {
    let source = CompletionSource::Fallback;
    CompleteAnswer {
        from: ask.cursor,
        to: ask.cursor,
        completions: Vec::new(),
        cut: false,
        source,
        late: false,
    }
}

/// What a shell is asked; nothing where no shell could tell.
fn question(ask: &CompleteRequest, kind: ShellKind) -> Option<Question> {
    let typed = Typed::new(kind, &ask.line, ask.cursor, line::read(kind, &ask.line[..ask.cursor]));
    if typed.is_opaque() {
        return None;
    }
    let beginning = || typed.beginning.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let folder = typed.folder_code()?;
    let (what, words) = match (kind, typed.line.place) {
        (_, Place::Nothing) => return None,
        (ShellKind::Fish, Place::Command) => ("command", vec![typed.harmless(0..ask.cursor)]),
        (ShellKind::Fish, _) => ("argument", vec![typed.harmless(0..ask.cursor)]),
        (_, Place::Command) if typed.has_folder() => ("folder", Vec::new()),
        (_, Place::Command) => ("command", vec![beginning()?]),
        (_, Place::Variable(begins)) => ("variable", vec![ask.line[begins..ask.cursor].to_owned()]),
        (_, Place::Argument) if typed.is_risky() => ("folder", Vec::new()),
        (ShellKind::Zsh, Place::Argument | Place::User) => ("argument", vec![typed.words().join(" ")]),
        (ShellKind::Bash, Place::User) => {
            ("user", vec![ask.line[typed.line.word + 1..ask.cursor].to_owned()])
        }
        (ShellKind::Bash, Place::Argument) => {
            let words = typed.words();
            let line = words.join(" ");
            let cursor = line.chars().count().to_string();
            ("argument", [typed.command(), line, cursor].into_iter().chain(words).collect())
        }
        (_, Place::File | Place::User | Place::Argument) => ("folder", Vec::new()),
    };
    Some(Question { folder, what, words })
}

/// Completions while they are gathered, in a thread that may wait for files.
struct Gathering {
    ask: CompleteRequest,
    kind: ShellKind,
    around: Surroundings,
}

impl Gathering {
    fn new(ask: &CompleteRequest, sources: &Sources<'_>, deadline: Instant) -> Self {
        let around = Surroundings {
            cwd: sources.cwd.clone(),
            home: sources.home.to_owned(),
            most: sources.limits.completions,
            bytes: sources.limits.completions_bytes,
            deadline,
        };
        Self { ask: ask.clone(), kind: sources.kind, around }
    }

    fn typed(&self) -> Typed<'_> {
        let CompleteRequest { line, cursor } = &self.ask;
        Typed::new(self.kind, line, *cursor, line::read(self.kind, &line[..*cursor]))
    }

    /// From what a shell told; nothing where that is not whole.
    fn told(&self, told: &[u8]) -> Option<CompleteAnswer> {
        let told = Told::new(told);
        let mut typed = self.typed();
        let folder = self.around.cwd.join(OsStr::from_bytes(told.first("folder")?));
        if !told.is_whole() {
            return None;
        }
        let mut found = Candidates::new(&self.around);
        match self.kind {
            ShellKind::Bash => bash::gather(&mut found, &mut typed, &told, &folder),
            ShellKind::Zsh => zsh::gather(&mut found, &typed, &told, &folder),
            ShellKind::Fish => fish::gather(&mut found, &typed, &told, &folder),
            ShellKind::Posix => posix::gather(&mut found, &typed, &told),
        }
        match (self.kind, typed.line.place) {
            (ShellKind::Fish, _) => {}
            (_, Place::File) => found.add_files(&typed, &folder, Wanted::Files),
            (_, Place::Argument) if self.kind == ShellKind::Posix || typed.is_risky() => {
                found.add_files(&typed, &folder, Wanted::Files)
            }
            (_, Place::Command) if typed.has_folder() => found.add_files(&typed, &folder, Wanted::Programs),
            _ => {}
        }
        Some(self.answer(&typed, found, CompletionSource::Shell))
    }

    /// From the files of the system alone.
    fn fallback(&self) -> CompleteAnswer {
        let typed = self.typed();
        let mut found = Candidates::new(&self.around);
        let folder = typed.folder(&self.around.cwd, &self.around.home).filter(|_| !typed.is_opaque());
        match (typed.line.place, folder) {
            (Place::Command, Some(folder)) if typed.has_folder() => {
                found.add_files(&typed, &folder, Wanted::Programs);
            }
            (Place::Command, _) => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                posix::commands(&mut found, &typed, Some(path.as_bytes()));
                found.sort();
            }
            (Place::User, _) => posix::users(&mut found, &typed),
            (Place::Argument | Place::File, Some(folder)) => found.add_files(&typed, &folder, Wanted::Files),
            (Place::Argument | Place::File | Place::Variable(_) | Place::Nothing, _) => {}
        }
        self.answer(&typed, found, CompletionSource::Fallback)
    }

    fn answer(&self, typed: &Typed<'_>, found: Candidates<'_>, source: CompletionSource) -> CompleteAnswer {
        let Candidates { found: completions, cut, .. } = found;
        CompleteAnswer { from: typed.line.word, to: self.ask.cursor, completions, cut, source, late: false }
    }
}

/// The rest of lines that ran before, which continue this one.
fn before(ask: &CompleteRequest, answer: &CompleteAnswer, lines: Vec<String>) -> Vec<Completion> {
    let typed = &ask.line[..ask.cursor];
    let continues =
        |line: &String| !typed.trim().is_empty() && line.len() > typed.len() && line.starts_with(typed);
    let lines = lines.into_iter().filter(continues).take(LINES);
    let completion = |line: String| Completion {
        text: line[answer.from..].to_owned(),
        display: line,
        kind: CompletionKind::History,
        description: None,
        open: false,
    };
    lines.map(completion).collect()
}
