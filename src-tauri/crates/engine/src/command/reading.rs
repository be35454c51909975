//! Reading: what a follower of a command gets at one turn, from its own position.

use std::time::Duration;

use super::pictures::{Ahead, Pictures};
use super::screens::Place;
use super::{Command, Counted, Ended, Placed, State, TapTag};
use crate::protocol::Format;
use crate::render::Frame;
use crate::shell::StreamKind;

/// Where a follower stands in a command's logs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Position {
    pub(crate) output: u64,
    pub(crate) taps: u64,
    /// The version of the stages' counts that it has seen.
    pub(crate) stages: u64,
    /// Where bytes of taps were dropped before it: up to which version it has seen the counts with these in them.
    pub(crate) settled: Option<u64>,
    /// How much of what left screens for good it has seen.
    pub(crate) finished: u64,
}

/// Whether a reading is of lines or of a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The pieces are to be drawn as lines.
    Lines,
    /// What the pieces of stdout would draw is on a screen; they are left out.
    Screen {
        /// Whole lines that left the screen for good, in the command's format.
        finished: String,
        /// Whether the position is that of the newest output, which the screen shows.
        is_newest: bool,
        /// Whether the screen is left at the position.
        is_over: bool,
    },
}

/// What a follower gets at one reading.
pub(crate) struct Reading {
    pub(crate) pieces: Vec<(StreamKind, Vec<u8>)>,
    /// To be shown in place of the one piece that there is.
    pub(crate) picture: Option<Placed>,
    /// The same among the taps.
    pub(crate) tapped_picture: Option<Placed>,
    pub(crate) shape: Shape,
    pub(crate) taps: Vec<(TapTag, Vec<u8>)>,
    pub(crate) stages: Vec<Counted>,
    /// The position is that of the newest bytes of the taps: all of them that are kept were read.
    pub(crate) is_current: bool,
    pub(crate) position: Position,
    /// What a raw command asks there is this follower's to answer.
    pub(crate) answers: bool,
    /// Bytes of output that were dropped before the first piece.
    pub(crate) dropped: u64,
    /// The end, once the position has passed everything that came before it.
    pub(crate) ended: Option<Ended>,
    /// Nothing will ever follow.
    pub(crate) exhausted: bool,
}

/// Bytes of one stream with room for a header before them.
pub(crate) struct Bytes {
    pub(crate) origin: Origin,
    /// The position of the first of them.
    pub(crate) at: u64,
    pub(crate) frame: Vec<u8>,
}

/// Where bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Output(StreamKind),
    Tap(TapTag),
}

/// What a follower gets at one reading of bytes as they are. The fields are those of [`Reading`].
pub(crate) struct BytesReading {
    pub(crate) bytes: Option<Bytes>,
    /// Bytes of taps were dropped before these.
    pub(crate) missed: bool,
    pub(crate) answers: bool,
    pub(crate) position: Position,
    pub(crate) stages: Vec<Counted>,
    pub(crate) is_current: bool,
    pub(crate) dropped: u64,
    pub(crate) ended: Option<Ended>,
    pub(crate) exhausted: bool,
}

impl Reading {
    /// Whether there is nothing to draw.
    pub(crate) fn is_silent(&self) -> bool {
        let is_finished = matches!(&self.shape, Shape::Screen { finished, .. } if !finished.is_empty());
        self.pieces.is_empty() && self.taps.is_empty() && !is_finished
    }
}

impl Command {
    /// What follows `from`, at most `limits.update` bytes of output and as many of the taps, and moves the follower on.
    /// Stops at `until` where that is given.
    pub(crate) fn read(&self, follower: u64, from: Position, until: Option<u64>) -> Reading {
        let mut state = self.lock();
        let (until, answers) = state.answering.part(follower, from.output, until);
        let (shape, limit) = self.shape(&state, from);
        let left = until.map(|until| until.saturating_sub(from.output.max(state.log.start())));
        let limit = left.map_or(limit, |left| limit.min(usize::try_from(left).unwrap_or(limit)));
        let (picture, limit) = self.picture_ahead(&state, &shape, from, limit);
        let (mut pieces, first, output) = state.log.read(from.output, limit);
        let (tapped_picture, tapped_limit) = self.picture_at(
            &state.tapped.pictures,
            from.taps.max(state.tapped.log.start()),
            self.limits.update,
        );
        let (taps, first_of_taps, tapped) = state.tapped.log.read(from.taps, tapped_limit);
        let is_current = tapped == state.tapped.log.end();
        let mut position = Position { output, taps: tapped, ..from };
        let stages = state.tapped.counts_for(&mut position, first_of_taps > from.taps);
        if let Some(cursor) = state.cursors.get_mut(&follower) {
            *cursor = output;
        }
        if answers {
            state.answering.gave(output);
        }
        let passed = |end: Position| output >= end.output && tapped >= end.taps;
        let ended = state.ended.as_ref().filter(|ended| passed(ended.position)).cloned();
        let exhausted = state.closed && output == state.log.end() && tapped == state.tapped.log.end();
        let shape = match shape {
            Place::Lines(_) => Shape::Lines,
            Place::Screen(to) => {
                pieces.retain(|(stream, _)| *stream == StreamKind::Stderr);
                let finished;
                (finished, position.finished) = state.screens.finished(from.finished, output);
                let is_newest = to.is_none() && output == state.log.end();
                Shape::Screen { finished, is_newest, is_over: to.is_some_and(|to| to <= output) }
            }
        };
        drop(state);
        if output > from.output {
            self.room.notify_one();
        }
        let dropped = first - from.output;
        Reading {
            pieces,
            picture,
            tapped_picture,
            shape,
            taps,
            stages,
            is_current,
            position,
            answers,
            dropped,
            ended,
            exhausted,
        }
    }

