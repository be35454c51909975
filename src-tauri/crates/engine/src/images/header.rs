//! Header: what an image says of itself before it is decoded.

pub(crate) use crate::render::ImageKind;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// The format.
    pub(crate) kind: ImageKind,
    /// Bytes of the file.
    pub(crate) bytes: usize,
}

/// Whether a JPEG comes in passes over the whole picture, for which a decoder has to hold every coefficient.
pub(super) fn is_progressive(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    while let [0xff, marker, after @ ..] = rest {
        match marker {
            0xff => rest = &rest[1..],
            0xc2 | 0xc6 | 0xca | 0xce => return true,
            0xc0..=0xc3 | 0xc5..=0xcf if *marker != 0xc4 && *marker != 0xc8 && *marker != 0xcc => {
                return false;
            }
            0x01 | 0xd0..=0xd8 => rest = after,
            _ => {
                let Some([high, low]) = after.first_chunk() else { return false };
                rest = after.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
            }
        }
    }
    false
}
