//! The output log: the newest bytes of several streams in the order in which they came, addressed by position.

use std::collections::VecDeque;

/// Pieces of one stream are joined up to this size, so that many small writes stay few segments.
const SEGMENT: usize = 64 << 10;

/// Bytes that a segment takes besides its own, about: streams that take turns make many small ones.
const OVERHEAD: u64 = 64;

/// A ring over streams of the kinds `S`. Positions count every byte ever appended and never go back.
pub(crate) struct Log<S> {
    segments: VecDeque<Segment<S>>,
    start: u64,
    end: u64,
    capacity: u64,
}

struct Segment<S> {
    at: u64,
    /// When it began, by the clock of the ceiling.
    moment: u64,
    stream: S,
    bytes: Vec<u8>,
}

impl<S> Segment<S> {
    fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }
}

impl<S: Copy + PartialEq> Log<S> {
    /// An empty log that keeps about `capacity` bytes.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { segments: VecDeque::new(), start: 0, end: 0, capacity: capacity as u64 }
    }

    /// A log of which only the end is left: `total` bytes were appended, and `pieces` are the last of them.
    pub(crate) fn of_the_end(total: u64, pieces: Vec<(S, Vec<u8>)>) -> Self {
        let kept: u64 = pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let start = total.saturating_sub(kept);
        let mut log = Self { segments: VecDeque::new(), start, end: start, capacity: u64::MAX };
        for (stream, bytes) in pieces {
            log.append(stream, &bytes, 0);
        }
        log
    }

    /// The position of the oldest byte that is kept.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// The position after the newest byte.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Bytes that what is kept takes in memory, about.
    pub(crate) fn kept(&self) -> u64 {
        self.end - self.start + OVERHEAD * self.segments.len() as u64
    }

    /// The moment from which the oldest segment is, and the position after it.
    pub(crate) fn oldest(&self) -> Option<(u64, u64)> {
        self.segments.front().map(|segment| (segment.moment, segment.end()))
    }

    /// Adds bytes that came at a moment, and drops the oldest segments beyond the capacity.
    pub(crate) fn append(&mut self, stream: S, bytes: &[u8], moment: u64) {
        match self.segments.back_mut() {
            Some(last) if last.stream == stream && last.bytes.len() + bytes.len() <= SEGMENT => {
                last.bytes.extend_from_slice(bytes);
            }
            _ => self.segments.push_back(Segment { at: self.end, moment, stream, bytes: bytes.to_vec() }),
        }
        self.end += bytes.len() as u64;
        while self.kept() > self.capacity && self.segments.len() > 1 {
            self.drop_oldest();
        }
    }

    /// Drops the oldest segment.
    pub(crate) fn drop_oldest(&mut self) {
        self.segments.pop_front();
        self.start = self.segments.front().map_or(self.end, |segment| segment.at);
    }

    /// Up to `limit` bytes from `cursor` on, the position of the first of them, and the position after the last.
    ///
    /// The first position is above `cursor` where bytes were dropped; a cursor above the end counts as the end.
    pub(crate) fn read(&self, cursor: u64, limit: usize) -> (Vec<(S, Vec<u8>)>, u64, u64) {
        let from = cursor.clamp(self.start, self.end);
        let mut position = from;
        let mut pieces = Vec::new();
        let first = self.segments.partition_point(|segment| segment.end() <= from);
        for segment in self.segments.range(first..) {
            let left = limit - (position - from) as usize;
            if left == 0 {
                break;
            }
            let skip = (position - segment.at) as usize;
            let take = left.min(segment.bytes.len() - skip);
            pieces.push((segment.stream, segment.bytes[skip..skip + take].to_vec()));
            position += take as u64;
        }
        (pieces, from.max(cursor), position.max(cursor))
    }

    /// Up to `limit` bytes of one stream from `cursor` on, behind `room` bytes for what the caller puts before them, with
    /// the positions of the first of them and after the last.
    pub(crate) fn read_one(&self, cursor: u64, limit: usize, room: usize) -> Option<(S, Vec<u8>, u64, u64)> {
        let from = cursor.clamp(self.start, self.end);
        let first = self.segments.partition_point(|segment| segment.end() <= from);
        let stream = self.segments.get(first)?.stream;
        let same = || self.segments.range(first..).take_while(|segment| segment.stream == stream);
        let there = same().last().map_or(from, Segment::end) - from;
        let length = limit.min(usize::try_from(there).unwrap_or(limit));
        let mut bytes = Vec::with_capacity(room + length);
        bytes.resize(room, 0);
        for segment in same() {
            let left = room + length - bytes.len();
            if left == 0 {
                break;
            }
            let skip = from.saturating_sub(segment.at) as usize;
            let take = left.min(segment.bytes.len() - skip);
            bytes.extend_from_slice(&segment.bytes[skip..skip + take]);
        }
        Some((stream, bytes, from, from + length as u64))
    }

    /// The newest bytes with their streams, at most `limit`.
    pub(crate) fn last(&self, limit: usize) -> Vec<(S, Vec<u8>)> {
        self.read(self.end.saturating_sub(limit as u64), limit).0
    }

    /// The newest bytes of all streams, at most `limit`.
    pub(crate) fn tail(&self, limit: usize) -> Vec<u8> {
        self.last(limit).into_iter().flat_map(|(_, bytes)| bytes).collect()
    }

    /// Drops everything that is kept.
    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.start = self.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::StreamKind::{Stderr, Stdout};

    #[test]
    fn a_reader_gets_both_streams_in_the_order_in_which_they_came() {
        let mut log = Log::new(1 << 20);
        log.append(Stdout, b"one ", 0);
        log.append(Stdout, b"two ", 0);
        log.append(Stderr, b"oops ", 0);
        log.append(Stdout, b"three", 0);
        let (pieces, from, to) = log.read(2, 100);
        assert_eq!(
            pieces,
            [(Stdout, b"e two ".to_vec()), (Stderr, b"oops ".to_vec()), (Stdout, b"three".to_vec())]
        );
        assert_eq!((from, to), (2, log.end()));
    }

    #[test]
    fn a_reading_ends_at_its_limit_and_the_next_goes_on_there() {
        let mut log = Log::new(1 << 20);
        log.append(Stdout, b"abcdef", 0);
        let (pieces, _, to) = log.read(0, 4);
        assert_eq!(pieces, [(Stdout, b"abcd".to_vec())]);
        assert_eq!(log.read(to, 4).0, [(Stdout, b"ef".to_vec())]);
    }

    #[test]
    fn a_full_log_drops_its_oldest_bytes_and_tells_a_late_reader_how_many() {
        let mut log = Log::new(2 * SEGMENT + 1024);
        for _ in 0..4 {
            log.append(Stdout, &vec![b'x'; SEGMENT], 0);
        }
        let (pieces, from, _) = log.read(10, 5);
        assert_eq!(from, 2 * SEGMENT as u64);
        assert_eq!(pieces, [(Stdout, b"xxxxx".to_vec())]);
    }

    #[test]
    fn streams_that_take_turns_take_no_more_memory_than_others() {
        let mut log = Log::new(SEGMENT);
        for _ in 0..SEGMENT {
            log.append(Stdout, b"a", 0);
            log.append(Stderr, b"b", 0);
        }
        assert!(log.segments.len() as u64 <= SEGMENT as u64 / OVERHEAD, "{}", log.segments.len());
    }

    #[test]
    fn a_log_of_which_the_end_is_left_has_the_positions_of_the_whole() {
        let log = Log::of_the_end(10, vec![(Stdout, b"ab".to_vec()), (Stderr, b"c".to_vec())]);
        assert_eq!((log.start(), log.end()), (7, 10));
        assert_eq!(log.read(0, 10), (vec![(Stdout, b"ab".to_vec()), (Stderr, b"c".to_vec())], 7, 10));
    }

    #[test]
    fn a_cleared_log_keeps_its_positions() {
        let mut log = Log::new(SEGMENT);
        log.append(Stdout, b"gone", 0);
        log.clear();
        log.append(Stdout, b"new", 0);
        assert_eq!(log.read(0, 10), (vec![(Stdout, b"new".to_vec())], 4, 7));
    }
}
