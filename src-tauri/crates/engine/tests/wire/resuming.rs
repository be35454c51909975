//! A client of the feature `resume`: it comes back to its stream however its connection ended.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Lost, try_tls};
use crate::server::TestServer;

/// No test waits longer than this for a thing that has to come; none asserts how long it took.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Resuming {
    host: SocketAddr,
    address: SocketAddr,
    /// How long the server may be silent before the connection counts as lost.
    pub(crate) patience: Duration,
    features: Vec<String>,
    token: String,
    pub(crate) session_token: String,
    pub(crate) stream: Option<String>,
    pub(crate) seq: u64,
    acknowledged: u64,
    /// Bytes after which it acknowledges; none where it never does.
    pub(crate) acknowledge_after: Option<u64>,
    socket: Option<WebSocketStream<TlsStream<TcpStream>>>,
    pub(crate) answer: Value,
    pub(crate) came: Came,
}

/// Everything that came, put together.
#[derive(Debug, Default)]
pub(crate) struct Came {
    /// By server id.
    pub(crate) commands: BTreeMap<u64, Output>,
    /// Everything but updates.
    pub(crate) others: Vec<Value>,
    /// Where a stream began anew.
    pub(crate) beginnings: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) dropped: u64,
    /// The place after the last byte of a frame.
    pub(crate) position: u64,
    pub(crate) is_replayed: bool,
    pub(crate) last: Value,
    pub(crate) ends: usize,
}

impl Resuming {
    pub(crate) fn new(server: &TestServer, features: &[&str]) -> Self {
        let features = features.iter().chain(&["resume"]).map(|name| (*name).to_owned()).collect();
        Self {
            host: server.engine.address(),
            address: server.engine.address(),
            patience: PATIENCE,
            features,
            token: server.token(),
            session_token: String::new(),
            stream: None,
            seq: 0,
            acknowledged: 0,
            acknowledge_after: Some(128 << 10),
            socket: None,
            answer: Value::Null,
            came: Came::default(),
        }
    }

    /// A client that is in.
    pub(crate) async fn connected(server: &TestServer, features: &[&str]) -> Self {
        let mut client = Self::new(server, features);
        client.connect().await.unwrap();
        client
    }

    /// Another client of the same session that is in.
    pub(crate) async fn beside(&self, server: &TestServer) -> Self {
        let mut other = Self::new(server, &[]);
        other.features.clone_from(&self.features);
        other.session_token.clone_from(&self.session_token);
        other.connect().await.unwrap();
        other
    }

    /// The same client at the server that was started after its own.
    pub(crate) fn after_restart(self, server: &TestServer) -> Self {
        let Self { features, session_token, stream, seq, .. } = self;
        Self { features, session_token, stream, seq, ..Self::new(server, &[]) }
    }

