//! Line: the unfinished last line of a stream, where every in-line control takes effect.

use super::cells::Cells;
use super::content::{Content, StyledText};
use super::sgr::{Color, Style};
use super::terminal::width;
use std::sync::Arc;

/// Columns of a row, on which a program can go back, as on a terminal that wide. It bounds what one edit costs.
pub(super) const ROW: usize = 1024;
/// Rows of a line; what goes on further is on the next line.
const ROWS: usize = 16;
/// Columns that moving the cursor reaches past a line's end. Without this bound a few bytes would give a
/// row of blanks.
pub(super) const REACH: usize = 256;
/// Combining marks of one character; further ones are dropped.
pub(super) const MARKS: usize = 8;
/// Bytes and runs of style of fixed rows that are held back, so that a link may go on from one row to the next.
const HELD: (usize, usize) = (8 << 10, 128);
/// Hyperlinks of one line; the text of further ones is no link.
const LINKS: usize = 256;
/// Columns between two tabulator stops.
const TAB: usize = 8;

/// What a client has been sent of the line that it appended.
#[derive(Debug, Clone, Copy, Default)]
struct Sent {
    /// Of the last row.
    columns: usize,
    bytes: usize,
    runs: usize,
    /// What was sent is no longer how the line begins.
    stale: bool,
}

/// The line. Its last row is text with runs of style as long as it only grows; once a program goes back it is cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    styled: StyledText,
    /// Rows before the last one, which are fixed.
    rows: usize,
    /// Columns of the last row's text.
    columns: usize,
    /// Combining marks at the text's end.
    marks: usize,
    cells: Cells,
    in_cells: bool,
    cursor: usize,
    links: Vec<Arc<str>>,
    sent: Sent,
}

