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

/// Where an address ends after its `//`: without the punctuation of a sentence around it, and with it.
/// None where there is no address.
pub(super) fn ends(rest: &str) -> Option<(usize, usize)> {
    let all = rest.find(|character| !belongs(character)).unwrap_or(rest.len());
    let mut address = &rest[..all];
    let is_surplus = |address: &str, open, close| {
        let count = |byte| address.bytes().filter(|other| *other == byte).count();
        count(close) > count(open)
    };
    while let Some((last, shorter)) = address.as_bytes().split_last() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' => {}
            b')' if is_surplus(address, b'(', b')') => {}
            b']' if is_surplus(address, b'[', b']') => {}
            _ => break,
        }
        address = &address[..shorter.len()];
    }
    let has_host = address.starts_with(|first: char| first.is_alphanumeric() || first == '[');
    has_host.then_some((address.len(), all))
}

/// The address of somebody whose `@` is at `at`: where its `mailto:` begins, and its [`ends`].
pub(super) fn mail(text: &str, at: usize) -> Option<(usize, usize, usize)> {
    const SCHEME: &str = "mailto:";
    let word = text[..at]
        .rfind(|character| !belongs(character))
        .map_or(0, |before| before + text[before..].chars().next().map_or(0, char::len_utf8));
    let before = &text.as_bytes()[word..at];
    let scheme =
        before.windows(SCHEME.len()).position(|bytes| bytes.eq_ignore_ascii_case(SCHEME.as_bytes()))?;
    let (start, name) = (word + scheme, word + scheme + SCHEME.len());
    let (end, reach) = ends(&text[name..])?;
    (ends_with(&text[..name - 1], "mailto") && name < at && at + 1 < name + end).then_some((
        start,
        name + end,
        name + reach,
    ))
}

fn belongs(character: char) -> bool {
    let is_outside = matches!(character, '"' | '\'' | '`' | '<' | '>' | '\\' | '^' | '{' | '|' | '}');
    character.is_alphanumeric() || (character.is_ascii_graphic() && !is_outside)
}
