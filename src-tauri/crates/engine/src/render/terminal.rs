//! Terminal: carries out text, controls and sequences on the one line that a stream can still change.

use super::html;
use super::hyperlink;
use super::line::{COLUMNS, Line, REACH};
use super::parser::{Csi, Perform};
use super::sgr::Style;
use super::{Drawing, Form, Fragment};
use std::sync::Arc;
use unicode_width::UnicodeWidthChar;

/// The columns that a character takes: 0, 1 or 2.
pub(super) fn width(character: char) -> usize {
    character.width().unwrap_or(0).min(2)
}

/// Whether a character could change how the text around it reads: C1 controls, controls of direction, and
/// separators at which a browser may break a line.
fn is_harmful(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// A cursor that a program saved.
#[derive(Debug, Clone, Copy)]
struct Saved {
    /// The number of the line.
    line: u64,
    column: usize,
    style: Style,
}

/// The state of a stream's terminal. Bounded by its one or two lines; `data` goes with each fragment.
#[derive(Debug, Clone)]
pub(super) struct Terminal {
    form: Form,
    line: Line,
    /// The line that a program left with a saved cursor; what it writes elsewhere is on `line`.
    left: Option<Line>,
    /// The number of `line`.
    number: u64,
    style: Style,
    hyperlink: Option<Arc<str>>,
    saved: Option<Saved>,
    /// The last character with its width, for REP.
    last: Option<(char, usize)>,
    /// The cursor was sent to the top and nothing was erased or written since.
    at_home: bool,
    wants_screen: bool,
    writer: html::Writer,
    data: String,
}

impl Terminal {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            line: Line::default(),
            left: None,
            number: 0,
            style: Style::default(),
            hyperlink: None,
            saved: None,
            last: None,
            at_home: false,
            wants_screen: false,
            writer: html::Writer::default(),
            data: String::new(),
        }
    }

    /// See [`super::Renderer::wants_screen`].
    pub(super) fn wants_screen(&self) -> bool {
        self.wants_screen
    }

    /// What there is to draw since the last fragment.
    pub(super) fn fragment(&mut self) -> Fragment {
        let mut data = std::mem::take(&mut self.data);
        let mut line = String::new();
        let unfinished = self.left.as_mut().unwrap_or(&mut self.line);
        match self.form.drawing {
            Drawing::Replace => self.writer.write(&mut line, &unfinished.content(), &self.form, true),
            Drawing::Append => {
                append(&mut self.writer, &mut data, unfinished, &self.form, false);
            }
        }
        Fragment { data, line }
    }

    /// The stream has ended: what there is to draw, with the unfinished line in its data.
    pub(super) fn finish(&mut self) -> Fragment {
        self.leave_excursion();
        match self.form.drawing {
            Drawing::Replace => self.write_line(),
            Drawing::Append => {
                append(&mut self.writer, &mut self.data, &mut self.line, &self.form, false);
            }
        }
        self.start_line();
        Fragment { data: std::mem::take(&mut self.data), line: String::new() }
    }

    fn end_line(&mut self) {
        self.leave_excursion();
        self.write_line();
        self.data.push('\n');
        self.start_line();
    }

    fn start_line(&mut self) {
        self.line.clear();
        self.number += 1;
        self.at_home = false;
        self.relink();
    }

    fn write_line(&mut self) {
        match self.form.drawing {
            Drawing::Replace => {
                self.writer.write(&mut self.data, &self.line.content(), &self.form, true);
            }
            Drawing::Append => {
                append(&mut self.writer, &mut self.data, &mut self.line, &self.form, true);
            }
        }
    }

    /// What a program wrote elsewhere turns out to be more than a status line: both lines are output.
    fn leave_excursion(&mut self) {
        if let Some(left) = self.left.take() {
            let elsewhere = std::mem::replace(&mut self.line, left);
            self.write_line();
            self.data.push('\n');
            self.line = elsewhere;
            self.number += 1;
        }
    }

    /// The style's link for the hyperlink that is open, on the line as it is now.
    fn relink(&mut self) {
        self.style.link = match &self.hyperlink {
            Some(target) => self.line.link(target),
            None => 0,
        };
    }

    /// Makes room for a character of `width`.
    fn wrap(&mut self, width: usize) {
        if self.line.cursor() + width > COLUMNS {
            self.end_line();
        }
        self.wants_screen |= std::mem::take(&mut self.at_home);
    }

    fn print_char(&mut self, character: char) {
        if is_harmful(character) {
            return;
        }
        match width(character) {
            0 => self.line.combine(character, self.style),
            width => {
                self.wrap(width);
                self.line.print(character, width, self.style);
                self.last = Some((character, width));
            }
        }
    }

    fn repeat(&mut self, times: usize) {
        if let Some((character, width)) = self.last {
            for _ in 0..times.min(REACH) {
                self.wrap(width);
                self.line.print(character, width, self.style);
            }
        }
    }

    /// The cursor goes to another row. Rows above cannot be drawn any more, so the output goes on below.
    fn go_elsewhere(&mut self) {
        if self.left.is_none() && self.saved.is_some_and(|saved| saved.line == self.number) {
            self.left = Some(std::mem::take(&mut self.line));
            self.relink();
            return;
        }
        self.wants_screen |= self.left.is_none();
        if self.line.len() > 0 {
            self.end_line();
        }
    }

    fn position(&mut self, row: usize, column: usize) {
        let column = column.max(1) - 1;
        if row <= 1 && column == 0 {
            if self.line.len() > 0 {
                self.end_line();
            }
            self.at_home = true;
        } else {
            self.go_elsewhere();
        }
        self.line.go(column);
    }

    fn save(&mut self) {
        if self.left.is_none() {
            let column = self.line.cursor();
            self.saved = Some(Saved { line: self.number, column, style: self.style });
        }
    }

    fn restore(&mut self) {
        let Some(saved) = self.saved else { return };
        if let Some(left) = self.left.take() {
            self.line = left;
        } else if saved.line != self.number {
            self.saved = None;
            self.go_elsewhere();
        }
        self.style = saved.style;
        self.relink();
        self.line.go(saved.column);
    }

    fn erase_display(&mut self, csi: &Csi) {
        self.at_home = false;
        match csi.value(0) {
            0 => self.line.erase_right(self.style),
            1 => self.line.erase_left(self.style),
            2 => self.line.erase_all(self.style),
            _ => {}
        }
    }

    fn erase_line(&mut self, csi: &Csi) {
        match csi.value(0) {
            0 => self.line.erase_right(self.style),
            1 => self.line.erase_left(self.style),
            2 => self.line.erase_all(self.style),
            _ => {}
        }
    }

    fn modes(&mut self, csi: &Csi) {
        let alternate = |index: usize| matches!(csi.value(index), 47 | 1047 | 1049);
        if (0..csi.len()).any(alternate) {
            self.wants_screen |= csi.last == b'h';
            if self.line.len() > 0 {
                self.end_line();
            }
        }
    }

    fn reset(&mut self) {
        self.style = Style::default();
        self.hyperlink = None;
        self.saved = None;
        if self.left.is_some() || self.line.len() > 0 {
            self.end_line();
        }
    }
}

