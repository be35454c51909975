//! Import: the history of the user's own shell, taken over once.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tokio::time::timeout;

use super::{History, foreign, store_failed};
use crate::command::timestamp;
use crate::files::{self, FileError};
use crate::protocol::{Code, ImportAnswer, ImportRequest, ProtocolError, Size, Streams};
use crate::shell::{Event, Request, ShellKind, Shells, StreamKind};
use crate::store::time_of;

/// Bytes of a path that a shell tells.
const PATH: usize = 4096;

impl History {
    /// Takes over the history of the user's shell, or of the file that is named; never a file twice.
    ///
    /// # Errors
    /// There is no such file, it cannot be read, or the store fails.
    pub(crate) async fn import(&self, ask: ImportRequest) -> Result<ImportAnswer, ProtocolError> {
        let path = match ask.file {
            Some(file) => PathBuf::from(file),
            None => self.own_file().await?,
        };
        let _one_by_one = self.importing.lock().await;
        let file = path.to_string_lossy().into_owned();
        if let Some(at) = self.store.imported_at(file.clone()).await.map_err(store_failed)? {
            return Ok(ImportAnswer { file, imported: 0, skipped: 0, before: Some(timestamp(time_of(at))) });
        }
        let bytes = self.limits.import_file;
        let reading = path.clone();
        let read = tokio::task::spawn_blocking(move || end_of(&reading, bytes)).await;
        let read = read
            .unwrap_or_else(|error| Err(FileError::of(&path, error.into())))
            .map_err(|error| ProtocolError::new(Code::NoHistory, error.to_string()))?;
        let Some(read) = read else {
            let message = format!("{file} is not text, so it is no shell's history; name another \"file\".");
            return Err(ProtocolError::new(Code::NoHistory, message));
        };
        let (all, mut commands) = (read.len(), read);
        commands.retain(|command| {
            let text = &command.text;
            !text.starts_with(' ') && !text.contains('\0') && text.len() <= self.limits.command_text
        });
        let surplus =
            commands.len().saturating_sub(self.limits.stored_commands.try_into().unwrap_or(usize::MAX));
        commands.drain(..surplus);
        let imported = self.store.import(file.clone(), commands).await.map_err(store_failed)?;
        Ok(ImportAnswer { file, imported, skipped: (all as u64).saturating_sub(imported), before: None })
    }

    /// Where the user's shell keeps its history, as it says itself.
    async fn own_file(&self) -> Result<PathBuf, ProtocolError> {
        let kind = self.shells.kind();
        let said = timeout(self.limits.import_patience, ask(&self.shells, question(kind))).await;
        let said = said.ok().flatten().filter(|said| !said.is_empty());
        let usual = match kind {
            ShellKind::Bash => Some(".bash_history"),
            ShellKind::Zsh => Some(".zsh_history"),
            ShellKind::Fish => Some(".local/share/fish/fish_history"),
            ShellKind::Posix => None,
        };
        let usual = || usual.map(|name| self.shells.home().join(name));
        said.map(PathBuf::from).or_else(usual).ok_or_else(|| {
            ProtocolError::new(
                Code::NoHistory,
                "Your shell does not say where it keeps its history; name the \"file\".",
            )
        })
    }
}

/// What makes a shell print the path of its history file.
fn question(kind: ShellKind) -> &'static str {
    match kind {
        ShellKind::Bash => " \\builtin printf %s \"${HISTFILE-}\"",
        ShellKind::Zsh => " builtin printf %s \"${HISTFILE-}\"",
        ShellKind::Posix => " printf %s \"${HISTFILE-}\"",
        ShellKind::Fish => {
            " set -l folder ~/.local/share; set -q XDG_DATA_HOME[1]; and set folder $XDG_DATA_HOME; \
             set -l name fish; set -q fish_history[1]; and set name $fish_history; \
             builtin printf %s $folder/fish/\"$name\"_history"
        }
    }
}

/// Asks a shell of its own, with the user's rc files.
async fn ask(shells: &Shells, question: &str) -> Option<String> {
    let shell = shells.session().await.ok()?;
    let request = Request { text: question.to_owned(), streams: Streams::Pipes, size: Size::default() };
    let (mut said, mut buffer) = (Vec::new(), [0; PATH]);
    if let Ok(mut running) = shell.run(request).await {
        loop {
            match running.next(&mut buffer).await {
                Event::Output(StreamKind::Stdout, length) if said.len() + length <= PATH => {
                    said.extend_from_slice(&buffer[..length]);
                }
                Event::Output(..) => {}
                Event::Ended(_) | Event::Closed => break,
            }
        }
    }
    shell.stop().await;
    String::from_utf8(said).ok()
}

/// The commands of a file, or of its last `bytes` where it is longer; nothing where it is not text.
fn end_of(path: &Path, bytes: u64) -> Result<Option<Vec<crate::store::Foreign>>, FileError> {
    let (mut file, about) = files::open(path)?;
    let unread = |error| FileError::of(path, error);
    let surplus = about.len().saturating_sub(bytes);
    file.seek(SeekFrom::Start(surplus)).map_err(unread)?;
    let mut content = Vec::new();
    file.take(bytes).read_to_end(&mut content).map_err(unread)?;
    if surplus > 0 {
        let cut = content.iter().position(|byte| *byte == b'\n').map_or(content.len(), |at| at + 1);
        content.drain(..cut);
    }
    Ok(foreign::is_text(&content).then(|| foreign::commands(&content)))
}
