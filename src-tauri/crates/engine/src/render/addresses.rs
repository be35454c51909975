//! Addresses: where a URL begins and ends in text.

/// The length of the scheme of http or https, in any case, with which `before` ends as a word of its own.
pub(super) fn scheme_len(before: &str) -> Option<usize> {
    ["https", "http"].into_iter().find(|scheme| ends_with(before, scheme)).map(str::len)
}

/// Whether `before` ends with the scheme as a word of its own, in any case.
fn ends_with(before: &str, scheme: &str) -> bool {
    let bytes = before.as_bytes();
    let Some(start) = bytes.len().checked_sub(scheme.len()) else { return false };
    bytes[start..].eq_ignore_ascii_case(scheme.as_bytes())
        && !bytes[..start].last().is_some_and(u8::is_ascii_alphanumeric)
}

/// The length of an address after its `//`, without the punctuation of a sentence around it; 0 for none.
pub(super) fn address_len(rest: &str) -> usize {
    let belongs = |c: char| c.is_alphanumeric() || (c.is_ascii_graphic() && !"\"'`<>\\^{|}".contains(c));
    let mut address = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
    let surplus = |open, close| {
        let count = |byte| address.bytes().filter(|other| *other == byte).count();
        count(close).saturating_sub(count(open))
    };
    let (mut round, mut square) = (surplus(b'(', b')'), surplus(b'[', b']'));
    while let Some((last, shorter)) = address.as_bytes().split_last() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' => {}
            b')' if round > 0 => round -= 1,
            b']' if square > 0 => square -= 1,
            _ => break,
        }
        address = &address[..shorter.len()];
    }
    if address.starts_with(|c: char| c.is_alphanumeric() || c == '[') { address.len() } else { 0 }
}
