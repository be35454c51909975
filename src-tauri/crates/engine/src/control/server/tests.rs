//! Tests of the control socket against an engine with nothing behind it.

#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Mutex;

use super::*;
use crate::control::{Client, ClientError};
use crate::protocol;
use tempfile::TempDir;

/// An engine without anything behind it.
struct Fake {
    token: Mutex<Token>,
    stop_asked: watch::Sender<bool>,
}

const RUNNING: CommandId = CommandId { session: 3, server_id: 12 };

impl Controlled for Fake {
    fn status(&self) -> Status {
        Status {
            pid: 7,
            version: "1".into(),
            wss: "wss://127.0.0.1:1/".into(),
            https: "https://127.0.0.1:1/".into(),
            fingerprint: "sha256:00".into(),
            clients: 1,
            running: 1,
            problem: None,
        }
    }

    fn token(&self) -> Token {
        self.token.lock().unwrap().clone()
    }

    async fn rotate_token(&self) -> Result<Token, TokenError> {
        let token = Token::random()?;
        *self.token.lock().unwrap() = token.clone();
        Ok(token)
    }

    fn snapshot(&self) -> ActivitySnapshot {
        let command = crate::activity::CommandActivity {
            id: RUNNING,
            session: 3,
            server_id: 12,
            command: "é".repeat(COMMAND_SHOWN + 1),
            client: "test".into(),
            begin: String::new(),
            end: String::new(),
            status: protocol::Status::Running,
            exit_code: None,
            tail: String::new(),
        };
        ActivitySnapshot { clients: Vec::new(), commands: vec![command], problem: None }
    }

    fn kill(&self, command: CommandId) -> bool {
        command == RUNNING
    }

    fn kill_everything(&self) -> usize {
        5
    }

    fn disconnect(&self, client: u64) -> bool {
        client == 4
    }

    async fn history(&self, ask: HistoryRequest, session: u64) -> Result<HistoryAnswer, ProtocolError> {
        let query = ask.query.unwrap_or_default();
        if query.is_empty() {
            return Err(ProtocolError::new(protocol::Code::StoreFailed, "The disk is full."));
        }
        Ok(HistoryAnswer { session, commands: Vec::new(), before: Some(query) })
    }

    async fn import_history(&self, _: ImportRequest) -> Result<ImportAnswer, ProtocolError> {
        Err(ProtocolError::new(protocol::Code::NoHistory, "There is none."))
    }

    async fn forget(&self, ask: ForgetRequest) -> Result<ForgetAnswer, ProtocolError> {
        Ok(ForgetAnswer { forgotten: ask.ids.map_or(0, |ids| ids.len()) })
    }

    async fn audit(&self, _: usize) -> Result<AuditTrail, StoreError> {
        Ok(AuditTrail { entries: Vec::new(), clients: Vec::new() })
    }

    fn ask_to_stop(&self) {
        self.stop_asked.send_replace(true);
    }
}

struct Running {
    folder: TempDir,
    engine: Arc<Fake>,
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    fn start_in(folder: TempDir) -> Self {
        let engine = Arc::new(Fake {
            token: Mutex::new(Token::random().unwrap()),
            stop_asked: watch::Sender::new(false),
        });
        let stopping = watch::Sender::new(false);
        let listener = listen(folder.path()).unwrap();
        let task = serve(listener, Arc::downgrade(&engine), stopping.subscribe());
        Self { folder, engine, stopping, task }
    }

    async fn client(&self) -> Client {
        Client::connect(self.folder.path()).await.unwrap()
    }

    async fn raw(&self) -> UnixStream {
        UnixStream::connect(socket_path(self.folder.path())).await.unwrap()
    }
}

#[tokio::test]
async fn one_conversation_asks_for_everything() {
    let server = Running::start();
    let mut client = server.client().await;
    assert_eq!(client.status().await.unwrap(), server.engine.status());
    let token = client.token().await.unwrap();
    assert!(server.engine.token().matches(token.reveal()));
    let rotated = client.rotate_token().await.unwrap();
    assert!(server.engine.token().matches(rotated.reveal()) && !rotated.matches(token.reveal()));
    assert!(client.kill(RUNNING).await.unwrap());
    assert!(!client.kill(CommandId { session: 3, server_id: 13 }).await.unwrap());
    assert_eq!(client.kill_everything().await.unwrap(), 5);
    assert!(client.disconnect(4).await.unwrap());
    assert!(!client.disconnect(5).await.unwrap());
    client.stop().await.unwrap();
    assert!(*server.engine.stop_asked.borrow());
}

#[tokio::test]
async fn a_long_command_is_shortened_at_a_character() {
    let server = Running::start();
    let snapshot = server.client().await.sessions().await.unwrap();
    assert_eq!(snapshot.commands[0].id, RUNNING);
    assert_eq!(snapshot.commands[0].command, "é".repeat(COMMAND_SHOWN) + "…");
}

#[tokio::test]
async fn the_socket_is_for_its_owner_and_is_removed_at_the_end() {
    let server = Running::start();
    let path = socket_path(server.folder.path());
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    server.stopping.send_replace(true);
    server.task.await.unwrap();
    assert!(!path.exists());
    let gone = Client::connect(server.folder.path()).await.unwrap_err();
    assert!(matches!(gone, ClientError::NotRunning { .. }), "{gone}");
}

#[tokio::test]
async fn a_socket_that_was_left_behind_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(socket_path(folder.path())).unwrap());
    let nobody = Client::connect(folder.path()).await.unwrap_err();
    assert!(matches!(nobody, ClientError::NotRunning { .. }), "{nobody}");
    let server = Running::start_in(folder);
    server.client().await.status().await.unwrap();
}

#[tokio::test]
async fn what_is_no_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(socket_path(folder.path()), "mine").unwrap();
    assert!(matches!(listen(folder.path()), Err(ControlError::InTheWay { .. })));
    assert!(!fs::metadata(socket_path(folder.path())).unwrap().file_type().is_socket());
}

#[tokio::test]
async fn nonsense_is_answered_and_the_conversation_goes_on() {
    let server = Running::start();
    let mut stream = BufReader::new(server.raw().await);
    for nonsense in
        ["\n", "[]\n", "{\"request\":\"no\"}\n", "{\"request\":\"kill\",\"id\":\"x\"}\n", "\u{0}\n"]
    {
        stream.write_all(nonsense.as_bytes()).await.unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        assert!(line.starts_with("{\"error\":"), "{nonsense:?}: {line}");
    }
    stream.write_all(b"{\"request\":\"status\"}\n").await.unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("{\"ok\":"), "{line}");
}

#[tokio::test]
async fn an_endless_line_is_refused_and_ends_the_conversation() {
    let server = Running::start();
    let mut stream = server.raw().await;
    stream.write_all(&vec![b'x'; REQUEST as usize]).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("at most"), "{said}");
    server.client().await.status().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn silent_peers_lose_their_places_to_those_who_ask() {
    let server = Running::start();
    let mut silent = Vec::new();
    for _ in 0..PEERS {
        silent.push(server.raw().await);
    }
    server.client().await.status().await.unwrap();
    let mut said = String::new();
    silent[0].read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_peer_that_says_nothing() {
    let server = Running::start();
    let silent = server.raw().await;
    server.client().await.status().await.unwrap();
    server.stopping.send_replace(true);
    server.task.await.unwrap();
    drop(silent);
}
