//! Feed: what of a program's bytes reaches the grid, and the modes that only a real terminal needs.

use std::fmt::Write;

use crate::render::csi::Csi;
use crate::render::parser::Perform;
use crate::render::sgr::{self, Shade, Style, Underline};
use crate::render::terminal::{is_harmful, width};

/// Modes that say what a terminal sends to its program. The grid does not need them; a repaint sets them again.
const INPUT_MODES: [u16; 11] = [9, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004];
/// Modes of the grid.
const GRID_MODES: [u16; 8] = [1, 6, 7, 25, 47, 1047, 1048, 1049];
/// Characters of a title that are kept.
const TITLE: usize = 200;

/// Collects text and sequences for the grid.
pub(super) struct Feed {
    out: String,
    cols: usize,
    /// Bit i: input mode i is set.
    modes: u16,
    keypad: bool,
    /// The number of DECSCUSR, 0 for the terminal's own.
    cursor_style: u16,
    title: String,
    style: Style,
    /// The looks that were saved with the cursor, on the ordinary screen and on the alternate one.
    saved: [Style; 2],
    is_alternate: bool,
}

impl Feed {
    pub(super) fn new(cols: usize) -> Self {
        Self {
            out: String::new(),
            cols,
            modes: 0,
            keypad: false,
            cursor_style: 0,
            title: String::new(),
            style: Style::default(),
            saved: [Style::default(); 2],
            is_alternate: false,
        }
    }

