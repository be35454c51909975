//! Saved: what a shell told of its state after a command, as its own builtins print it, and the entries in that.

use std::collections::BTreeMap;

/// What was told in one report.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// The command after which it was told.
    pub(super) id: u64,
    parts: Vec<Vec<u8>>,
}

impl Saved {
    pub(super) fn new(id: u64, parts: &[&[u8]]) -> Self {
        Self { id, parts: parts.iter().map(|part| part.to_vec()).collect() }
    }

    /// A part; empty where the shell did not tell it.
    pub(super) fn part(&self, index: usize) -> &[u8] {
        self.parts.get(index).map_or(&[], Vec::as_slice)
    }

    /// The same without the entries of a part that begin so.
    pub(super) fn without(&self, index: usize, beginning: &[u8]) -> Self {
        let mut parts = self.parts.clone();
        if let Some(part) = parts.get_mut(index) {
            let kept: Vec<&[u8]> =
                lines(&self.parts[index]).into_iter().filter(|line| !line.starts_with(beginning)).collect();
            *part = kept.join(&b'\n');
        }
        Self { id: self.id, parts }
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }
}

/// Definitions by the name that they define, each without its line end.
pub(super) type Entries<'a> = BTreeMap<&'a [u8], &'a [u8]>;

/// Takes a text apart that a shell printed to be read again; `name` finds what an entry defines, if it is one.
pub(super) fn entries<'a>(text: &'a [u8], name: impl Fn(&'a [u8]) -> Option<&'a [u8]>) -> Entries<'a> {
    lines(text).into_iter().filter_map(|line| Some((name(line)?, line))).collect()
}

/// The lines of a text, where a line end within quotes ends no line.
pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\n' => {
                lines.push(&text[start..at]);
                start = at + 1;
            }
            b'\\' => at += 1,
            b'\'' if at > start && text[at - 1] == b'$' => at = closing(text, at, true),
            b'\'' => at = closing(text, at, false),
            b'"' => at = closing(text, at, true),
            _ => {}
        }
        at += 1;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// Where the quotes that open at `open` are closed.
fn closing(text: &[u8], open: usize, backslash_escapes: bool) -> usize {
    let mut at = open + 1;
    while at < text.len() && text[at] != text[open] {
        at += if backslash_escapes && text[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Whether these bytes can be a variable's name.
pub(super) fn is_name(bytes: &[u8]) -> bool {
    let begins = bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    begins && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The name that stands before the first `=` of an assignment, or alone.
pub(super) fn assigned(word: &[u8]) -> Option<&[u8]> {
    let name = word.split(|byte| *byte == b'=').next()?;
    is_name(name).then_some(name)
}

/// Whether one of these names is meant; a `*` at the end of one stands for any letters.
pub(super) fn is_among(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning.as_bytes()),
        None => name == pattern.as_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_within_quotes_ends_no_entry() {
        let text: &[u8] = b"a=1\nb='x\ny'\\''\nz=2'\nc=\"q\\\"\n'\"\nd=$'it\\'s\n'\ne=$((1))\nf=\\\ng";
        let expected: Vec<&[u8]> =
            vec![b"a=1", b"b='x\ny'\\''\nz=2'", b"c=\"q\\\"\n'\"", b"d=$'it\\'s\n'", b"e=$((1))", b"f=\\\ng"];
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn what_is_cut_off_is_taken_as_far_as_it_goes() {
        for text in [b"a='x".as_slice(), b"a=\"x\\", b"a=\\", b"'", b""] {
            assert_eq!(lines(text).concat(), text);
        }
    }
}