impl Perform for Terminal {
    fn print_ascii(&mut self, mut text: &str) {
        self.last = text.chars().next_back().map(|character| (character, 1)).or(self.last);
        loop {
            self.wrap(1);
            let room = COLUMNS - self.line.cursor();
            let (fits, rest) = text.split_at(room.min(text.len()));
            self.line.print_ascii(fits, self.style);
            if rest.is_empty() {
                return;
            }
            text = rest;
        }
    }

    fn print(&mut self, mut text: &str) {
        while !text.is_empty() {
            let ascii = text.bytes().take_while(u8::is_ascii).count();
            if ascii > 0 {
                self.print_ascii(&text[..ascii]);
                text = &text[ascii..];
            }
            let mut characters = text.chars();
            if let Some(character) = characters.next() {
                self.print_char(character);
            }
            text = characters.as_str();
        }
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'\n' | 0x0b | 0x0c => self.end_line(),
            b'\r' => self.line.go(0),
            0x08 => self.line.back(1),
            b'\t' => self.line.tab(),
            _ => {}
        }
    }

    fn escape(&mut self, intermediate: u8, last: u8) {
        match (intermediate, last) {
            (0, b'D' | b'E') => self.end_line(),
            (0, b'M') => self.go_elsewhere(),
            (0, b'7') => self.save(),
            (0, b'8') => self.restore(),
            (0, b'c') => self.reset(),
            _ => {}
        }
    }

    fn csi(&mut self, csi: &Csi) {
        let times = csi.times();
        let column = self.line.cursor();
        match (csi.prefix, csi.intermediate, csi.last) {
            (0, 0, b'm') => {
                self.style.apply(csi);
            }
            (0, 0, b'K') => self.erase_line(csi),
            (0, 0, b'J') => self.erase_display(csi),
            (0, 0, b'X') => self.line.erase_columns(times, self.style),
            (0, 0, b'P') => self.line.delete(times),
            (0, 0, b'@') => self.line.insert(times, self.style),
            (0, 0, b'G' | b'`') => self.line.go(times - 1),
            (0, 0, b'C' | b'a') => self.line.go(column + times),
            (0, 0, b'D') => self.line.back(times),
            (0, 0, b'I') => (0..times.min(REACH)).for_each(|_| self.line.tab()),
            (0, 0, b'Z') => (0..times.min(REACH)).for_each(|_| self.line.back_tab()),
            (0, 0, b'b') => self.repeat(times),
            (0, 0, b'H' | b'f') => self.position(times, csi.value(1).into()),
            (0, 0, b'A' | b'B' | b'e') => {
                self.go_elsewhere();
                self.line.go(column);
            }
            (0, 0, b'E' | b'F') => self.position(2, 1),
            (0, 0, b'd') => self.position(usize::from(csi.value(0)).max(2), column + 1),
            (0, 0, b'L' | b'M' | b'S' | b'T') => self.go_elsewhere(),
            (0, 0, b's') => self.save(),
            (0, 0, b'u') => self.restore(),
            (b'?', 0, b'h' | b'l') => self.modes(csi),
            _ => {}
        }
    }

    fn osc(&mut self, data: &[u8]) {
        if let Some(target) = hyperlink::parse(data) {
            self.hyperlink = target.map(Arc::from);
            self.relink();
        }
    }
}

/// Brings a client that only appends up to date with `line`. A line that is `complete` is followed by a line's end.
fn append(writer: &mut html::Writer, data: &mut String, line: &mut Line, form: &Form, complete: bool) {
    let stale = line.is_stale();
    let content = line.content();
    if stale {
        if !complete && content.is_blank() {
            return;
        }
        data.push('\n');
    }
    writer.write(data, &content, form, complete);
    line.note_sent();
}
