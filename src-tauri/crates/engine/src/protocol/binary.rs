//! Binary frames: output and input as they are, behind a header that says where they belong.

/// Bytes of a header.
pub const BINARY_HEADER: usize = 32;
/// The version of the header's form, in its first byte.
const VERSION: u8 = 1;

/// The first 32 bytes of a binary frame; numbers are big-endian. The payload is the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryHeader {
    /// What the payload is.
    pub kind: BinaryKind,
    /// A set of the constants of [`BinaryHeader`].
    pub flags: u16,
    /// The pipe's index, for what a breakpoint shows; of an upload's bytes, the client's own number for them, or 0.
    pub location: u32,
    /// The run of that pipe, from 0; else 0.
    pub run: u32,
    /// The command; of a file's bytes, the client's own number of the request, or 0; of an
    /// upload's, its number.
    pub server_id: u64,
    /// Of a file's or an upload's bytes, the place of the first one in the file. Of output, the place of the first byte among all that the command, or its breakpoints, ever printed; of input, the
    /// client's own number for it, or 0.
    pub position: u64,
}

/// What a binary frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum BinaryKind {
    /// Output on stdout, or everything where one terminal carries both.
    Stdout = 1,
    /// Output on stderr.
    Stderr = 2,
    /// What enters a tapped pipe.
    TapStdout = 3,
    /// What the stage before a tapped pipe writes to its stderr.
    TapStderr = 4,
    /// Bytes of a file that a request asked for.
    File = 5,
    /// From the client: input for the command.
    Stdin = 16,
    /// From the client: bytes of an upload.
    UploadPart = 17,
}

/// A binary frame of a client that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BinaryError {
    /// It has no room for a header.
    #[error("A binary frame begins with a header of 32 bytes; this one has {0} bytes.")]
    Short(usize),
    /// The version is another one.
    #[error("Binary frames have version 1; this one has version {0}.")]
    Version(u8),
    /// No frame of a client has that kind.
    #[error("A binary frame from a client has kind 16 or 17; this one has kind {0}.")]
    Kind(u8),
    /// A field that has no meaning here is not 0.
    #[error(
        "A binary frame from a client has 0 as run and last four bytes; input has location 0, and no flag but 8."
    )]
    Reserved,
}

impl BinaryHeader {
    /// The bytes were printed before this connection came: a terminal must not answer what they ask.
    pub const REPLAY: u16 = 1;
    /// The payload repaints a screen, and stands for everything before its position: a terminal begins anew with it.
    pub const SNAPSHOT: u16 = 2;
    /// Bytes between the frame before and this one are gone.
    pub const GAP: u16 = 4;
    /// Nothing follows this input.
    pub const END: u16 = 8;

    /// Writes the header into the first bytes of a frame.
    pub fn write(&self, frame: &mut [u8; BINARY_HEADER]) {
        frame[0] = VERSION;
        frame[1] = self.kind as u8;
        frame[2..4].copy_from_slice(&self.flags.to_be_bytes());
        frame[4..8].copy_from_slice(&self.location.to_be_bytes());
        frame[8..16].copy_from_slice(&self.server_id.to_be_bytes());
        frame[16..24].copy_from_slice(&self.position.to_be_bytes());
        frame[24..28].copy_from_slice(&self.run.to_be_bytes());
        frame[28..].fill(0);
    }

    /// Writes the lower half of a message's number into the header of a frame, under `resume`.
    pub fn number(frame: &mut [u8], seq: u64) {
        if let Some(header) = frame.first_chunk_mut::<BINARY_HEADER>() {
            header[28..].copy_from_slice(&seq.to_be_bytes()[4..]);
        }
    }

    /// Reads a frame of a client: its header and its payload.
    ///
    /// # Errors
    /// The frame is too short, of another version or kind, or has a field that means nothing here.
    pub fn read(frame: &[u8]) -> Result<(Self, &[u8]), BinaryError> {
        let Some((header, payload)) = frame.split_first_chunk::<BINARY_HEADER>() else {
            return Err(BinaryError::Short(frame.len()));
        };
        if header[0] != VERSION {
            return Err(BinaryError::Version(header[0]));
        }
        let kind = match header[1] {
            kind if kind == BinaryKind::Stdin as u8 => BinaryKind::Stdin,
            kind if kind == BinaryKind::UploadPart as u8 => BinaryKind::UploadPart,
            kind => return Err(BinaryError::Kind(kind)),
        };
        let flags = u16::from_be_bytes([header[2], header[3]]);
        let location = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        let unused = location != 0 && kind == BinaryKind::Stdin || header[24..].iter().any(|byte| *byte != 0);
        let meant = if kind == BinaryKind::Stdin { Self::END } else { 0 };
        if flags & !meant != 0 || unused {
            return Err(BinaryError::Reserved);
        }
        let number = |at: usize| header[at..at + 8].iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
        let (server_id, position) = (number(8), number(16));
        Ok((Self { kind, flags, location, run: 0, server_id, position }, payload))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(header: BinaryHeader, payload: &[u8]) -> Vec<u8> {
        let mut bytes = [0xff; BINARY_HEADER];
        header.write(&mut bytes);
        [&bytes[..], payload].concat()
    }

    #[test]
    fn a_header_is_laid_out_as_the_reference_says() {
        let header = BinaryHeader {
            kind: BinaryKind::TapStderr,
            flags: BinaryHeader::REPLAY | BinaryHeader::GAP,
            location: 0x0102_0304,
            run: 0x0506_0708,
            server_id: 0x1112_1314_1516_1718,
            position: 0x2122_2324_2526_2728,
        };
        let expected = [
            1, 4, 0, 5, 1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22, 0x23, 0x24,
            0x25, 0x26, 0x27, 0x28, 5, 6, 7, 8, 0, 0, 0, 0, b'x',
        ];
        assert_eq!(frame(header, b"x"), expected);
    }

    proptest! {
        #[test]
        fn input_is_read_as_it_was_written(
            server_id: u64,
            position: u64,
            end: bool,
            payload in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let flags = if end { BinaryHeader::END } else { 0 };
            let header = BinaryHeader { kind: BinaryKind::Stdin, flags, location: 0, run: 0, server_id, position };
            let bytes = frame(header, &payload);
            prop_assert_eq!(BinaryHeader::read(&bytes), Ok((header, &payload[..])));
        }

        #[test]
        fn whatever_comes_is_read_or_refused_with_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            match BinaryHeader::read(&bytes) {
                Ok((header, payload)) => prop_assert_eq!(frame(header, payload), bytes),
                Err(error) => prop_assert!(error.to_string().ends_with('.')),
            }
        }

        #[test]
        fn a_frame_with_one_wrong_byte_is_refused_or_means_what_it_says(at in 0..BINARY_HEADER, value: u8) {
            let header =
                BinaryHeader { kind: BinaryKind::Stdin, flags: 0, location: 0, run: 0, server_id: 7, position: 9 };
            let mut bytes = frame(header, b"payload");
            bytes[at] = value;
            if let Ok((header, payload)) = BinaryHeader::read(&bytes) {
                prop_assert_eq!(frame(header, payload), bytes);
            }
        }
    }
}
