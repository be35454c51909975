//! A client of the protocol that costs as little as may be, so that the engine is what is measured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use engine::protocol::{BINARY_HEADER, BinaryHeader, BinaryKind};
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
use tokio_tungstenite::tungstenite::Message;

use crate::porthole::Porthole;

pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// Nothing that is measured is silent for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An authenticated connection with a session of its own.
pub(crate) struct Client {
    pub(crate) socket: Socket,
}

/// What came of a command.
#[derive(Debug, Default)]
pub(crate) struct Came {
    /// Bytes of output: the payload of binary frames, or else whole messages.
    pub(crate) bytes: u64,
    /// From the command's message to the first output.
    pub(crate) first: Duration,
    /// From the command's message to the update that tells the end.
    pub(crate) whole: Duration,
}

impl Client {
    /// A new session.
    pub(crate) async fn open(porthole: &Porthole, features: &[&str]) -> Result<Self> {
        let mut client = Self { socket: connect(porthole.address).await? };
        client.send(&authentication(&porthole.token, features)).await?;
        let answer = client.next_text().await?;
        ensure!(answer.contains(r#""result":"ok""#), "the authentication was refused: {answer}");
        Ok(client)
    }

    pub(crate) async fn send(&mut self, message: &Value) -> Result<()> {
        Ok(self.socket.send(Message::text(message.to_string())).await?)
    }

    /// Closes the connection and waits until the engine has.
    pub(crate) async fn close(mut self) -> Result<()> {
        self.socket.close(None).await?;
        while let Some(Ok(_)) = self.socket.next().await {}
        Ok(())
    }

    /// Types bytes to a command, in a binary frame.
    pub(crate) async fn input(&mut self, server_id: u64, bytes: &[u8]) -> Result<()> {
        let header =
            BinaryHeader { kind: BinaryKind::Stdin, flags: 0, location: 0, run: 0, server_id, position: 0 };
        let mut start = [0; BINARY_HEADER];
        header.write(&mut start);
        Ok(self.socket.send(Message::binary([&start, bytes].concat())).await?)
    }

    pub(crate) async fn next(&mut self) -> Result<Message> {
        let message = timeout(PATIENCE, self.socket.next()).await.context("nothing came any more")?;
        Ok(message.context("the connection was closed")??)
    }

    pub(crate) async fn next_text(&mut self) -> Result<String> {
        loop {
            if let Message::Text(text) = self.next().await? {
                return Ok(text.to_string());
            }
        }
    }

    /// Starts a command; `more` is added to its payload. Gives its number.
    pub(crate) async fn start(&mut self, text: &str, more: &Value) -> Result<u64> {
        self.send(&command(text, more)).await?;
        loop {
            let answer = self.next_text().await?;
            if answer.starts_with(r#"{"type":"command""#) {
                let answer: Value = serde_json::from_str(&answer)?;
                let id = answer["payload"]["serverId"].as_u64();
                return id.with_context(|| format!("the command was refused: {answer}"));
            }
        }
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&mut self, text: &str, more: &Value) -> Result<Came> {
        let command = command(text, more);
        let is_tapped = more.get("breakpoints").is_some();
        let begin = Instant::now();
        self.send(&command).await?;
        let mut came = Came::default();
        let mut binary = false;
        loop {
            match self.next().await? {
                Message::Binary(frame) => {
                    came.note(begin, frame.len().saturating_sub(BINARY_HEADER));
                    binary = true;
                }
                Message::Text(text) if is_update(&text) => {
                    // A tap keeps what it is told to, and counts the rest.
                    ensure!(is_tapped || !text.contains(r#","dropped":"#), "output was dropped");
                    if !binary && has_output(&text) {
                        came.note(begin, text.len());
                    }
                    // In output every quote is escaped.
                    if text.contains(r#""status":"completed""#) {
                        came.whole = begin.elapsed();
                        return Ok(came);
                    }
                }
                Message::Text(text) if text.contains(r#""result":"error""#) => {
                    bail!("the command was refused: {text}")
                }
                _ => {}
            }
        }
    }
}

impl Came {
    fn note(&mut self, begin: Instant, bytes: usize) {
        if self.bytes == 0 {
            self.first = begin.elapsed();
        }
        self.bytes += bytes as u64;
    }
}

fn is_update(text: &str) -> bool {
    text.starts_with(r#"{"type":"update""#)
}

/// Whether an update under `chunks` carries some, or a bare one any text.
fn has_output(text: &str) -> bool {
    !text.contains(r#""chunks":[]"#) && !text.contains(r#""combined":"","stdin":"""#)
}

fn command(text: &str, more: &Value) -> Value {
    let mut payload = more.clone();
    payload["command"] = json!(text);
    json!({"type": "command", "payload": payload})
}

fn authentication(token: &str, features: &[&str]) -> Value {
    let client = json!({"name": "bench", "version": env!("CARGO_PKG_VERSION")});
    json!({"type": "authentication", "payload": {"token": token, "features": features, "client": client}})
}

/// A websocket over TLS to whatever certificate is shown.
pub(crate) async fn connect(address: SocketAddr) -> Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    let stream =
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost")?, stream).await?;
    Ok(tokio_tungstenite::client_async(format!("wss://{address}/"), stream).await?.0)
}

/// Takes every certificate: only processes that this program started are connected to.
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
