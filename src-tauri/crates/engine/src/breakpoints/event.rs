//! Events: what a tap tells the one who takes its news.

/// A stream of a tapped stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TapStream {
    /// What enters the pipe.
    Stdout,
    /// The feeding stage's stderr, where it does not enter the pipe.
    Stderr,
}

/// News of a tap. `location` is the pipe's index; `run` counts from 0 how often the shell came by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapEvent {
    /// The first `length` bytes of the buffer flowed next on a stream.
    Output {
        /// The pipe's index.
        location: usize,
        /// The run.
        run: u32,
        /// The stream.
        stream: TapStream,
        /// Bytes of the buffer.
        length: usize,
    },
    /// The taker was too slow: so many bytes of a stream were let go before what comes next.
    Lost {
        /// The pipe's index.
        location: usize,
        /// The run.
        run: u32,
        /// The stream.
        stream: TapStream,
        /// Bytes that will not be told.
        bytes: u64,
    },
    /// A run is held, or goes on.
    Held {
        /// The pipe's index.
        location: usize,
        /// The run.
        run: u32,
        /// Whether it is held.
        held: bool,
        /// Bytes that wait.
        waiting: u64,
    },
    /// The stage's process has ended.
    Exited {
        /// The pipe's index.
        location: usize,
        /// The run.
        run: u32,
        /// Its exit status as a shell has it: 128 + n where signal n ended it.
        status: i32,
    },
    /// The stage wrote its last byte in this run.
    Ended {
        /// The pipe's index.
        location: usize,
        /// The run.
        run: u32,
        /// Bytes of its stdout.
        stdout: u64,
        /// Bytes of its stderr.
        stderr: u64,
    },
}
