//! Rows: a line of the grid in the form that output has.

use avt::{Color as CellColor, Line, Pen};

use crate::protocol::Format;
use crate::render::content::{Content, StyledText};
use crate::render::html::Writer;
use crate::render::sgr::{self, Color, Style, Underline};

/// Writes lines of the grid.
pub(super) struct RowWriter {
    format: Format,
    writer: Writer,
    styled: StyledText,
    out: String,
}

impl RowWriter {
    pub(super) fn new(format: Format) -> Self {
        Self { format, writer: Writer::default(), styled: StyledText::default(), out: String::new() }
    }

    /// The line without the blanks at its end.
    pub(super) fn write(&mut self, line: &Line) -> &str {
        self.styled.clear();
        self.out.clear();
        // The second column of a wide character has no width.
        for cell in line.cells()[..used(line)].iter().filter(|cell| cell.width() > 0) {
            self.styled.push(cell.char(), style(cell.pen()));
        }
        let StyledText { text, runs, .. } = &self.styled;
        let content = Content { text, runs, links: &[], sent: 0 };
        self.writer.write_unlinked(&mut self.out, &content, self.format);
        if self.format == Format::Text {
            self.out.truncate(self.out.trim_end_matches(' ').len());
        }
        &self.out
    }
}

/// Whether nothing of the line can be seen.
pub(super) fn is_blank(line: &Line) -> bool {
    used(line) == 0
}

/// The columns up to the last that shows something.
fn used(line: &Line) -> usize {
    let shows = |cell: &avt::Cell| cell.char() != ' ' || cell.width() == 0 || !shows_nothing(cell.pen());
    line.cells().iter().rposition(shows).map_or(0, |last| last + 1)
}

/// Whether a blank of this look is like none at all.
fn shows_nothing(pen: &Pen) -> bool {
    let lines = pen.is_underline() || pen.is_strikethrough() || pen.is_inverse();
    pen.background().is_none() && !lines
}

fn style(pen: &Pen) -> Style {
    let mut attributes = 0;
    for (is_set, attribute) in [
        (pen.is_bold(), sgr::BOLD),
        (pen.is_faint(), sgr::DIM),
        (pen.is_italic(), sgr::ITALIC),
        (pen.is_blink(), sgr::BLINK),
        (pen.is_inverse(), sgr::INVERSE),
        (pen.is_strikethrough(), sgr::STRIKE),
    ] {
        if is_set {
            attributes |= attribute;
        }
    }
    Style {
        foreground: color(pen.foreground()),
        background: color(pen.background()),
        underline: if pen.is_underline() { Underline::Single } else { Underline::None },
        attributes,
        link: 0,
    }
}

fn color(color: Option<CellColor>) -> Color {
    match color {
        None => Color::DEFAULT,
        Some(CellColor::Indexed(index)) => Color::palette(index),
        Some(CellColor::RGB(rgb)) => Color::rgb(rgb.r, rgb.g, rgb.b),
    }
}