    pub(super) fn resize(&mut self, cols: usize) {
        self.cols = cols;
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// What was collected since the last call.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// Takes back what [`take`](Self::take) gave, for its room.
    pub(super) fn give_back(&mut self, mut text: String) {
        text.clear();
        if text.capacity() <= 256 << 10 {
            self.out = text;
        }
    }

    /// The sequences that set what the grid does not know.
    pub(super) fn settings(&self) -> String {
        let mut out = String::new();
        for (index, mode) in INPUT_MODES.iter().enumerate() {
            if self.modes & 1 << index != 0 {
                let _ = write!(out, "\x1b[?{mode}h");
            }
        }
        if self.keypad {
            out.push_str("\x1b=");
        }
        if self.cursor_style != 0 {
            let _ = write!(out, "\x1b[{} q", self.cursor_style);
        }
        if !self.title.is_empty() {
            let _ = write!(out, "\x1b]2;{}\x07", self.title);
        }
        out
    }

    fn forward(&mut self, csi: &Csi) {
        self.out.push_str("\x1b[");
        if csi.prefix != 0 {
            self.out.push(char::from(csi.prefix));
        }
        for index in 0..csi.len() {
            if index > 0 {
                self.out.push(if csi.is_joined(index) { ':' } else { ';' });
            }
            let _ = write!(self.out, "{}", csi.value(index));
        }
        if csi.intermediate != 0 {
            self.out.push(char::from(csi.intermediate));
        }
        self.out.push(char::from(csi.last));
    }

    fn change_modes(&mut self, csi: &Csi) {
        for index in 0..csi.len() {
            let mode = csi.value(index);
            if GRID_MODES.contains(&mode) {
                self.change_screen(mode, csi.last == b'h');
            } else if let Some(index) = INPUT_MODES.iter().position(|known| *known == mode) {
                let bit = 1 << index;
                self.modes = if csi.last == b'h' { self.modes | bit } else { self.modes & !bit };
            }
        }
    }

    /// A mode of the grid, some of which save the cursor with its look, or restore it.
    fn change_screen(&mut self, mode: u16, is_set: bool) {
        let saves = matches!(mode, 1048 | 1049);
        if saves && is_set {
            self.save();
        }
        self.blank(|feed| {
            let _ = write!(feed.out, "\x1b[?{mode}{}", if is_set { 'h' } else { 'l' });
        });
        if matches!(mode, 47 | 1047 | 1049) {
            self.is_alternate = is_set;
        }
        if saves && !is_set {
            self.restore();
        }
    }

    fn save(&mut self) {
        self.saved[usize::from(self.is_alternate)] = self.style;
    }

    fn restore(&mut self) {
        self.style = self.saved[usize::from(self.is_alternate)];
        self.look(self.style);
    }

    /// Writes what makes blanks, which have the background of the look and nothing else of it; the grid's would have all.
    fn blank(&mut self, write: impl FnOnce(&mut Self)) {
        let (style, erased) = (self.style, self.style.erased());
        if style == erased {
            return write(self);
        }
        self.look(erased);
        write(self);
        self.look(style);
    }

    /// Gives the grid a look, as far as it knows it: one kind of underline.
    fn look(&mut self, style: Style) {
        self.out.push_str("\x1b[0");
        for (attribute, code) in [
            (sgr::BOLD, 1),
            (sgr::DIM, 2),
            (sgr::ITALIC, 3),
            (sgr::BLINK, 5),
            (sgr::INVERSE, 7),
            (sgr::STRIKE, 9),
        ] {
            if style.attributes & attribute != 0 {
                let _ = write!(self.out, ";{code}");
            }
        }
        if style.underline != Underline::None {
            self.out.push_str(";4");
        }
        for (color, code) in [(style.foreground, 38), (style.background, 48)] {
            let _ = match color.shade() {
                Shade::Default => Ok(()),
                Shade::Palette(index) => write!(self.out, ";{code};5;{index}"),
                Shade::Rgb(red, green, blue) => write!(self.out, ";{code};2;{red};{green};{blue}"),
            };
        }
        self.out.push('m');
    }

    fn draw(&mut self, csi: &Csi) {
        match csi.last {
            // Clearing is no reason to keep what was cleared, as the grid would for scrolling back.
            b'J' if csi.value(0) == 2 => self.blank(|feed| feed.out.push_str("\x1b[1J\x1b[J")),
            b'J' if csi.value(0) > 2 => {}
            // More than a row of it would only take time.
            b'b' => {
                let times = csi.times().min(self.cols);
                let _ = write!(self.out, "\x1b[{times}b");
            }
            b'm' => {
                self.style.apply(csi);
                self.look(self.style);
            }
            b'@' | b'J'..=b'M' | b'P' | b'S' | b'T' | b'X' => self.blank(|feed| feed.forward(csi)),
            b's' => {
                self.save();
                self.forward(csi);
            }
            b'u' => {
                self.forward(csi);
                self.restore();
            }
            b'A'..=b'I' | b'Z' | b'`' | b'a' | b'd'..=b'h' | b'l' | b'r' => self.forward(csi),
            _ => {}
        }
    }

    fn reset(&mut self) {
        self.modes = 0;
        self.keypad = false;
        self.cursor_style = 0;
        self.style = Style::default();
        self.saved = [Style::default(); 2];
    }
}

impl Perform for Feed {
    fn print_ascii(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn print(&mut self, text: &str) {
        // A mark would take a column of the grid.
        let shown = text.chars().filter(|character| !is_harmful(*character) && width(*character) > 0);
        self.out.extend(shown);
    }

    fn control(&mut self, byte: u8) {
        match byte {
            // Where it is the last row another one comes.
            0x0a..=0x0c => self.blank(|feed| feed.out.push(char::from(byte))),
            0x08 | 0x09 | 0x0d..=0x0f => self.out.push(char::from(byte)),
            _ => {}
        }
    }

    fn escape(&mut self, intermediate: u8, last: u8) {
        match (intermediate, last) {
            (0, b'=' | b'>') => self.keypad = last == b'=',
            (0, b'c') => {
                self.reset();
                self.is_alternate = false;
                self.out.push_str("\x1bc");
            }
            (0, b'7') => {
                self.save();
                self.out.push_str("\x1b7");
            }
            (0, b'8') => {
                self.out.push_str("\x1b8");
                self.restore();
            }
            (0, b'D' | b'E' | b'M') => self.blank(|feed| {
                feed.out.push('\x1b');
                feed.out.push(char::from(last));
            }),
            (0, b'H') => self.out.push_str("\x1bH"),
            (b'(' | b')', b'0' | b'A' | b'B') | (b'#', b'8') => {
                self.out.push('\x1b');
                self.out.push(char::from(intermediate));
                self.out.push(char::from(last));
            }
            _ => {}
        }
    }

    fn csi(&mut self, csi: &Csi) {
        match (csi.prefix, csi.intermediate, csi.last) {
            (0, 0, _) => self.draw(csi),
            (b'?', 0, b'h' | b'l') => self.change_modes(csi),
            (0, b'!', b'p') => {
                self.reset();
                self.out.push_str("\x1b[!p\x1b[m");
            }
            (0, b' ', b'q') => self.cursor_style = csi.value(0).min(6),
            _ => {}
        }
    }

    fn osc(&mut self, data: &[u8]) {
        let (Some(title), true) = (data.get(2..), matches!(data, [b'0' | b'2', b';', ..])) else { return };
        let title = String::from_utf8_lossy(title);
        let shown = title.chars().filter(|character| !character.is_control() && !is_harmful(*character));
        self.title = shown.take(TITLE).collect();
    }
}
