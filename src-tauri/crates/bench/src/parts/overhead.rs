//! Overhead: a command in a session, beside the same shell that reads and runs the same text by itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::client::Client;
use crate::folder::Folder;
use crate::porthole::Porthole;
use crate::report::Row;
use crate::rounds::{Contender, Rounds};

const FEATURES: [&str; 5] = ["binary", "chunks", "details", "format", "streams"];
const ROUNDS: usize = 500;
const SHELLS: [&str; 4] = ["bash", "sh", "zsh", "fish"];
const COMMANDS: [&str; 2] = ["echo hi", "/bin/echo hi"];
/// Milliseconds over what the shell itself takes.
const AIM_MS: f64 = 1.0;

/// Milliseconds from the command's message to the message that tells its end; of the shell alone, from writing the line to
/// reading what it printed.
pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::runtime()?;
    let mut rows = Vec::new();
    for shell in SHELLS {
        let porthole = Porthole::start(folder, shell)?;
        for text in COMMANDS {
            let mut client = runtime.block_on(Client::open(&porthole, &FEATURES))?;
            let more = json!({"streams": "exact", "format": "raw"});
            let mut alone = Alone::start(shell)?;
            let rounds = Rounds::run(
                ROUNDS,
                &mut [
                    Contender::new("session", || {
                        Ok(runtime.block_on(client.run(text, &more))?.whole.as_secs_f64() * 1e3)
                    }),
                    Contender::new("alone", || alone.run(text)),
                ],
            )?;
            let over = rounds.difference("session", "alone");
            let p99 = |name: &str| format!("{:.2}", rounds.percentile(name, 99.0));
            rows.push(
                Row::new(format!("`{text}` in {shell}, p50"), rounds.median("session"), "ms")
                    .note(format!("p99 {} ms", p99("session")))
                    .beside("the shell alone", rounds.median("alone"), "ms")
                    .note(format!("p99 {} ms", p99("alone")))
                    .note(format!("{over:.2} ms more"))
                    .aim(format!("at most {AIM_MS} ms more"), over <= AIM_MS),
            );
        }
    }
    Ok(rows)
}

/// A shell that reads lines and runs them, with nothing around it.
struct Alone {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Alone {
    fn start(shell: &str) -> Result<Self> {
        let mut command = Command::new(shell);
        match shell {
            "fish" => command.args(["--no-config", "-c", "while read -l line; eval $line; end"]),
            "zsh" => command.args(["-f", "-c", r#"while IFS= read -r line; do eval "$line"; done"#]),
            _ => command.args(["-c", r#"while IFS= read -r line; do eval "$line"; done"#]),
        };
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take().context("its input is piped")?;
        let output = BufReader::new(process.stdout.take().context("its output is piped")?);
        Ok(Self { process, input, output })
    }

    /// Milliseconds.
    fn run(&mut self, text: &str) -> Result<f64> {
        let begin = Instant::now();
        self.input.write_all(format!("{text}\n").as_bytes())?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(line == "hi\n", "the shell printed {line:?}");
        Ok(begin.elapsed().as_secs_f64() * 1e3)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
