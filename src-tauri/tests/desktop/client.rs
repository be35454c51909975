//! A paired client: a websocket over TLS that trusts the engine's own certificate and no other.

use std::path::Path;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::within;

/// The name that the client gives itself.
pub(crate) const NAME: &str = "desktop test";

/// A client that is in.
pub(crate) struct Client(WebSocketStream<TlsStream<TcpStream>>);

impl Client {
    /// Connects to the engine at `address` (a URL) and authenticates.
    pub(crate) async fn pair(address: &str, data_dir: &Path, token: &str) -> Self {
        let place = address.trim_start_matches("https://").trim_end_matches('/');
        let mut roots = RootCertStore::empty();
        let certificates: Vec<_> = CertificateDer::pem_file_iter(data_dir.join("certificate.pem"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        roots.add(certificates.last().unwrap().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let host = place.rsplit_once(':').unwrap().0.to_owned();
        let stream = within("the port", TcpStream::connect(place)).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream =
            within("TLS", connector.connect(ServerName::try_from(host).unwrap(), stream)).await.unwrap();
        let (socket, _) =
            within("the upgrade", client_async(format!("wss://{place}/ws"), stream)).await.unwrap();
        let mut client = Self(socket);
        let payload = json!({ "token": token, "client": { "name": NAME, "version": "1" } });
        client.send(json!({ "type": "authentication", "payload": payload })).await;
        let answer = client
            .message_where("the answer to the token", |message| message["type"] == "authentication")
            .await;
        assert_eq!(answer["payload"]["result"], "ok", "{answer}");
        client
    }

    /// Runs a command and gives its `serverId`.
    pub(crate) async fn run(&mut self, command: &str, client_id: u64) -> u64 {
        let payload = json!({ "command": command, "clientId": client_id });
        self.send(json!({ "type": "command", "payload": payload })).await;
        let answer = self.message_where("the command's answer", |message| message["type"] == "command").await;
        assert_eq!(answer["payload"]["result"], "ok", "{answer}");
        answer["payload"]["serverId"].as_u64().unwrap()
    }

    /// Waits until that command is told to be completed.
    pub(crate) async fn completed(&mut self, server_id: u64) -> Value {
        self.message_where("the command's end", |message| {
            let payload = &message["payload"];
            message["type"] == "update"
                && payload["serverId"] == server_id
                && payload["status"] == "completed"
        })
        .await
    }

    /// Waits until the engine closes the connection.
    pub(crate) async fn closed(&mut self) {
        within("the close", async { while let Some(Ok(_)) = self.0.next().await {} }).await;
    }

    async fn send(&mut self, message: Value) {
        within("sending", self.0.send(Message::text(message.to_string()))).await.unwrap();
    }

    async fn message_where(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        within(what, async {
            loop {
                let message = self.0.next().await.expect("the connection stays open").unwrap();
                let Message::Text(text) = message else { continue };
                let message = serde_json::from_str(&text).unwrap();
                if wanted(&message) {
                    return message;
                }
            }
        })
        .await
    }
}
