//! Bulk: much output of a command through the real websocket, beside a plain reader and a plain forwarder.

use std::cell::RefCell;
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::coloured_log::coloured_log;
use crate::folder::Folder;
use crate::forwarder::{Forwarder, Through};
use crate::porthole::Porthole;
use crate::pty;
use crate::report::Row;
use crate::rounds::{Contender, Rounds, median};

const LOG: usize = 200_000_000;
const ROUNDS: usize = 5;
const UNIT: &str = "MB/s";
const FEATURES: [&str; 5] = ["binary", "chunks", "details", "format", "streams"];
const BARE: [&str; 3] = ["details", "format", "streams"];
/// In MB/s, through pipes as HTML.
const PIPES_HTML: f64 = 150.0;

struct Bench<'a> {
    runtime: &'a Runtime,
    porthole: &'a Porthole,
    forwarder: &'a Forwarder,
}

/// A command that prints much, and how many bytes it writes.
struct Load<'a> {
    text: &'a str,
    bytes: u64,
}

/// MB/s of what the program writes, from the command's message to the message that tells its end.
pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::runtime()?;
    let (porthole, forwarder) = (Porthole::start(folder, "bash")?, Forwarder::start()?);
    let bench = Bench { runtime: &runtime, porthole: &porthole, forwarder: &forwarder };
    let log = folder.path().join("bulk.log");
    std::fs::write(&log, coloured_log(LOG))?;
    let cat = format!("cat {}", log.display());
    let cat = Load { text: &cat, bytes: std::fs::metadata(&log)?.len() };
    let lines = (1..=5_000_000u32).map(|number| u64::from(number.ilog10()) + 2);
    let seq = Load { text: "seq 1 5000000", bytes: lines.sum() };

    let rounds = bench.on_a_terminal(&seq)?;
    let [binary, html, bare] = rows("`seq 1 5000000` on a terminal", &rounds, "terminal forwarder");
    let (times_binary, times_html) =
        (rounds.ratio("binary", "terminal forwarder"), rounds.ratio("html", "terminal forwarder"));
    let mut all = vec![
        binary.aim("3 x the terminal forwarder", times_binary >= 3.0),
        html.aim("1.5 x the terminal forwarder", times_html >= 1.5),
        bare,
    ];
    let rounds = bench.on_a_terminal(&cat)?;
    let [binary, html, bare] =
        rows("`cat` of a 200 MB coloured log on a terminal", &rounds, "terminal forwarder");
    all.extend([
        binary.aim("0.9 x the reader of a terminal", rounds.ratio("binary", "reader of a terminal") >= 0.9),
        html.aim("ahead of the terminal forwarder", rounds.ratio("html", "terminal forwarder") > 1.0),
        bare,
    ]);
    let rounds = bench.through_pipes(&cat)?;
    let [binary, html, bare] = rows("the same under `streams: \"pipes\"`", &rounds, "pipe forwarder");
    all.extend([
        binary.aim("0.5 x the pipe forwarder", rounds.ratio("binary", "pipe forwarder") >= 0.5),
        html.aim(format!("{PIPES_HTML} {UNIT}"), rounds.median("html") >= PIPES_HTML),
        bare,
    ]);
    all.push(bench.processor_time(&cat)?);
    std::fs::remove_file(log)?;
    Ok(all)
}

impl<'a> Bench<'a> {
    fn on_a_terminal(&self, load: &Load<'_>) -> Result<Rounds> {
        let text = load.text;
        let mut contenders = self.ours(load, "exact");
        contenders.push(timed("reader of a terminal", load, move || pty::read_all(text)));
        contenders.push(self.forwarded("terminal forwarder", load, Through::Terminal));
        Rounds::run(ROUNDS, &mut contenders)
    }

    fn through_pipes(&self, load: &Load<'_>) -> Result<Rounds> {
        let mut contenders = self.ours(load, "pipes");
        contenders.push(self.forwarded("pipe forwarder", load, Through::Pipe));
        Rounds::run(ROUNDS, &mut contenders)
    }

    fn ours<'b>(&'b self, load: &'b Load<'b>, streams: &'static str) -> Vec<Contender<'b>> {
        let forms: [(&str, &[&str], &str); 3] =
            [("binary", &FEATURES, "raw"), ("html", &FEATURES, "html"), ("bare", &BARE, "html")];
        let contender = |(name, features, format): (&'static str, &'b [&'b str], &str)| {
            let more = json!({"streams": streams, "format": format});
            let whole = if format == "raw" { load.bytes } else { 0 };
            Contender::new(name, move || {
                let (bytes, seconds) = self.run(features, load.text, &more)?;
                ensure!(bytes >= whole, "{bytes} bytes of {whole} came");
                Ok(load.bytes as f64 / 1e6 / seconds)
            })
        };
        forms.into_iter().map(contender).collect()
    }

    /// Bytes that came, and seconds.
    fn run(&self, features: &[&str], text: &str, more: &Value) -> Result<(u64, f64)> {
        self.runtime.block_on(async {
            let mut client = Client::open(self.porthole, features).await?;
            client.run("true", more).await?;
            let came = client.run(text, more).await?;
            Ok((came.bytes, came.whole.as_secs_f64()))
        })
    }

    fn forwarded<'b>(&'b self, name: &'static str, load: &'b Load<'b>, through: Through) -> Contender<'b> {
        timed(name, load, move || self.runtime.block_on(self.forwarder.run(through, load.text)))
    }

    /// What the whole tree of processes takes for output on a terminal in binary frames.
    fn processor_time(&self, load: &Load<'_>) -> Result<Row> {
        let more = json!({"streams": "exact", "format": "raw"});
        let seconds = RefCell::new(Vec::new());
        for _ in 0..ROUNDS {
            let before = self.porthole.processor_seconds()?;
            self.run(&FEATURES, load.text, &more)?;
            let taken = self.porthole.processor_seconds()? - before;
            seconds.borrow_mut().push(taken / (load.bytes as f64 / 1e8));
        }
        let seconds = median(seconds.into_inner());
        Ok(Row::new("processor time for 100 MB of it on a terminal, binary, whole tree", seconds, "s")
            .aim("at most 1.0 s", seconds <= 1.0))
    }
}

fn timed<'b>(name: &'static str, load: &'b Load<'b>, run: impl Fn() -> Result<u64> + 'b) -> Contender<'b> {
    Contender::new(name, move || {
        let begin = Instant::now();
        let bytes = run()?;
        ensure!(bytes >= load.bytes, "{name}: {bytes} bytes of {} came", load.bytes);
        Ok(load.bytes as f64 / 1e6 / begin.elapsed().as_secs_f64())
    })
}

/// Binary frames, HTML under `chunks`, and what a bare client gets.
fn rows(what: &str, rounds: &Rounds, peer: &str) -> [Row; 3] {
    [("binary", "binary"), ("html", "HTML under `chunks`"), ("bare", "HTML, bare protocol")].map(
        |(name, form)| {
            let mut row = Row::new(format!("{what}, {form}"), rounds.median(name), UNIT);
            for other in ["reader of a terminal", peer] {
                if rounds.has(other) {
                    let times = rounds.ratio(name, other);
                    row = row.beside(other, rounds.median(other), UNIT).note(format!("{times:.2} x"));
                }
            }
            row
        },
    )
}