impl Line {
    /// The cursor's column in the row, from 0, at most [`ROW`].
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether nothing is on it.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0 && self.len() == 0
    }

    /// Columns of the row up to the last one that was written.
    fn len(&self) -> usize {
        if self.in_cells { self.cells.len() } else { self.columns }
    }

    /// Goes on in a new row, for good. False: the line has no more rows.
    pub(super) fn start_row(&mut self) -> bool {
        if self.rows + 1 == ROWS {
            return false;
        }
        if self.in_cells {
            self.flatten();
        }
        self.styled.fix();
        self.wipe_row();
        self.rows += 1;
        self.cursor = 0;
        self.sent.columns = 0;
        true
    }

    /// Makes the line an empty one.
    pub(super) fn clear(&mut self) {
        self.styled.clear();
        self.wipe_row();
        self.rows = 0;
        self.cursor = 0;
        self.links.clear();
        self.sent = Sent::default();
    }

    fn wipe_row(&mut self) {
        self.styled.clear_unfixed();
        self.columns = 0;
        self.marks = 0;
        self.cells.clear();
        self.in_cells = false;
    }

    /// The style's number for a hyperlink to `target`, or 0 when the line has too many.
    pub(super) fn link(&mut self, target: &Arc<str>) -> u16 {
        if self.links.last() != Some(target) {
            if self.links.len() == LINKS {
                return 0;
            }
            self.links.push(Arc::clone(target));
        }
        self.links.len() as u16
    }

    /// Writes U+0020 to U+007E. The caller sees to [`ROW`].
    pub(super) fn print_ascii(&mut self, text: &str, style: Style) {
        if self.at_end() {
            self.styled.push_str(text, style);
            self.columns += text.len();
            self.cursor = self.columns;
            self.marks = 0;
        } else {
            for character in text.chars() {
                self.print(character, 1, style);
            }
        }
    }

    /// Writes a character of `width` 1 or 2. The caller sees to [`ROW`].
    pub(super) fn print(&mut self, character: char, width: usize, style: Style) {
        if self.at_end() {
            self.styled.push(character, style);
            self.columns += width;
            self.marks = 0;
        } else {
            self.use_cells();
            let differs = self.cells.put(self.cursor, character, width, style);
            self.sent.stale |= differs && self.cursor < self.sent.columns;
        }
        self.cursor += width;
    }

    /// Adds a combining mark to the character before the cursor, if there is one.
    pub(super) fn combine(&mut self, mark: char, style: Style) {
        if self.at_end() {
            if self.columns > 0 && self.marks < MARKS {
                self.styled.push(mark, style);
                self.marks += 1;
            }
        } else {
            self.use_cells();
            let changed = self.cells.combine(self.cursor, mark);
            self.sent.stale |= changed && self.cursor <= self.sent.columns;
        }
    }

    /// Moves to the next tabulator stop. At the line's end a tab is kept as the character that it is.
    pub(super) fn tab(&mut self) {
        let stop = (self.cursor / TAB + 1) * TAB;
        if self.at_end() {
            if stop > ROW {
                return;
            }
            self.styled.push('\t', Style::default());
            self.columns = stop;
            self.marks = 0;
            self.cursor = stop;
        } else {
            self.go(stop);
        }
    }

    /// Moves to the tabulator stop before the cursor.
    pub(super) fn back_tab(&mut self) {
        self.cursor = self.cursor.saturating_sub(1) / TAB * TAB;
    }

    /// Moves to `column`, no further than the line's end or [`REACH`].
    pub(super) fn go(&mut self, column: usize) {
        let last = self.len().max(REACH - 1).max(self.cursor).min(ROW - 1);
        self.cursor = column.min(last);
    }

    /// Moves left.
    pub(super) fn back(&mut self, columns: usize) {
        self.cursor = self.cursor.saturating_sub(columns);
    }

    /// Erases from the cursor to the end.
    pub(super) fn erase_right(&mut self, style: Style) {
        self.erase(self.cursor, ROW, style);
    }

    /// Erases from the beginning to the cursor, the cursor's column included.
    pub(super) fn erase_left(&mut self, style: Style) {
        self.erase(0, self.cursor + 1, style);
    }

    /// Erases everything; the cursor stays.
    pub(super) fn erase_all(&mut self, style: Style) {
        self.erase(0, ROW, style);
    }

    /// Erases `count` columns from the cursor.
    pub(super) fn erase_columns(&mut self, count: usize, style: Style) {
        let end = self.cursor + count;
        if style.background != Color::DEFAULT && end > self.len() {
            let end = end.min(REACH);
            if end > self.cursor {
                self.use_cells();
                self.cells.pad(end);
            }
        }
        self.erase(self.cursor, end, style);
    }

    fn erase(&mut self, from: usize, to: usize, style: Style) {
        if from >= self.len() {
            return;
        }
        self.sent.stale |= from < self.sent.columns;
        if from == 0 && to >= self.len() && style.background == Color::DEFAULT {
            self.wipe_row();
        } else {
            self.use_cells();
            self.cells.erase(from, to, style);
        }
    }

    /// Removes `count` columns at the cursor.
    pub(super) fn delete(&mut self, count: usize) {
        if self.cursor < self.len() {
            self.sent.stale |= self.cursor < self.sent.columns;
            self.use_cells();
            self.cells.delete(self.cursor, count);
        }
    }

    /// Inserts `count` blank columns at the cursor, without making the line longer than [`REACH`].
    pub(super) fn insert(&mut self, count: usize, style: Style) {
        if self.cursor < self.len() {
            self.sent.stale |= self.cursor < self.sent.columns;
            let limit = self.len().max(REACH);
            self.use_cells();
            self.cells.insert(self.cursor, count, style, limit);
        }
    }

    /// What the line shows.
    pub(super) fn content(&mut self) -> Content<'_> {
        if self.in_cells {
            self.flatten();
        }
        let sent = if self.sent.stale { 0 } else { self.sent.bytes };
        let StyledText { text, runs, .. } = &self.styled;
        Content { text, runs, links: &self.links, sent }
    }

    /// For a client that only appends: what was sent is no longer how the line begins.
    pub(super) fn is_stale(&self) -> bool {
        self.sent.stale
    }

    /// After [`Line::content`]: notes that everything was sent.
    pub(super) fn note_sent(&mut self) {
        let StyledText { text, runs, .. } = &self.styled;
        self.sent = Sent { columns: self.len(), bytes: text.len(), runs: runs.len(), stale: false };
    }

    /// Whether so much of it was not sent that its fixed rows should be.
    pub(super) fn is_heavy(&self) -> bool {
        let (bytes, runs) = HELD;
        let StyledText { text, runs: all, .. } = &self.styled;
        text.len() > self.sent.bytes + bytes || all.len() > self.sent.runs + runs
    }

    fn at_end(&mut self) -> bool {
        if self.in_cells || self.cursor < self.columns {
            return false;
        }
        while self.columns < self.cursor {
            self.styled.push(' ', Style::default());
            self.columns += 1;
        }
        true
    }

    /// From text to cells.
    fn use_cells(&mut self) {
        if self.in_cells {
            return;
        }
        self.in_cells = true;
        let mut column = 0;
        for (character, style) in self.styled.unfixed() {
            match (character, width(character)) {
                ('\t', _) => {
                    column = (column / TAB + 1) * TAB;
                    self.cells.pad(column);
                }
                (mark, 0) => {
                    self.cells.combine(column, mark);
                }
                (character, width) => {
                    self.cells.put(column, character, width, style);
                    column += width;
                }
            }
        }
        // Marks that were not sent belong to a character that was.
        let unsent = self.styled.text.get(self.sent.bytes..).and_then(|text| text.chars().next());
        self.sent.stale |= self.sent.columns > 0 && unsent.is_some_and(|c| c != '\t' && width(c) == 0);
    }

    /// From cells to the text that they are.
    fn flatten(&mut self) {
        let Self { styled, cells, sent, .. } = self;
        styled.clear_unfixed();
        if sent.columns > 0 {
            sent.bytes = styled.text.len();
        }
        cells.for_each(|column, character, style, marks| {
            styled.push(character, style);
            styled.push_str(marks, style);
            if column < sent.columns {
                sent.bytes = styled.text.len();
            }
        });
    }
}
