//! The other end of the control socket, for the command line and the desktop app.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{ANSWER, Answer, LINE_TIME, Request, Status, socket_path};
use crate::activity::{ActivitySnapshot, CommandId};
use crate::audit::AuditTrail;
use crate::protocol::{
    ForgetAnswer, ForgetRequest, HistoryAnswer, HistoryRequest, ImportAnswer, ImportRequest,
};
use crate::token_store::Token;

/// Time for an answer; the keychain may take its own time-out twice, and a large history takes a while to be forgotten.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// Why the engine did not do what was asked. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No engine uses the data folder.
    #[error("Porthole is not running (nothing answers in {data_dir}); start it with: porthole serve")]
    NotRunning {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The control socket is another user's.
    #[error("The Porthole of {data_dir} belongs to another user.")]
    Denied {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The engine runs and does not answer.
    #[error("Porthole runs but does not answer; end it and start it again.")]
    Silent,
    /// The engine hung up, or what it said cannot be read.
    #[error("Porthole broke off the conversation ({0}); it may be about to end.")]
    Broken(String),
    /// The engine says why not.
    #[error("{0}")]
    Refused(String),
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A conversation with the engine that runs.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
}

impl Client {
    /// Reaches the engine that uses `data_dir`. The engine hangs up when nothing is asked for 5 s.
    ///
    /// # Errors
    /// None runs there, it is another user's, or it does not accept.
    pub async fn connect(data_dir: &Path) -> Result<Self, ClientError> {
        let connected = timeout(LINE_TIME, UnixStream::connect(socket_path(data_dir))).await;
        let data_dir = data_dir.to_owned();
        let stream = connected.map_err(|_| ClientError::Silent)?.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::NotADirectory => {
                ClientError::NotRunning { data_dir }
            }
            io::ErrorKind::PermissionDenied => ClientError::Denied { data_dir },
            _ => error.into(),
        })?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Where the engine listens.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn status(&mut self) -> Result<Status, ClientError> {
        self.ask(&Request::Status).await
    }

    /// The pairing token.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn token(&mut self) -> Result<Token, ClientError> {
        self.ask_token(&Request::Token).await
    }

    /// A new pairing token; whoever came in by the former one is out.
    ///
    /// # Errors
    /// The engine does not answer, or the token store refused the new token.
    pub async fn rotate_token(&mut self) -> Result<Token, ClientError> {
        self.ask_token(&Request::Rotate).await
    }

    /// Who is connected and what runs. Long command texts are shortened.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn sessions(&mut self) -> Result<ActivitySnapshot, ClientError> {
        self.ask(&Request::Sessions).await
    }

    /// Ends a command: TERM, then KILL after the grace. False when no such command runs.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn kill(&mut self, id: CommandId) -> Result<bool, ClientError> {
        self.ask(&Request::Kill { id }).await
    }

    /// Ends every running command and says how many there were.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn kill_everything(&mut self) -> Result<usize, ClientError> {
        self.ask(&Request::KillEverything).await
    }

    /// Closes a client's connection; its session stays. False when there is no such client.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn disconnect(&mut self, id: u64) -> Result<bool, ClientError> {
        self.ask(&Request::Disconnect { id }).await
    }

    /// Searches the history; `session` is the one that `session_only` means.
    ///
    /// # Errors
    /// The engine does not answer, the query is no good, or the store fails.
    pub async fn history(&mut self, ask: HistoryRequest, session: u64) -> Result<HistoryAnswer, ClientError> {
        self.ask(&Request::History { ask, session }).await
    }

    /// Takes over the history of the user's shell, once.
    ///
    /// # Errors
    /// The engine does not answer, there is no such file, or the store fails.
    pub async fn import_history(&mut self, ask: ImportRequest) -> Result<ImportAnswer, ClientError> {
        self.ask(&Request::ImportHistory { ask }).await
    }

    /// Forgets commands and says how many there were.
    ///
    /// # Errors
    /// The engine does not answer, or the store fails.
    pub async fn forget(&mut self, ask: ForgetRequest) -> Result<ForgetAnswer, ClientError> {
        self.ask(&Request::Forget { ask }).await
    }

    /// Who came in, was turned away, ended or changed something; at most `limit` entries, and 10,000.
    ///
    /// # Errors
    /// The engine does not answer, or the store fails.
    pub async fn audit(&mut self, limit: usize) -> Result<AuditTrail, ClientError> {
        self.ask(&Request::Audit { limit }).await
    }

    /// Has the engine's process end in order; returns before it has ended.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn stop(&mut self) -> Result<(), ClientError> {
        self.ask(&Request::Stop).await
    }

    async fn ask_token(&mut self, request: &Request) -> Result<Token, ClientError> {
        let text: Zeroizing<String> = Zeroizing::new(self.ask(request).await?);
        text.parse().map_err(|_| ClientError::Broken("it gave no token".into()))
    }

    async fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T, ClientError> {
        let unreadable = |error: serde_json::Error| ClientError::Broken(error.to_string());
        let mut line = serde_json::to_vec(request).map_err(unreadable)?;
        line.push(b'\n');
        timeout(LINE_TIME, self.stream.write_all(&line)).await.map_err(|_| ClientError::Silent)??;
        let mut line = Zeroizing::new(Vec::new());
        let mut bounded = (&mut self.stream).take(ANSWER);
        timeout(ANSWER_TIME, bounded.read_until(b'\n', &mut line))
            .await
            .map_err(|_| ClientError::Silent)??;
        if !line.ends_with(b"\n") {
            return Err(ClientError::Broken("it hung up".into()));
        }
        match serde_json::from_slice(&line).map_err(unreadable)? {
            Answer::Ok(value) => serde_json::from_value(value).map_err(unreadable),
            Answer::Error(sentence) => Err(ClientError::Refused(sentence)),
        }
    }
}
