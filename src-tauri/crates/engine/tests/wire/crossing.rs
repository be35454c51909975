//! Connections of one client that cross: what comes late on an old one does nothing, and what is typed is typed once.

use std::time::Duration;

use futures_util::SinkExt;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::cuts::Random;
use crate::proxy::{End, Fate, Proxy};
use crate::resuming::Resuming;
use crate::server::TestServer;

const FEATURES: [&str; 5] = ["binary", "chunks", "format", "streams", "details"];
/// Lines that are typed under one seed.
const LINES: u64 = 40;

type Socket = WebSocketStream<TlsStream<TcpStream>>;

fn raw() -> Value {
    json!({"format": "raw", "streams": "pipes"})
}

fn typed(server_id: u64, client_id: u64, input: &str) -> Value {
    json!({"type": "update", "payload": {
        "type": "stdin", "serverId": server_id, "clientId": client_id, "input": input}})
}

fn end_of(server_id: u64) -> Value {
    json!({"type": "update", "payload": {"type": "stdin", "serverId": server_id, "input": "", "end": true}})
}

/// Says something on a connection that the server may have closed.
async fn say_late(socket: &mut Socket, message: Value) {
    let said = socket.send(Message::text(message.to_string()));
    let _ = tokio::time::timeout(Duration::from_secs(5), said).await;
}

fn is_answered(client: &Resuming, client_id: u64) -> bool {
    client
        .came
        .others
        .iter()
        .any(|message| message["type"] == "update" && message["payload"]["clientId"] == json!(client_id))
}

#[tokio::test]
async fn what_comes_late_on_a_connection_whose_goodbye_nobody_reads_does_nothing() {
    // Far longer than the test may take: the old connection hangs in the middle of what it sends.
    let server = TestServer::with(|settings| {
        settings.limits.send = Duration::from_secs(3600);
        settings.limits.window = 64 << 20;
        settings.limits.unacknowledged = 128 << 20;
    })
    .await;
    let file = server.folder.path().join("typed");
    let mut client = Resuming::connected(&server, &FEATURES).await;
    client.acknowledge_after = None;
    let id = client.start(&format!("cat > {}", file.display()), raw()).await;
    client.start("head -c 40000000 /dev/zero", raw()).await;
    let acknowledged = client.seq;
    let mut old = client.leave_hanging();
    client.acknowledge_after = Some(100_000);
    client.connect().await.unwrap();
    let signal = json!({"type": "update", "payload": {"type": "signal", "serverId": id, "signal": 9}});
    for late in [
        json!({"type": "ack", "payload": {"seq": acknowledged}}),
        typed(id, 901, "late\n"),
        json!({"type": "command", "payload": {"command": "echo late", "clientId": 902}}),
        signal,
    ] {
        say_late(&mut old, late).await;
    }
    client.send(typed(id, 903, "new\n")).await;
    client.send(end_of(id)).await;
    client.until(|came| came.has_ended(id)).await;
    assert_eq!(client.came.commands[&id].last["exitCode"], 0);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "new\n");
    let late =
        |message: &Value| message["payload"]["clientId"] == 901 || message["payload"]["clientId"] == 902;
    assert!(!client.came.others.iter().any(late));
}

/// One client whose connections overlap.
struct Crossing {
    client: Resuming,
    left: Vec<Socket>,
    /// What the old connections say late.
    late: Vec<Value>,
    random: Random,
    ways: Vec<std::net::SocketAddr>,
    typing: u64,
    /// The line that was not answered yet.
    open: Option<u64>,
    markers: u64,
}

impl Crossing {
    fn line(&self, number: u64) -> Value {
        typed(self.typing, 10_000 + number, &format!("line {number}\n"))
    }

