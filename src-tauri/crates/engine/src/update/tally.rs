//! Tally: how much of what flowed through tapped pipes one client was shown.

use std::collections::BTreeMap;

use crate::command::{Counted, TapTag};
use crate::protocol::StageCount;

/// Runs that are counted; the oldest of the first pipes go first.
const RUNS: usize = 1024;

/// Bytes that were shown of each run of each pipe.
#[derive(Default)]
pub(super) struct Tally {
    shown: BTreeMap<(usize, u32), u64>,
    /// Some runs are counted no more.
    forgot: bool,
}

impl Tally {
    /// Counts what is shown.
    pub(super) fn count(&mut self, tag: TapTag, length: usize) {
        *self.shown.entry((tag.location, tag.run)).or_default() += length as u64;
        while self.shown.len() > RUNS {
            self.forgot |= self.shown.pop_first().is_some();
        }
    }

    /// Says in the counts of stages what was not shown. Everything that is kept of what they count was counted here.
    pub(super) fn settle(&self, stages: &mut [Counted]) {
        for Counted { count, elsewhere } in stages {
            let shown = self.shown.get(&(count.location, count.run)).copied();
            if shown.is_some() || !self.forgot {
                let kept = (count.bytes + count.stderr_bytes).saturating_add_signed(-*elsewhere);
                count.dropped = kept.saturating_sub(shown.unwrap_or_default());
            }
        }
    }
}

/// The counts as a client gets them.
pub(super) fn counts_of(stages: Vec<Counted>) -> Vec<StageCount> {
    stages.into_iter().map(|stage| stage.count).collect()
}
