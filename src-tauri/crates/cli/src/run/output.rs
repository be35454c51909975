//! What the command prints, printed here; what its breakpoints show goes to stderr with the pipe's number.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context, Result};
use tokio::io::{AsyncWriteExt, Stderr, Stdout, stderr, stdout};

use super::message::{News, Stream};

/// Writes to stdout and stderr.
pub(super) struct Printer {
    stdout: Stdout,
    stderr: Stderr,
    /// Lines of breakpoints that are not finished yet.
    unfinished: BTreeMap<(usize, Stream), String>,
    /// Bytes that flowed faster than they were taken in here, of each run of a pipe.
    dropped: BTreeMap<(usize, u64), u64>,
}

impl Default for Printer {
    fn default() -> Self {
        Self { stdout: stdout(), stderr: stderr(), unfinished: BTreeMap::new(), dropped: BTreeMap::new() }
    }
}

impl Printer {
    /// Prints one update, and waits until it is written.
    pub(super) async fn print(&mut self, news: &News) -> Result<()> {
        if news.dropped > 0 {
            let sentence = format!("porthole: {} bytes of output were dropped here\n", news.dropped);
            self.stderr.write_all(sentence.as_bytes()).await?;
        }
        for stage in news.stages.iter().filter(|stage| stage.dropped > 0) {
            self.dropped.insert((stage.location, stage.run), stage.dropped);
        }
        for chunk in &news.output.chunks {
            let written = match (chunk.location, chunk.stream) {
                (Some(location), stream) => self.print_tapped(location, stream, &chunk.data).await,
                (None, Stream::Stdout) => self.stdout.write_all(chunk.data.as_bytes()).await,
                (None, Stream::Stderr) => self.stderr.write_all(chunk.data.as_bytes()).await,
            };
            written.context("The command's output cannot be written")?;
        }
        self.flush().await.context("The command's output cannot be written")
    }

    /// Prints what was kept back because its line was not finished, and how much of the breakpoints is missing.
    pub(super) async fn finish(&mut self) -> Result<()> {
        for ((location, stream), line) in std::mem::take(&mut self.unfinished) {
            let line = format!("{}{line}\n", prefix(location, stream));
            self.stderr.write_all(line.as_bytes()).await?;
        }
        let mut missing = BTreeMap::<usize, u64>::new();
        for ((location, _), dropped) in std::mem::take(&mut self.dropped) {
            *missing.entry(location).or_default() += dropped;
        }
        for (location, dropped) in missing {
            let sentence = format!(
                "porthole: {dropped} bytes flowed through pipe {location} faster than they could be shown here\n"
            );
            self.stderr.write_all(sentence.as_bytes()).await?;
        }
        Ok(self.flush().await?)
    }

    async fn print_tapped(&mut self, location: usize, stream: Stream, data: &str) -> io::Result<()> {
        let mut text = self.unfinished.remove(&(location, stream)).unwrap_or_default() + data;
        let rest = text.split_off(text.rfind('\n').map_or(0, |end| end + 1));
        if !rest.is_empty() {
            self.unfinished.insert((location, stream), rest);
        }
        // Written at once: a write for each line takes longer than the pipe does.
        let prefix = prefix(location, stream);
        let mut lines = String::with_capacity(2 * text.len());
        for line in text.lines() {
            lines.extend([prefix.as_str(), line, "\n"]);
        }
        self.stderr.write_all(lines.as_bytes()).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush().await?;
        self.stderr.flush().await
    }
}

fn prefix(location: usize, stream: Stream) -> String {
    match stream {
        Stream::Stdout => format!("[{location}] "),
        Stream::Stderr => format!("[{location} stderr] "),
    }
}
