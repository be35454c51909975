//! Ends: where a PNG, JPEG, GIF or WebP ends, by the structure of its bytes and nothing else.

use memchr::memchr;

use super::ImageKind;

/// Lengths from here on are text that was taken for a number.
const ABSURD: u64 = 1 << 29;

/// What is known after some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    More,
    /// It has ended with the last byte taken.
    End,
    /// It is none, or broken.
    Broken,
}

/// Follows one file from its first byte on.
#[derive(Debug)]
pub(super) struct Ends {
    stage: Stage,
    /// Bytes to be passed over before the next field.
    skip: u64,
    /// The field that is gathered, and how long it will be.
    field: Vec<u8>,
    want: usize,
    is_certain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    PngSignature,
    PngHeader,
    PngChunk,
    JpegStart,
    JpegMarker,
    /// A marker without its `FF`.
    JpegCode,
    JpegLength {
        scan: bool,
    },
    /// Compressed data, up to a marker.
    JpegScan,
    GifHeader,
    GifBlock,
    GifExtension,
    GifImage,
    GifCodeSize,
    GifData {
        compressed: bool,
    },
    WebPHeader,
    /// Nothing follows what is passed over.
    Last,
}

impl Ends {
    pub(super) fn new(kind: ImageKind) -> Self {
        let (stage, want) = match kind {
            ImageKind::Png => (Stage::PngSignature, 8),
            ImageKind::Jpeg => (Stage::JpegStart, 2),
            ImageKind::Gif => (Stage::GifHeader, 13),
            ImageKind::WebP => (Stage::WebPHeader, 16),
        };
        Self { stage, skip: 0, field: Vec::new(), want, is_certain: false }
    }

    /// Whether no text could have come as far.
    pub(super) fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Whether the bytes that come are compressed, without a length of their own.
    pub(super) fn is_compressed(&self) -> bool {
        matches!(self.stage, Stage::JpegScan | Stage::GifData { compressed: true })
    }

    /// Takes bytes up to the end, and gives how many.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (Verdict, usize) {
        let mut at = 0;
        loop {
            let passed = self.skip.min((bytes.len() - at) as u64);
            self.skip -= passed;
            // At most as many as there are bytes.
            at += passed as usize;
            if self.skip > 0 {
                return (Verdict::More, at);
            }
            if self.stage == Stage::Last {
                return (Verdict::End, at);
            }
            if self.stage == Stage::JpegScan {
                match memchr(0xff, &bytes[at..]) {
                    None => return (Verdict::More, bytes.len()),
                    Some(index) => at += index + 1,
                }
                self.expect(Stage::JpegCode, 1);
            }
            let gathered = (self.want - self.field.len()).min(bytes.len() - at);
            self.field.extend_from_slice(&bytes[at..at + gathered]);
            at += gathered;
            if self.field.len() < self.want {
                return (Verdict::More, at);
            }
            let field = std::mem::take(&mut self.field);
            match self.next(&field) {
                Verdict::More => {}
                verdict => return (verdict, at),
            }
        }
    }

    fn expect(&mut self, stage: Stage, want: usize) {
        (self.stage, self.want) = (stage, want);
    }

    /// Takes a whole field.
    fn next(&mut self, field: &[u8]) -> Verdict {
        match self.stage {
            Stage::PngSignature if field == b"\x89PNG\r\n\x1a\n" => self.expect(Stage::PngHeader, 8),
            Stage::PngHeader if field == b"\0\0\0\x0dIHDR" => return self.png_chunk(field),
            Stage::PngChunk => return self.png_chunk(field),
            Stage::JpegStart => self.expect(Stage::JpegMarker, 2),
            Stage::JpegMarker if field[0] == 0xff => return self.jpeg_code(field[1], false),
            Stage::JpegCode => return self.jpeg_code(field[0], self.is_certain),
            Stage::JpegLength { scan } => return self.jpeg_length(field, scan),
            Stage::GifHeader => return self.gif_header(field),
            Stage::GifBlock => return self.gif_block(field[0]),
            Stage::GifExtension => {
                self.is_certain |= field[0] >= 0xf9 || field[0] == 1;
                self.expect(Stage::GifData { compressed: false }, 1);
            }
            Stage::GifImage => {
                self.skip = gif_colours(field[8]);
                self.expect(Stage::GifCodeSize, 1);
            }
            Stage::GifCodeSize if (1..=12).contains(&field[0]) => {
                self.is_certain = true;
                self.expect(Stage::GifData { compressed: true }, 1);
            }
            Stage::GifData { .. } if field[0] == 0 => self.expect(Stage::GifBlock, 1),
            Stage::GifData { .. } => self.skip = u64::from(field[0]),
            Stage::WebPHeader => return self.webp(field),
            _ => return Verdict::Broken,
        }
        Verdict::More
    }

    fn png_chunk(&mut self, field: &[u8]) -> Verdict {
        let (length, kind) = field.split_at(4);
        let length = number(length.iter());
        if !kind.iter().all(u8::is_ascii_alphabetic) || length >= ABSURD {
            return Verdict::Broken;
        }
        self.is_certain = true;
        // The checksum follows the data.
        self.skip = length + 4;
        self.expect(if kind == b"IEND" { Stage::Last } else { Stage::PngChunk }, 8);
        Verdict::More
    }

    fn jpeg_code(&mut self, code: u8, in_scan: bool) -> Verdict {
        match code {
            0xff => self.expect(Stage::JpegCode, 1),
            0x00 | 0xd0..=0xd7 if in_scan => self.expect(Stage::JpegScan, 0),
            0x01 => self.expect(Stage::JpegMarker, 2),
            0xd9 => return Verdict::End,
            0xda => self.expect(Stage::JpegLength { scan: true }, 2),
            0xc0..=0xcf | 0xdb..=0xfe => self.expect(Stage::JpegLength { scan: false }, 2),
            _ => return Verdict::Broken,
        }
        Verdict::More
    }

    fn jpeg_length(&mut self, field: &[u8], scan: bool) -> Verdict {
        let Some(rest) = number(field.iter()).checked_sub(2) else { return Verdict::Broken };
        self.is_certain = true;
        self.skip = rest;
        if scan {
            self.expect(Stage::JpegScan, 0);
        } else {
            self.expect(Stage::JpegMarker, 2);
        }
        Verdict::More
    }

    fn gif_header(&mut self, field: &[u8]) -> Verdict {
        if !matches!(field, [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..]) {
            return Verdict::Broken;
        }
        self.skip = gif_colours(field[10]);
        self.expect(Stage::GifBlock, 1);
        Verdict::More
    }

    fn gif_block(&mut self, kind: u8) -> Verdict {
        match kind {
            b'!' => self.expect(Stage::GifExtension, 1),
            b',' => self.expect(Stage::GifImage, 9),
            b';' => return if self.is_certain { Verdict::End } else { Verdict::Broken },
            _ => return Verdict::Broken,
        }
        Verdict::More
    }

    fn webp(&mut self, field: &[u8]) -> Verdict {
        let length = number(field[4..8].iter().rev());
        let is_known = &field[8..12] == b"WEBP" && matches!(&field[12..], b"VP8 " | b"VP8L" | b"VP8X");
        if !is_known || !(12..ABSURD).contains(&length) {
            return Verdict::Broken;
        }
        self.is_certain = true;
        self.skip = length.next_multiple_of(2) + 8 - 16;
        self.expect(Stage::Last, 0);
        Verdict::More
    }
}

/// Bytes of a colour table whose presence and size are in `flags`.
fn gif_colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// A number whose highest byte comes first.
fn number<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}
