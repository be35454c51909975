//! Words: which of a line's words name a file that exists, and a place in it.

use super::links::{Link, Place, Target};
use super::names::{self, Kind, Names};

/// Characters that may stand around a name without belonging to it.
const OPENING: [char; 9] = ['\'', '"', '`', '(', '[', '{', '<', '‘', '“'];
const CLOSING: [char; 14] = ['\'', '"', '`', ')', ']', '}', '>', '’', '”', '.', ',', ';', ':', '!'];
/// Closing characters that are tried at the end of one word.
const TRIED: usize = 4;
/// Words before the name in a line of `ls -l`, at the least, and beginnings of a name that are tried.
const LISTED: (usize, usize) = (5, 12);

/// A stretch of text without blanks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its first colon.
    colon: Option<usize>,
}

impl Word {
    /// The word that begins at `start`, empty where a blank is.
    pub(super) fn at(text: &str, start: usize) -> Self {
        let mut word = Self { start, end: text.len(), colon: None };
        for (offset, byte) in text.as_bytes()[start..].iter().enumerate() {
            match byte {
                b' ' | b'\t' => {
                    word.end = start + offset;
                    break;
                }
                b':' if word.colon.is_none() => word.colon = Some(start + offset),
                _ => {}
            }
        }
        word
    }
}

/// Where names may begin: in a line of `ls -l` not before its columns of owners and dates.
pub(super) fn first(text: &str) -> usize {
    if is_long_listing(text) { after_words(text, LISTED.0) } else { 0 }
}

/// The name in a word, or the quoted one that begins there.
pub(super) fn find(text: &str, word: Word, names: &Names) -> Option<Link> {
    let found = if names.has_spaces() { quoted(text, word.start, names) } else { None };
    found.or_else(|| in_word(text, word, names))
}

/// A name with spaces that is the whole line, or the end of one of `ls -l`.
pub(super) fn at_end(text: &str, names: &Names) -> Option<Link> {
    let line = text.trim_end();
    let to_name = |start: usize| {
        let name = start + names.directory_len(&line[start..]);
        let is_name = line[name..].contains(' ') && names.get(&line[name..]).is_some();
        is_name.then(|| Link::to_name(start, name, line.len()))
    };
    if !is_long_listing(line) {
        return to_name(line.len() - line.trim_start().len());
    }
    let (least, tried) = LISTED;
    let first = after_words(line, least);
    let spaces = line[first..].match_indices(' ').map(|(space, _)| first + space + 1);
    std::iter::once(first).chain(spaces).take(tried).find_map(to_name)
}

/// Whether a line is one of `ls -l`: it begins with a type and permissions.
fn is_long_listing(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 10
        && b"-dlbcpsD".contains(&bytes[0])
        && bytes[1..10].iter().all(|byte| b"rwxsStT-".contains(byte))
        && after_words(line, LISTED.0) < line.len()
}

/// The byte after `count` words and the blanks that follow them.
fn after_words(line: &str, count: usize) -> usize {
    let mut rest = line;
    for _ in 0..count {
        rest = rest.trim_start_matches(|c| c != ' ').trim_start_matches(' ');
    }
    line.len() - rest.len()
}

/// A quoted name that begins with the quote at `start`.
fn quoted(text: &str, start: usize, names: &Names) -> Option<Link> {
    let quote = text[start..].chars().next()?;
    let close = match quote {
        '\'' | '"' | '`' => quote,
        '‘' => '’',
        '“' => '”',
        _ => return None,
    };
    let inner = start + quote.len_utf8();
    let name = inner + names.directory_len(&text[inner..]);
    let mut characters = text[name..].char_indices().take(names::BYTES_EACH + 1);
    let end = name + characters.find(|(_, character)| *character == close)?.0;
    names.get(&text[name..end])?;
    Some(python_place(text, Link::to_name(inner, name, end)))
}

fn in_word(text: &str, word: Word, names: &Names) -> Option<Link> {
    let Word { mut start, end, colon } = word;
    let word = &text[start..end];
    if names.get(word).is_some() {
        return Some(Link::to_name(start, start, end));
    }
    let bytes = word.as_bytes();
    let is_bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if is_bare(bytes.first()) && is_bare(bytes.last()) {
        return with_place(text, start, start, colon?, end, names);
    }
    start += word.len() - word.trim_start_matches(OPENING).len();
    let name = start + names.directory_len(&text[start..end]);
    let mut shown = &text[name..end];
    for _ in 0..=TRIED {
        if let Some(len) = name_len(shown, names) {
            return Some(python_place(text, Link::to_name(start, name, name + len)));
        }
        match shown.strip_suffix(CLOSING) {
            Some(shorter) => shown = shorter,
            None => break,
        }
    }
    with_place(text, start, name, colon?, end, names)
}

/// The length of the name that `shown` is, without the mark of `ls -F`.
fn name_len(shown: &str, names: &Names) -> Option<usize> {
    if names.get(shown).is_some() {
        return Some(shown.len());
    }
    let mark = *shown.as_bytes().last()?;
    let unmarked = shown.get(..shown.len() - 1)?;
    names.get(unmarked).is_some_and(|kind: Kind| kind.is_marked(mark)).then_some(unmarked.len())
}

/// `name:line:column`, `name:line` or `name:` with anything after it, as compilers and grep print.
fn with_place(
    text: &str,
    start: usize,
    name: usize,
    colon: usize,
    end: usize,
    names: &Names,
) -> Option<Link> {
    names.get(text.get(name..colon)?)?;
    let mut link = Link::to_name(start, name, colon);
    let (line, after_line) = number(text, colon + 1, end);
    let mut place = Place { line, column: 0 };
    if line > 0 {
        link.end = after_line;
        if text[after_line..end].starts_with(':') {
            let (column, after_column) = number(text, after_line + 1, end);
            if column > 0 {
                place.column = column;
                link.end = after_column;
            }
        }
    }
    link.target = Target::Name { start: name, end: colon, place };
    Some(link)
}

/// The number at `start`, 0 if there is none that ends there or before a colon, and where it ends.
fn number(text: &str, start: usize, end: usize) -> (u32, usize) {
    let shown = &text[start..end];
    let digits = shown.bytes().take_while(u8::is_ascii_digit).count();
    let stops = shown[digits..].chars().next().is_none_or(|next| CLOSING.contains(&next));
    let value = if stops { shown[..digits].parse().unwrap_or(0) } else { 0 };
    (value, start + digits)
}

/// Adds the line of Python's `File "name", line 12`.
fn python_place(text: &str, mut link: Link) -> Link {
    const BETWEEN: &str = "\", line ";
    if text[link.end..].starts_with(BETWEEN)
        && let Target::Name { place, .. } = &mut link.target
    {
        (place.line, link.reach) = number(text, link.end + BETWEEN.len(), text.len());
    }
    link
}
