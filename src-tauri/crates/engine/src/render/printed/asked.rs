//! Asked: what an OSC 1337 wants of its image: a size among the text, and a name.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::protocol::Size;
use crate::render::terminal::is_harmful;

/// Pixels that a cell is taken to have: who draws the output has a font of its own.
const CELL: [u32; 2] = [8, 16];
/// Pixels of a side, however large the terminal is.
const SIDE: u32 = 4096;
/// Characters of a name.
const NAME: usize = 128;

/// Names are encoded with padding by some programs and without it by others.
const NAMES: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What is wanted of an image. What makes no sense is as if it was not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    width: Option<Length>,
    height: Option<Length>,
    is_stretched: bool,
    /// The name of its file, of at most 128 characters, without those that change how text reads.
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Cells(u16),
    Pixels(u16),
    /// Of the terminal.
    Percent(u16),
}

impl Asked {
    /// Reads arguments as `width=10;height=50%;name=YQ==`; of those that are said twice the last one counts.
    pub(super) fn read(arguments: &[u8]) -> Self {
        let mut asked = Self::default();
        for argument in arguments.split(|byte| *byte == b';') {
            let Some(equals) = argument.iter().position(|byte| *byte == b'=') else { continue };
            let (key, value) = (&argument[..equals], &argument[equals + 1..]);
            match key {
                b"width" => asked.width = Length::read(value),
                b"height" => asked.height = Length::read(value),
                b"preserveAspectRatio" => asked.is_stretched = value == b"0",
                b"name" => asked.name = name(value),
                _ => {}
            }
        }
        asked
    }

    /// Pixels in a row and rows of an image of `own` pixels in a terminal of a size; none where it is as large as any.
    ///
    /// It is never wider than the terminal, and never higher than the larger side of that; with both sides given it
    /// fits in them and keeps its shape, unless it is to be stretched.
    pub fn size(&self, own: (u32, u32), terminal: Size) -> Option<(u32, u32)> {
        let all = [u32::from(terminal.cols) * CELL[0], u32::from(terminal.rows) * CELL[1]];
        let most = [all[0].clamp(1, SIDE), all[0].max(all[1]).clamp(1, SIDE)];
        let side = |length: Option<Length>, at: usize| {
            length.map(|length| length.pixels(CELL[at], all[at]).clamp(1, most[at]))
        };
        match (side(self.width, 0), side(self.height, 1)) {
            (None, None) => None,
            (Some(width), Some(height)) if self.is_stretched => Some((width, height)),
            (width, height) => Some(fitting(own, (width.unwrap_or(most[0]), height.unwrap_or(most[1])))),
        }
    }
}

impl Length {
    /// `auto` and whatever is no such length is none.
    fn read(value: &[u8]) -> Option<Self> {
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, unit) = value.split_at(digits);
        let number = std::str::from_utf8(number).ok()?.parse().ok().filter(|number| *number > 0)?;
        match unit {
            b"" => Some(Self::Cells(number)),
            b"px" => Some(Self::Pixels(number)),
            b"%" => Some(Self::Percent(number)),
            _ => None,
        }
    }

    fn pixels(self, cell: u32, all: u32) -> u32 {
        match self {
            Self::Cells(cells) => u32::from(cells) * cell,
            Self::Pixels(pixels) => u32::from(pixels),
            Self::Percent(percent) => all.saturating_mul(u32::from(percent)) / 100,
        }
    }
}

/// The largest size of the shape of `own` within a box.
fn fitting(own: (u32, u32), (width, height): (u32, u32)) -> (u32, u32) {
    let [own_width, own_height] = [own.0, own.1].map(|side| u64::from(side.max(1)));
    let [box_width, box_height] = [width, height].map(u64::from);
    // Each is at most the side of the box, which the comparison tells.
    let scaled = |side: u64| u32::try_from(side).unwrap_or(SIDE).max(1);
    if box_width * own_height <= box_height * own_width {
        (width, scaled(box_width * own_height / own_width))
    } else {
        (scaled(box_height * own_width / own_height), height)
    }
}

fn name(encoded: &[u8]) -> Option<String> {
    // `base64` breaks its lines.
    let encoded: Vec<u8> = encoded.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = NAMES.decode(encoded).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut shown =
        text.trim().chars().filter(|character| !character.is_control() && !is_harmful(*character));
    let mut name: String = shown.by_ref().take(NAME).collect();
    if shown.next().is_some() {
        name.push('…');
    }
    Some(name).filter(|name| !name.is_empty())
}
