//! Tapped: what the breakpoints of a command have shown, for those who follow it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use super::log::Log;
use super::pictures::Pictures;
use super::reading::Position;
use crate::breakpoints::{TapEvent, TapStream};
use crate::limits::Limits;
use crate::protocol::StageCount;

/// One stream of one run of a tapped stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TapTag {
    pub(crate) location: usize,
    pub(crate) run: u32,
    pub(crate) stream: TapStream,
}

/// The newest bytes of all taps of a command, and the counts of every stage that is remembered.
pub(crate) struct Tapped {
    pub(super) log: Log<TapTag>,
    pub(super) pictures: Pictures,
    stages: BTreeMap<(usize, u32), Stage>,
    /// Grows with every change of a stage.
    version: u64,
    runs: usize,
}

/// The counts of a stage for one follower.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) count: StageCount,
    /// Bytes of it that are not in the log as they came: what may be an image, and images but for their words.
    pub(crate) elsewhere: i64,
}

struct Stage {
    /// When its first and its last bytes came.
    time: Option<(Instant, Instant)>,
    stdout: u64,
    stderr: u64,
    dropped: u64,
    elsewhere: i64,
    ended: bool,
    held: bool,
    waiting: u64,
    status: Option<i32>,
    changed: u64,
}

impl Tapped {
    pub(super) fn new(limits: &Limits) -> Self {
        let runs = limits.tap_runs * limits.taps_a_command;
        Self {
            log: Log::new(limits.output_ring),
            pictures: Pictures::new(limits.printed_pictures),
            stages: BTreeMap::new(),
            version: 0,
            runs,
        }
    }

    /// Counts what an event tells.
    pub(super) fn count(&mut self, event: TapEvent) {
        match event {
            TapEvent::Output { location, run, stream, length } => {
                let stage = self.flowing(location, run);
                stage.elsewhere += length as i64;
                match stream {
                    TapStream::Stdout => stage.stdout += length as u64,
                    TapStream::Stderr => stage.stderr += length as u64,
                }
            }
            TapEvent::Lost { location, run, stream, bytes } => {
                let stage = self.flowing(location, run);
                stage.dropped += bytes;
                match stream {
                    TapStream::Stdout => stage.stdout += bytes,
                    TapStream::Stderr => stage.stderr += bytes,
                }
            }
            TapEvent::Held { location, run, held, waiting } => {
                let stage = self.stage(location, run);
                (stage.held, stage.waiting) = (held, waiting);
            }
            TapEvent::Exited { location, run, status } => self.stage(location, run).status = Some(status),
            TapEvent::Ended { location, run, stdout, stderr } => {
                let stage = self.stage(location, run);
                (stage.stdout, stage.stderr, stage.ended) = (stdout, stderr, true);
                (stage.held, stage.waiting) = (false, 0);
            }
        }
    }

    fn stage(&mut self, location: usize, run: u32) -> &mut Stage {
        self.version += 1;
        while self.stages.len() >= self.runs && !self.stages.contains_key(&(location, run)) {
            let oldest = self.stages.iter().min_by_key(|(_, stage)| stage.changed).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            self.stages.remove(&oldest);
        }
        let stage = self.stages.entry((location, run)).or_insert(Stage {
            time: None,
            stdout: 0,
            stderr: 0,
            dropped: 0,
            elsewhere: 0,
            ended: false,
            held: false,
            waiting: 0,
            status: None,
            changed: 0,
        });
        stage.changed = self.version;
        stage
    }

    /// The stage into whose pipe something flows now.
    fn flowing(&mut self, location: usize, run: u32) -> &mut Stage {
        let now = Instant::now();
        let stage = self.stage(location, run);
        stage.time = Some((stage.time.map_or(now, |(began, _)| began), now));
        stage
    }

    /// Takes bytes that were counted, or words in place of them, which came at a moment of the ceiling's clock.
    pub(super) fn append(&mut self, tag: TapTag, bytes: &[u8], moment: u64) {
        self.log.append(tag, bytes, moment);
        if let Some(stage) = self.stages.get_mut(&(tag.location, tag.run)) {
            stage.elsewhere -= bytes.len() as i64;
        }
    }

    /// Bytes that are kept, about.
    pub(super) fn kept(&self) -> u64 {
        self.log.kept() + self.pictures.kept()
    }

    /// Lets go of the oldest.
    pub(super) fn drop_oldest(&mut self) {
        self.log.drop_oldest();
        self.pictures.forget(self.log.start());
    }

