//! Memory: what captures take, and how they are let go.

use super::Store;

impl Store {
    /// Bytes of memory that what is kept takes, and how many of them are of runs that have ended.
    pub(in crate::breakpoints) fn weight(&self) -> (u64, u64) {
        let state = self.state();
        let runs = state.taps.values().flat_map(|tap| &tap.runs);
        let weights = runs.map(|run| (run.stdout.weight() + run.stderr.weight(), run.open == 0));
        weights.fold((0, 0), |(all, ended), (weight, has_ended)| {
            (all + weight, if has_ended { ended + weight } else { ended })
        })
    }

    /// Lets go of what the runs that have not ended keep, and of what would be kept of them.
    pub(in crate::breakpoints) fn give_up(&self) {
        let mut state = self.state();
        for run in state.taps.values_mut().flat_map(|tap| &mut tap.runs) {
            run.stdout.give_up();
            run.stderr.give_up();
        }
    }

    /// Lets go of every run that has ended.
    pub(in crate::breakpoints) fn clear(&self) {
        let mut state = self.state();
        let locations: Vec<_> = state.taps.keys().copied().collect();
        for location in locations {
            let Some(tap) = state.taps.get_mut(&location) else { continue };
            let forgotten = tap.forget(0);
            state.forget_news(location, &forgotten);
        }
    }
}
