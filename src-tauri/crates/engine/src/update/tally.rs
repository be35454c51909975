//! Tally: how much of what flowed through tapped pipes one client was shown.

use std::collections::BTreeMap;

use crate::command::{Counted, TapTag};
use crate::protocol::StageCount;

/// Runs that are counted; the oldest of the first pipes go first.
const RUNS: usize = 1024;

/// What was shown of each run of each pipe.
#[derive(Default)]
pub(super) struct Tally {
    runs: BTreeMap<(usize, u32), Run>,
    /// Some runs are counted no more.
    forgot: bool,
}

/// Of one run: bytes that were shown, and bytes of which the client was told that they were not.
#[derive(Clone, Copy, Default)]
struct Run {
    shown: u64,
    dropped: u64,
}

impl Tally {
    /// Counts what is shown.
    pub(super) fn count(&mut self, tag: TapTag, length: usize) {
        self.runs.entry((tag.location, tag.run)).or_default().shown += length as u64;
        self.forget_surplus();
    }

    /// Says in the counts of stages what was not shown. At the newest bytes everything that is kept of what they count was
    /// counted here; before them it is not known yet what will be shown, and what was told is told again.
    pub(super) fn settle(&mut self, stages: &mut [Counted], is_current: bool) {
        for Counted { count, elsewhere } in stages {
            let key = (count.location, count.run);
            let known = self.runs.get(&key).copied();
            if is_current && (known.is_some() || !self.forgot) {
                let run = self.runs.entry(key).or_default();
                let kept = (count.bytes + count.stderr_bytes).saturating_add_signed(-*elsewhere);
                run.dropped = kept.saturating_sub(run.shown);
                count.dropped = run.dropped;
            } else if let Some(run) = known {
                count.dropped = count.dropped.max(run.dropped);
            }
        }
        self.forget_surplus();
    }

    fn forget_surplus(&mut self) {
        while self.runs.len() > RUNS {
            self.forgot |= self.runs.pop_first().is_some();
        }
    }
}

/// The counts as a client gets them.
pub(super) fn counts_of(stages: Vec<Counted>) -> Vec<StageCount> {
    stages.into_iter().map(|stage| stage.count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breakpoints::TapStream;

    fn dropped(tally: &mut Tally, bytes: u64, is_current: bool) -> u64 {
        let count = StageCount { bytes, ..StageCount::default() };
        let mut stages = [Counted { count, elsewhere: 0 }];
        tally.settle(&mut stages, is_current);
        stages[0].count.dropped
    }

    #[test]
    fn what_was_not_shown_is_told_and_stays_told_while_more_comes() {
        let mut tally = Tally::default();
        let tag = TapTag { location: 0, run: 0, stream: TapStream::Stdout };
        tally.count(tag, 40);
        assert_eq!(dropped(&mut tally, 100, true), 60);
        assert_eq!(dropped(&mut tally, 150, false), 60);
        tally.count(tag, 50);
        assert_eq!(dropped(&mut tally, 150, true), 60);
    }

    #[test]
    fn of_a_run_of_which_nothing_was_shown_all_was_dropped() {
        let mut tally = Tally::default();
        assert_eq!(dropped(&mut tally, 100, true), 100);
        assert_eq!(dropped(&mut tally, 120, false), 100);
    }
}
