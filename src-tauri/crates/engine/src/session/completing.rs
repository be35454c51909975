//! Completing: the completions of a line in the state of the session.

use std::sync::Arc;

use tokio::time::timeout;

use super::Session;
use crate::completion::{self, Sources};
use crate::protocol::{CompleteAnswer, CompleteRequest, ProtocolError};

impl Session {
    /// Has a shell stand by for completions, so that the first ones are told in time, too.
    pub(crate) fn stand_by(self: Arc<Self>) {
        tokio::spawn(async move {
            if let Ok(shell) = self.shell().await
                && !self.lock().over
            {
                shell.stand_by().await;
            }
        });
    }

    /// The completions of a line, which is not run. `lines` are those that ran before and may begin as it does.
    ///
    /// # Errors
    /// The line is too long or has a NUL, or the cursor is outside it or within a character.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        ask: CompleteRequest,
        lines: impl Future<Output = Vec<String>>,
    ) -> Result<CompleteAnswer, ProtocolError> {
        if self.shell.get().is_none() && !self.lock().over {
            let session = Arc::clone(self);
            // It goes on when it takes longer, and the next one finds a shell.
            let start = tokio::spawn(async move {
                let _ = session.shell().await;
            });
            let _ = timeout(self.limits.completion / 2, start).await;
        }
        let sources = Sources {
            kind: self.shells.kind(),
            shell: self.shell.get(),
            cwd: self.cwd(),
            home: self.shells.home(),
            files: &self.resources.files,
            limits: &self.limits,
        };
        completion::complete(ask, sources, lines).await
    }
}
