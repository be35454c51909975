//! Showing: the screen of a command as one client has it.

use std::time::Instant;

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
}

impl Showing {
    /// When the next frame may be sent, where one waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Notes how a reading is shown. True where the lines before it end.
    pub(super) fn enters(&mut self, reading: &Reading) -> bool {
        let on_screen = matches!(reading.shape, Shape::Screen { .. });
        on_screen && !std::mem::replace(&mut self.on_screen, on_screen)
    }

    /// What a client is told of the screen after a reading. Frames come one by one, with a pause between.
    pub(super) fn news(
        &mut self,
        command: &Command,
        reading: &Reading,
        granted: Granted,
    ) -> Option<ScreenUpdate> {
        if !granted.has(Feature::Screens) {
            return None;
        }
        match reading.shape {
            Shape::Screen { is_newest: true, .. } => self.frame(command),
            Shape::Screen { is_over: false, .. } => None,
            Shape::Screen { .. } | Shape::Lines => {
                self.due = None;
                std::mem::take(&mut self.shown).then(closed)
            }
        }
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
