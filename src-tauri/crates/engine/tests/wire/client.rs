//! A client of the protocol that speaks plain JSON, so that the tests see the wire letter by letter.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

/// No test waits longer than this for a thing that has to come; none asserts how long it took.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

static LAST_CLIENT_ID: AtomicU64 = AtomicU64::new(1000);

pub(crate) struct TestClient {
    pub(crate) socket: WebSocketStream<TlsStream<TcpStream>>,
    pub(crate) session_token: String,
}

/// Everything that came of one command.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    pub(crate) answer: Value,
    pub(crate) combined: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// stdout and stderr by tapped pipe and run.
    pub(crate) taps: BTreeMap<(usize, usize), (String, String)>,
    pub(crate) stages: Vec<Value>,
    pub(crate) last: Value,
}

/// What a client that asked for binary frames hears.
#[derive(Debug)]
pub(crate) enum Heard {
    Message(Value),
    Frame(Vec<u8>),
}

impl TestClient {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_as(address, |_| {}).await.unwrap()
    }

    /// Connects with a request that the test changes first.
    pub(crate) async fn connect_as(
        address: SocketAddr,
        change: impl FnOnce(&mut Request),
    ) -> Result<Self, Error> {
        let mut request = format!("wss://{address}/").into_client_request()?;
        change(&mut request);
        let stream = tls(address).await;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Self { socket, session_token: String::new() })
    }

    pub(crate) async fn authenticate(&mut self, token: &str, features: &[&str]) -> Value {
        let payload = if features.is_empty() {
            json!({"token": token})
        } else {
            json!({"token": token, "features": features, "client": {"name": "test", "version": "1"}})
        };
        self.send(json!({"type": "authentication", "payload": payload})).await;
        let answer = self.next().await;
        assert_eq!(answer["payload"]["result"], "ok", "{answer}");
        self.session_token = answer["payload"]["sessionToken"].as_str().unwrap().to_owned();
        answer
    }

    pub(crate) async fn rehydrate(&mut self, session_token: &str) -> Value {
        self.send(json!({"type": "authentication", "payload": {"sessionToken": session_token}})).await;
        let answer = self.next().await;
        session_token.clone_into(&mut self.session_token);
        answer
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        timeout(PATIENCE, self.socket.send(Message::text(text))).await.unwrap().unwrap();
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            Heard::Frame(frame) => panic!("not a message: {frame:?}"),
        }
    }

    /// The next message or binary frame.
    pub(crate) async fn hear(&mut self) -> Heard {
        // The pings between have no part in the patience.
        let heard = async {
            loop {
                match self.socket.next().await.unwrap().unwrap() {
                    Message::Text(text) => return Heard::Message(serde_json::from_str(&text).unwrap()),
                    Message::Binary(frame) => return Heard::Frame(frame.to_vec()),
                    Message::Ping(_) | Message::Pong(_) => {}
                    other => panic!("neither a message nor a frame: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, heard).await.expect("a message")
    }

    /// Reads on until the server closes, and gives its reason.
    pub(crate) async fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("a close") {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Sends a command and gives its answer.
    pub(crate) async fn start(&mut self, command: &str) -> Value {
        self.start_with(command, json!({})).await
    }

    /// Sends a command with more fields and gives its answer.
    pub(crate) async fn start_with(&mut self, command: &str, more: Value) -> Value {
        // Unique over all clients of the process, since several may share a session.
        let client_id = LAST_CLIENT_ID.fetch_add(1, Ordering::Relaxed) + 1;
        let mut payload = json!({"command": command, "clientId": client_id});
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.send(json!({"type": "command", "payload": payload})).await;
        self.next_where(|message| message["type"] == "command").await
    }

    /// The next message that fits; those before it are dropped.
    pub(crate) async fn next_where(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next().await;
            if fits(&message) {
                return message;
            }
        }
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&mut self, command: &str) -> Finished {
        self.run_with(command, json!({})).await
    }

    /// Runs a command with more fields to its end.
    pub(crate) async fn run_with(&mut self, command: &str, more: Value) -> Finished {
        let answer = self.start_with(command, more).await;
        assert_eq!(answer["payload"]["result"], "ok", "{answer}");
        self.finish(answer).await
    }

    /// Reads until the answered command is completed.
    pub(crate) async fn finish(&mut self, answer: Value) -> Finished {
        let server_id = answer["payload"]["serverId"].clone();
        let mut finished = Finished { answer, ..Finished::default() };
        loop {
            let update = self.next_where(|message| message["payload"]["serverId"] == server_id).await;
            finished.take(&update);
            if update["payload"]["status"] == "completed" {
                finished.last = update;
                return finished;
            }
        }
    }

    /// Reads a running command's updates until its stdout so far fits.
    pub(crate) async fn until_stdout(&mut self, server_id: &Value, fits: impl Fn(&str) -> bool) -> String {
        let mut finished = Finished::default();
        while !fits(&finished.stdout) {
            let update = self.next_where(|message| message["payload"]["serverId"] == *server_id).await;
            finished.take(&update);
            assert_eq!(update["payload"]["status"], "running", "{update} after {finished:?}");
        }
        finished.stdout
    }

    pub(crate) async fn stdin(&mut self, server_id: &Value, input: &str) {
        self.send(json!({"type": "update", "payload": {
            "type": "stdin", "command": "", "serverId": server_id, "input": input}}))
            .await;
    }

    /// Input with nothing to follow.
    pub(crate) async fn last_stdin(&mut self, server_id: &Value, input: &str) {
        self.send(json!({"type": "update", "payload": {
            "type": "stdin", "command": "", "serverId": server_id, "input": input, "end": true}}))
            .await;
    }

    pub(crate) async fn signal(&mut self, server_id: &Value, signal: i64) {
        self.send(json!({"type": "update", "payload": {
            "type": "signal", "command": "", "serverId": server_id, "signal": signal}}))
            .await;
    }
}

impl Finished {
    pub(crate) fn take(&mut self, update: &Value) {
        let output = &update["payload"]["output"];
        let text = |name: &str| output[name].as_str().unwrap_or_default().to_owned();
        self.combined += &text("combined");
        self.stdout += &text("stdout");
        self.stderr += &text("stderr");
        for tap in output["breakpoints"].as_array().into_iter().flatten() {
            let location = tap["location"].as_u64().unwrap() as usize;
            let run = tap["run"].as_u64().unwrap_or_default() as usize;
            let (stdout, stderr) = self.taps.entry((location, run)).or_default();
            *stdout += tap["stdout"].as_str().unwrap();
            *stderr += tap["stderr"].as_str().unwrap();
        }
        self.stages.extend(update["payload"]["stages"].as_array().into_iter().flatten().cloned());
        for chunk in output["chunks"].as_array().into_iter().flatten() {
            let data = chunk["data"].as_str().unwrap();
            match chunk["stream"].as_str().unwrap() {
                "stdout" => self.stdout += data,
                _ => self.stderr += data,
            }
        }
    }
}

/// The connection is lost.
#[derive(Debug)]
pub(crate) struct Lost;

/// A TLS connection to the address, whoever answers.
pub(crate) async fn tls(address: SocketAddr) -> TlsStream<TcpStream> {
    try_tls(address).await.expect("a server")
}

/// The same where the connection may be lost meanwhile.
pub(crate) async fn try_tls(address: SocketAddr) -> Result<TlsStream<TcpStream>, Lost> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.map_err(|_| Lost)?;
    stream.set_nodelay(true).map_err(|_| Lost)?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|_| Lost)
}

/// The wire tests are not about certificates; `tls` has tests for those.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
