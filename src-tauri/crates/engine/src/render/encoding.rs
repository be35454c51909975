//! Encoding: names as parts of an address.

/// Appends a path to an address: every byte but slashes and those that mean nothing in an address as `%` and two digits.
pub(super) fn percent_encode(out: &mut String, path: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in path {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push((*byte).into());
            }
            _ => {
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
}
