//! Clock: the time by which sessions end and what is kept grows old; setting the system's clock does not move it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// Where an engine gets the time from.
pub trait TimeSource: fmt::Debug + Send + Sync {
    /// The system's time, which may be wrong and may be set.
    fn system(&self) -> SystemTime;

    /// Time since the source was made, which only passes.
    fn passed(&self) -> Duration;
}

/// The time of this machine.
#[derive(Debug)]
pub struct MachineTime(Instant);

impl Default for MachineTime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl TimeSource for MachineTime {
    fn system(&self) -> SystemTime {
        SystemTime::now()
    }

    fn passed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A handle to an engine's clock; clones are handles to the same one.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    source: Arc<dyn TimeSource>,
    /// What it showed when the source was made.
    beginning: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that begins with the system's time.
    pub(crate) fn new(source: Arc<dyn TimeSource>) -> Self {
        let beginning = millis_since_1970(source.system()).saturating_sub(whole_millis(source.passed()));
        Self { source, beginning: Arc::new(AtomicI64::new(beginning)) }
    }

    /// Goes on from where the clock of the engine before this one was last seen. What passed without an engine is read
    /// from the system's time, and is never less than nothing or more than `longest`.
    pub(crate) fn go_on_from(&self, seen: i64, longest: Duration) {
        let absence = self.now().saturating_sub(seen).clamp(0, whole_millis(longest));
        let passed = whole_millis(self.source.passed());
        self.beginning.store(seen.saturating_add(absence).saturating_sub(passed), Ordering::Release);
    }

    /// Milliseconds; about those since 1970, but for what the system's clock was set by since the store was made.
    pub(crate) fn now(&self) -> i64 {
        self.beginning.load(Ordering::Acquire).saturating_add(whole_millis(self.source.passed()))
    }

    /// The system's time, for people to read.
    pub(crate) fn shown(&self) -> OffsetDateTime {
        self.source.system().into()
    }
}

/// Milliseconds of a duration.
pub(crate) fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn millis_since_1970(at: SystemTime) -> i64 {
    at.duration_since(UNIX_EPOCH).map_or_else(|before| -whole_millis(before.duration()), whole_millis)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[derive(Debug)]
    struct ByHand(Mutex<(SystemTime, Duration)>);

    fn clock_at(system: SystemTime) -> (Clock, Arc<ByHand>) {
        let source = Arc::new(ByHand(Mutex::new((system, Duration::from_secs(5)))));
        (Clock::new(Arc::clone(&source) as _), source)
    }

    impl TimeSource for ByHand {
        fn system(&self) -> SystemTime {
            self.0.lock().map_or(UNIX_EPOCH, |state| state.0)
        }

        fn passed(&self) -> Duration {
            self.0.lock().map_or(Duration::ZERO, |state| state.1)
        }
    }

    fn set(source: &ByHand, system: SystemTime, more: Duration) {
        if let Ok(mut state) = source.0.lock() {
            *state = (system, state.1 + more);
        }
    }

    #[test]
    fn only_what_passes_moves_a_clock_that_runs() {
        let (clock, source) = clock_at(UNIX_EPOCH + 100 * DAY);
        let before = clock.now();
        assert_eq!(before, whole_millis(100 * DAY));
        set(&source, UNIX_EPOCH + 9000 * DAY, Duration::ZERO);
        assert_eq!(clock.now(), before);
        set(&source, UNIX_EPOCH, DAY);
        assert_eq!(clock.now(), before + whole_millis(DAY));
        assert_eq!(clock.shown(), OffsetDateTime::UNIX_EPOCH);
    }

    #[test]
    fn between_two_engines_passes_what_the_system_says_within_bounds() {
        let seen = whole_millis(100 * DAY);
        for (system, absence) in [(103, 3), (50, 0), (9000, 30)] {
            let (clock, _) = clock_at(UNIX_EPOCH + system * DAY);
            clock.go_on_from(seen, 30 * DAY);
            assert_eq!(clock.now(), seen + whole_millis(absence * DAY), "the system says day {system}");
        }
    }
}
