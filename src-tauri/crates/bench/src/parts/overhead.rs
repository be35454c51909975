//! Overhead: a command in a session, beside the same interactive shell that runs the same text by itself.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::alone::Alone;
use crate::client::Client;
use crate::folder::Folder;
use crate::porthole::Porthole;
use crate::report::Row;
use crate::rounds::{Contender, Rounds, median};

const FEATURES: [&str; 5] = ["binary", "chunks", "details", "format", "streams"];
const SHELLS: [&str; 4] = ["bash", "sh", "zsh", "fish"];
/// A builtin and a program that leave the shell as it was, a builtin that may not, a pipeline.
const COMMANDS: [&str; 4] = ["echo hi", "/bin/echo hi", "cd .", "/bin/echo hi | /bin/cat"];
/// How commands come: as fast as they end, or as somebody types them, when the machine has nothing else to do and what
/// is to run has to be woken; and how many.
const PACES: [(&str, Duration, usize); 2] =
    [("", Duration::ZERO, 500), (" after a rest", Duration::from_millis(10), 150)];
/// Milliseconds over what the shell itself takes.
const AIM_MS: f64 = 1.0;

/// Milliseconds from the command's message to the message that tells its end; of the shell alone, from writing the line to
/// reading that it has ended.
pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::one_thread()?;
    let mut rows = Vec::new();
    for shell in SHELLS {
        let porthole = Porthole::start(folder, shell)?;
        let paces = PACES.into_iter().flat_map(|pace| COMMANDS.map(|text| (text, pace)));
        for (number, (text, (pace, rest, count))) in paces.enumerate() {
            let mut client = runtime.block_on(Client::open(&porthole, &FEATURES))?;
            let more = json!({"streams": "exact", "format": "raw"});
            let mut alone = Alone::start(shell, folder, &format!("alone-{shell}-{number}"))?;
            let mut firsts = Vec::with_capacity(count);
            let rounds = Rounds::run_rested(
                count,
                rest,
                &mut [
                    Contender::new("session", || {
                        let came = runtime.block_on(client.run(text, &more))?;
                        firsts.push(came.first.as_secs_f64() * 1e3);
                        Ok(came.whole.as_secs_f64() * 1e3)
                    }),
                    Contender::new("alone", || alone.run(text)),
                ],
            )?;
            let over = rounds.difference("session", "alone");
            let p99 = |name: &str| format!("{:.2}", rounds.percentile(name, 99.0));
            let mut row = Row::new(format!("`{text}` in {shell}{pace}, p50"), rounds.median("session"), "ms")
                .note(format!("p99 {} ms", p99("session")));
            if firsts.iter().any(|first| *first > 0.0) {
                row = row.note(format!("first output {:.2} ms", median(firsts)));
            }
            rows.push(
                row.beside("the shell alone", rounds.median("alone"), "ms")
                    .note(format!("p99 {} ms", p99("alone")))
                    .note(format!("{over:.2} ms more"))
                    .aim(format!("at most {AIM_MS} ms more"), over <= AIM_MS),
            );
        }
    }
    Ok(rows)
}
