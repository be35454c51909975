//! The shell upstream of a tapped pipe of fish: what it has open of the pipe tells how far it is.

use std::os::fd::OwnedFd;

use super::pipe_end::{FileId, PipeEnd, file_id};

/// The fish that runs a tapped stage.
pub(crate) struct Upstream {
    fish: u32,
    /// The FIFO to which the stage writes.
    source: Option<FileId>,
    /// The pipe that it would have written to.
    pipe: Option<FileId>,
}

impl Upstream {
    /// `source` is the stage's FIFO, `pipe` the pipe.
    pub(crate) fn new(fish: u32, source: &OwnedFd, pipe: Option<FileId>) -> Self {
        Self { fish, source: file_id(source), pipe }
    }

    /// Whether fish runs the stage itself and starts the next one only then; it would hold in memory what lies between.
    pub(crate) fn runs_before_the_next(&self) -> bool {
        let ends = PipeEnd::all_of(self.fish);
        ends.iter().any(|end| end.writes && Some(end.file) == self.source)
            && ends.iter().any(|end| !end.writes && Some(end.file) == self.pipe)
    }

    /// Whether the stage's FIFO is open in fish.
    pub(crate) fn has_opened(&self) -> bool {
        PipeEnd::all_of(self.fish).iter().any(|end| end.writes && Some(end.file) == self.source)
    }
}
