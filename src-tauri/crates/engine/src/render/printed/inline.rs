//! Inline: an image in an OSC 1337, in one piece or in parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::candidate::OSC;
use super::{Asked, Image, ImageKind, Missing};

/// Bytes of what comes before the image.
const HEAD: usize = 4096;
/// The names that are waited for.
const NAMES: [&[u8]; 4] = [b"File=", b"MultipartFile=", b"FilePart=", b"FileEnd"];

/// One OSC 1337 on its way, from after its number.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// Its name and arguments.
    head: Vec<u8>,
    body: Body,
    in_body: bool,
    /// An ESC waits for what follows it.
    escape_waits: bool,
}

/// Base64 that is collected.
#[derive(Debug, Default)]
struct Body {
    text: Vec<u8>,
    missing: Option<Missing>,
    size: u64,
}

/// An image that comes in parts.
#[derive(Debug)]
pub(super) struct Parts {
    is_inline: bool,
    asked: Asked,
    body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    More,
    End,
    /// It ended with an ESC that belongs to what follows.
    EscapeFollows,
    /// It is about something else.
    Foreign,
}

impl Inline {
    /// Whether it is known to be about an image.
    pub(super) fn is_certain(&self) -> bool {
        NAMES.iter().any(|name| self.head.starts_with(name))
    }

    pub(super) fn collected(&self) -> usize {
        self.body.text.len()
    }

    pub(super) fn abandon(&mut self, missing: Missing) {
        self.body.abandon(missing);
    }

    /// What was printed so far of one that is not certain.
    pub(super) fn printed(&self) -> Vec<u8> {
        let escape: &[u8] = if self.escape_waits { b"\x1b" } else { b"" };
        [OSC, &self.head, escape].concat()
    }

    /// Takes bytes up to the end, and gives how many.
    pub(super) fn feed(&mut self, bytes: &[u8], limit: usize) -> (Step, usize) {
        for (at, byte) in bytes.iter().enumerate() {
            if std::mem::take(&mut self.escape_waits) {
                return if *byte == b'\\' { (Step::End, at + 1) } else { (Step::EscapeFollows, at) };
            }
            match byte {
                0x07 | 0x18 | 0x1a => {
                    if !self.is_certain() {
                        return (Step::Foreign, at);
                    }
                    // CAN and SUB take back what they end.
                    if *byte != 0x07 {
                        self.head.clear();
                    }
                    return (Step::End, at + 1);
                }
                0x1b => {
                    if !self.is_certain() {
                        return (Step::Foreign, at);
                    }
                    self.escape_waits = true;
                }
                0x00..=0x20 if self.in_body => {}
                _ if self.in_body => self.body.push(*byte, limit),
                b':' if self.is_certain() => self.in_body = true,
                _ => {
                    self.head.push(*byte);
                    self.in_body = self.head == b"FilePart=";
                    let may_be = |name: &&[u8]| name.starts_with(&self.head) || self.head.starts_with(name);
                    if !NAMES.iter().any(may_be) {
                        return (Step::Foreign, at + 1);
                    }
                    if self.head.len() > HEAD {
                        self.head.truncate(HEAD);
                    }
                }
            }
        }
        (Step::More, bytes.len())
    }

    /// The image that it ends.
    pub(super) fn end(self, parts: &mut Option<Parts>, begins_line: bool, limit: usize) -> Option<Image> {
        if self.head.starts_with(b"File=") {
            let asked = self.asked();
            return self.is_inline().then(|| self.body.image(begins_line, asked));
        }
        if self.head.starts_with(b"MultipartFile=") {
            let (is_inline, asked) = (self.is_inline(), self.asked());
            *parts = Some(Parts { is_inline, asked, body: Body::default() });
        } else if self.head.starts_with(b"FilePart=") {
            if let Some(parts) = parts {
                parts.body.append(self.body, limit);
            }
        } else if self.head.starts_with(b"FileEnd") {
            let parts = parts.take().filter(|parts| parts.is_inline)?;
            return Some(parts.body.image(begins_line, parts.asked));
        }
        None
    }

    /// The image that it would have been, where the stream ends within it.
    pub(super) fn cut(mut self, begins_line: bool) -> Option<Image> {
        let is_image = self.head.starts_with(b"File=") && self.is_inline();
        let asked = self.asked();
        self.body.abandon(Missing::Cut);
        is_image.then(|| self.body.image(begins_line, asked))
    }

    /// Whether it is to be shown, and not to be saved.
    fn is_inline(&self) -> bool {
        self.arguments().split(|byte| *byte == b';').any(|argument| argument == b"inline=1")
    }

    fn asked(&self) -> Asked {
        Asked::read(self.arguments())
    }

    fn arguments(&self) -> &[u8] {
        let begin = self.head.iter().position(|byte| *byte == b'=').map_or(0, |at| at + 1);
        &self.head[begin..]
    }
}

impl Parts {
    pub(super) fn collected(&self) -> usize {
        self.body.text.len()
    }

    pub(super) fn abandon(&mut self, missing: Missing) {
        self.body.abandon(missing);
    }
}

impl Body {
    fn push(&mut self, byte: u8, limit: usize) {
        self.size += 1;
        if self.missing.is_none() {
            self.text.push(byte);
            self.bound(limit);
        }
    }

    fn append(&mut self, other: Self, limit: usize) {
        self.size += other.size;
        match self.missing.or(other.missing) {
            Some(missing) => self.abandon(missing),
            None => {
                self.text.extend(other.text);
                self.bound(limit);
            }
        }
    }

    fn bound(&mut self, limit: usize) {
        if self.text.len() / 4 * 3 > limit + 3 {
            self.abandon(Missing::TooLong);
        }
    }

    fn abandon(&mut self, missing: Missing) {
        self.missing.get_or_insert(missing);
        self.text = Vec::new();
    }

    fn image(self, begins_line: bool, asked: Asked) -> Image {
        let size = self.size / 4 * 3;
        let bytes = match self.missing {
            Some(missing) => Err(missing),
            None => STANDARD.decode(&self.text).map_err(|_| Missing::Encoding),
        };
        let kind = bytes.as_ref().ok().and_then(|bytes| ImageKind::of(bytes));
        let size = bytes.as_ref().map_or(size, |bytes| bytes.len() as u64);
        Image { bytes, kind, size, begins_line, asked }
    }
}
