//! Memory: an engine at rest, with sessions, with a client that reads nothing, while much flows; many sessions at once.

mod peaks;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::folder::Folder;
use crate::porthole::Porthole;
use crate::report::Row;

const FEATURES: [&str; 5] = ["binary", "chunks", "details", "format", "streams"];
const MB: f64 = 1e6;
const SESSIONS: usize = 40;
/// As many as the engine lets in at once, less a few for what closes; and how many of them may not have authenticated.
const AT_ONCE: usize = 60;
const AT_THE_DOOR: usize = 16;
const MANY: usize = 200;
const LINES: usize = 10_000;
/// While a client reads nothing, its memory is looked at so often and so long.
const LOOKS: usize = 40;
const PAUSE: Duration = Duration::from_millis(100);
/// Aims, in MB and seconds.
const IDLE: f64 = 12.0;
const A_SESSION: f64 = 0.1;
const UNREAD: f64 = 10.0;
const MANY_SECONDS: f64 = 2.0;

/// Resident megabytes of the engine's process; shells are processes of their own.
pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::runtime()?;
    let mut rows = Vec::new();
    let porthole = Porthole::start(folder, "bash")?;
    let idle = megabytes(&porthole)?;
    rows.push(Row::new("at rest", idle, "MB").aim(format!("at most {IDLE} MB"), idle <= IDLE));
    let more = json!({"streams": "exact", "format": "raw"});
    let open = || {
        runtime.block_on(async {
            let mut client = Client::open(&porthole, &FEATURES).await?;
            client.run("echo hi", &more).await?;
            anyhow::Ok(client)
        })
    };
    let first = open()?;
    let before = megabytes(&porthole)?;
    let clients = (0..SESSIONS).map(|_| open()).collect::<Result<Vec<_>>>()?;
    let each = (megabytes(&porthole)? - before) / SESSIONS as f64;
    rows.push(
        Row::new("a further session with its connection and shell", each, "MB")
            .aim(format!("at most {A_SESSION} MB"), each <= A_SESSION),
    );
    drop((first, clients));
    for (format, name) in [("raw", "binary"), ("html", "HTML")] {
        let grown = unread(folder, &runtime, format)?;
        rows.push(
            Row::new(format!("a client that reads nothing of `yes`, {name}"), grown, "MB")
                .aim(format!("at most {UNREAD} MB"), grown <= UNREAD),
        );
    }
    rows.extend(peaks::measure(folder, &runtime)?);
    let seconds = many(folder, &runtime)?;
    rows.push(
        Row::new(format!("{MANY} sessions x {LINES} lines, {AT_ONCE} at once"), seconds, "s")
            .aim(format!("at most {MANY_SECONDS} s"), seconds <= MANY_SECONDS),
    );
    Ok(rows)
}

fn megabytes(porthole: &Porthole) -> Result<f64> {
    Ok(porthole.memory()? as f64 / MB)
}

/// The most that the engine grows while a command prints to a client that takes nothing.
fn unread(folder: &Folder, runtime: &Runtime, format: &str) -> Result<f64> {
    let porthole = Porthole::start(folder, "bash")?;
    let more = json!({"streams": "exact", "format": format});
    let mut client = runtime.block_on(Client::open(&porthole, &FEATURES))?;
    runtime.block_on(client.run("echo hi", &more))?;
    let before = megabytes(&porthole)?;
    runtime.block_on(client.start("yes", &more))?;
    let mut most = before;
    for _ in 0..LOOKS {
        thread::sleep(PAUSE);
        most = most.max(megabytes(&porthole)?);
    }
    Ok(most - before)
}

/// Seconds until every line of every session has come.
fn many(folder: &Folder, runtime: &Runtime) -> Result<f64> {
    let porthole = Arc::new(Porthole::start(folder, "bash")?);
    let door = Arc::new(Semaphore::new(AT_THE_DOOR));
    let text = format!("seq {LINES}");
    let expected = (1..=LINES).map(|number| number.to_string().len() as u64 + 1).sum::<u64>();
    let begin = Instant::now();
    runtime.block_on(async {
        let mut sessions = JoinSet::new();
        for number in 0..MANY {
            if number >= AT_ONCE {
                let came: Result<u64> = sessions.join_next().await.context("one runs")??;
                ensure!(came? >= expected, "output is missing");
            }
            let (porthole, door, text) = (Arc::clone(&porthole), Arc::clone(&door), text.clone());
            sessions.spawn(async move {
                let place = door.acquire().await?;
                let mut client = Client::open(&porthole, &FEATURES).await?;
                drop(place);
                let came = client.run(&text, &json!({"streams": "exact", "format": "raw"})).await?;
                client.close().await?;
                Ok(came.bytes)
            });
        }
        while let Some(came) = sessions.join_next().await {
            ensure!(came?? >= expected, "output is missing");
        }
        Ok(())
    })?;
    Ok(begin.elapsed().as_secs_f64())
}
