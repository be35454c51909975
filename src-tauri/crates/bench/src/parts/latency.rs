//! Latency: a key's echo, a command's first byte, a new session's first output.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, Socket};
use crate::folder::Folder;
use crate::forwarder::{Forwarder, Through};
use crate::porthole::Porthole;
use crate::report::Row;
use crate::rounds::{Contender, Rounds};

const FEATURES: [&str; 5] = ["binary", "chunks", "details", "format", "streams"];
const KEYS: usize = 1000;
const COMMANDS: usize = 300;
const OPENINGS: usize = 50;
/// Typed to a terminal in lines, which are at most 4,095 bytes.
const LINE: usize = 500;
/// Prints as fast as it may beside what is measured.
const LOUD: &str = "yes 'a line that is printed again and again'";
/// A key is echoed by the terminal itself, so that the two differ by what the engine does alone.
const ECHO_TIMES: f64 = 1.25;
const OPENING_MS: f64 = 3.0;

pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::runtime()?;
    let forwarder = Forwarder::start()?;
    let mut rows = echoes(folder, &runtime, &forwarder)?;
    let porthole = Porthole::start(folder, "bash")?;
    rows.push(first_byte(&runtime, &porthole, &forwarder)?);
    rows.push(opening(&runtime, &porthole, &forwarder)?);
    Ok(rows)
}

/// A key's echo alone, and while another session prints, which only ends with its engine.
fn echoes(folder: &Folder, runtime: &Runtime, forwarder: &Forwarder) -> Result<Vec<Row>> {
    let porthole = Porthole::start(folder, "bash")?;
    let alone = echo(runtime, &porthole, forwarder, "a key and its echo")?;
    let loud = runtime.spawn(be_loud(runtime.block_on(Client::open(&porthole, &FEATURES))?));
    let beside = echo(runtime, &porthole, forwarder, "the same beside a session in bulk")?;
    loud.abort();
    Ok(vec![alone, beside])
}

/// Microseconds from sending a key to getting it back.
fn echo(runtime: &Runtime, porthole: &Porthole, forwarder: &Forwarder, what: &str) -> Result<Row> {
    let mut ours = runtime.block_on(Typist::to_porthole(porthole))?;
    let mut floor = runtime.block_on(Typist::to_forwarder(forwarder))?;
    let rounds = Rounds::run(
        KEYS,
        &mut [
            Contender::new("porthole", || runtime.block_on(ours.key())),
            Contender::new("terminal forwarder", || runtime.block_on(floor.key())),
        ],
    )?;
    let times = rounds.ratio("porthole", "terminal forwarder");
    Ok(percentiles(what, &rounds, "us")
        .note(format!("{times:.2} x"))
        .aim(format!("at most {ECHO_TIMES} x the terminal forwarder"), times <= ECHO_TIMES))
}

/// Microseconds from a command's message to its first output, beside a program that is started for each.
fn first_byte(runtime: &Runtime, porthole: &Porthole, forwarder: &Forwarder) -> Result<Row> {
    let more = json!({"streams": "exact", "format": "raw"});
    let mut client = runtime.block_on(Client::open(porthole, &FEATURES))?;
    let rounds = Rounds::run(
        COMMANDS,
        &mut [
            Contender::new("porthole", || {
                let came = runtime.block_on(client.run("/bin/echo hi", &more))?;
                Ok(came.first.as_secs_f64() * 1e6)
            }),
            Contender::new("terminal forwarder", || {
                runtime.block_on(async {
                    let mut socket = crate::client::connect(forwarder.address).await?;
                    let begin = Instant::now();
                    forwarder.ask(&mut socket, Through::Terminal, "sh", "exec /bin/echo hi").await?;
                    first(&mut socket).await?;
                    Ok(begin.elapsed().as_secs_f64() * 1e6)
                })
            }),
        ],
    )?;
    let times = rounds.ratio("porthole", "terminal forwarder");
    Ok(percentiles("`/bin/echo hi` again and again, first byte", &rounds, "us")
        .note(format!("{times:.2} x"))
        .aim("at or below the terminal forwarder", times <= 1.0))
}

