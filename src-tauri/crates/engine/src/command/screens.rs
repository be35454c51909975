//! Screens: the stretches of a command's output that are drawn on a screen, and the screen that is drawn on now.

use std::collections::VecDeque;
use std::sync::Arc;

use super::log::Log;
use crate::limits::Limits;
use crate::protocol::{Format, Size};
use crate::render::{Frame, Screen, Switch, Switches};
use crate::shell::StreamKind;

/// Stretches that are remembered. A client that is further behind gets the older ones as lines.
const SPANS: usize = 256;

/// Everything that a command draws but its lines.
pub(super) struct Screens {
    format: Format,
    limits: Arc<Limits>,
    /// The terminal's size; none where there is no terminal.
    size: Option<Size>,
    switches: Switches,
    active: Option<Active>,
    /// Oldest first; only the last can be open.
    spans: VecDeque<Span>,
    /// What left a screen for good, with the position in the log of its last byte.
    finished: VecDeque<(u64, String)>,
    /// How many were taken off the front of `finished`.
    forgotten: u64,
    bytes: usize,
    /// The version of the newest frame of any screen.
    version: u64,
    settled: u64,
}

struct Active {
    screen: Screen,
    /// It is there for as long as the alternate screen is.
    alternate: bool,
    /// Rows that left the screen since the program last went to another one.
    quiet: usize,
}

struct Span {
    from: u64,
    to: Option<u64>,
}

/// How the output at a position is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// As lines, up to the position at which a screen begins.
    Lines(Option<u64>),
    /// On a screen, up to the position at which it is left.
    Screen(Option<u64>),
}

impl Screens {
    pub(super) fn new(format: Format, size: Option<Size>, limits: &Arc<Limits>) -> Self {
        Self {
            format,
            limits: Arc::clone(limits),
            size,
            switches: Switches::default(),
            active: None,
            spans: VecDeque::new(),
            finished: VecDeque::new(),
            forgotten: 0,
            bytes: 0,
            version: 0,
            settled: 0,
        }
    }

    /// Takes bytes of stdout that the log has from the position `at` on.
    pub(super) fn take(&mut self, log: &Log<StreamKind>, at: u64, bytes: &[u8]) {
        if self.size.is_none() {
            return;
        }
        let (mut fed, mut next, mut moved) = (0, 0, false);
        while let Some((switch, end)) = self.switches.next(bytes, next, at) {
            next = end;
            let to = at + end as u64;
            match (switch, &self.active) {
                (Switch::Enter { from }, None) => {
                    self.begin(log, from, to, true);
                    fed = end;
                }
                (Switch::Move { from }, None) => {
                    self.begin(log, from, to, false);
                    fed = end;
                }
                (Switch::Move { .. }, Some(_)) => moved = true,
                (Switch::Leave, Some(active)) if active.alternate => {
                    self.active = None;
                    self.close(to, None);
                    fed = end;
                }
                _ => {}
            }
        }
        self.feed(at + fed as u64, &bytes[fed..], moved);
        self.settle(at, bytes);
    }

    /// Makes a screen of what the log has, with `from` as the beginning of what is drawn on it, and `to` as its end.
    fn begin(&mut self, log: &Log<StreamKind>, from: u64, to: u64, alternate: bool) {
        let Some(size) = self.size.filter(|size| self.has_room(*size)) else { return };
        let mut screen = Screen::new(self.format, size.cols, size.rows, self.version);
        let start = to.saturating_sub(self.limits.screen_prelude as u64).max(log.start()).min(from);
        let (pieces, mut at, _) = log.read(start, (to - start) as usize);
        let mut is_whole = start == 0;
        for (stream, bytes) in pieces {
            let (before, after) = bytes.split_at((from.saturating_sub(at) as usize).min(bytes.len()));
            at += bytes.len() as u64;
            if stream == StreamKind::Stderr {
                continue;
            }
            // What the end of a line that is gone would do is not known.
            let skip = if is_whole { 0 } else { after_line(before) };
            is_whole = true;
            screen.push(&before[skip..]);
            if !after.is_empty() {
                if !alternate && at - after.len() as u64 <= from {
                    screen.follow_from_cursor();
                }
                screen.push(after);
            }
        }
        self.active = Some(Active { screen, alternate, quiet: 0 });
        while self.spans.len() >= SPANS {
            self.spans.pop_front();
        }
        self.spans.push_back(Span { from, to: None });
    }

    fn has_room(&self, size: Size) -> bool {
        usize::from(size.cols) * usize::from(size.rows) <= self.limits.screen_cells
    }

    fn feed(&mut self, mut at: u64, bytes: &[u8], moved: bool) {
        let Some(active) = &mut self.active else { return };
        if active.alternate || moved {
            active.screen.push(bytes);
            active.quiet = 0;
            let (scrolled, _) = active.screen.take_scrolled();
            self.finish(at + bytes.len() as u64, scrolled);
            return;
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(active) = &mut self.active else { return };
            active.screen.push(line);
            at += line.len() as u64;
            let (scrolled, count) = active.screen.take_scrolled();
            active.quiet += count;
            // A whole screen of lines went by: the program has gone back to printing.
            let is_over = active.quiet >= active.screen.height() && active.screen.is_between_lines();
            self.finish(at, scrolled);
            if is_over {
                self.leave(at);
            }
        }
    }

