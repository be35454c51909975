//! UTF-8: decoding of a stream that is cut anywhere, with U+FFFD for every maximal invalid part.

/// Holds the beginning, of at most three bytes, of a character that a piece of the stream cut.
#[derive(Debug, Clone, Default)]
pub(super) struct Decoder {
    bytes: [u8; 4],
    len: usize,
}

impl Decoder {
    /// Whether a character waits for its end.
    pub(super) fn is_waiting(&self) -> bool {
        self.len > 0
    }

    /// Gives up on a character that waits.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&str)) {
        if self.len > 0 {
            self.len = 0;
            each("\u{fffd}");
        }
    }

    /// Takes the bytes that belong to the character that waits; gives how many were taken, perhaps none.
    pub(super) fn resume(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) -> usize {
        if !self.is_waiting() {
            return 0;
        }
        for (taken, byte) in bytes.iter().enumerate() {
            self.bytes[self.len] = *byte;
            match std::str::from_utf8(&self.bytes[..=self.len]) {
                Ok(text) => {
                    self.len = 0;
                    each(text);
                    return taken + 1;
                }
                Err(error) if error.error_len().is_none() => self.len += 1,
                Err(_) => {
                    self.finish(each);
                    return taken;
                }
            }
        }
        bytes.len()
    }

    /// Decodes `bytes` while nothing waits. A character that their end cuts waits if `more` may follow.
    pub(super) fn decode(&mut self, mut bytes: &[u8], more: bool, mut each: impl FnMut(&str)) {
        loop {
            let error = match std::str::from_utf8(bytes) {
                Ok("") => return,
                Ok(text) => return each(text),
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            if let Ok(valid) = std::str::from_utf8(valid)
                && !valid.is_empty()
            {
                each(valid);
            }
            if more && error.error_len().is_none() {
                self.bytes[..rest.len()].copy_from_slice(rest);
                self.len = rest.len();
                return;
            }
            each("\u{fffd}");
            bytes = &rest[error.error_len().unwrap_or(rest.len())..];
        }
    }
}
