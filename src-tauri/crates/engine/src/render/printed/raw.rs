//! Raw: an image file that is printed as it is, through a terminal or not.

use memchr::{memchr, memchr2};

use super::ends::{Ends, Verdict};
use super::{Asked, Image, ImageKind, Missing};

/// Bytes of text with line ends, within compressed data, that are what was printed after a file that broke off.
const TEXT: usize = 512;
/// Bytes of text at the end of a broken image that are no accident; with a line end fewer.
const TAIL: usize = 8;
const LINE: usize = 4;

/// One image on its way.
#[derive(Debug)]
pub(super) struct Raw {
    kind: ImageKind,
    ends: Ends,
    /// The terminal added no CR.
    as_it_is: bool,
    /// A CR waits for what follows it.
    return_waits: bool,
    /// The file's own bytes.
    bytes: Vec<u8>,
    size: u64,
    missing: Option<Missing>,
    text: usize,
    lines: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    More,
    End,
    Broken,
    /// A line end without CR: what came so far has to be looked at again as it is.
    AsItIs,
}

impl Raw {
    pub(super) fn new(kind: ImageKind, as_it_is: bool) -> Self {
        Self {
            kind,
            ends: Ends::new(kind),
            as_it_is,
            return_waits: false,
            bytes: Vec::new(),
            size: 0,
            missing: None,
            text: 0,
            lines: 0,
        }
    }

    pub(super) fn is_certain(&self) -> bool {
        self.ends.is_certain()
    }

    pub(super) fn collected(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn abandon(&mut self, missing: Missing) {
        self.missing.get_or_insert(missing);
        self.bytes = Vec::new();
    }

    /// Takes printed bytes up to the end, and gives how many.
    pub(super) fn feed(&mut self, printed: &[u8], limit: usize) -> (Step, usize) {
        let mut at = 0;
        while at < printed.len() {
            let rest = &printed[at..];
            let (bytes, passed): (&[u8], usize) = match rest[0] {
                b'\n' if std::mem::take(&mut self.return_waits) => (b"\n", 1),
                _ if std::mem::take(&mut self.return_waits) => (b"\r", 0),
                b'\r' if !self.as_it_is => {
                    self.return_waits = true;
                    at += 1;
                    continue;
                }
                b'\n' if !self.as_it_is && self.missing.is_none() => return (Step::AsItIs, at),
                b'\n' => (b"\n", 1),
                _ if self.as_it_is => {
                    let end = memchr(b'\n', rest).unwrap_or(rest.len());
                    (&rest[..end], end)
                }
                _ => {
                    let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                    (&rest[..end], end)
                }
            };
            let (verdict, taken) = self.take(bytes, limit);
            at += passed.min(taken);
            match verdict {
                Verdict::More => {}
                Verdict::End => return (Step::End, at),
                Verdict::Broken => return (Step::Broken, at),
            }
        }
        (Step::More, at)
    }

    /// Begins anew without undoing anything, and gives what was printed so far.
    pub(super) fn begin_as_it_is(&mut self) -> Vec<u8> {
        let printed = self.printed();
        *self = Self::new(self.kind, true);
        printed
    }

    /// What was printed so far.
    pub(super) fn printed(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(&mut self.bytes);
        self.as_printed(&bytes)
    }

    /// The image, which has ended.
    pub(super) fn whole(self, begins_line: bool) -> Image {
        let bytes = self.missing.map_or(Ok(self.bytes), Err);
        Image { bytes, kind: Some(self.kind), size: self.size, begins_line, asked: Asked::default() }
    }

    /// The image, which breaks off, and the text that was printed after it.
    pub(super) fn cut(self, begins_line: bool) -> (Image, Vec<u8>) {
        let tail = text_at_end(&self.bytes);
        let least = if self.bytes.ends_with(b"\n") { LINE } else { TAIL };
        let tail = if tail >= least { tail } else { 0 };
        let after = self.as_printed(&self.bytes[self.bytes.len() - tail..]);
        let missing = self.missing.unwrap_or(Missing::Cut);
        let size = self.size - tail as u64;
        let asked = Asked::default();
        (Image { bytes: Err(missing), kind: Some(self.kind), size, begins_line, asked }, after)
    }

    fn as_printed(&self, bytes: &[u8]) -> Vec<u8> {
        let mut printed = Vec::with_capacity(bytes.len() + bytes.len() / 64);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(line) if !self.as_it_is => printed.extend([line, b"\r\n"].concat()),
                _ => printed.extend_from_slice(piece),
            }
        }
        if self.return_waits {
            printed.push(b'\r');
        }
        printed
    }

    /// Takes bytes of the file.
    fn take(&mut self, bytes: &[u8], limit: usize) -> (Verdict, usize) {
        let (verdict, taken) = self.ends.take(bytes);
        let bytes = &bytes[..taken];
        self.size += taken as u64;
        if self.missing.is_none() {
            self.bytes.extend_from_slice(bytes);
            if self.bytes.len() > limit {
                self.abandon(Missing::TooLong);
            }
        }
        if bytes == b"\n" {
            self.lines += 1;
            self.text += 1;
            let is_text = self.text >= TEXT && self.lines > 1;
            if is_text && self.ends.is_compressed() && verdict == Verdict::More {
                return (Verdict::Broken, taken);
            }
        } else {
            let text = text_at_end(bytes);
            (self.text, self.lines) = if text == taken { (self.text + text, self.lines) } else { (text, 0) };
        }
        (verdict, taken)
    }
}

/// How many bytes at the end are ASCII text.
fn text_at_end(bytes: &[u8]) -> usize {
    let is_text = |byte: &&u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | 0x20..=0x7e);
    bytes.iter().rev().take_while(is_text).count()
}
