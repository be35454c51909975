//! CSI: one control sequence, `ESC [` with its parameters.

/// Parameters that are kept; further ones are passed over.
const PARAMETERS: usize = 32;

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
        self.count
    }

    /// Whether the parameter at `index` belongs to the one before it.
    pub(super) fn is_joined(&self, index: usize) -> bool {
        index < self.count && self.joined & (1 << index) != 0
    }

    /// Begins a sequence.
    pub(super) fn start(&mut self) {
        self.values[0] = 0;
        self.joined = 0;
        self.count = 1;
        self.prefix = 0;
        self.intermediate = 0;
    }

    /// Takes a digit of the last parameter, whose value stays at 65,535 at the most.
    pub(super) fn digit(&mut self, byte: u8) {
        if let Some(value) = self.values.get_mut(self.count - 1) {
            *value = value.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
        }
    }

    /// Takes the semicolon or colon before another parameter.
    pub(super) fn separator(&mut self, byte: u8) {
        if let Some(value) = self.values.get_mut(self.count) {
            *value = 0;
            self.joined |= u32::from(byte == b':') << self.count;
        }
        self.count = (self.count + 1).min(PARAMETERS + 1);
    }

    /// Takes the final byte.
    pub(super) fn finish(&mut self, last: u8) {
        self.count = self.count.min(PARAMETERS);
        self.last = last;
    }
}
