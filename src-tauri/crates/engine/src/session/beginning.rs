//! The beginning of a session: the folder that its shell goes to, in place of the home folder.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::Access;

use super::Session;
use crate::protocol::{Code, ProtocolError, Size, Streams};
use crate::shell::{Event, Request, SessionShell, ShellError, ShellKind};

/// Where the shell of a session begins.
pub(super) struct Beginning {
    folder: String,
    /// A client asked for it: no command may run elsewhere then. A former session's folder may be gone meanwhile.
    is_asked_for: bool,
}

impl Beginning {
    /// Where the session of an earlier engine was.
    pub(super) fn former(folder: String) -> Self {
        Self { folder, is_asked_for: false }
    }

    /// Where a client would like to begin; looking there takes `patience` at the most.
    ///
    /// # Errors
    /// There is no such folder, or this user cannot go there.
    pub(super) async fn asked_for(folder: &str, patience: Duration) -> Result<Self, ProtocolError> {
        let path = PathBuf::from(folder);
        let look = tokio::task::spawn_blocking(move || problem_with(&path));
        match tokio::time::timeout(patience, look).await {
            Ok(Ok(None)) => Ok(Self { folder: folder.to_owned(), is_asked_for: true }),
            Ok(Ok(Some((code, problem)))) => Err(ProtocolError::new(code, format!("{folder} {problem}."))),
            _ => {
                let message = format!("{folder} was not found in time; its file system does not answer.");
                Err(ProtocolError::new(Code::TooSlow, message))
            }
        }
    }

    /// The folder, while it is there.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        Some(PathBuf::from(&self.folder)).filter(|folder| folder.is_dir())
    }

    /// Has a new shell go there.
    ///
    /// # Errors
    /// It does not get to a folder that was asked for.
    async fn go(&self, shell: &SessionShell) -> Result<(), ProtocolError> {
        run_unseen(shell, go_to(&self.folder, shell.kind())).await;
        if self.is_asked_for && !is_same(Path::new(&self.folder), &shell.cwd()) {
            let message = format!("The shell cannot go to {}, where this session was to begin.", self.folder);
            return Err(ProtocolError::new(Code::ShellFailed, message));
        }
        Ok(())
    }
}

impl Session {
    /// The session's shell, which is started for its first command.
    ///
    /// # Errors
    /// It does not start, or does not get to where the session is to begin.
    pub(super) async fn shell(&self) -> Result<&SessionShell, ProtocolError> {
        let start = async || {
            let failed = |error: ShellError| {
                ProtocolError::new(Code::ShellFailed, format!("The shell could not be started: {error}"))
            };
            let shell = self.shells.session().await.map_err(failed)?;
            if let Some(beginning) = &self.beginning {
                beginning.go(&shell).await?;
            }
            Ok(shell)
        };
        self.shell.get_or_try_init(start).await
    }

    /// Runs a text of the engine's own in the session's shell; nobody sees what it prints.
    pub(super) async fn run_unseen(&self, text: String) {
        if let Some(shell) = self.shell.get() {
            run_unseen(shell, text).await;
        }
    }
}

/// Runs a text of the engine's own; nobody sees what it prints.
async fn run_unseen(shell: &SessionShell, text: String) {
    let request = Request { text, streams: Streams::Exact, size: Size::default() };
    let Ok(mut running) = shell.run(request).await else { return };
    let mut buffer = [0; 4096];
    while let Event::Output(..) = running.next(&mut buffer).await {}
}

/// The text that goes to a folder, where it is still there.
fn go_to(folder: &str, kind: ShellKind) -> String {
    match kind {
        ShellKind::Fish => {
            let folder = folder.replace('\\', "\\\\").replace('\'', "\\'");
            format!("builtin cd -- '{folder}' 2>/dev/null")
        }
        ShellKind::Bash | ShellKind::Zsh | ShellKind::Posix => {
            let folder = folder.replace('\'', "'\\''");
            format!("command cd -- '{folder}' 2>/dev/null")
        }
    }
}

/// Why nobody can begin there.
fn problem_with(folder: &Path) -> Option<(Code, &'static str)> {
    if !folder.is_absolute() {
        return Some((Code::NoSuchFile, "is no absolute path, which begins with a /"));
    }
    match std::fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => Some((Code::WrongKind, "is no folder")),
        Ok(_) if rustix::fs::access(folder, Access::EXEC_OK).is_err() => {
            Some((Code::NotPermitted, "may not be entered by this user"))
        }
        Ok(_) => None,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Some((Code::NotPermitted, "may not be looked at by this user"))
        }
        Err(_) => Some((Code::NoSuchFile, "is not there")),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path| std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    id(one).is_some_and(|one| Some(one) == id(other))
}
