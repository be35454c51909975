//! Completion: a word that is completed through the socket, beside the shell that completes it at its own prompt.

use std::cell::Cell;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::folder::Folder;
use crate::porthole::{Porthole, found};
use crate::pty::Pty;
use crate::report::Row;
use crate::rounds::{Contender, Rounds};

const ROUNDS: usize = 100;
/// What is completed to, as a person waits for it.
const MOST_MS: f64 = 100.0;
/// A line, what comes of it, and what that is.
const LINES: [(&str, &str, &str); 2] =
    [("cat alph", "alpha-beta", "a file"), ("git cherry-pi", "cherry-pick", "a command of Git")];

pub(super) fn measure(folder: &Folder) -> Result<Vec<Row>> {
    let runtime = super::runtime()?;
    let mut rows = Vec::new();
    for shell in ["bash", "zsh", "fish"] {
        let home = folder.path().join(format!("completing-{shell}"));
        std::fs::create_dir(&home)?;
        std::fs::write(home.join("alpha-beta"), "")?;
        std::fs::write(home.join(".zshrc"), "autoload -Uz compinit; compinit -u\n")?;
        let porthole = Porthole::start(folder, shell)?;
        let mut client = runtime.block_on(Client::open(&porthole, &["complete"]))?;
        runtime.block_on(client.run(&format!("cd {}", home.display()), &json!({})))?;
        let mut prompt = Prompt::start(shell, &home)?;
        for (line, whole, what) in LINES {
            rows.push(completed(
                &runtime,
                &mut client,
                &mut prompt,
                line,
                whole,
                &format!("{shell}, {what}"),
            )?);
        }
    }
    Ok(rows)
}

/// Milliseconds from the question, or the key, to the completion.
fn completed(
    runtime: &Runtime,
    client: &mut Client,
    prompt: &mut Prompt,
    line: &str,
    whole: &str,
    what: &str,
) -> Result<Row> {
    let late = Cell::new(0);
    let rounds = Rounds::run(
        ROUNDS,
        &mut [
            Contender::new("porthole", || {
                let began = Instant::now();
                let answer = runtime.block_on(ask(client, line))?;
                let took = began.elapsed();
                ensure!(answer["result"] == "ok", "no completions: {answer}");
                if answer["source"] == "shell" {
                    let text = answer["completions"][0]["text"].as_str();
                    ensure!(text == Some(whole), "{what}: another completion came: {answer}");
                } else {
                    late.set(late.get() + 1);
                }
                Ok(took.as_secs_f64() * 1e3)
            }),
            Contender::new("the shell's prompt", || prompt.complete(line, whole)),
        ],
    )?;
    let both = |name: &str| [50.0, 95.0].map(|percent| rounds.percentile(name, percent));
    let ([ours, ours_p95], [theirs, theirs_p95]) = (both("porthole"), both("the shell's prompt"));
    let times = rounds.ratio("porthole", "the shell's prompt");
    let late = late.get();
    Ok(Row::new(format!("{what}, p50"), ours, "ms")
        .note(format!("p95 {ours_p95:.2} ms"))
        .beside("the shell's prompt", theirs, "ms")
        .note(format!("p95 {theirs_p95:.2} ms"))
        .note(format!("{times:.2} x; not told by the shell in time {late} of {}", ROUNDS + 1))
        .aim(format!("p95 at most {MOST_MS} ms"), ours_p95 <= MOST_MS))
}

async fn ask(client: &mut Client, line: &str) -> Result<Value> {
    client.send(&json!({"type": "complete", "payload": {"line": line, "cursor": line.len()}})).await?;
    loop {
        let text = client.next_text().await?;
        if text.starts_with(r#"{"type":"complete""#) {
            return Ok(serde_json::from_str::<Value>(&text)?["payload"].take());
        }
    }
}

/// A shell at its prompt on a terminal of its own.
struct Prompt {
    terminal: File,
    shell: Child,
}

impl Prompt {
    fn start(shell: &str, home: &Path) -> Result<Self> {
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]).arg(found(shell)?).args(["-l", "-i"]);
        command.env("HOME", home).env("TERM", "xterm").env("PS1", "% ").current_dir(home);
        let (master, shell) = Pty::open()?.start(command)?;
        let mut prompt = Self { terminal: master.into(), shell };
        prompt.settle(2000)?;
        Ok(prompt)
    }

    /// Milliseconds from the key to the completed word.
    fn complete(&mut self, line: &str, whole: &str) -> Result<f64> {
        self.terminal.write_all(line.as_bytes())?;
        self.settle(50)?;
        let rest = &whole[typed(line).len()..];
        let began = Instant::now();
        self.terminal.write_all(b"\t")?;
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(rest) {
            ensure!(self.is_readable(5000)?, "the shell did not complete {line:?}");
            let mut piece = [0; 4096];
            let length = self.terminal.read(&mut piece)?;
            shown.extend_from_slice(&piece[..length]);
        }
        let took = began.elapsed();
        // Takes the line away.
        self.terminal.write_all(b"\x01\x0b")?;
        self.settle(50)?;
        Ok(took.as_secs_f64() * 1e3)
    }

    /// Takes what is shown until nothing came for so many milliseconds.
    fn settle(&mut self, milliseconds: i64) -> Result<()> {
        while self.is_readable(milliseconds)? {
            let length = self.terminal.read(&mut [0; 4096]).context("the shell has ended")?;
            ensure!(length > 0, "the shell has ended");
        }
        Ok(())
    }

    fn is_readable(&self, milliseconds: i64) -> Result<bool> {
        let time = Timespec { tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000 };
        Ok(poll(&mut [PollFd::new(&self.terminal, PollFlags::IN)], Some(&time))? > 0)
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        // What hangs up the terminal ends the shell on it, too.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

/// The last word of a line.
fn typed(line: &str) -> &str {
    line.rsplit(' ').next().unwrap_or_default()
}