    /// Notes up to where the screen knows the output: a sequence or a character that was cut is not in it.
    fn settle(&mut self, at: u64, bytes: &[u8]) {
        let Some(Active { screen, .. }) = &self.active else { return };
        if screen.is_settled() {
            self.settled = at + bytes.len() as u64;
        } else if screen.is_in_sequence() {
            self.settled = self.switches.began();
        } else if let Some(lead) = bytes.iter().rposition(|byte| *byte >= 0xc0) {
            self.settled = at + lead as u64;
        }
    }

    /// The screen is left at a position, and what it shows stays as lines.
    pub(super) fn leave(&mut self, at: u64) {
        if let Some(Active { screen, .. }) = self.active.take() {
            self.close(at, Some(screen));
        }
        self.switches = Switches::default();
    }

    fn close(&mut self, at: u64, screen: Option<Screen>) {
        // One more than any that was told, also of a screen that nobody looked at since it changed.
        self.version += 1;
        if let Some(mut screen) = screen {
            let remains = screen.remains();
            self.version = self.version.max(screen.version());
            self.finish(at, remains);
        }
        if let Some(span) = self.spans.back_mut() {
            span.to = Some(at);
        }
    }

    fn finish(&mut self, at: u64, data: String) {
        if data.is_empty() {
            return;
        }
        self.bytes += data.len();
        self.finished.push_back((at, data));
        while self.bytes > self.limits.output_ring && self.finished.len() > 1 {
            let oldest = self.finished.pop_front();
            self.bytes -= oldest.map_or(0, |(_, data)| data.len());
            self.forgotten += 1;
        }
    }

    /// The terminal has another size; `at` is the end of the log.
    pub(super) fn resize(&mut self, size: Size, at: u64) {
        if self.size.is_none() {
            return;
        }
        self.size = Some(size);
        match &mut self.active {
            Some(active) if usize::from(size.cols) * usize::from(size.rows) <= self.limits.screen_cells => {
                active.screen.resize(size.cols, size.rows);
            }
            Some(_) => self.leave(at),
            None => {}
        }
    }

    /// How the output at a position is shown to who does not get the bytes themselves.
    pub(super) fn place(&self, position: u64) -> Place {
        let next = self.spans.iter().find(|span| span.to.is_none_or(|to| to > position));
        match next {
            Some(span) if span.from <= position => Place::Screen(span.to),
            Some(span) => Place::Lines(Some(span.from)),
            None => Place::Lines(None),
        }
    }

    /// What has left screens up to a position, from the number `from` on, and the number after it.
    pub(super) fn finished(&self, from: u64, position: u64) -> (String, u64) {
        let skip = from.saturating_sub(self.forgotten) as usize;
        let due = self.finished.iter().skip(skip).take_while(|(at, _)| *at <= position);
        let (mut data, mut number) = (String::new(), from.max(self.forgotten));
        for (_, rows) in due {
            data.push_str(rows);
            number += 1;
        }
        (data, number)
    }

    /// Whether something left a screen up to a position, from the number `from` on.
    pub(super) fn has_finished(&self, from: u64, position: u64) -> bool {
        let skip = from.saturating_sub(self.forgotten) as usize;
        self.finished.get(skip).is_some_and(|(at, _)| *at <= position)
    }

    /// What changed on the screen after a version.
    pub(super) fn frame(&mut self, version: u64) -> Option<Frame> {
        let active = self.active.as_mut()?;
        let frame = active.screen.frame(version);
        self.version = self.version.max(active.screen.version());
        frame
    }

    /// What makes another terminal show the screen, and the position from which on it needs the bytes.
    pub(super) fn repaint(&self) -> Option<(String, u64)> {
        self.active.as_ref().map(|active| (active.screen.repaint(), self.settled))
    }

    /// The terminal's size; none where there is no terminal.
    pub(super) fn size(&self) -> Option<Size> {
        self.size
    }

    /// Whether the newest output is drawn on a screen.
    pub(super) fn is_drawn_on(&self) -> bool {
        self.active.is_some()
    }

    /// Bytes that are kept.
    pub(super) fn kept(&self) -> usize {
        self.bytes
    }

    /// Lets go of what left screens before a position.
    pub(super) fn forget(&mut self, before: u64) {
        while let Some((at, data)) = self.finished.front()
            && *at <= before
        {
            self.bytes -= data.len();
            self.forgotten += 1;
            self.finished.pop_front();
        }
    }

    /// Lets go of what is kept of a completed command.
    pub(super) fn clear(&mut self) {
        self.forgotten += self.finished.len() as u64;
        self.finished.clear();
        self.bytes = 0;
    }
}

/// The index after the first line end, or of the end.
fn after_line(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)
}
