//! Feed: what of a program's bytes reaches the grid, and the modes that only a real terminal needs.

use std::fmt::Write;

use crate::render::csi::Csi;
use crate::render::parser::Perform;
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
}

impl Feed {
    pub(super) fn new(cols: usize) -> Self {
        Self { out: String::new(), cols, modes: 0, keypad: false, cursor_style: 0, title: String::new() }
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
                let _ = write!(self.out, "\x1b[?{mode}{}", char::from(csi.last));
            } else if let Some(index) = INPUT_MODES.iter().position(|known| *known == mode) {
                let bit = 1 << index;
                self.modes = if csi.last == b'h' { self.modes | bit } else { self.modes & !bit };
            }
        }
    }

    fn draw(&mut self, csi: &Csi) {
        match csi.last {
            // Clearing is no reason to keep what was cleared, as the grid would for scrolling back.
            b'J' if csi.value(0) == 2 => self.out.push_str("\x1b[1J\x1b[J"),
            b'J' if csi.value(0) > 2 => {}
            // More than a row of it would only take time.
            b'b' => {
                let times = csi.times().min(self.cols);
                let _ = write!(self.out, "\x1b[{times}b");
            }
            b'm' => self.style(csi),
            b'@'..=b'M' | b'P' | b'S' | b'T' | b'X' | b'Z' => self.forward(csi),
            b'`' | b'a' | b'd'..=b'h' | b'l' | b'r' | b's' | b'u' => self.forward(csi),
            _ => {}
        }
    }

    /// The grid knows one kind of underline.
    fn style(&mut self, csi: &Csi) {
        let underline = csi.len() == 2 && csi.value(0) == 4 && csi.is_joined(1);
        match csi.value(1) {
            0 if underline => self.out.push_str("\x1b[24m"),
            _ if underline => self.out.push_str("\x1b[4m"),
            _ => self.forward(csi),
        }
    }

    fn reset(&mut self) {
        self.modes = 0;
        self.keypad = false;
        self.cursor_style = 0;
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
        if matches!(byte, 0x08..=0x0f) {
            self.out.push(char::from(byte));
        }
    }

    fn escape(&mut self, intermediate: u8, last: u8) {
        match (intermediate, last) {
            (0, b'=' | b'>') => self.keypad = last == b'=',
            (0, b'c') => {
                self.reset();
                self.out.push_str("\x1bc");
            }
            (0, b'7' | b'8' | b'D' | b'E' | b'H' | b'M') => {
                self.out.push('\x1b');
                self.out.push(char::from(last));
            }
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
                self.out.push_str("\x1b[!p");
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
