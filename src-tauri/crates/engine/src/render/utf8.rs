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

    /// Takes a maximal part of `rest` that is invalid, with which it begins: U+FFFD, unless the end of `rest` cut
    /// a character, which then waits.
    pub(super) fn decode(&mut self, rest: &[u8], invalid: &[u8], mut each: impl FnMut(&str)) {
        let is_cut = rest.len() == invalid.len()
            && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if is_cut {
            self.bytes[..invalid.len()].copy_from_slice(invalid);
            self.len = invalid.len();
        } else {
            each("\u{fffd}");
        }
    }

    /// Decodes a piece of a stream.
    pub(super) fn lossy(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        let taken = self.resume(bytes, &mut each);
        let mut rest = &bytes[taken..];
        for chunk in rest.utf8_chunks() {
            each(chunk.valid());
            rest = &rest[chunk.valid().len()..];
            if !chunk.invalid().is_empty() {
                self.decode(rest, chunk.invalid(), &mut each);
            }
            rest = &rest[chunk.invalid().len()..];
        }
    }
}
