//! Events: what a running command tells its owner.

use std::path::PathBuf;

/// What a command does next, as its owner learns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// That many bytes of the stream were put into the buffer.
    Output(StreamKind, usize),
    /// The command has ended; everything that it printed before was delivered.
    Ended(Ending),
    /// Nothing will come any more.
    Closed,
}

/// A stream of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// Standard output, or both where one terminal carries both.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its exit code; 128 + n when signal n ended it.
    pub exit_code: i32,
    /// The signal that ended it, where that is known.
    pub signal: Option<i32>,
    /// The shell's working directory afterwards.
    pub cwd: PathBuf,
    /// The exit status of each stage of its last pipeline; empty where the shell does not tell.
    pub pipe_status: Vec<i32>,
    /// Processes that it left running.
    pub background: usize,
}

impl Ending {
    /// The end of a command whose shell vanished without saying how it ended.
    pub(crate) fn lost(cwd: PathBuf) -> Self {
        Self { exit_code: 255, signal: None, cwd, pipe_status: Vec::new(), background: 0 }
    }
}
