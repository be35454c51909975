//! Kept sessions: what an earlier engine left of a session comes back with its first client.

use tokio::sync::OnceCell;

use super::beginning::Beginning;
use super::{Session, Sessions};
use crate::command::Command;
use crate::history::Recording;
use crate::store::{CommandRecord, KeptCommand, KeptSession};

impl Session {
    /// A session of an earlier engine. Its shell is gone; its directory, its commands and their ids come back.
    pub(super) fn kept(kept: KeptSession, sessions: &Sessions) -> Self {
        let mut session = Self::new(kept.record, sessions);
        session.revived = OnceCell::new();
        session.beginning = kept.cwd.map(Beginning::former);
        {
            let mut state = session.lock();
            state.last_server_id = kept.last_server_id;
            state.detached_since = kept.used;
        }
        session
    }

    /// Brings the commands of an earlier engine back, once. Where the store fails, the next client tries again.
    pub(super) async fn revive(&self) {
        let read = || async {
            let kept = self.store.commands_of(self.number, self.limits.completed_commands).await?;
            self.take_back(kept);
            self.resources.ceiling.enforce();
            Ok(())
        };
        let revived: Result<_, crate::store::StoreError> = self.revived.get_or_try_init(read).await;
        if let Err(error) = revived {
            tracing::warn!("The commands of session {} cannot be read: {error}", self.number);
        }
    }

    fn take_back(&self, kept: Vec<KeptCommand>) {
        let mut state = self.lock();
        for command in kept {
            let (server_id, delivered) = (command.server_id, command.delivered);
            if let Some(client_id) = command.client_id {
                state.by_client_id.insert(client_id, (command.text.clone(), server_id));
            }
            state.published.push_back(server_id);
            let record = self.record_of(&command);
            let recording = Recording::restored(self.store.clone(), record, delivered);
            let command = Command::restored(command, recording, &self.resources, self.news.clone());
            state.commands.insert(server_id, command);
        }
        self.forget_oldest(&mut state);
    }

    fn record_of(&self, command: &KeptCommand) -> CommandRecord {
        CommandRecord {
            session: self.record,
            server_id: command.server_id,
            client_id: command.client_id,
            text: command.text.clone(),
            cwd: command.cwd.clone(),
            began: command.began,
            format: command.format,
            streams: command.streams,
            client: String::new(),
            origin: None,
        }
    }
}
