//! Snapshots of a driver's state: taken after each command, restored by a sibling.

use super::dialect;
use super::driver::Driver;
use super::{ShellError, ShellKind, lock};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time for a snapshot to be written or restored.
const SNAPSHOT: Duration = Duration::from_secs(3);

impl Driver {
    /// Takes a snapshot of the session's state, unless the newest one still holds or a command runs.
    pub(super) async fn take_snapshot(&self) {
        let mut sending = self.sending.lock().await;
        if !self.is_busy() {
            // A shell that is gone has a snapshot, or none can be had.
            let _ = self.snapshot_unless_fresh(&mut sending).await;
        }
    }

    pub(super) async fn snapshot_unless_fresh(&self, operations: &mut u64) -> Result<(), ShellError> {
        let number = {
            let mut state = lock(&self.state);
            if state.snapshot_is_fresh {
                return Ok(());
            }
            state.snapshot_is_fresh = true;
            state.snapshot += 1;
            state.snapshot
        };
        let code = dialect::snapshot(self.kind, &self.snapshot_file(number), number);
        self.operate(operations, &code).await
    }

    /// Has the shell run code of the engine's own. A fish that finds two things in its FIFO loses the second, so it
    /// is waited for there.
    async fn operate(&self, operations: &mut u64, code: &str) -> Result<(), ShellError> {
        *operations += 1;
        let number = *operations;
        self.write(&dialect::operation(self.kind, code, number)).await?;
        if self.kind == ShellKind::Fish {
            let mut progress = self.progress.clone();
            let done = progress.wait_for(|progress| {
                progress.begun.is_some_and(|begun| begun >= number) || progress.dead.is_some()
            });
            let _ = tokio::time::timeout(SNAPSHOT, done).await;
        }
        Ok(())
    }

    /// Waits until the newest snapshot is complete, for `patience` at the most.
    pub(super) async fn snapshot_taken(&self, patience: Duration) {
        let asked_for = lock(&self.state).snapshot;
        let mut progress = self.progress.clone();
        let complete = progress.wait_for(|progress| progress.snapshot >= asked_for);
        let _ = tokio::time::timeout(patience, complete).await;
    }

    /// The file of the newest snapshot, once it is complete; `None` when there is none.
    pub(super) async fn newest_snapshot(&self) -> Option<PathBuf> {
        self.snapshot_taken(SNAPSHOT).await;
        let number = self.progress.borrow().snapshot;
        for older in number.saturating_sub(3)..number {
            let _ = std::fs::remove_file(self.snapshot_file(older));
        }
        (number > 0).then(|| self.snapshot_file(number))
    }

    fn snapshot_file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("snapshot-{number}"))
    }

    /// Restores a snapshot that another driver took.
    pub(super) async fn restore(&self, snapshot: &Path, cwd: PathBuf) -> Result<(), ShellError> {
        let code = dialect::restore(self.kind, snapshot);
        self.operate(&mut *self.sending.lock().await, &code).await?;
        {
            let mut state = lock(&self.state);
            state.cwd = cwd;
            state.snapshot_is_fresh = false;
        }
        // The snapshot of the restored state proves that the restoring is done, and serves the next sibling.
        self.take_snapshot().await;
        self.newest_snapshot().await;
        Ok(())
    }

    /// Lets the shell end, and leaves its background jobs running.
    pub(super) async fn retire(&self) {
        let mut sending = self.sending.lock().await;
        let _ = self.operate(&mut sending, dialect::leave(self.kind)).await;
    }
}