    /// Lets go of all that flowed; the counts stay.
    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.pictures.clear();
    }

    /// Takes what the shell says of how the stages before these pipes ended, where the kernel did not say it.
    pub(super) fn conclude(&mut self, locations: Range<usize>, statuses: &[i32]) {
        for (location, status) in locations.zip(statuses) {
            let run =
                self.stages.range((location, 0)..=(location, u32::MAX)).next_back().map(|(key, _)| key.1);
            if let Some(run) = run
                && self.stages[&(location, run)].status.is_none()
            {
                self.stage(location, run).status = Some(*status);
            }
        }
    }

    /// The counts that a follower at a position has not seen, on whose way there bytes were dropped or not. One that has
    /// missed some gets with the newest bytes all counts again that it got before those: without what it missed.
    pub(super) fn counts_for(&self, position: &mut Position, missed: bool) -> Vec<Counted> {
        let mut since = position.stages;
        if missed {
            position.settled = Some(0);
        }
        if position.taps == self.log.end()
            && let Some(settled) = &mut position.settled
        {
            since = since.min(std::mem::replace(settled, self.version));
        }
        position.stages = self.version;
        let changed = self.stages.iter().filter(|(_, stage)| stage.changed > since);
        let counted =
            |(key, stage): (_, &Stage)| Counted { count: stage.count(key), elsewhere: stage.elsewhere };
        changed.map(|(key, stage)| counted((*key, stage))).collect()
    }
}

impl Stage {
    fn count(&self, (location, run): (usize, u32)) -> StageCount {
        let time = self.time.map_or(0, |(began, last)| (last - began).as_millis());
        let millis = u64::try_from(time).unwrap_or(u64::MAX);
        StageCount {
            location,
            run,
            bytes: self.stdout,
            stderr_bytes: self.stderr,
            // One write has no rate.
            rate: self.stdout.saturating_mul(1000).checked_div(millis).unwrap_or_default(),
            dropped: self.dropped,
            ended: self.ended,
            held: self.held,
            waiting: self.waiting,
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(location: usize, run: u32, length: usize) -> TapEvent {
        TapEvent::Output { location, run, stream: TapStream::Stdout, length }
    }

    /// Locations and bytes of the counts that a follower gets.
    fn told(tapped: &Tapped, position: &mut Position, missed: bool) -> Vec<(usize, u64)> {
        let counts = tapped.counts_for(position, missed).into_iter();
        counts.map(|Counted { count, .. }| (count.location, count.bytes)).collect()
    }

    #[test]
    fn each_follower_is_told_of_the_stages_that_changed_since_it_last_looked() {
        let mut tapped = Tapped::new(&Limits::default());
        tapped.count(output(0, 0, 3));
        tapped.count(output(2, 0, 1));
        let mut position = Position::default();
        assert_eq!(told(&tapped, &mut position, false), [(0, 3), (2, 1)]);
        tapped.count(output(2, 0, 1));
        assert_eq!(told(&tapped, &mut position, false), [(2, 2)]);
        assert_eq!(told(&tapped, &mut position, false), []);
    }

    #[test]
    fn a_follower_that_missed_bytes_is_told_again_once_it_has_all_others() {
        let mut tapped = Tapped::new(&Limits::default());
        let tag = |location| TapTag { location, run: 0, stream: TapStream::Stdout };
        tapped.count(output(0, 0, 3));
        tapped.count(output(1, 0, 3));
        tapped.append(tag(1), b"new", 0);
        let mut position = Position::default();
        assert_eq!(told(&tapped, &mut position, true), [(0, 3), (1, 3)]);
        position.taps = 3;
        assert_eq!(told(&tapped, &mut position, false), [(0, 3), (1, 3)]);
        assert_eq!(told(&tapped, &mut position, false), []);
        // It falls behind once more, and misses nothing.
        tapped.count(output(1, 0, 5));
        tapped.append(tag(1), b"newer", 0);
        assert_eq!(told(&tapped, &mut position, false), [(1, 8)]);
        position.taps = 8;
        assert_eq!(told(&tapped, &mut position, false), [(1, 8)]);
        assert_eq!(told(&tapped, &mut position, false), []);
    }

    #[test]
    fn stages_beyond_the_limit_are_forgotten_oldest_first() {
        let limits = Limits { tap_runs: 2, taps_a_command: 1, ..Limits::default() };
        let mut tapped = Tapped::new(&limits);
        for run in 0..5 {
            tapped.count(output(0, run, 1));
        }
        let runs: Vec<_> =
            tapped.counts_for(&mut Position::default(), false).iter().map(|stage| stage.count.run).collect();
        assert_eq!(runs, [3, 4]);
    }

    #[test]
    fn what_a_slow_taker_missed_is_counted() {
        let mut tapped = Tapped::new(&Limits::default());
        tapped.count(output(0, 0, 2));
        tapped.count(TapEvent::Lost { location: 0, run: 0, stream: TapStream::Stdout, bytes: 100 });
        tapped.count(TapEvent::Ended { location: 0, run: 0, stdout: 102, stderr: 0 });
        let stage = &tapped.counts_for(&mut Position::default(), false)[0].count;
        assert_eq!((stage.bytes, stage.dropped, stage.ended), (102, 100, true));
    }
}
