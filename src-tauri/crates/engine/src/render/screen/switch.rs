//! Switches: where in its output a program begins to draw on a screen, and where it leaves the alternate one.
//!
//! Looks at escape sequences only, so that text goes by at the speed of a search for ESC. What counts as drawing is what
//! the renderer of lines cannot show; see [`crate::render`].

use memchr::{memchr, memchr3};

const ESC: u8 = 0x1b;
/// Parameters of a control sequence that are looked at.
const PARAMETERS: usize = 16;

/// Something that changes how output is drawn. Positions are those of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The sequence that begins at `from` enters the alternate screen.
    Enter {
        /// Its first byte.
        from: u64,
    },
    /// A sequence left the alternate screen.
    Leave,
    /// What begins at `from` goes to another row.
    Move {
        /// Its first byte.
        from: u64,
    },
}

/// Finds switches in a stream that is cut anywhere.
#[derive(Debug, Default)]
pub struct Switches {
    state: State,
    /// Where the current sequence began.
    began: u64,
    prefix: u8,
    plain: bool,
    values: [u16; PARAMETERS],
    count: usize,
    saved: Saved,
    /// Where the cursor was sent to the top, while nothing was erased or written since.
    home: Option<u64>,
    hides_cursor: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    Csi,
}

/// Where the line is on which the cursor was saved.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Saved {
    #[default]
    Nowhere,
    /// The cursor is on it.
    Here,
    /// The cursor left it, perhaps for a status line.
    Left,
    /// It has ended.
    Over,
}

impl Switches {
    /// The next switch in `bytes[start..]`, where `bytes[0]` has the position `at`, and the index after it.
    pub fn next(&mut self, bytes: &[u8], start: usize, at: u64) -> Option<(Switch, usize)> {
        let mut index = start;
        while index < bytes.len() {
            match self.state {
                State::Ground => {
                    let found = memchr(ESC, &bytes[index..]);
                    let end = found.map_or(bytes.len(), |length| index + length);
                    if let Some(length) = self.text(&bytes[index..end]) {
                        let from = self.home.take().unwrap_or(at);
                        return Some((Switch::Move { from }, index + length));
                    }
                    if found.is_some() {
                        self.state = State::Escape;
                        self.began = at + end as u64;
                    }
                    index = end + 1;
                }
                State::Escape | State::Csi => {
                    let byte = bytes[index];
                    index += 1;
                    if let Some(switch) = self.in_sequence(byte, at + index as u64 - 1) {
                        return Some((switch, index));
                    }
                }
            }
        }
        None
    }

    /// Where the newest sequence began.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// Takes plain text. Gives the length of what goes before text that is written over the top of the screen.
    fn text(&mut self, text: &[u8]) -> Option<usize> {
        if self.home.is_some() {
            for (index, byte) in text.iter().enumerate() {
                match byte {
                    b'\n' | 0x0b | 0x0c => {
                        self.home = None;
                        self.end_line();
                        return self.text(&text[index + 1..]);
                    }
                    0x20.. => return Some(index),
                    _ => {}
                }
            }
        } else if matches!(self.saved, Saved::Here | Saved::Left)
            && memchr3(b'\n', 0x0b, 0x0c, text).is_some()
        {
            self.end_line();
        }
        None
    }

    fn in_sequence(&mut self, byte: u8, at: u64) -> Option<Switch> {
        match (self.state, byte) {
            (_, ESC) => {
                self.state = State::Escape;
                self.began = at;
            }
            (State::Escape, b'[') => {
                self.state = State::Csi;
                (self.prefix, self.plain, self.count) = (0, true, 1);
                self.values[0] = 0;
            }
            (State::Escape, _) => {
                self.state = State::Ground;
                return self.escape(byte);
            }
            (_, 0x18 | 0x1a) | (_, 0x80..) => self.state = State::Ground,
            (_, b'0'..=b'9') => {
                if let Some(value) = self.values.get_mut(self.count - 1) {
                    *value = value.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                }
            }
            (_, b';' | b':') => {
                if let Some(value) = self.values.get_mut(self.count) {
                    *value = 0;
                    self.count += 1;
                }
            }
            (_, b'<'..=b'?') => self.prefix = byte,
            (_, 0x20..=0x2f) => self.plain = false,
            (_, 0x40..=0x7e) => {
                self.state = State::Ground;
                return if self.plain { self.csi(byte) } else { None };
            }
            _ => {}
        }
        None
    }

    fn escape(&mut self, last: u8) -> Option<Switch> {
        match last {
            b'D' | b'E' => self.end_line(),
            b'M' => return self.go_elsewhere(),
            b'7' => self.save(),
            b'8' => return self.restore(),
            b'c' => (self.saved, self.home, self.hides_cursor) = (Saved::Nowhere, None, false),
            _ => {}
        }
        None
    }

    fn csi(&mut self, last: u8) -> Option<Switch> {
        let first = self.values[0];
        match (self.prefix, last) {
            (b'?', b'h' | b'l') => return self.change_modes(last == b'h'),
            (0, b'H' | b'f') if first <= 1 && (self.count < 2 || self.values[1] <= 1) => {
                if self.saved == Saved::Here {
                    self.saved = Saved::Left;
                } else {
                    self.home = Some(self.began);
                }
            }
            (0, b'd') if first <= 1 => self.home = Some(self.began),
            (0, b'J') => {
                let is_at_home = self.home.take().is_some();
                // A program that clears all and shows no cursor does not do it for a prompt.
                if self.hides_cursor && (first == 2 || is_at_home && first == 0) {
                    return Some(Switch::Move { from: self.began });
                }
            }
            (0, b'A' | b'B' | b'E' | b'F' | b'H' | b'L' | b'M' | b'S' | b'T' | b'd' | b'e' | b'f') => {
                return self.go_elsewhere();
            }
            (0, b's') => self.save(),
            (0, b'u') => return self.restore(),
            _ => {}
        }
        None
    }

    fn change_modes(&mut self, set: bool) -> Option<Switch> {
        let modes = &self.values[..self.count];
        if modes.contains(&25) {
            self.hides_cursor = !set;
        }
        if !modes.iter().any(|mode| matches!(mode, 47 | 1047 | 1049)) {
            return None;
        }
        (self.saved, self.home) = (Saved::Nowhere, None);
        Some(if set { Switch::Enter { from: self.began } } else { Switch::Leave })
    }

    fn end_line(&mut self) {
        if matches!(self.saved, Saved::Here | Saved::Left) {
            self.saved = Saved::Over;
        }
        self.home = None;
    }

    fn save(&mut self) {
        if self.saved != Saved::Left {
            self.saved = Saved::Here;
        }
    }

    fn restore(&mut self) -> Option<Switch> {
        match self.saved {
            Saved::Nowhere | Saved::Here => None,
            Saved::Left => {
                self.saved = Saved::Here;
                None
            }
            Saved::Over => {
                self.saved = Saved::Nowhere;
                self.go_elsewhere()
            }
        }
    }

    fn go_elsewhere(&mut self) -> Option<Switch> {
        self.home = None;
        if self.saved == Saved::Here {
            self.saved = Saved::Left;
            return None;
        }
        if self.saved == Saved::Left {
            self.saved = Saved::Over;
        }
        Some(Switch::Move { from: self.began })
    }
}
