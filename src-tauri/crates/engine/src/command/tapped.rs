//! Tapped: what the breakpoints of a command have shown, for those who follow it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use super::log::Log;
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
    stages: BTreeMap<(usize, u32), Stage>,
    /// Grows with every change of a stage.
    version: u64,
    runs: usize,
}

struct Stage {
    /// When its first and its last bytes came.
    time: Option<(Instant, Instant)>,
    stdout: u64,
    stderr: u64,
    dropped: u64,
    ended: bool,
    held: bool,
    waiting: u64,
    status: Option<i32>,
    changed: u64,
}

impl Tapped {
    pub(super) fn new(limits: &Limits) -> Self {
        let runs = limits.tap_runs * limits.taps_a_command;
        Self { log: Log::new(limits.output_ring), stages: BTreeMap::new(), version: 0, runs }
    }

    /// Takes an event whose bytes are at the start of `buffer`, and which came at a moment of the ceiling's clock.
    pub(super) fn take(&mut self, event: TapEvent, buffer: &[u8], moment: u64) {
        match event {
            TapEvent::Output { location, run, stream, length } => {
                self.log.append(TapTag { location, run, stream }, &buffer[..length], moment);
                let stage = self.flowing(location, run);
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

    /// The counts of the stages that changed after `version`, and the version that this is.
    pub(super) fn stages_since(&self, version: u64) -> (Vec<StageCount>, u64) {
        let changed = self.stages.iter().filter(|(_, stage)| stage.changed > version);
        (changed.map(|(key, stage)| stage.count(*key)).collect(), self.version)
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

    #[test]
    fn each_follower_is_told_of_the_stages_that_changed_since_it_last_looked() {
        let mut tapped = Tapped::new(&Limits::default());
        tapped.take(output(0, 0, 3), b"abc", 0);
        tapped.take(output(2, 0, 1), b"x", 0);
        let (stages, version) = tapped.stages_since(0);
        assert_eq!(
            stages.iter().map(|stage| (stage.location, stage.bytes)).collect::<Vec<_>>(),
            [(0, 3), (2, 1)]
        );
        tapped.take(output(2, 0, 1), b"y", 0);
        let (stages, version) = tapped.stages_since(version);
        assert_eq!(stages.iter().map(|stage| (stage.location, stage.bytes)).collect::<Vec<_>>(), [(2, 2)]);
        assert!(tapped.stages_since(version).0.is_empty());
    }

    #[test]
    fn stages_beyond_the_limit_are_forgotten_oldest_first() {
        let limits = Limits { tap_runs: 2, taps_a_command: 1, ..Limits::default() };
        let mut tapped = Tapped::new(&limits);
        for run in 0..5 {
            tapped.take(output(0, run, 1), b"x", 0);
        }
        let runs: Vec<_> = tapped.stages_since(0).0.iter().map(|stage| stage.run).collect();
        assert_eq!(runs, [3, 4]);
    }

    #[test]
    fn what_a_slow_taker_missed_is_counted() {
        let mut tapped = Tapped::new(&Limits::default());
        tapped.take(output(0, 0, 2), b"ab", 0);
        tapped.take(TapEvent::Lost { location: 0, run: 0, stream: TapStream::Stdout, bytes: 100 }, b"", 0);
        tapped.take(TapEvent::Ended { location: 0, run: 0, stdout: 102, stderr: 0 }, b"", 0);
        let stage = &tapped.stages_since(0).0[0];
        assert_eq!((stage.bytes, stage.dropped, stage.ended), (102, 100, true));
    }
}
