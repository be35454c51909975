//! Breakpoints: what a tap costs a pipeline, beside the programs that people put into one to see what flows.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::folder::Folder;
use crate::porthole::Porthole;
use crate::report::Row;
use crate::rounds::{Contender, Rounds};

const FEATURES: [&str; 6] = ["binary", "breakpoints", "chunks", "details", "format", "streams"];
const GIB: usize = 1 << 30;
const ROUNDS: usize = 9;
const SHORT_ROUNDS: usize = 100;
const SHELLS: [&str; 4] = ["bash", "sh", "zsh", "fish"];
/// Aims: times the untapped pipeline, and milliseconds more than it.
const TIMES: f64 = 1.6;
const MORE_MS: f64 = 8.0;
/// A command without breakpoints goes the same way as in any session; this leaves room for what is not even.
const WITHOUT: f64 = 1.1;

/// Seconds from the command's message to the message that tells its end.
pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::one_thread()?;
    let mut rows = gibibyte(folder, &runtime)?;
    for shell in SHELLS {
        rows.push(short(folder, &runtime, shell)?);
    }
    Ok(rows)
}

fn gibibyte(folder: &Folder, runtime: &Runtime) -> Result<Vec<Row>> {
    let big = folder.path().join("gibibyte");
    let mut file = std::fs::File::create(&big)?;
    let piece = b"a line of a log that flows through a pipe\n".repeat(1 << 14);
    for _ in 0..GIB / piece.len() + 1 {
        std::io::Write::write_all(&mut file, &piece)?;
    }
    file.set_len(GIB as u64)?;
    let porthole = Porthole::start(folder, "bash")?;
    let text = |between: &str| format!("cat {} | {between}wc -c", big.display());
    let ours = |name: &'static str, between: &str, breakpoints: &[usize]| {
        let (text, more) = (text(between), more(breakpoints));
        let mut client = runtime.block_on(Client::open(&porthole, &FEATURES))?;
        anyhow::Ok(Contender::new(name, move || {
            Ok(runtime.block_on(client.run(&text, &more))?.whole.as_secs_f64())
        }))
    };
    let alone = text("");
    let shell = Contender::new("shell", move || {
        let begin = Instant::now();
        let mut command = Command::new("bash");
        ensure!(command.args(["-c", &alone]).stdout(Stdio::null()).status()?.success(), "it failed");
        Ok(begin.elapsed().as_secs_f64())
    });
    let rounds = Rounds::run(
        ROUNDS,
        &mut [
            ours("untapped", "", &[])?,
            ours("tapped", "", &[0])?,
            ours("pv", "pv -q | ", &[])?,
            ours("tee", "tee /dev/null | ", &[])?,
            shell,
        ],
    )?;
    std::fs::remove_file(&big)?;
    let mut tapped = Row::new("`cat 1 GiB | wc -c` tapped", rounds.median("tapped"), "s");
    for other in ["untapped", "pv", "tee"] {
        let times = rounds.ratio(other, "untapped");
        tapped = tapped.beside(other, rounds.median(other), "s").note(format!("{times:.2} x"));
    }
    let times = rounds.ratio("tapped", "untapped");
    let without = rounds.ratio("untapped", "shell");
    Ok(vec![
        tapped
            .note(format!("tapped {times:.2} x"))
            .aim(format!("at most {TIMES} x untapped"), times <= TIMES),
        Row::new("the same without a breakpoint", rounds.median("untapped"), "s")
            .beside("the shell alone", rounds.median("shell"), "s")
            .note(format!("{without:.2} x"))
            .aim(format!("at most {WITHOUT} x"), without <= WITHOUT),
    ])
}

/// What a tap adds to a pipeline that takes no time of its own.
fn short(folder: &Folder, runtime: &Runtime, shell: &'static str) -> Result<Row> {
    let porthole = Porthole::start(folder, shell)?;
    let clients = [&[][..], &[0]].map(|breakpoints| {
        let client = runtime.block_on(Client::open(&porthole, &FEATURES))?;
        anyhow::Ok((client, more(breakpoints)))
    });
    let [untapped, tapped] = clients;
    let contender = |name: &'static str, (mut client, more): (Client, Value)| {
        Contender::new(name, move || {
            Ok(runtime.block_on(client.run("echo a | cat", &more))?.whole.as_secs_f64() * 1e3)
        })
    };
    let rounds =
        Rounds::run(SHORT_ROUNDS, &mut [contender("untapped", untapped?), contender("tapped", tapped?)])?;
    let added = rounds.difference("tapped", "untapped");
    Ok(Row::new(format!("`echo a | cat` in {shell}: what a tap adds"), added, "ms")
        .beside("untapped", rounds.median("untapped"), "ms")
        .beside("tapped", rounds.median("tapped"), "ms")
        .aim(format!("at most {MORE_MS} ms"), added <= MORE_MS))
}

fn more(breakpoints: &[usize]) -> Value {
    let mut more = json!({"streams": "pipes", "format": "raw"});
    if !breakpoints.is_empty() {
        more["breakpoints"] = json!(breakpoints);
    }
    more
}
