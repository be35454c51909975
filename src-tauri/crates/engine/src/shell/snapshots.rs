//! Snapshots of a session's state: told by its shell after each command, given to the shell that takes its place.

use super::defining;
use super::dialect;
use super::driver::Driver;
use super::progress::Progress;
use super::restoring::{self, Snapshot};
use super::saved::Saved;
use super::{ShellError, ShellKind, lock};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Time for a shell to tell its state, or to take another's.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is kept of the commands that were run: so many of the newest, and none that is longer.
const HISTORY: usize = 500;
const HISTORY_TEXT: usize = 1024;

/// What a driver's state is made of beside what its shell tells.
#[derive(Default)]
pub(super) struct Keeping {
    /// What the shell was given when it began; until a command has ended, this is its state.
    restored: Option<Arc<Snapshot>>,
    /// Commands, oldest first.
    history: VecDeque<Arc<str>>,
    /// The newest command after which definitions were asked for.
    defined: u64,
}

impl Driver {
    /// Notes that a command is put to the shell; says whether it has to tell its definitions afterwards.
    pub(super) fn note_command(&self, id: u64, text: &str) -> bool {
        let mut keeping = lock(&self.keeping);
        if text.len() <= HISTORY_TEXT && !text.starts_with(' ') && self.kind != ShellKind::Fish {
            keeping.history.push_back(text.into());
            if keeping.history.len() > HISTORY {
                keeping.history.pop_front();
            }
        }
        let defines = defining::defines(text);
        if defines {
            keeping.defined = id;
        }
        defines
    }

    /// Asks an idle shell for definitions that its last command may have changed.
    pub(super) async fn look_for_definitions(&self) {
        if self.kind == ShellKind::Posix {
            // It cannot list them.
            return;
        }
        let Ok(mut sending) = self.sending.try_lock() else { return };
        let id = lock(&self.state).running;
        if self.is_busy() || self.is_dead() {
            return;
        }
        {
            let mut keeping = lock(&self.keeping);
            if self.progress.borrow().changed <= keeping.defined {
                return;
            }
            keeping.defined = id;
        }
        // A shell that is gone has told what it had to tell.
        let _ = self.operate(&mut sending, &defining::define(self.kind, id)).await;
    }

    /// Has the shell run code of the engine's own, and waits until it has.
    async fn operate(&self, operations: &mut u64, code: &str) -> Result<(), ShellError> {
        let done = self.begin_operation(operations, code).await?;
        let _ = tokio::time::timeout(PATIENCE, done).await;
        Ok(())
    }

    /// Has the shell run code of the engine's own. What comes back waits until it has; true if it did, and lives.
    pub(super) async fn begin_operation(
        &self,
        operations: &mut u64,
        code: &str,
    ) -> Result<impl Future<Output = bool> + use<>, ShellError> {
        *operations += 1;
        let number = *operations;
        self.put(&dialect::operation(self.kind, code, number)).await?;
        let mut progress = self.progress.clone();
        Ok(async move {
            let done = |progress: &Progress| progress.operated >= number || progress.dead.is_some();
            progress.wait_for(done).await.is_ok_and(|progress| progress.dead.is_none())
        })
    }

    /// Waits until the state before the newest command was told, for `patience` at the most.
    pub(super) async fn saved_within(&self, patience: Duration) {
        let before = self.asking.asked_until(lock(&self.state).running.saturating_sub(1));
        let mut progress = self.progress.clone();
        let saved = progress.wait_for(|progress| progress.is_saved(before));
        let _ = tokio::time::timeout(patience, saved).await;
    }

    /// The state after the newest command that has ended, once it was told.
    pub(super) async fn present(&self) -> Snapshot {
        let running = lock(&self.state).running;
        if !self.is_busy() {
            let asked = self.asking.asked_until(running);
            let mut progress = self.progress.clone();
            let saved = progress.wait_for(|progress| progress.is_saved(asked));
            let _ = tokio::time::timeout(PATIENCE, saved).await;
        }
        self.snapshot().await
    }

    /// The newest state, once it was told.
    pub(super) async fn snapshot(&self) -> Snapshot {
        self.saved_within(PATIENCE).await;
        let progress = self.progress.borrow().clone();
        let keeping = lock(&self.keeping);
        let restored = keeping.restored.as_deref();
        let end = progress.end.as_ref().filter(|end| end.id > 0);
        Snapshot {
            state: newest(&progress.state, restored.map(|restored| &restored.state)),
            definitions: newest(&progress.definitions, restored.map(|restored| &restored.definitions)),
            history: keeping.history.iter().map(Arc::clone).collect(),
            status: end.map_or(restored.map_or(0, |restored| restored.status), |end| end.status),
        }
    }

    /// Code for before a command that calls the functions which the user's fish has for that, and notes those for
    /// after it.
    pub(super) async fn hooks(&self, id: u64, text: &str) -> String {
        if lock(&self.keeping).defined + 1 >= id {
            self.saved_within(PATIENCE).await;
        }
        let keeping = lock(&self.keeping);
        let restored = keeping.restored.as_deref().map(|restored| &restored.definitions);
        defining::hooks(newest(&self.progress.borrow().definitions, restored).part(restoring::HANDLERS), text)
    }

    /// Gives a shell that has just started the state of another.
    pub(super) async fn restore(&self, snapshot: Snapshot, cwd: PathBuf) -> Result<(), ShellError> {
        let mut sending = self.sending.lock().await;
        let own = self.snapshot().await;
        let file = self.folder.join("state");
        std::fs::write(&file, restoring::code(self.kind, &snapshot, &own)).map_err(ShellError::Io)?;
        self.operate(&mut sending, &dialect::run_file(self.kind, &file)).await?;
        let _ = std::fs::remove_file(&file);
        lock(&self.state).cwd = cwd;
        let mut keeping = lock(&self.keeping);
        keeping.history = snapshot.history.iter().map(Arc::clone).collect();
        keeping.restored = Some(Arc::new(snapshot));
        Ok(())
    }

    /// Lets the shell end, and leaves its background jobs running.
    pub(super) async fn retire(&self) {
        let _sending = self.sending.lock().await;
        let _ = self.put(&dialect::leave(self.kind)).await;
    }
}

/// What was told last. Before the first command that is older than what the shell was given then.
fn newest(told: &Option<Arc<Saved>>, restored: Option<&Arc<Saved>>) -> Arc<Saved> {
    let newer = told.as_ref().filter(|told| told.id > 0);
    newer.or(restored).or(told.as_ref()).map(Arc::clone).unwrap_or_default()
}
