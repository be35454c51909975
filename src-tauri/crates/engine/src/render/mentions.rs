//! Mentions: the folders that output speaks of, found before it is drawn so that somebody can look what is in them.

use memchr::{memchr, memrchr};

use super::names::{Mention, Names, PATH_BYTES};
use super::quoting::unescape;

/// The folders in a piece of output, at most `most`, of which `names` does not know what is in them. The first part of
/// each is known to exist, or is not for `names` to know.
pub fn mentions(output: &[u8], names: &Names, most: usize) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut add = |mention: Mention| {
        if found.len() < most && !found.contains(&mention) {
            found.push(mention);
        }
        found.len() == most
    };
    let mut at = 0;
    while let Some(slash) = memchr(b'/', &output[at..]).map(|slash| at + slash) {
        let end = word_end(output, slash);
        for start in starts(output, slash, names) {
            let Some(folder) = folder(&output[start..end]) else { continue };
            let Some(mention) = mention(folder, start > 0 && output[start - 1] == b'"', names) else {
                continue;
            };
            let root = mention.path().starts_with(b"/").then(|| names.mention("/", b"/")).flatten();
            if root.is_some_and(&mut add) || add(mention) {
                return found;
            }
            break;
        }
        at = end;
    }
    found
}

/// The part of a word up to its last slash, one at its end apart.
fn folder(word: &[u8]) -> Option<&[u8]> {
    let slash = memrchr(b'/', word.strip_suffix(b"/").unwrap_or(word))?;
    // A blank before such a byte parts two paths.
    let parts = |pair: &[u8]| pair[0] == b' ' && matches!(pair[1], b'/' | b'~' | b'.');
    (!word[..=slash].windows(2).any(parts)).then_some(&word[..=slash])
}

fn mention(folder: &[u8], is_quoted: bool, names: &Names) -> Option<Mention> {
    if is_quoted && folder.contains(&b'\\') {
        let bytes = unescape(folder);
        return names.mention(&String::from_utf8_lossy(&bytes), &bytes);
    }
    let text = String::from_utf8_lossy(folder);
    names.mention(&text, folder).or_else(|| {
        // As Git names the two sides of a difference.
        let side = folder.strip_prefix(b"a/").or_else(|| folder.strip_prefix(b"b/"))?;
        names.mention(&String::from_utf8_lossy(side), side)
    })
}

/// Where the word ends that `slash` is in, or as much of it as is looked at.
fn word_end(output: &[u8], slash: usize) -> usize {
    let most = output.len().min(slash + PATH_BYTES);
    let ends =
        |byte: &u8| *byte <= b' ' || matches!(byte, b':' | b'\'' | b'"' | b'`' | b'<' | b'>' | b'|' | 0x7f);
    output[slash..most].iter().position(ends).map_or(most, |length| slash + length)
}

/// Where the path may begin whose first slash is `slash`: with its word, after a quote, or with its line.
fn starts(output: &[u8], slash: usize, names: &Names) -> impl Iterator<Item = usize> {
    let least = slash.saturating_sub(PATH_BYTES);
    let before = &output[least..slash];
    let begins =
        |byte: &u8| *byte <= b' ' || matches!(byte, b':' | b'\'' | b'"' | b'`' | b'(' | b'[' | b'{' | b'<');
    let word = least + before.iter().rposition(begins).map_or(0, |at| at + 1);
    let spaced = (word > least && output[word - 1] == b' ' && names.has_spaces()).then(|| {
        let line = before.iter().rposition(|byte| *byte < b' ' || matches!(byte, b'\'' | b'"' | b'`'));
        let line = least + line.map_or(0, |at| at + 1);
        line + output[line..slash].iter().take_while(|byte| **byte == b' ').count()
    });
    let after = move |start: usize| after_sequence(output, start, slash);
    std::iter::once(word).chain(spaced).map(after)
}

/// The place after the control sequence of which a stretch begins with the parameters.
fn after_sequence(output: &[u8], start: usize, end: usize) -> usize {
    if !output[..start].ends_with(b"\x1b[") {
        return start;
    }
    let last = output[start..end].iter().position(|byte| (0x40..=0x7e).contains(byte));
    last.map_or(start, |last| start + last + 1)
}
