//! Charset: the line drawing set of the DEC terminals, which programs without Unicode draw frames with.

/// Which character sets are chosen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Charsets {
    /// Whether G0 and G1 are the line drawing set.
    drawing: [bool; 2],
    /// Whether G1 is in use.
    shifted: bool,
}

impl Charsets {
    /// `ESC (` and `ESC )` with their final byte.
    pub(super) fn designate(&mut self, intermediate: u8, last: u8) {
        self.drawing[usize::from(intermediate == b')')] = last == b'0';
    }

    /// SO and SI.
    pub(super) fn shift(&mut self, shifted: bool) {
        self.shifted = shifted;
    }

    /// Whether text is to go through [`draw`].
    pub(super) fn is_drawing(self) -> bool {
        self.drawing[usize::from(self.shifted)]
    }
}

/// The character that `character` stands for in the line drawing set.
pub(super) fn draw(character: char) -> char {
    const DRAWN: [char; 31] = [
        '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─', '⎼', '⎽',
        '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
    ];
    match character {
        '`'..='~' => DRAWN[character as usize - '`' as usize],
        _ => character,
    }
}
