//! Parser: splits a terminal's bytes into text, controls and escape sequences, whatever way they are cut.

use super::csi::Csi;
use super::utf8::Decoder;
use memchr::memchr3;

/// Bytes of one operating system command that are kept; a longer one is swallowed whole.
pub(super) const OSC_BYTES: usize = 4096;
/// Bytes of text that are given at once.
const RUN: usize = 8 << 10;

const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;
const DEL: u8 = 0x7f;

/// What the parser finds, in the order of the bytes.
pub(super) trait Perform {
    /// Text of U+0020 to U+007E only.
    fn print_ascii(&mut self, text: &str);
    /// Text without C0 controls and DEL; invalid UTF-8 has become U+FFFD by maximal subparts.
    fn print(&mut self, text: &str);
    /// A C0 control other than ESC.
    fn control(&mut self, byte: u8);
    /// `ESC` with at most one intermediate (0 for none) and a final byte.
    fn escape(&mut self, intermediate: u8, last: u8);
    /// A whole control sequence.
    fn csi(&mut self, csi: &Csi);
    /// The data of an operating system command, at most [`OSC_BYTES`] of it.
    fn osc(&mut self, data: &[u8]);
    /// Whether nothing more is to be taken for now.
    fn is_full(&self) -> bool {
        false
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// After ESC and perhaps intermediates; the field is the one intermediate, or 0.
    Escape(u8),
    /// An escape sequence of a form that nobody uses.
    EscapeIgnored,
    /// In a control sequence, before its first byte.
    CsiEntry,
    CsiParameters,
    CsiIntermediate,
    CsiIgnored,
    Osc,
    /// DCS, SOS, PM or APC: swallowed.
    Swallowed,
}

/// The state between two pieces of a stream. Bounded: [`OSC_BYTES`] and a few words.
#[derive(Debug, Clone, Default)]
pub(super) struct Parser {
    state: State,
    csi: Csi,
    osc: Vec<u8>,
    osc_too_long: bool,
    decoder: Decoder,
}

impl Parser {
    /// Takes the next piece of the stream, and gives how many bytes of it were taken: all, unless `to` is full.
    pub(super) fn advance(&mut self, bytes: &[u8], to: &mut impl Perform) -> usize {
        let resumed = self.decoder.resume(bytes, |text| to.print(text));
        let mut rest = &bytes[resumed..];
        if let Ok(text) = std::str::from_utf8(rest) {
            return resumed + self.advance_text(text, to);
        }
        for chunk in rest.utf8_chunks() {
            let taken = self.advance_text(chunk.valid(), to);
            rest = &rest[taken..];
            if taken < chunk.valid().len() {
                break;
            }
            self.advance_invalid(rest, chunk.invalid(), to);
            rest = &rest[chunk.invalid().len()..];
            if to.is_full() {
                break;
            }
        }
        bytes.len() - rest.len()
    }

    /// Whether neither a sequence nor a character waits for its end.
    pub(super) fn is_settled(&self) -> bool {
        !self.is_in_sequence() && !self.decoder.is_waiting()
    }

    /// Whether the beginning of a sequence waits for its end.
    pub(super) fn is_in_sequence(&self) -> bool {
        self.state != State::Ground
    }

    /// The stream has ended: a character that was cut becomes U+FFFD, a sequence that was cut is dropped.
    pub(super) fn finish(&mut self, to: &mut impl Perform) {
        self.decoder.finish(|text| to.print(text));
        self.state = State::Ground;
        self.osc = Vec::new();
    }

    fn advance_text(&mut self, mut text: &str, to: &mut impl Perform) -> usize {
        let all = text.len();
        while let Some(first) = text.as_bytes().first() {
            let taken = match self.state {
                State::Ground => self.ground(text, to),
                State::CsiEntry | State::CsiParameters => self.in_parameters(text.as_bytes(), to),
                State::Osc => self.in_osc(text.as_bytes(), to),
                State::Swallowed => self.in_swallowed(text.as_bytes()),
                _ => self.in_sequence(*first, to),
            };
            text = &text[taken..];
            if to.is_full() {
                break;
            }
        }
        all - text.len()
    }

    /// Takes bytes that are no UTF-8, or, where they are all that is left, may be the beginning of a character.
    fn advance_invalid(&mut self, rest: &[u8], invalid: &[u8], to: &mut impl Perform) {
        if invalid.is_empty() {
            return;
        }
        match self.state {
            State::Osc => self.collect_osc(invalid),
            State::Swallowed => {}
            _ => {
                self.state = State::Ground;
                self.decoder.decode(rest, invalid, |text| to.print(text));
            }
        }
    }

    fn ground(&mut self, text: &str, to: &mut impl Perform) -> usize {
        let bytes = text.as_bytes();
        match bytes[0] {
            ESC if bytes.get(1) == Some(&b'[') => {
                self.csi.start();
                self.state = State::CsiEntry;
                return 2;
            }
            ESC => self.state = State::Escape(0),
            DEL => {}
            byte @ ..0x20 => to.control(byte),
            _ => {
                let (mut len, is_ascii) = text_run(&bytes[..bytes.len().min(RUN)]);
                while !text.is_char_boundary(len) {
                    len -= 1;
                }
                let run = &text[..len];
                if is_ascii {
                    to.print_ascii(run)
                } else {
                    to.print(run)
                }
                return len;
            }
        }
        1
    }