    /// Goes by another address to the same server, as through a proxy.
    pub(crate) fn by(&mut self, address: SocketAddr) {
        self.address = address;
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    pub(crate) fn cursor(&self) -> Value {
        json!({"stream": self.stream, "seq": self.seq})
    }

    /// Connects, and goes on with the stream where there is one.
    pub(crate) async fn connect(&mut self) -> Result<(), Lost> {
        self.socket = None;
        let mut socket = self.open().await?;
        let mut payload = json!({"features": self.features, "client": {"name": "resuming", "version": "1"}});
        if self.session_token.is_empty() {
            payload["token"] = json!(self.token);
        } else {
            payload["sessionToken"] = json!(self.session_token);
        }
        if self.stream.is_some() {
            payload["resume"] = self.cursor();
        }
        let message = json!({"type": "authentication", "payload": payload});
        socket.send(Message::text(message.to_string())).await.map_err(|_| Lost)?;
        let text = match timeout(self.patience, socket.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(Some(Ok(_) | Err(_)) | None) | Err(_) => return Err(Lost),
        };
        self.answer = serde_json::from_str::<Value>(&text).unwrap()["payload"].take();
        assert_eq!(self.answer["result"], "ok", "{}", self.answer);
        self.socket = Some(socket);
        self.session_token = self.answer["sessionToken"].as_str().unwrap().to_owned();
        let stream = &self.answer["resume"];
        if stream["resumed"] == false {
            self.came.beginnings += 1;
            self.came.commands.clear();
        }
        self.stream = Some(stream["stream"].as_str().unwrap().to_owned());
        self.seq = stream["seq"].as_u64().unwrap();
        self.acknowledged = self.seq;
        Ok(())
    }

    async fn open(&self) -> Result<WebSocketStream<TlsStream<TcpStream>>, Lost> {
        let opening = async {
            let stream = try_tls(self.address).await?;
            tokio_tungstenite::client_async(format!("wss://{}/", self.host), stream).await.map_err(|_| Lost)
        };
        Ok(timeout(self.patience, opening).await.map_err(|_| Lost)??.0)
    }

    /// Loses the connection without a word.
    pub(crate) fn cut(&mut self) {
        self.socket = None;
    }

    /// Takes the socket, as if it hung somewhere: the server still thinks that it is open.
    pub(crate) fn leave_hanging(&mut self) -> WebSocketStream<TlsStream<TcpStream>> {
        self.socket.take().unwrap()
    }

    pub(crate) async fn try_send(&mut self, message: Value) -> Result<(), Lost> {
        let socket = self.socket.as_mut().ok_or(Lost)?;
        let sent = timeout(self.patience, socket.send(Message::text(message.to_string()))).await;
        sent.map_err(|_| Lost)?.map_err(|_| Lost)
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.try_send(message).await.unwrap();
    }

    /// Takes in one message, and acknowledges where that is due.
    pub(crate) async fn hear(&mut self) -> Result<(), Lost> {
        let socket = self.socket.as_mut().ok_or(Lost)?;
        let heard = timeout(self.patience, socket.next()).await;
        match heard.map_err(|_| Lost)? {
            Some(Ok(Message::Text(text))) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                if let Some(seq) = message["seq"].as_u64() {
                    assert!(seq > self.seq, "{seq} after {}", self.seq);
                    self.seq = seq;
                }
                self.came.take(message);
            }
            Some(Ok(Message::Binary(frame))) => {
                let low = u32::from_be_bytes(frame[28..32].try_into().unwrap());
                let step = low.wrapping_sub(self.seq as u32);
                assert!(step > 0 && step < 1 << 31, "a step of {step}");
                self.seq += u64::from(step);
                self.came.take_frame(&frame);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_) | Message::Frame(_)) | Err(_)) | None => return Err(Lost),
        }
        if self.acknowledge_after.is_some_and(|bytes| self.seq - self.acknowledged >= bytes) {
            self.acknowledge().await?;
        }
        Ok(())
    }

    pub(crate) async fn acknowledge(&mut self) -> Result<(), Lost> {
        self.acknowledged = self.seq;
        self.try_send(json!({"type": "ack", "payload": {"seq": self.seq}})).await
    }

    /// Hears until what came fits.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Came) -> bool) {
        while !fits(&self.came) {
            self.hear().await.unwrap();
        }
    }

    /// Sends a command and waits for its answer; gives the server id.
    pub(crate) async fn start(&mut self, command: &str, more: Value) -> u64 {
        let client_id = self.came.others.len() + 1;
        let mut payload = json!({"command": command, "clientId": client_id});
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.send(json!({"type": "command", "payload": payload})).await;
        let is_answer = |message: &Value| {
            message["type"] == "command" && message["payload"]["clientId"] == json!(client_id)
        };
        self.until(|came| came.others.iter().any(is_answer)).await;
        let answer = &self.came.others.iter().find(|message| is_answer(message)).unwrap()["payload"];
        assert_eq!(answer["result"], "ok", "{answer}");
        answer["serverId"].as_u64().unwrap()
    }
}

impl Came {
    fn take(&mut self, message: Value) {
        let payload = &message["payload"];
        if message["type"] != "update" || !payload["output"].is_object() {
            self.others.push(message);
            return;
        }
        let output = self.commands.entry(payload["serverId"].as_u64().unwrap()).or_default();
        for chunk in payload["output"]["chunks"].as_array().into_iter().flatten() {
            let data = chunk["data"].as_str().unwrap().as_bytes();
            match (chunk["location"].as_u64(), chunk["stream"].as_str().unwrap()) {
                (Some(_), _) => {}
                (None, "stdout") => output.stdout.extend_from_slice(data),
                (None, _) => output.stderr.extend_from_slice(data),
            }
        }
        output.dropped += payload["dropped"].as_u64().unwrap_or_default();
        output.is_replayed |= payload["replay"] == true;
        output.ends += usize::from(payload["status"] == "completed" && output.last["status"] != "completed");
        output.last = payload.clone();
    }

    fn take_frame(&mut self, frame: &[u8]) {
        let number = |from: usize| u64::from_be_bytes(frame[from..from + 8].try_into().unwrap());
        let output = self.commands.entry(number(8)).or_default();
        let (flags, position, payload) = (frame[3], number(16), &frame[32..]);
        output.is_replayed |= flags & 1 != 0;
        match frame[1] {
            1 => output.stdout.extend_from_slice(payload),
            2 => output.stderr.extend_from_slice(payload),
            _ => return,
        }
        if flags & 6 == 0 {
            assert_eq!(position, output.position, "a frame begins where the one before ended");
        }
        output.position = if flags & 2 == 0 { position + payload.len() as u64 } else { position };
    }

    pub(crate) fn has_ended(&self, server_id: u64) -> bool {
        self.commands.get(&server_id).is_some_and(|output| output.last["status"] == "completed")
    }

    pub(crate) fn stdout(&self, server_id: u64) -> &[u8] {
        self.commands.get(&server_id).map_or(&[], |output| &output.stdout)
    }
}
