//! Peaks: the most memory that the engine takes while much flows through it, of a kind that could be kept for ever.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{FEATURES, MB};
use crate::client::Client;
use crate::folder::Folder;
use crate::porthole::Porthole;
use crate::report::Row;

const MIB: u64 = 1 << 20;
/// What is kept of a command, and of a pipe, is full before the end of either.
const LITTLE: u64 = 64 * MIB;
const MUCH: u64 = 1024 * MIB;
/// The peak after much, over that after little: two runs of the same flow differ by a sixth.
const TIMES: f64 = 1.25;
const PATIENCE: Duration = Duration::from_secs(120);

/// What flows, and who is there.
struct Flow {
    what: &'static str,
    /// `N` stands for the number of bytes.
    text: &'static str,
    breakpoints: &'static [usize],
    format: &'static str,
    /// Whether the client leaves once the command runs.
    leaves: bool,
}

const LINE: &str = "head -c N /dev/zero | tr '\\0' x";
const OSC: &str = "printf '\\033]0;'; head -c N /dev/zero | tr '\\0' x";
const LOG: &str = "yes 'a line of a log that has about the usual length' | head -c N";
const PIPE: &str = "yes 'a line of a log that flows through a pipe' | head -c N | cat >/dev/null";

const FLOWS: [Flow; 5] = [
    Flow { what: "one line", text: LINE, breakpoints: &[], format: "html", leaves: false },
    Flow { what: "an OSC without an end", text: OSC, breakpoints: &[], format: "html", leaves: false },
    Flow { what: "lines, as HTML", text: LOG, breakpoints: &[], format: "html", leaves: false },
    Flow {
        what: "lines while nobody is connected",
        text: LOG,
        breakpoints: &[],
        format: "html",
        leaves: true,
    },
    Flow { what: "lines through a tapped pipe", text: PIPE, breakpoints: &[1], format: "raw", leaves: false },
];

/// A row for each flow.
pub(super) fn measure(folder: &Folder, runtime: &Runtime) -> Result<Vec<Row>> {
    FLOWS.iter().map(|flow| row(folder, runtime, flow)).collect()
}

fn row(folder: &Folder, runtime: &Runtime, flow: &Flow) -> Result<Row> {
    let (little, _) = peak(folder, runtime, flow, LITTLE)?;
    let (much, seconds) = peak(folder, runtime, flow, MUCH)?;
    let times = much / little;
    let speed = MUCH as f64 / MB / seconds;
    Ok(Row::new(format!("the peak after 1 GiB: {}", flow.what), much, "MB")
        .beside("after 64 MiB", little, "MB")
        .note(format!("{times:.2} x"))
        .note(format!("{speed:.0} MB/s"))
        .aim(format!("at most {TIMES} x"), times <= TIMES))
}

/// The most resident megabytes of an engine that saw nothing else, and the seconds that the flow took.
fn peak(folder: &Folder, runtime: &Runtime, flow: &Flow, bytes: u64) -> Result<(f64, f64)> {
    let porthole = Porthole::start(folder, "bash")?;
    let text = flow.text.replace('N', &bytes.to_string());
    let mut more = json!({"streams": "pipes", "format": flow.format});
    if !flow.breakpoints.is_empty() {
        more["breakpoints"] = json!(flow.breakpoints);
    }
    let begin = Instant::now();
    if flow.leaves {
        let done = folder.path().join("done");
        runtime.block_on(leave(&porthole, &format!("{text}; : >{}", done.display()), &more))?;
        wait_for(&done)?;
    } else {
        let features = [&FEATURES[..], &["breakpoints"]].concat();
        runtime.block_on(async {
            let mut client = Client::open(&porthole, &features).await?;
            client.run(&text, &more).await
        })?;
    }
    Ok((porthole.peak_memory()? as f64 / MB, begin.elapsed().as_secs_f64()))
}

/// Starts a command and leaves it.
async fn leave(porthole: &Porthole, text: &str, more: &Value) -> Result<()> {
    let mut client = Client::open(porthole, &FEATURES).await?;
    client.start(text, more).await?;
    client.close().await
}

/// Waits for a file, and removes it.
fn wait_for(file: &Path) -> Result<()> {
    let begin = Instant::now();
    while !file.exists() {
        ensure!(begin.elapsed() < PATIENCE, "a command whose client has left does not end");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(std::fs::remove_file(file)?)
}
