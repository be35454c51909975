//! Updates: the news of a command, with its output in the form that the client asked for.

use super::{ScreenUpdate, Status};
use serde::Serialize;

/// News of a command: output since the last update, and its state.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The command's text.
    pub command: String,
    /// The server's id for it.
    pub server_id: u64,
    /// What it printed since the last update.
    pub output: Output,
    /// When it began: RFC 3339, UTC, milliseconds.
    pub begin: String,
    /// When it ended, or "".
    pub end: String,
    /// Whether it runs.
    pub status: Status,
    /// Under `details`, once it ended: its exit code (128 + n when signal n ended it).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub exit_code: Option<i32>,
    /// Under `details`, once it ended: the signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub signal: Option<i32>,
    /// Under `details`, once it ended: the shell's working directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub cwd: Option<String>,
    /// Under `details`, once it ended: how long it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub duration_ms: Option<u64>,
    /// Under `details`, once it ended: the exit status of every stage of its last pipeline, where the shell tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub pipe_status: Option<Vec<i32>>,
    /// Under `details`, once it ended: how many processes it left in the background; absent where it left none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub background: Option<usize>,
    /// Under `details`: the server died while the command ran; how it ended is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub lost: Option<bool>,
    /// Under `details`: whether `combined` is in the order in which the bytes were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub order: Option<StreamOrder>,
    /// Under `details`: the stages before tapped pipes whose counts changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<Vec<StageCount>>"))]
    pub stages: Vec<StageCount>,
    /// Under `screens`, for a raw command: the output was printed before this connection came, or is for another client to answer. A
    /// terminal that draws it must not answer what it asks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub replay: bool,
    /// Under `details`: bytes of output that were dropped before this update because nobody was connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub dropped: Option<u64>,
}

/// The counts of one run of a stage before a tapped pipe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StageCount {
    /// The pipe's index.
    pub location: usize,
    /// How often the shell had come by this pipe before, in loops for example.
    pub run: u32,
    /// Bytes that entered the pipe so far.
    pub bytes: u64,
    /// Bytes of the stage's stderr so far.
    pub stderr_bytes: u64,
    /// Bytes a second into the pipe, from its first to its last byte.
    pub rate: u64,
    /// Bytes of both streams that were too fast to be shown.
    pub dropped: u64,
    /// Whether the stage has written its last byte.
    pub ended: bool,
    /// Whether the flow is held at this pipe.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub held: bool,
    /// Bytes that wait there, those included that are in `bytes` and have not gone on.
    #[serde(skip_serializing_if = "is_none")]
    #[cfg_attr(test, ts(optional, as = "Option<u64>"))]
    pub waiting: u64,
    /// How the stage's process ended, 128 + n where signal n did it; where the kernel or the shell told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<i32>,
}

fn is_none(bytes: &u64) -> bool {
    *bytes == 0
}

/// Whether output of two streams is in the order in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum StreamOrder {
    /// Byte by byte.
    Exact,
    /// Only within each stream.
    Approximate,
}

/// Output since the last update. Without the feature `chunks` the three streams, with it the list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(untagged)]
pub enum Output {
    /// The form of the bare protocol.
    Streams {
        /// stdout and stderr as they came.
        combined: String,
        /// stdout, under the name that the specification's examples use.
        stdin: String,
        /// stdout.
        stdout: String,
        /// stderr.
        stderr: String,
        /// What flowed through tapped pipes.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(test, ts(optional, as = "Option<Vec<BreakpointOutput>>"))]
        breakpoints: Vec<BreakpointOutput>,
        /// Under `screens`: what changed on the command's screen.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        screen: Option<Box<ScreenUpdate>>,
    },
    /// The form under `chunks`.
    Chunks {
        /// The chunks in order.
        chunks: Vec<Chunk>,
        /// Under `screens`: what changed on the command's screen.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        screen: Option<Box<ScreenUpdate>>,
    },
}

impl Output {
    /// Adds what changed on the command's screen.
    pub(crate) fn with_screen(mut self, news: Option<ScreenUpdate>) -> Self {
        let (Self::Streams { screen, .. } | Self::Chunks { screen, .. }) = &mut self;
        *screen = news.map(Box::new);
        self
    }
}

/// What flowed through one tapped pipe since the last update.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BreakpointOutput {
    /// The pipe's index.
    pub location: usize,
    /// Under `details`: the run, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub run: Option<u32>,
    /// stdout and stderr of the stage that feeds the pipe.
    pub combined: String,
    /// What entered the pipe.
    pub stdout: String,
    /// The feeding stage's stderr.
    pub stderr: String,
}

/// A piece of one stream, under `chunks`.
///
/// To draw: drop the stream's former `line`, append `data`, then show `line`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Chunk {
    /// The stream.
    pub stream: ChunkStream,
    /// The pipe's index, for what a breakpoint shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub location: Option<usize>,
    /// The run, from 0, for what a breakpoint shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub run: Option<u32>,
    /// Finished output, in the command's format.
    pub data: String,
    /// The unfinished last line, which the next chunk of this stream replaces.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(optional, as = "Option<String>"))]
    pub line: String,
}

/// The stream of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ChunkStream {
    /// Standard output, or everything where one terminal carries both.
    Stdout,
    /// Standard error.
    Stderr,
}