    /// Leaves its connection open, and comes back on another one; at most five others stay open.
    async fn cross(&mut self) {
        self.left.push(self.client.leave_hanging());
        if self.left.len() > 5 {
            self.left.remove(self.random.below(6) as usize);
        }
        self.client.by(self.ways[self.random.below(self.ways.len() as u64) as usize]);
        self.client.connect().await.unwrap();
        assert_eq!(self.client.answer["resume"]["resumed"], true);
        assert!(self.client.answer["resume"].get("missing").is_none());
        self.settle().await;
    }

    /// Types the open line again where it did not arrive, which an answer on this connection tells.
    async fn settle(&mut self) {
        let Some(line) = self.open else { return };
        self.markers += 1;
        let marker = 20_000 + self.markers;
        self.client.send(typed(self.typing, marker, "")).await;
        while !is_answered(&self.client, marker) {
            self.client.hear().await.unwrap();
        }
        if !is_answered(&self.client, 10_000 + line) {
            let again = self.line(line);
            self.client.send(again).await;
        }
    }

    /// One of the old connections says something that has its time behind it.
    async fn say_late(&mut self) {
        if self.left.is_empty() {
            return;
        }
        let at = self.random.below(self.left.len() as u64) as usize;
        let what = self.random.below(self.late.len() as u64) as usize;
        say_late(&mut self.left[at], self.late[what].clone()).await;
    }
}

async fn overlap(seed: u64) {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (written, file) = (folder.join("written"), folder.join("typed"));
    let mut delays = Random(seed.rotate_left(9) | 1);
    let delayed =
        move || Fate { after: u64::MAX, end: End::Close, delay: Duration::from_micros(delays.below(4_000)) };
    let proxy = Proxy::start(server.engine.address(), delayed).await;
    let mut client = Resuming::new(&server, &FEATURES);
    client.acknowledge_after = Some(50_000);
    client.connect().await.unwrap();
    let text = format!("seq 1 1000000 | tee {}", written.display());
    let printing = client.start(&text, raw()).await;
    let typing = client.start(&format!("cat > {}", file.display()), raw()).await;
    let late = vec![
        json!({"type": "ack", "payload": {"seq": 1}}),
        typed(typing, 30_000, "late\n"),
        end_of(typing),
        json!({"type": "update", "payload": {"type": "signal", "serverId": typing, "signal": 15}}),
    ];
    let ways = vec![proxy.address, proxy.address, server.engine.address()];
    let random = Random(seed | 1);
    let (left, open, markers) = (Vec::new(), None, 0);
    let mut crossing = Crossing { client, left, late, random, ways, typing, open, markers };
    let mut lines = 0;
    while lines < LINES || crossing.open.is_some() {
        match crossing.random.below(5) {
            0 if crossing.open.is_none() => {
                lines += 1;
                crossing.open = Some(lines);
                let line = crossing.line(lines);
                crossing.client.send(line).await;
            }
            1 => crossing.cross().await,
            2 => crossing.say_late().await,
            _ if crossing.open.is_some() || !crossing.client.came.has_ended(printing) => {
                crossing.client.hear().await.unwrap();
            }
            _ => {}
        }
        if crossing.open.is_some_and(|line| is_answered(&crossing.client, 10_000 + line)) {
            crossing.open = None;
        }
    }
    let client = &mut crossing.client;
    client.send(end_of(typing)).await;
    client.until(|came| came.has_ended(typing) && came.has_ended(printing)).await;
    let lines: String = (1..=LINES).map(|line| format!("line {line}\n")).collect();
    assert_eq!(std::fs::read_to_string(file).unwrap(), lines, "seed {seed}");
    let (came, written) = (client.came.stdout(printing), std::fs::read(written).unwrap());
    let is_whole = digest(&SHA256, came).as_ref() == digest(&SHA256, &written).as_ref();
    assert!(is_whole, "seed {seed}: {} bytes came of {}", came.len(), written.len());
    assert_eq!(client.came.commands[&printing].dropped, 0, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_overlap_in_any_order_type_every_line_once_and_lose_no_output() {
    for seed in [1, 7, 42, 1_000_003, 0xdead_beef] {
        overlap(seed).await;
    }
}
