//! Parser: splits a terminal's bytes into text, controls and escape sequences, whatever way they are cut.

use super::utf8::Decoder;
use memchr::memchr3;

/// Parameters of one control sequence that are kept; further ones are passed over.
const PARAMETERS: usize = 32;
/// Bytes of one operating system command that are kept; a longer one is swallowed whole.
pub(super) const OSC_BYTES: usize = 4096;

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
}

/// One control sequence.
#[derive(Debug, Clone, Default)]
pub(super) struct Csi {
    values: [u16; PARAMETERS],
    /// Bit i: value i was preceded by a colon.
    joined: u32,
    count: usize,
    /// One of `<=>?`, or 0.
    pub(super) prefix: u8,
    /// The intermediate byte, or 0.
    pub(super) intermediate: u8,
    /// The final byte.
    pub(super) last: u8,
}

impl Csi {
    /// The parameter at `index`, with 0 for one that is absent.
    pub(super) fn value(&self, index: usize) -> u16 {
        if index < self.count { self.values[index] } else { 0 }
    }

    /// The first parameter as a count: absent and 0 mean 1.
    pub(super) fn times(&self) -> usize {
        usize::from(self.value(0).max(1))
    }

    /// The number of parameters, at least 1 since an empty one counts as 0.
    pub(super) fn len(&self) -> usize {
        self.count.max(1)
    }

    /// Whether the parameter at `index` belongs to the one before it.
    pub(super) fn is_joined(&self, index: usize) -> bool {
        index < self.count && self.joined & (1 << index) != 0
    }

    fn start(&mut self) {
        *self = Self::default();
    }

    fn digit(&mut self, byte: u8) {
        if self.count == 0 {
            self.count = 1;
        }
        if let Some(value) = self.values.get_mut(self.count - 1) {
            *value = value.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
        }
    }

    fn separator(&mut self, byte: u8) {
        self.count = (self.count.max(1) + 1).min(PARAMETERS + 1);
        if byte == b':' && self.count <= PARAMETERS {
            self.joined |= 1 << (self.count - 1);
        }
    }

    fn finish(&mut self, last: u8) {
        self.count = self.count.min(PARAMETERS);
        self.last = last;
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
    /// Takes the next piece of the stream.
    pub(super) fn advance(&mut self, mut bytes: &[u8], to: &mut impl Perform) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Ground => self.ground(bytes, to),
                State::Osc => self.in_osc(bytes, to),
                State::Swallowed => self.in_swallowed(bytes),
                _ => self.in_sequence(bytes[0], to),
            };
            bytes = &bytes[taken..];
        }
    }

    /// The stream has ended: a character that was cut becomes U+FFFD, a sequence that was cut is dropped.
    pub(super) fn finish(&mut self, to: &mut impl Perform) {
        self.decoder.finish(|text| to.print(text));
        self.state = State::Ground;
        self.osc = Vec::new();
    }

    fn ground(&mut self, bytes: &[u8], to: &mut impl Perform) -> usize {
        if self.decoder.is_waiting() {
            return self.decoder.resume(bytes, |text| to.print(text));
        }
        let run = text_len(bytes);
        if run > 0 {
            self.print_run(&bytes[..run], run == bytes.len(), to);
            return run;
        }
        match bytes[0] {
            ESC => self.state = State::Escape(0),
            DEL => {}
            byte => to.control(byte),
        }
        1
    }

    fn print_run(&mut self, run: &[u8], at_end: bool, to: &mut impl Perform) {
        match std::str::from_utf8(run) {
            Ok(text) if text.is_ascii() => to.print_ascii(text),
            Ok(text) => to.print(text),
            Err(_) => self.decoder.decode(run, at_end, |text| to.print(text)),
        }
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

    /// `byte` is in 0x20..=0x7e.
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
            (CsiEntry | CsiParameters, b'0'..=b'9') => {
                self.csi.digit(byte);
                CsiParameters
            }
            (CsiEntry | CsiParameters, b':' | b';') => {
                self.csi.separator(byte);
                CsiParameters
            }
            (CsiEntry | CsiParameters, 0x20..=0x2f) => {
                self.csi.intermediate = byte;
                CsiIntermediate
            }
            (CsiEntry | CsiParameters | CsiIntermediate, 0x40..=0x7e) => {
                self.csi.finish(byte);
                to.csi(&self.csi);
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

/// The length of the run of bytes that are neither C0 controls nor DEL.
fn text_len(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut at = 0;
    for eight in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(eight.try_into().expect("chunks of eight"));
        let below_space = word.wrapping_sub(ONES * 0x20) & !word;
        let delete = word ^ (ONES * 0x7f);
        let is_delete = delete.wrapping_sub(ONES) & !delete;
        let found = (below_space | is_delete) & HIGH;
        // A borrow can only mark bytes above a true one, so the lowest mark is exact.
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|byte| **byte >= 0x20 && **byte != DEL).count()
}