    /// The picture at a position of the output, with the length of what it stands for; else how many bytes there are
    /// without one.
    fn picture_ahead(
        &self,
        state: &State,
        place: &Place,
        from: Position,
        limit: usize,
    ) -> (Option<Placed>, usize) {
        if matches!(place, Place::Screen(_)) {
            return (None, limit);
        }
        self.picture_at(&state.pictures, from.output.max(state.log.start()), limit)
    }

    /// The same for the pictures of any log.
    fn picture_at(&self, pictures: &Pictures, position: u64, limit: usize) -> (Option<Placed>, usize) {
        if self.plan.format != Format::Html {
            return (None, limit);
        }
        let within = |length: u64| usize::try_from(length).map_or(limit, |length| limit.min(length));
        match pictures.ahead(position) {
            Ahead::Picture(placed, length) if length <= limit as u64 => (Some(placed), within(length)),
            Ahead::Bytes(Some(length)) => (None, within(length)),
            Ahead::Picture(..) | Ahead::Bytes(None) => (None, limit),
        }
    }

    /// How the output from a position on is shown, and how many bytes of it at once.
    fn shape(&self, state: &State, from: Position) -> (Place, usize) {
        if self.plan.format == Format::Raw {
            return (Place::Lines(None), self.limits.update);
        }
        let start = from.output.max(state.log.start());
        let place = match state.screens.place(start) {
            // What a screen left at this very position comes before what follows.
            Place::Lines(_) if state.screens.has_finished(from.finished, start) => Place::Screen(Some(start)),
            place => place,
        };
        let (Place::Lines(until) | Place::Screen(until)) = place;
        let room = until.map_or(self.limits.update, |until| (until - start) as usize);
        (place, room.min(self.limits.update))
    }

    /// The bytes that follow `from` themselves: of one stream of the output, or else of a tap, up to `until` and at most
    /// `limits.binary_frame` of them, behind `room` bytes for a header. Moves the follower on.
    pub(crate) fn read_bytes(
        &self,
        follower: u64,
        from: Position,
        until: Option<u64>,
        room: usize,
    ) -> BytesReading {
        let mut state = self.lock();
        let mut position = from;
        let (mut dropped, mut missed) = (0, false);
        let (until, answers) = state.answering.part(follower, from.output, until);
        let limit = until.map_or(u64::MAX, |until| until - from.output.max(state.log.start()).min(until));
        let limit = self.limits.binary_frame.min(usize::try_from(limit).unwrap_or(usize::MAX)).max(1);
        let mut bytes = state.log.read_one(from.output, limit, room).map(|(stream, frame, at, to)| {
            (position.output, dropped) = (to, at.saturating_sub(from.output));
            Bytes { origin: Origin::Output(stream), at, frame }
        });
        if bytes.is_none() {
            let tapped = state.tapped.log.read_one(from.taps, self.limits.binary_frame, room);
            bytes = tapped.map(|(tag, frame, at, to)| {
                position.taps = to;
                missed = at > from.taps;
                Bytes { origin: Origin::Tap(tag), at, frame }
            });
        }
        // Bytes that were dropped with nothing after them.
        if position.output < state.log.start() {
            (dropped, position.output) = (state.log.start() - position.output, state.log.start());
        }
        if position.taps < state.tapped.log.start() {
            (missed, position.taps) = (true, state.tapped.log.start());
        }
        let is_current = position.taps == state.tapped.log.end();
        let stages = state.tapped.counts_for(&mut position, missed);
        if let Some(cursor) = state.cursors.get_mut(&follower) {
            *cursor = position.output;
        }
        if answers {
            state.answering.gave(position.output);
        }
        let passed = |end: Position| position.output >= end.output && position.taps >= end.taps;
        let ended = state.ended.as_ref().filter(|ended| passed(ended.position)).cloned();
        let is_last = position.output == state.log.end() && position.taps == state.tapped.log.end();
        let exhausted = state.closed && is_last;
        drop(state);
        if position.output > from.output {
            self.room.notify_one();
        }
        BytesReading { bytes, missed, answers, position, stages, is_current, dropped, ended, exhausted }
    }

    /// What a client needs that comes to a raw command which runs: the position up to which it gets what was printed
    /// before, and a repaint in place of that where the command draws on a screen.
    pub(crate) fn join(&self, follower: u64, position: &mut Position) -> (u64, Option<Vec<u8>>) {
        let mut state = self.lock();
        let repaint = state.screens.repaint().filter(|(_, settled)| *settled >= position.output);
        let repaint = repaint.map(|(repaint, settled)| {
            position.output = settled;
            repaint.into_bytes()
        });
        if let Some(cursor) = state.cursors.get_mut(&follower) {
            *cursor = position.output;
        }
        (state.log.end(), repaint)
    }

    /// Whether output after a position is gone.
    pub(crate) fn has_dropped(&self, position: Position) -> bool {
        self.lock().log.start() > position.output
    }

    /// Bytes of output in one binary frame, at the most.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.limits.binary_frame
    }

    /// Bytes of text in one update, about.
    pub(crate) fn rendered_bytes(&self) -> usize {
        self.limits.rendered_update
    }

    /// Pixels of the longer side of a picture among the output.
    pub(crate) fn thumbnail_side(&self) -> u32 {
        self.limits.thumbnail_side
    }

    /// The shortest time between two frames of a screen.
    pub(crate) fn frame_pause(&self) -> Duration {
        self.limits.screen_frame
    }

    /// What changed on the command's screen after a version of it.
    pub(crate) fn frame(&self, version: u64) -> Option<Frame> {
        self.lock().screens.frame(version)
    }
}
