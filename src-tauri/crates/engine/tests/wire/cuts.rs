//! Connections that are cut at any byte, while commands print: what a client puts together is what they wrote.

use std::path::PathBuf;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::proxy::{End, Fate, Proxy};
use crate::resuming::Resuming;
use crate::server::TestServer;

/// Cuts of an ordinary run; the environment variable `PORTHOLE_CUTS` asks for another number.
const CUTS: usize = 100;
const FEATURES: [&str; 5] = ["binary", "chunks", "format", "streams", "details"];

/// xorshift64*: the same numbers for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % limit
    }

    fn fate(&mut self) -> Fate {
        // Some do not live through the handshake, some for as long as several windows.
        let most = [3_000, 20_000, 200_000, 3_000_000][self.below(4) as usize];
        let end = match self.below(20) {
            0 => End::Hang,
            1 | 2 => End::HalfClosedToClient,
            3 | 4 => End::HalfClosedToServer,
            5..=9 => End::Close,
            _ => End::Reset,
        };
        let delay = Duration::from_micros(if self.below(4) == 0 { self.below(3_000) } else { 0 });
        Fate { after: self.below(most), end, delay }
    }
}

/// A command that runs, and the file in which it leaves what it wrote.
struct Load {
    client_id: u64,
    message: Value,
    file: PathBuf,
    is_checked: bool,
}

impl Load {
    fn new(number: u64, folder: &std::path::Path, random: &mut Random) -> Self {
        let file = folder.join(format!("written-{number}"));
        let name = file.display();
        let (text, format, streams) = match number % 3 {
            0 => {
                let bytes = 100_000 + random.below(3_000_000);
                (format!("head -c {bytes} /dev/urandom | tee {name}"), "raw", "pipes")
            }
            1 => {
                let lines = 1_000 + random.below(300_000);
                (format!("seq 1 {lines} | tee {name}"), "text", "pipes")
            }
            _ => {
                let lines = 100 + random.below(20_000);
                (format!("seq 1 {lines} | tee {name}"), "text", "exact")
            }
        };
        let payload = json!({"command": text, "clientId": number, "format": format, "streams": streams});
        let message = json!({"type": "command", "payload": payload});
        Self { client_id: number, message, file, is_checked: false }
    }

    /// The server's id for it, once it was answered.
    fn server_id(&self, client: &Resuming) -> Option<u64> {
        let mut answers = client.came.others.iter().filter(|message| message["type"] == "command");
        let answer = answers.find(|answer| answer["payload"]["clientId"] == self.client_id)?;
        Some(answer["payload"]["serverId"].as_u64().unwrap())
    }

    /// Compares what came with what was written, once the command has ended.
    fn check(&mut self, client: &mut Resuming, seed: u64) {
        let Some(id) = self.server_id(client).filter(|id| client.came.has_ended(*id)) else { return };
        let output = client.came.commands.get_mut(&id).unwrap();
        let came = std::mem::take(&mut output.stdout);
        let written = std::fs::read(&self.file).unwrap();
        assert!(
            digest(&SHA256, &came).as_ref() == digest(&SHA256, &written).as_ref(),
            "seed {seed}: {} bytes came of {} that {} wrote; the first {} agree, {} were dropped",
            came.len(),
            written.len(),
            self.message,
            came.iter().zip(&written).take_while(|(a, b)| a == b).count(),
            output.dropped
        );
        assert_eq!((output.ends, output.dropped, output.is_replayed), (1, 0, false), "seed {seed}");
        std::fs::remove_file(&self.file).unwrap();
        self.is_checked = true;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_cuts_nothing_is_lost_and_nothing_comes_twice() {
    let cuts = std::env::var("PORTHOLE_CUTS").map_or(CUTS, |number| number.parse().unwrap());
    let seed = std::env::var("PORTHOLE_SEED").map_or_else(|_| rand_seed(), |seed| seed.parse().unwrap());
    eprintln!("PORTHOLE_CUTS={cuts} PORTHOLE_SEED={seed}");
    let server = TestServer::start().await;
    let mut random = Random(seed | 1);
    let mut fates = Random(seed.rotate_left(17) | 1);
    let proxy = Proxy::start(server.engine.address(), move || fates.fate()).await;
    let mut client = Resuming::new(&server, &FEATURES);
    client.connect().await.unwrap();
    client.by(proxy.address);
    client.acknowledge_after = Some(50_000);
    // Short: a connection that hangs says nothing.
    client.patience = Duration::from_millis(500);
    client.cut();
    let (mut lost, mut checked, mut numbers) = (0, 0, 1..);
    let mut loads: Vec<Load> = Vec::new();
    while lost < cuts || !loads.is_empty() {
        if !client.is_connected() {
            if client.connect().await.is_err() {
                lost += 1;
                continue;
            }
            assert_eq!(client.answer["resume"]["resumed"], true, "seed {seed}");
            assert!(client.answer["resume"].get("missing").is_none(), "seed {seed}");
            // What was not answered may have been lost on its way.
            let unanswered = loads.iter().filter(|load| load.server_id(&client).is_none());
            for message in unanswered.map(|load| load.message.clone()).collect::<Vec<_>>() {
                let _ = client.try_send(message).await;
            }
        }
        while lost < cuts && loads.len() < 3 {
            let load = Load::new(numbers.next().unwrap(), server.folder.path(), &mut random);
            let _ = client.try_send(load.message.clone()).await;
            loads.push(load);
        }
        if client.hear().await.is_err() {
            lost += 1;
            client.cut();
        }
        for load in &mut loads {
            load.check(&mut client, seed);
            checked += usize::from(load.is_checked);
        }
        loads.retain(|load| !load.is_checked);
    }
    assert!(checked * 10 > cuts, "only {checked} commands were checked");
    eprintln!("{lost} cuts, {checked} commands, seq {}", client.seq);
}

/// Another one each time; a failure names it.
fn rand_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_nanos() as u64
}
