//! The cursor: a bounded walk over the bytes of a text.

use super::Refusal;

/// Units of work for each byte of text; what a scan needs is below 4, speculation included in all but hostile texts.
const FUEL_A_BYTE: usize = 16;
const FUEL_BASE: usize = 1024;

/// What a scan may still spend.
pub(super) struct Fuel {
    left: usize,
}

impl Fuel {
    pub(super) fn for_length(length: usize) -> Self {
        Self { left: length.saturating_mul(FUEL_A_BYTE).saturating_add(FUEL_BASE) }
    }

    /// Takes `units`, or refuses the text.
    pub(super) fn spend(&mut self, units: usize, offset: usize) -> Result<(), Refusal> {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Refusal { offset, reason: "the command is too intricate to find its pipes" }),
        }
    }
}

/// A position in a text that ends at `end`.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Cursor<'_> {
    /// The byte `ahead` of the position, if it is before the end.
    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        let index = self.at + ahead;
        if index < self.end { self.text.get(index).copied() } else { None }
    }

    pub(super) fn starts_with(&self, prefix: &[u8]) -> bool {
        self.text.get(self.at..self.end).is_some_and(|rest| rest.starts_with(prefix))
    }

    /// Whether a line continuation follows `ahead` of the position.
    pub(super) fn continuation(&self, ahead: usize) -> bool {
        self.peek(ahead) == Some(b'\\') && self.peek(ahead + 1) == Some(b'\n')
    }

    /// Whether the shell would join what is `ahead` of the position with one of `next` beyond line continuations.
    pub(super) fn joins(&self, ahead: usize, next: &[u8]) -> bool {
        let mut past = ahead;
        while self.continuation(past) {
            past += 2;
        }
        past > ahead && self.peek(past).is_some_and(|byte| next.contains(&byte))
    }

    /// Moves to the newline that ends the line, or to the end.
    pub(super) fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    pub(super) fn refuse<T>(&self, reason: &'static str) -> Result<T, Refusal> {
        Err(Refusal { offset: self.at, reason })
    }
}