    /// Most sequences are of a few digits and a letter: those go without a turn a byte.
    fn in_parameters(&mut self, bytes: &[u8], to: &mut impl Perform) -> usize {
        for (taken, byte) in bytes.iter().enumerate() {
            match byte {
                b'0'..=b'9' => self.csi.digit(*byte),
                b';' => self.csi.separator(*byte),
                b'@'..=b'~' => {
                    self.dispatch_csi(*byte, to);
                    return taken + 1;
                }
                _ => return taken + self.in_sequence(*byte, to),
            }
            self.state = State::CsiParameters;
        }
        bytes.len()
    }

    fn dispatch_csi(&mut self, last: u8, to: &mut impl Perform) {
        self.csi.finish(last);
        to.csi(&self.csi);
        self.state = State::Ground;
    }

    fn in_sequence(&mut self, byte: u8, to: &mut impl Perform) -> usize {
        match byte {
            ESC => self.state = State::Escape(0),
            CAN | SUB => self.state = State::Ground,
            0x00..=0x1f => to.control(byte),
            DEL => {}
            // No sequence holds such a byte: it is text again.
            0x80.. => {
                self.state = State::Ground;
                return 0;
            }
            _ => self.state = self.next_in_sequence(byte, to),
        }
        1
    }

    /// `byte` is in 0x20..=0x7e, and none that [`Self::in_parameters`] takes.
    fn next_in_sequence(&mut self, byte: u8, to: &mut impl Perform) -> State {
        use State::{CsiEntry, CsiIgnored, CsiIntermediate, CsiParameters, Escape, EscapeIgnored};
        match (self.state, byte) {
            (Escape(0), b'[') => {
                self.csi.start();
                CsiEntry
            }
            (Escape(0), b']') => {
                self.osc.clear();
                self.osc_too_long = false;
                State::Osc
            }
            (Escape(0), b'P' | b'X' | b'^' | b'_') => State::Swallowed,
            (Escape(0), 0x20..=0x2f) => Escape(byte),
            (Escape(_) | EscapeIgnored, 0x20..=0x2f) => EscapeIgnored,
            (Escape(intermediate), _) => {
                to.escape(intermediate, byte);
                State::Ground
            }
            (EscapeIgnored, _) => State::Ground,
            (CsiEntry, b'<'..=b'?') => {
                self.csi.prefix = byte;
                CsiParameters
            }
            (CsiEntry | CsiParameters, b':') => {
                self.csi.separator(byte);
                CsiParameters
            }
            (CsiEntry | CsiParameters, 0x20..=0x2f) => {
                self.csi.intermediate = byte;
                CsiIntermediate
            }
            (CsiIntermediate, 0x40..=0x7e) => {
                self.dispatch_csi(byte, to);
                State::Ground
            }
            (CsiIgnored, 0x40..=0x7e) => State::Ground,
            _ => CsiIgnored,
        }
    }

    fn in_osc(&mut self, bytes: &[u8], to: &mut impl Perform) -> usize {
        let end = bytes.iter().position(|byte| matches!(*byte, BEL | CAN | SUB | ESC));
        self.collect_osc(&bytes[..end.unwrap_or(bytes.len())]);
        let Some(end) = end else { return bytes.len() };
        if matches!(bytes[end], BEL | ESC) && !self.osc_too_long {
            to.osc(&self.osc);
        }
        self.state = if bytes[end] == ESC { State::Escape(0) } else { State::Ground };
        end + 1
    }

    fn collect_osc(&mut self, data: &[u8]) {
        for byte in data.iter().copied().filter(|byte| *byte >= 0x20) {
            if self.osc.len() == OSC_BYTES {
                self.osc_too_long = true;
                return;
            }
            self.osc.push(byte);
        }
    }

    fn in_swallowed(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = memchr3(ESC, CAN, SUB, bytes) else {
            return bytes.len();
        };
        self.state = if bytes[end] == ESC { State::Escape(0) } else { State::Ground };
        end + 1
    }
}

/// The length of the run of bytes that are neither C0 controls nor DEL, and whether it is ASCII.
fn text_run(bytes: &[u8]) -> (usize, bool) {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut all = 0;
    let mut len = 0;
    for eight in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(eight.try_into().expect("a chunk of eight is eight bytes"));
        let below_space = word.wrapping_sub(ONES * 0x20) & !word;
        let delete = word ^ (ONES * 0x7f);
        let is_delete = delete.wrapping_sub(ONES) & !delete;
        // A borrow marks only bytes after one that is truly found, so the first mark is exact.
        if (below_space | is_delete) & HIGH != 0 {
            break;
        }
        all |= word;
        len += 8;
    }
    let mut is_ascii = all & HIGH == 0;
    for byte in &bytes[len..] {
        if *byte < 0x20 || *byte == DEL {
            break;
        }
        is_ascii &= byte.is_ascii();
        len += 1;
    }
    (len, is_ascii)
}
