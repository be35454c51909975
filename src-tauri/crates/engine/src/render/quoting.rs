//! Quoting: what a name in quotes says, as shells, `ls`, Git and compilers write it.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::names::PATH_BYTES;

/// A text in quotes. Positions are those of the line.
pub(super) struct Quoted<'a> {
    /// What it says. Where that is not UTF-8, U+FFFD stands for what is not.
    pub(super) says: Cow<'a, str>,
    /// Between the first and the last quote.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Whether a quote may begin with a byte.
#[inline]
pub(super) fn may_begin(first: u8) -> bool {
    // The last begins the quotes of typography.
    matches!(first, b'\'' | b'"' | b'`' | 0xe2)
}

/// The quoted text that begins with the quote at `start`.
pub(super) fn at(text: &str, start: usize) -> Option<Quoted<'_>> {
    let quote = text[start..].chars().next()?;
    let inner = start + quote.len_utf8();
    match quote {
        '\'' => shell(text, inner),
        '"' => double(text, inner),
        '`' => simple(text, inner, '`').or_else(|| simple(text, inner, '\'')),
        '‘' => simple(text, inner, '’'),
        '“' => simple(text, inner, '”'),
        _ => None,
    }
}

fn simple(text: &str, start: usize, close: char) -> Option<Quoted<'_>> {
    let end = start + text[start..].char_indices().take(PATH_BYTES).find(|(_, c)| *c == close)?.0;
    Some(Quoted { says: Cow::Borrowed(&text[start..end]), start, end })
}

/// `'it'\''s'` and `'a'$'\n''b'`, as shells read them.
fn shell(text: &str, start: usize) -> Option<Quoted<'_>> {
    let bytes = text.as_bytes();
    let close = |from: usize| Some(from + memchr(b'\'', &bytes[from..bytes.len().min(from + PATH_BYTES)])?);
    let mut end = close(start)?;
    let mut says = Cow::Borrowed(&text[start..end]);
    loop {
        match &bytes[end + 1..] {
            [b'\\', b'\'', b'\'', ..] => {
                let more = end + 4;
                end = close(more)?;
                says.to_mut().push('\'');
                says.to_mut().push_str(&text[more..end]);
            }
            [b'$', b'\'', ..] => {
                let more = end + 3;
                end = escaped_end(bytes, more, b'\'')?;
                says.to_mut().push_str(&String::from_utf8_lossy(&unescape(&bytes[more..end])));
                if let [b'\'', ..] = &bytes[end + 1..] {
                    let more = end + 2;
                    end = close(more)?;
                    says.to_mut().push_str(&text[more..end]);
                }
            }
            _ => return Some(Quoted { says, start, end }),
        }
        if says.len() > PATH_BYTES {
            return None;
        }
    }
}

/// `"d\303\251"`, as C and Git read it.
fn double(text: &str, start: usize) -> Option<Quoted<'_>> {
    let bytes = text.as_bytes();
    let end = escaped_end(bytes, start, b'"')?;
    let inner = &text[start..end];
    let says = if inner.contains('\\') {
        Cow::Owned(String::from_utf8_lossy(&unescape(inner.as_bytes())).into_owned())
    } else {
        Cow::Borrowed(inner)
    };
    Some(Quoted { says, start, end })
}

/// Where a quote closes that a backslash can hide.
fn escaped_end(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let most = bytes.len().min(start + 4 * PATH_BYTES);
    let mut at = start;
    loop {
        at += memchr2(quote, b'\\', bytes.get(at..most)?)?;
        if bytes[at] == quote {
            return Some(at);
        }
        at += 2;
    }
}

/// The bytes that a text with the escapes of C stands for.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let (b'\\', Some((escaped, after))) = (byte, after.split_first()) else {
            out.push(*byte);
            continue;
        };
        let octal = rest.iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
        if octal > 0 {
            let value = rest[..octal].iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            out.push(value as u8);
            rest = &rest[octal..];
            continue;
        }
        rest = after;
        out.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'e' => 0x1b,
            other => *other,
        });
    }
    out
}
