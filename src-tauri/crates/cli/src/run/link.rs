//! The connection to the engine: TLS that takes exactly its certificate, and a websocket over it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::message::Message;

/// Time for everything up to the answer to the authentication.
const OPENING: Duration = Duration::from_secs(10);
/// The engine pings every 20 s; this long without a word, it is gone.
const SILENCE: Duration = Duration::from_secs(70);
/// Messages that wait to be sent.
const QUEUE: usize = 16;

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// An authenticated connection.
pub(super) struct Link {
    incoming: SplitStream<Socket>,
    sender: Sender,
}

/// The sending half; clones send on the same connection.
#[derive(Clone)]
pub(super) struct Sender(mpsc::Sender<Value>);

impl Sender {
    /// Queues a message; waits while the engine does not take in what was sent before.
    pub(super) async fn send(&self, message: Value) -> Result<()> {
        self.0.send(message).await.map_err(|_| anyhow!("The connection to Porthole is closed"))
    }
}

impl Link {
    /// Connects to `wss`, provided that it shows the certificate of that fingerprint, and sends the authentication.
    pub(super) async fn open(wss: &str, fingerprint: &str, authentication: Value) -> Result<Self> {
        let opened = timeout(OPENING, async {
            let (sink, incoming) = connect(wss, fingerprint).await?.split();
            let (queue, mut waiting) = mpsc::channel::<Value>(QUEUE);
            tokio::spawn(async move {
                let mut sink = sink;
                while let Some(message) = waiting.recv().await {
                    if sink.send(Frame::text(message.to_string())).await.is_err() {
                        return;
                    }
                }
            });
            let mut link = Self { incoming, sender: Sender(queue) };
            link.sender.send(authentication).await?;
            match link.next().await? {
                Message::Granted => Ok(link),
                Message::Refused(refused) => bail!(refused.message),
                _ => bail!("Porthole did not answer the authentication"),
            }
        });
        opened.await.context("Porthole did not answer in time")?
    }

    pub(super) fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// The next message; an error once the connection is closed or nothing was heard for long.
    pub(super) async fn next(&mut self) -> Result<Message> {
        loop {
            let frame =
                timeout(SILENCE, self.incoming.next()).await.context("Porthole does not answer any more")?;
            match frame {
                Some(Ok(Frame::Text(text))) => return Message::parse(&text),
                Some(Ok(Frame::Close(Some(close)))) if !close.reason.is_empty() => bail!("{}", close.reason),
                None | Some(Ok(Frame::Close(_))) => bail!("Porthole closed the connection"),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).context("The connection to Porthole broke"),
            }
        }
    }
}

async fn connect(wss: &str, fingerprint: &str) -> Result<Socket> {
    let address = wss.trim_start_matches("wss://").trim_end_matches('/');
    let stream = TcpStream::connect(address).await.with_context(|| format!("{address} cannot be reached"))?;
    stream.set_nodelay(true)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { fingerprint: fingerprint.to_owned(), provider }))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .with_context(|| format!("{address} is not the Porthole that runs here"))?;
    let (socket, _) =
        tokio_tungstenite::client_async(wss, stream).await.context("Porthole refused the websocket")?;
    Ok(socket)
}

/// Takes the one certificate whose fingerprint the control socket told, and no other.
#[derive(Debug)]
struct Pinned {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if engine::fingerprint(leaf) == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("it shows another certificate".into()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_certificate_but_the_pinned_one_is_taken() {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let ours = CertificateDer::from(b"ours".as_slice());
        let pinned = Pinned { fingerprint: engine::fingerprint(&ours), provider };
        let name = ServerName::try_from("localhost").expect("a name");
        let verify =
            |leaf: &CertificateDer<'_>| pinned.verify_server_cert(leaf, &[], &name, &[], UnixTime::now());
        assert!(verify(&ours).is_ok());
        assert!(verify(&CertificateDer::from(b"theirs".as_slice())).is_err());
    }
}
