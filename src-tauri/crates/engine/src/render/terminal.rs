//! Terminal: the one line that a stream can still change, and what of it a client has been given.

mod sequences;

use super::charset::Charsets;
use super::html::{Part, Writer};
use super::line::{Line, REACH, ROW};
use super::names::Names;
use super::picture::Picture;
use super::sgr::Style;
use super::{Drawing, Form, Fragment};
use crate::protocol::Format;
use std::sync::Arc;
use unicode_width::UnicodeWidthChar;

/// The columns that a character takes: 0, 1 or 2.
pub(super) fn width(character: char) -> usize {
    character.width().unwrap_or(0).min(2)
}

/// Whether a character could change how the text around it reads: C1 controls, controls of direction, and
/// separators at which a browser may break a line.
pub(super) fn is_harmful(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{206f}'
    )
}

/// A cursor that a program saved.
#[derive(Debug, Clone, Copy)]
struct Saved {
    /// The number of the line.
    line: u64,
    column: usize,
    style: Style,
}

/// The terminal of one stream. Bounded by its one or two lines; `data` goes with each fragment.
#[derive(Debug, Clone)]
pub(super) struct Terminal {
    form: Form,
    line: Line,
    /// The line that a program left with a saved cursor; what it writes meanwhile is on `line`.
    left: Option<Line>,
    /// The number of `line`, or of `left` where there is one.
    number: u64,
    style: Style,
    charsets: Charsets,
    hyperlink: Option<Arc<str>>,
    saved: Option<Saved>,
    /// The last character with its width, to be repeated.
    last: Option<(char, usize)>,
    /// The cursor was sent to the top, and nothing was erased or written since.
    at_home: bool,
    wants_screen: bool,
    writer: Writer,
    data: String,
    /// Bytes of `data` after which no more is taken for now.
    limit: usize,
}

impl Terminal {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            line: Line::default(),
            left: None,
            number: 0,
            style: Style::default(),
            charsets: Charsets::default(),
            hyperlink: None,
            saved: None,
            last: None,
            at_home: false,
            wants_screen: false,
            writer: Writer::default(),
            data: String::new(),
            limit: usize::MAX,
        }
    }

    pub(super) fn set_names(&mut self, names: &Arc<Names>) {
        self.form.names = Some(Arc::clone(names));
    }

    /// Takes no more once about so many bytes are to be drawn.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Whether as much is to be drawn as there may be.
    pub(super) fn has_enough(&self) -> bool {
        self.data.len() >= self.limit
    }

    pub(super) fn is_html(&self) -> bool {
        self.form.format == Format::Html
    }

    /// See [`super::Renderer::wants_screen`].
    pub(super) fn wants_screen(&self) -> bool {
        self.wants_screen
    }

    /// What there is to draw since the last fragment.
    pub(super) fn fragment(&mut self) -> Fragment {
        let unfinished = self.left.as_mut().unwrap_or(&mut self.line);
        let mut line = String::new();
        match self.form.drawing {
            Drawing::Replace => {
                self.writer.write(&mut line, &unfinished.content(), &self.form, Part::Unfinished);
            }
            Drawing::Append => {
                append(&mut self.writer, &mut self.data, unfinished, &self.form, Part::Piece);
            }
        }
        Fragment { data: std::mem::take(&mut self.data), line }
    }

    /// The stream has ended: what there is to draw, with the unfinished line in its data.
    pub(super) fn finish(&mut self) -> Fragment {
        self.return_to_left();
        self.write_line();
        self.start_line();
        Fragment { data: std::mem::take(&mut self.data), line: String::new() }
    }

    /// Ends the unfinished line, where there is one: what comes next is drawn elsewhere.
    pub(super) fn break_line(&mut self) -> Fragment {
        self.end_line_unless_empty();
        self.fragment()
    }

    /// Shows a picture on a line of its own.
    pub(super) fn show(&mut self, picture: &Picture<'_>) -> Fragment {
        self.end_line_unless_empty();
        picture.write(&mut self.data);
        self.data.push('\n');
        self.start_line();
        self.fragment()
    }

    fn end_line(&mut self) {
        self.return_to_left();
        self.write_line();
        self.data.push('\n');
        self.start_line();
    }

    fn end_line_unless_empty(&mut self) {
        if self.left.is_some() || !self.line.is_empty() {
            self.end_line();
        }
    }

    fn write_line(&mut self) {
        match self.form.drawing {
            Drawing::Replace => {
                self.writer.write(&mut self.data, &self.line.content(), &self.form, Part::Ended);
            }
            Drawing::Append => {
                append(&mut self.writer, &mut self.data, &mut self.line, &self.form, Part::Ended);
            }
        }
    }

    fn start_line(&mut self) {
        self.line.clear();
        self.number += 1;
        self.at_home = false;
        self.relink();
    }

    /// What a program wrote apart turns out to be more than a status line: both lines are output.
    fn return_to_left(&mut self) {
        if let Some(left) = self.left.take() {
            let apart = std::mem::replace(&mut self.line, left);
            self.write_line();
            self.data.push('\n');
            self.line = apart;
            self.number += 1;
        }
    }

    /// Gives the style its link to the hyperlink that is open, as the line numbers it.
    fn relink(&mut self) {
        self.style.link = match &self.hyperlink {
            Some(target) => self.line.link(target),
            None => 0,
        };
    }

    /// Makes room for a character of `width`.
    fn make_room(&mut self, width: usize) {
        self.wants_screen |= self.at_home;
        self.at_home = false;
        if self.line.cursor() + width <= ROW {
            return;
        }
        if !self.line.start_row() {
            self.end_line();
        } else if self.line.is_heavy() {
            self.return_to_left();
            append(&mut self.writer, &mut self.data, &mut self.line, &self.form, Part::Piece);
        }
    }

    fn print_char(&mut self, character: char) {
        if is_harmful(character) {
            return;
        }
        match width(character) {
            0 => self.line.combine(character, self.style),
            width => {
                self.make_room(width);
                self.line.print(character, width, self.style);
                self.last = Some((character, width));
            }
        }
    }

    fn repeat(&mut self, times: usize) {
        if let Some((character, width)) = self.last {
            for _ in 0..times.min(REACH) {
                self.make_room(width);
                self.line.print(character, width, self.style);
            }
        }
    }
}

/// Appends what was not sent of `line`: the rest of it, or, where what was sent is no longer how it begins, the whole
/// of it on a new line.
fn append(writer: &mut Writer, data: &mut String, line: &mut Line, form: &Form, part: Part) {
    let is_stale = line.is_stale();
    let content = line.content();
    if is_stale {
        if content.is_blank() {
            return;
        }
        data.push('\n');
    }
    writer.write(data, &content, form, part);
    line.note_sent();
}