/// Milliseconds from nothing to the first output of a shell's first command.
fn opening(runtime: &Runtime, porthole: &Porthole, forwarder: &Forwarder) -> Result<Row> {
    let more = json!({"streams": "exact", "format": "raw"});
    let rounds = Rounds::run(
        OPENINGS,
        &mut [
            Contender::new("porthole", || {
                let began = Instant::now();
                let came = runtime.block_on(async {
                    let mut client = Client::open(porthole, &FEATURES).await?;
                    let opened = began.elapsed();
                    let came = client.run("echo hi", &more).await?;
                    anyhow::Ok(opened + came.first)
                });
                // A shell that is kept for the next session starts in the meantime.
                std::thread::sleep(Duration::from_millis(100));
                Ok(came?.as_secs_f64() * 1e3)
            }),
            Contender::new("terminal forwarder", || {
                let began = Instant::now();
                runtime.block_on(async {
                    let text = "bash --norc --noprofile -ic 'echo hi'";
                    let mut socket = forwarder.open(Through::Terminal, "sh", text).await?;
                    first(&mut socket).await
                })?;
                Ok(began.elapsed().as_secs_f64() * 1e3)
            }),
        ],
    )?;
    let median = rounds.median("porthole");
    Ok(percentiles("connect, shell and first output", &rounds, "ms")
        .aim(format!("at most {OPENING_MS} ms"), median <= OPENING_MS))
}

fn percentiles(what: &str, rounds: &Rounds, unit: &str) -> Row {
    let both = |name: &str| [50.0, 99.0].map(|percent| rounds.percentile(name, percent));
    let ([ours, ours_p99], [floor, floor_p99]) = (both("porthole"), both("terminal forwarder"));
    Row::new(format!("{what}, p50"), ours, unit)
        .note(format!("p99 {ours_p99:.2} {unit}"))
        .beside("terminal forwarder", floor, unit)
        .note(format!("p99 {floor_p99:.2} {unit}"))
}

/// The first binary message.
async fn first(socket: &mut Socket) -> Result<()> {
    loop {
        if socket.next().await.context("the connection was closed")??.is_binary() {
            return Ok(());
        }
    }
}

/// Takes what a loud command prints for as long as it is let.
async fn be_loud(mut client: Client) -> Result<()> {
    client.run(LOUD, &json!({"streams": "exact", "format": "raw"})).await?;
    Ok(())
}

/// Types to a program that reads lines from a terminal.
struct Typist {
    client: Client,
    /// None for the forwarder, which takes bytes as they are.
    command: Option<u64>,
    typed: usize,
}

impl Typist {
    async fn to_porthole(porthole: &Porthole) -> Result<Self> {
        let mut client = Client::open(porthole, &FEATURES).await?;
        let id = client.start("cat", &json!({"streams": "exact", "format": "raw"})).await?;
        Ok(Self { client, command: Some(id), typed: 0 })
    }

    async fn to_forwarder(forwarder: &Forwarder) -> Result<Self> {
        let socket = forwarder.open(Through::Terminal, "sh", "exec cat").await?;
        Ok(Self { client: Client { socket }, command: None, typed: 0 })
    }

    /// Microseconds until what was typed came back.
    async fn key(&mut self) -> Result<f64> {
        self.typed += 1;
        if self.typed.is_multiple_of(LINE) {
            self.send(b"\n").await?;
            // The line end, and the line from the program.
            self.until(|bytes| bytes.iter().filter(|byte| **byte == b'\n').count() == 2).await?;
        }
        let begin = Instant::now();
        self.send(b"k").await?;
        self.until(|bytes| bytes.contains(&b'k')).await?;
        Ok(begin.elapsed().as_secs_f64() * 1e6)
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match self.command {
            Some(id) => self.client.input(id, bytes).await,
            None => Ok(self.client.socket.send(Message::binary(bytes.to_vec())).await?),
        }
    }

    async fn until(&mut self, is_enough: impl Fn(&[u8]) -> bool) -> Result<()> {
        let header = if self.command.is_some() { engine::protocol::BINARY_HEADER } else { 0 };
        let mut came = Vec::new();
        while !is_enough(&came) {
            if let Message::Binary(frame) = self.client.next().await? {
                came.extend_from_slice(frame.get(header..).unwrap_or_default());
            }
        }
        Ok(())
    }
}
