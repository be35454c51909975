//! Binary: the raw output of a command as frames for one client, and what else there is to tell as updates.

use super::tally::counts_of;
use super::{Follow, News, told_of_gaps};
use crate::breakpoints::TapStream;
use crate::command::{Bytes, Origin};
use crate::protocol::{BINARY_HEADER, BinaryHeader, BinaryKind, Feature, Granted};
use crate::shell::StreamKind;

impl Follow {
    /// The next frame or update that is due.
    pub(super) fn next_binary(&mut self, follower: u64, granted: Granted) -> Option<News> {
        if !self.told_begin {
            self.told_begin = true;
            return Some(News::Update(Box::new(self.report(granted, None, Vec::new(), None))));
        }
        if let Some(frame) = self.waiting.take().or_else(|| self.snapshot_frame()) {
            return Some(News::Frame(frame));
        }
        let until = self.replay_until.filter(|until| *until > self.position.output);
        let mut reading = self.command.read_bytes(follower, self.position, until, BINARY_HEADER);
        let details = granted.has(Feature::Details);
        self.position = reading.position;
        self.is_exhausted = reading.exhausted;
        if let Some(Bytes { origin: Origin::Tap(tag), frame, .. }) = &reading.bytes {
            self.tally.count(*tag, frame.len() - BINARY_HEADER);
        }
        self.tally.settle(&mut reading.stages, reading.is_current);
        let gap = reading.dropped > 0 || reading.missed;
        let frame = reading.bytes.map(|bytes| self.frame(bytes, until.is_some() || !reading.answers, gap));
        let ended = reading.ended.filter(|_| !self.told_end);
        let dropped = told_of_gaps(granted).then_some(reading.dropped).filter(|dropped| *dropped > 0);
        let stages = if details { counts_of(reading.stages) } else { Vec::new() };
        if ended.is_none() && dropped.is_none() && stages.is_empty() {
            return frame.map(News::Frame);
        }
        self.told_end |= ended.is_some();
        let report = News::Update(Box::new(self.report(granted, ended.as_ref(), stages, dropped)));
        match frame {
            // What was dropped is told before what follows it; the end after what comes before it.
            Some(frame) if ended.is_none() => {
                self.waiting = Some(frame);
                Some(report)
            }
            Some(frame) => {
                self.reported = Some(report);
                Some(News::Frame(frame))
            }
            None => Some(report),
        }
    }

    fn frame(&self, bytes: Bytes, replay: bool, gap: bool) -> Vec<u8> {
        let (kind, location, run, replay) = match bytes.origin {
            Origin::Output(StreamKind::Stdout) => (BinaryKind::Stdout, 0, 0, replay),
            Origin::Output(StreamKind::Stderr) => (BinaryKind::Stderr, 0, 0, replay),
            Origin::Tap(tag) => match tag.stream {
                TapStream::Stdout => (BinaryKind::TapStdout, tag.location, tag.run, false),
                TapStream::Stderr => (BinaryKind::TapStderr, tag.location, tag.run, false),
            },
        };
        let mut flags = if replay { BinaryHeader::REPLAY } else { 0 };
        flags |= if gap { BinaryHeader::GAP } else { 0 };
        self.with_header(bytes.frame, kind, flags, u32::try_from(location).unwrap_or(u32::MAX), run, bytes.at)
    }

    /// The next piece of the repaint with which a client begins.
    fn snapshot_frame(&mut self) -> Option<Vec<u8>> {
        let mut snapshot = self.snapshot.take()?;
        let rest = snapshot.bytes.split_off(snapshot.bytes.len().min(self.command.frame_bytes()));
        let mut frame = vec![0; BINARY_HEADER];
        frame.extend_from_slice(&snapshot.bytes);
        let begins = std::mem::replace(&mut snapshot.begun, true);
        let flags = BinaryHeader::REPLAY | if begins { 0 } else { BinaryHeader::SNAPSHOT };
        if !rest.is_empty() {
            snapshot.bytes = rest;
            self.snapshot = Some(snapshot);
        }
        Some(self.with_header(frame, BinaryKind::Stdout, flags, 0, 0, self.position.output))
    }

    fn with_header(
        &self,
        mut frame: Vec<u8>,
        kind: BinaryKind,
        flags: u16,
        location: u32,
        run: u32,
        position: u64,
    ) -> Vec<u8> {
        let server_id = self.command.plan.server_id;
        if let Some(header) = frame.first_chunk_mut() {
            BinaryHeader { kind, flags, location, run, server_id, position }.write(header);
        }
        frame
    }
}
