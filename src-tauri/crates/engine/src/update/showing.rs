//! Showing: the screen of a command as one client has it.

use std::time::Instant;

use super::room::Room;
use crate::command::{Command, Reading, Shape};
use crate::protocol::{Feature, Granted, ScreenCursor, ScreenLine, ScreenUpdate};
use crate::render::{Cursor, Frame, Row};

/// What a client has been told of a command's screens.
#[derive(Default)]
pub(super) struct Showing {
    /// The output that was read last was drawn on a screen.
    on_screen: bool,
    /// The client shows a screen.
    shown: bool,
    version: u64,
    framed: Option<Instant>,
    due: Option<Instant>,
    /// The rows of a frame that one update had no room for.
    rest: Option<ScreenUpdate>,
}

impl Showing {
    /// When the next frame may be sent, where one waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether rows of a frame are still to be told.
    pub(super) fn is_behind(&self) -> bool {
        self.rest.is_some()
    }

    /// Notes how a reading is shown. True where the lines before it end.
    pub(super) fn enters(&mut self, reading: &Reading) -> bool {
        let on_screen = matches!(reading.shape, Shape::Screen { .. });
        on_screen && !std::mem::replace(&mut self.on_screen, on_screen)
    }

    /// What a client is told of the screen after a reading. Frames come one by one, with a pause between; of one that is
    /// too large for an update the rest follows at once.
    pub(super) fn news(
        &mut self,
        command: &Command,
        reading: &Reading,
        granted: Granted,
        room: &Room,
    ) -> Option<ScreenUpdate> {
        if !granted.has(Feature::Screens) {
            return None;
        }
        match reading.shape {
            Shape::Screen { is_newest: true, .. } if !reading.is_silent() => None,
            Shape::Screen { is_newest: true, .. } => {
                let frame = self.rest.take().or_else(|| self.frame(command))?;
                Some(self.portion(frame, room))
            }
            Shape::Screen { is_over: false, .. } => None,
            Shape::Screen { .. } | Shape::Lines => {
                (self.due, self.rest) = (None, None);
                std::mem::take(&mut self.shown).then(closed)
            }
        }
    }

    /// The rows for which there is room, one at least; the others are kept.
    fn portion(&mut self, mut update: ScreenUpdate, room: &Room) -> ScreenUpdate {
        let mut left = room.left();
        let fits = |line: &&ScreenLine| {
            let fits = left > 0;
            left = left.saturating_sub(line.data.len());
            fits
        };
        let count = update.lines.iter().take_while(fits).count().max(1);
        if count < update.lines.len() {
            let lines = update.lines.split_off(count);
            self.rest = Some(ScreenUpdate { whole: false, lines, ..update.clone() });
        }
        update
    }

    fn frame(&mut self, command: &Command) -> Option<ScreenUpdate> {
        let now = Instant::now();
        let next = self.framed.map(|framed| framed + command.frame_pause());
        self.due = next.filter(|next| now < *next);
        if self.due.is_some() {
            return None;
        }
        let frame = command.frame(self.version)?;
        (self.version, self.framed, self.shown) = (frame.version, Some(now), true);
        Some(update(frame))
    }
}

fn update(frame: Frame) -> ScreenUpdate {
    let Cursor { row, col, visible } = frame.cursor;
    ScreenUpdate {
        cols: frame.cols,
        rows: frame.rows,
        whole: frame.whole,
        lines: frame.lines.into_iter().map(|Row { row, data }| ScreenLine { row, data }).collect(),
        cursor: ScreenCursor { row, col, visible },
        title: frame.title,
        alternate: frame.alternate,
        closed: false,
    }
}

fn closed() -> ScreenUpdate {
    ScreenUpdate {
        cols: 0,
        rows: 0,
        whole: true,
        lines: Vec::new(),
        cursor: ScreenCursor::default(),
        title: String::new(),
        alternate: false,
        closed: true,
    }
}
