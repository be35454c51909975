//! Sequences: what each control and each escape sequence does.

use super::{Saved, Terminal};
use crate::render::charset::draw;
use crate::render::csi::Csi;
use crate::render::hyperlink;
use crate::render::line::{REACH, ROW};
use crate::render::parser::Perform;
use crate::render::sgr::Style;
use std::sync::Arc;

impl Perform for Terminal {
    fn is_full(&self) -> bool {
        self.has_enough()
    }

    fn print_ascii(&mut self, mut text: &str) {
        if self.charsets.is_drawing() {
            return text.chars().for_each(|character| self.print_char(draw(character)));
        }
        self.last = text.bytes().last().map(|byte| (char::from(byte), 1)).or(self.last);
        loop {
            self.make_room(1);
            let room = ROW - self.line.cursor();
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
            b'\t' => self.tab(),
            0x0e | 0x0f => self.charsets.shift(byte == 0x0e),
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
            (b'(' | b')', _) => self.charsets.designate(intermediate, last),
            _ => {}
        }
    }

    fn csi(&mut self, csi: &Csi) {
        match (csi.prefix, csi.intermediate, csi.last) {
            (0, 0, b'm') => self.style.apply(csi),
            (0, 0, last) => self.edit(last, csi),
            (b'?', 0, b'h' | b'l') => self.change_modes(csi),
            _ => {}
        }
    }

    fn osc(&mut self, data: &[u8]) {
        if let Some(target) = hyperlink::parse(data) {
            self.writer.pay(target.unwrap_or_default());
            self.hyperlink = target.map(Arc::from);
            self.relink();
        }
    }
}

impl Terminal {
    fn edit(&mut self, last: u8, csi: &Csi) {
        let times = csi.times();
        let column = self.line.cursor();
        match last {
            b'K' => self.erase_line(csi.value(0)),
            b'J' => self.erase_display(csi.value(0)),
            b'X' => self.line.erase_columns(times, self.style),
            b'P' => self.line.delete(times),
            b'@' => self.line.insert(times, self.style),
            b'b' => self.repeat(times),
            b'G' | b'`' => self.line.go(times - 1),
            b'C' | b'a' => self.line.go(column + times),
            b'D' => self.line.back(times),
            b'I' => (0..times.min(REACH)).for_each(|_| self.tab()),
            b'Z' => (0..times.min(REACH)).for_each(|_| self.line.back_tab()),
            b'H' | b'f' => self.position(times, usize::from(csi.value(1).max(1)) - 1),
            b'd' if times == 1 && column == 0 => self.position(1, 0),
            b'A' | b'B' | b'd' | b'e' => {
                self.go_elsewhere();
                self.line.go(column);
            }
            b'E' | b'F' | b'L' | b'M' | b'S' | b'T' => self.go_elsewhere(),
            b's' => self.save(),
            b'u' => self.restore(),
            _ => {}
        }
    }

    fn tab(&mut self) {
        // A terminal's cursor would stay at the margin, and the columns of a long table would run into each other.
        if self.line.cursor() == ROW {
            self.make_room(1);
        }
        self.line.tab();
    }

    /// The cursor goes to another row. Rows above cannot be drawn any more: what comes is on a new line below,
    /// or, where the program has saved its place on this one, apart from it until it is back.
    fn go_elsewhere(&mut self) {
        if self.has_saved_here() {
            self.left = Some(std::mem::take(&mut self.line));
            self.relink();
            return;
        }
        self.wants_screen = true;
        self.end_line_unless_empty();
    }

    fn has_saved_here(&self) -> bool {
        self.left.is_none() && self.saved.is_some_and(|saved| saved.line == self.number)
    }

    fn position(&mut self, row: usize, column: usize) {
        if (row, column) == (1, 0) && !self.has_saved_here() {
            // Alone it is how a program begins to clear the screen.
            self.end_line_unless_empty();
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

    fn erase_display(&mut self, what: u16) {
        self.at_home = false;
        self.erase_line(what);
    }

    fn erase_line(&mut self, what: u16) {
        match what {
            0 => self.line.erase_right(self.style),
            1 => self.line.erase_left(self.style),
            2 => self.line.erase_all(self.style),
            _ => {}
        }
    }

    fn change_modes(&mut self, csi: &Csi) {
        if (0..csi.len()).any(|index| matches!(csi.value(index), 47 | 1047 | 1049)) {
            self.wants_screen |= csi.last == b'h';
            self.end_line_unless_empty();
        }
    }

    fn reset(&mut self) {
        self.end_line_unless_empty();
        self.style = Style::default();
        self.hyperlink = None;
        self.saved = None;
        self.charsets = Default::default();
    }
}
