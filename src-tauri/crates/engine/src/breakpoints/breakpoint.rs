//! Breakpoint: what is asked of one pipe, and why a command with what was asked does not run.

use crate::Limits;

/// What is asked of one pipe of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breakpoint {
    /// The pipe's index.
    pub location: usize,
    /// What flows stops there at first.
    pub held: bool,
    /// Bytes to keep of the beginning of each stream of a run; `tap_head` of the limits where none are given.
    pub head: Option<usize>,
    /// Bytes to keep of the end; `tap_tail` of the limits where none are given.
    pub tail: Option<usize>,
}

impl From<usize> for Breakpoint {
    /// A pipe that is watched.
    fn from(location: usize) -> Self {
        Self { location, ..Self::default() }
    }
}

/// Why a command with breakpoints does not run at all.
#[derive(Debug, thiserror::Error)]
pub enum BreakpointError {
    /// A breakpoint names a pipe that the command does not have.
    #[error("there is no pipe {index}: the command has {count} ({hint})")]
    NoSuchPipe {
        /// The index that was asked for.
        index: usize,
        /// How many pipes there are.
        count: usize,
        /// The indexes that there are, for a person.
        hint: String,
    },
    /// More breakpoints than a command may have.
    #[error("a command takes {limit} breakpoints at the most, {count} were asked for")]
    TooMany {
        /// How many were asked for.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Two breakpoints want different things of a pipe.
    #[error("pipe {location} has two breakpoints that differ; send one of them")]
    Twice {
        /// The pipe's index.
        location: usize,
    },
    /// A breakpoint is to keep more than it may.
    #[error("a head or a tail is {limit} bytes at the most, {bytes} were asked for; ask for less")]
    TooLong {
        /// How many were asked for.
        bytes: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl BreakpointError {
    pub(super) fn no_such_pipe(index: usize, count: usize) -> Self {
        let hint = match count {
            0 => "it needs no breakpoint".to_owned(),
            1 => "its index is 0".to_owned(),
            _ => format!("their indexes are 0 to {}", count - 1),
        };
        Self::NoSuchPipe { index, count, hint }
    }
}

/// What is asked, once for each pipe and in the order of the pipes.
pub(super) fn checked(
    asked: impl Iterator<Item = Breakpoint>,
    limits: &Limits,
) -> Result<Vec<Breakpoint>, BreakpointError> {
    let mut wanted: Vec<Breakpoint> = asked.collect();
    wanted.sort_by_key(|breakpoint| breakpoint.location);
    wanted.dedup();
    if let Some(twice) = wanted.windows(2).find(|pair| pair[0].location == pair[1].location) {
        return Err(BreakpointError::Twice { location: twice[0].location });
    }
    if wanted.len() > limits.taps_a_command {
        return Err(BreakpointError::TooMany { count: wanted.len(), limit: limits.taps_a_command });
    }
    let kept = wanted.iter().flat_map(|breakpoint| [breakpoint.head, breakpoint.tail]).flatten();
    match kept.max().filter(|bytes| *bytes > limits.tap_kept) {
        Some(bytes) => Err(BreakpointError::TooLong { bytes, limit: limits.tap_kept }),
        None => Ok(wanted),
    }
}
