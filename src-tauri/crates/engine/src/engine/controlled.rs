//! What other processes of the user may ask of the engine.

use super::Engine;
use crate::activity::{ActivitySnapshot, CommandId};
use crate::audit::AuditTrail;
use crate::control::{Controlled, Status};
use crate::protocol::{
    self, ForgetAnswer, ForgetRequest, HistoryAnswer, HistoryRequest, ImportAnswer, ImportRequest,
    ProtocolError,
};
use crate::store::StoreError;
use crate::token_store::{Token, TokenError};

/// Who kills over the control socket.
const COMMAND_LINE: &str = "the command line";

impl Controlled for Engine {
    fn status(&self) -> Status {
        let snapshot = self.activity().snapshot();
        let running =
            snapshot.commands.iter().filter(|command| command.status == protocol::Status::Running).count();
        Status {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            wss: self.socket_url(),
            https: self.page_url(),
            fingerprint: self.fingerprint().to_owned(),
            clients: snapshot.clients.len(),
            running,
            problem: snapshot.problem,
        }
    }

    fn token(&self) -> Token {
        Engine::token(self)
    }

    async fn rotate_token(&self) -> Result<Token, TokenError> {
        self.rotate_token_for(COMMAND_LINE).await
    }

    fn snapshot(&self) -> ActivitySnapshot {
        self.activity().snapshot()
    }

    fn kill(&self, command: CommandId) -> bool {
        self.kill_for(command, COMMAND_LINE)
    }

    fn kill_everything(&self) -> usize {
        self.kill_everything_for(COMMAND_LINE)
    }

    fn disconnect(&self, client: u64) -> bool {
        self.disconnect_for(client, COMMAND_LINE)
    }

    async fn history(&self, ask: HistoryRequest, session: u64) -> Result<HistoryAnswer, ProtocolError> {
        self.context.history.search(ask, session).await
    }

    async fn import_history(&self, ask: ImportRequest) -> Result<ImportAnswer, ProtocolError> {
        self.context.history.import(ask).await
    }

    async fn forget(&self, ask: ForgetRequest) -> Result<ForgetAnswer, ProtocolError> {
        self.context.sessions.forget(ask, 0, COMMAND_LINE).await
    }

    async fn audit(&self, limit: usize) -> Result<AuditTrail, StoreError> {
        Engine::audit(self, limit).await
    }

    fn ask_to_stop(&self) {
        self.stop_asked.send_replace(true);
    }
}
