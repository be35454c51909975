//! SGR: how a character looks, and the control sequence that changes it.

use super::csi::Csi;

/// A colour in one word, since every character's is compared with its neighbour's: 0 is the default, then
/// come the palette and 24 bits, told apart by the highest byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Color(u32);

/// What a colour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shade {
    Default,
    /// One of the palette of 256.
    Palette(u8),
    Rgb(u8, u8, u8),
}

impl Color {
    pub(super) const DEFAULT: Self = Self(0);

    pub(super) fn palette(index: u8) -> Self {
        Self(1 << 24 | u32::from(index))
    }

    pub(super) fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self(u32::from_be_bytes([2, red, green, blue]))
    }

    pub(super) fn shade(self) -> Shade {
        match self.0.to_be_bytes() {
            [0, ..] => Shade::Default,
            [1, .., index] => Shade::Palette(index),
            [_, red, green, blue] => Shade::Rgb(red, green, blue),
        }
    }
}

/// The nearest colour of the palette's cube and grey ramp, 16 to 255, to one of 24 bits.
pub(super) fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| match value {
        0..48 => 0_u8,
        48..115 => 1,
        _ => (value - 35) / 40,
    };
    let distance = |shade: [u8; 3]| -> u32 {
        let differences = shade.iter().zip([red, green, blue]);
        differences.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let levels = [red, green, blue].map(level);
    let cube = levels.map(|level| LEVELS[usize::from(level)]);
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    if distance([8 + 10 * step; 3]) < distance(cube) {
        232 + step
    } else {
        16 + 36 * levels[0] + 6 * levels[1] + levels[2]
    }
}

/// The underline of a character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Underline {
    #[default]
    None,
    Single,
    Double,
    Curly,
    Dotted,
    Dashed,
}

/// How a character looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) foreground: Color,
    pub(super) background: Color,
    pub(super) underline: Underline,
    /// A set of the constants below.
    pub(super) attributes: u8,
    /// The hyperlink that the character belongs to: its number in the line from 1, or 0.
    pub(super) link: u16,
}

pub(super) const BOLD: u8 = 1;
pub(super) const DIM: u8 = 1 << 1;
pub(super) const ITALIC: u8 = 1 << 2;
pub(super) const BLINK: u8 = 1 << 3;
pub(super) const INVERSE: u8 = 1 << 4;
pub(super) const HIDDEN: u8 = 1 << 5;
pub(super) const STRIKE: u8 = 1 << 6;
pub(super) const OVERLINE: u8 = 1 << 7;

impl Style {
    /// The look that erased cells get: nothing but the background.
    pub(super) fn erased(self) -> Self {
        Self { background: self.background, ..Self::default() }
    }

    /// Whether it looks like plain text, hyperlinks apart.
    pub(super) fn is_plain(self) -> bool {
        Self { link: 0, ..self } == Self::default()
    }

    /// A number in which styles that are used together differ.
    pub(super) fn hash(self) -> usize {
        let color = |Color(word): Color| (word ^ word >> 8 ^ word >> 16) as usize;
        color(self.foreground) + 7 * color(self.background) + 17 * usize::from(self.attributes)
    }

    /// Applies one SGR sequence; parameters without a meaning are passed over.
    pub(super) fn apply(&mut self, csi: &Csi) {
        let mut at = 0;
        while at < csi.len() {
            let code = csi.value(at);
            let joined = (at + 1..csi.len()).take_while(|next| csi.is_joined(*next)).count();
            let mut used = 1 + joined;
            match code {
                4 if joined > 0 => self.underline = underline(csi.value(at + 1)),
                38 | 48 | 58 => {
                    let (color, more) = extended(csi, at, joined);
                    used += more;
                    match (code, color) {
                        (38, Some(color)) => self.foreground = color,
                        (48, Some(color)) => self.background = color,
                        _ => {}
                    }
                }
                _ if joined > 0 => {}
                _ => self.apply_code(code),
            }
            at += used;
        }
    }

    fn apply_code(&mut self, code: u16) {
        match code {
            0 => *self = Self { link: self.link, ..Self::default() },
            1 => self.attributes |= BOLD,
            2 => self.attributes |= DIM,
            3 => self.attributes |= ITALIC,
            4 => self.underline = Underline::Single,
            5 | 6 => self.attributes |= BLINK,
            7 => self.attributes |= INVERSE,
            8 => self.attributes |= HIDDEN,
            9 => self.attributes |= STRIKE,
            21 => self.underline = Underline::Double,
            22 => self.attributes &= !(BOLD | DIM),
            23 => self.attributes &= !ITALIC,
            24 => self.underline = Underline::None,
            25 => self.attributes &= !BLINK,
            27 => self.attributes &= !INVERSE,
            28 => self.attributes &= !HIDDEN,
            29 => self.attributes &= !STRIKE,
            30..=37 => self.foreground = Color::palette((code - 30) as u8),
            39 => self.foreground = Color::DEFAULT,
            40..=47 => self.background = Color::palette((code - 40) as u8),
            49 => self.background = Color::DEFAULT,
            53 => self.attributes |= OVERLINE,
            55 => self.attributes &= !OVERLINE,
            90..=97 => self.foreground = Color::palette((code - 82) as u8),
            100..=107 => self.background = Color::palette((code - 92) as u8),
            _ => {}
        }
    }
}

fn underline(kind: u16) -> Underline {
    match kind {
        0 => Underline::None,
        2 => Underline::Double,
        3 => Underline::Curly,
        4 => Underline::Dotted,
        5 => Underline::Dashed,
        _ => Underline::Single,
    }
}

/// Reads 38, 48 or 58 at `at`: the colour, and how many parameters after the joined ones it used.
fn extended(csi: &Csi, at: usize, joined: usize) -> (Option<Color>, usize) {
    let byte = |index: usize| u8::try_from(csi.value(index)).ok();
    let rgb = |first: usize| Some(Color::rgb(byte(first)?, byte(first + 1)?, byte(first + 2)?));
    match (joined, csi.value(at + 1)) {
        (0, 5) => (byte(at + 2).map(Color::palette), 2),
        (0, 2) => (rgb(at + 2), 4),
        (0, _) => (None, 1),
        (2.., 5) => (byte(at + 2).map(Color::palette), 0),
        (4, 2) => (rgb(at + 2), 0),
        // With the colour space's number between, which most programs leave empty.
        (5.., 2) => (rgb(at + 3), 0),
        _ => (None, 0),
    }
}
