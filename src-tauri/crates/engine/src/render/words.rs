//! Words: which of a line's words name a file that exists, and a place in it.

use memchr::{memchr, memmem, memrchr_iter};

use super::links::{Addresses, Link, Place, Target};
use super::names::{Found, Names};
use super::quoting;

/// Characters that may stand around a name without belonging to it.
const OPENING: [char; 9] = ['\'', '"', '`', '(', '[', '{', '<', '‘', '“'];
const CLOSING: [char; 14] = ['\'', '"', '`', ')', ']', '}', '>', '’', '”', '.', ',', ';', ':', '!'];
/// Closing characters that are tried at the end of one word.
const TRIED: usize = 4;
/// Words before the name in a line of `ls -l`, at the least, and beginnings of a name that are tried.
const LISTED: (usize, usize) = (5, 12);
/// What stands between a link's name and what it leads to, or between the names of a file that was renamed.
const ARROW: &[u8] = b" -> ";
/// How lines begin in which Git names the two sides of a difference.
const SIDES: [&str; 3] = ["--- a/", "+++ b/", "diff --git a/"];

/// What ends a word, or tells what may be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    None,
    Blank,
    Colon,
    Slash,
}

/// Signs by byte: every byte of all output is looked up once.
const SIGNS: [Sign; 256] = {
    let mut signs = [Sign::None; 256];
    signs[b' ' as usize] = Sign::Blank;
    signs[b'\t' as usize] = Sign::Blank;
    signs[b':' as usize] = Sign::Colon;
    signs[b'/' as usize] = Sign::Slash;
    signs
};

/// A stretch of text without blanks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its first colon.
    colon: Option<usize>,
    slashed: bool,
}

impl Word {
    /// The word that begins at `start`, empty where a blank is.
    pub(super) fn at(text: &str, start: usize) -> Self {
        let mut word = Self { start, end: text.len(), colon: None, slashed: false };
        for (offset, byte) in text.as_bytes()[start..].iter().enumerate() {
            let sign = SIGNS[usize::from(*byte)];
            // One test that is nearly always met is faster than a table of jumps.
            if sign == Sign::None {
                continue;
            }
            if sign == Sign::Blank {
                word.end = start + offset;
                break;
            }
            word.slashed |= sign == Sign::Slash;
            if sign == Sign::Colon && word.colon.is_none() {
                word.colon = Some(start + offset);
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
pub(super) fn find(text: &str, word: Word, names: &Names, addresses: &mut Addresses) -> Option<Link> {
    quoted(text, word.start, names, addresses)
        .or_else(|| in_word(text, word, names, addresses))
        .or_else(|| if word.slashed { side(text, word, names, addresses) } else { None })
}

/// A name with spaces and without quotes: the whole line, its last column, or what is before a colon or an arrow there.
pub(super) fn spaced(text: &str, names: &Names, addresses: &mut Addresses) -> Option<Link> {
    let line = text.trim_end();
    if is_long_listing(line) {
        let (least, tried) = LISTED;
        let first = after_words(line, least);
        let spaces = line[first..].match_indices(' ').map(|(space, _)| first + space + 1);
        let mut starts = std::iter::once(first).chain(spaces).take(tried);
        return starts.find_map(|start| from(line, start, names, addresses));
    }
    let first = line.len() - line.trim_start().len();
    let column = last_gap(line).map(|gap| gap + 2).filter(|column| *column > first);
    std::iter::once(first).chain(column).find_map(|start| from(line, start, names, addresses))
}

/// The last place with two spaces.
fn last_gap(line: &str) -> Option<usize> {
    let mut after = None;
    memrchr_iter(b' ', line.as_bytes()).find(|at| after.replace(*at) == Some(*at + 1))
}

/// A name with spaces that begins at `start` and goes to the line's end, to an arrow or to a colon.
fn from(line: &str, start: usize, names: &Names, addresses: &mut Addresses) -> Option<Link> {
    let rest = &line[start..];
    if !rest.bytes().next().is_some_and(|first| names.may_begin_spaced(first)) {
        return None;
    }
    let to_arrow = memmem::find(rest.as_bytes(), ARROW).map(|arrow| start + arrow);
    let whole = std::iter::once(line.len()).chain(to_arrow).find_map(|end| {
        let shown = line[start..end].contains(' ').then_some(&line[start..end])?;
        let (len, found) = known(shown, true, names)?;
        Some(addresses.link((start, start + len), found))
    });
    whole.or_else(|| {
        let colon = start + memchr(b':', rest.as_bytes())?;
        let is_spaced = line[start..colon].contains(' ');
        is_spaced.then(|| with_place(line, start, colon, line.len(), names, addresses))?
    })
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
fn quoted(text: &str, start: usize, names: &Names, addresses: &mut Addresses) -> Option<Link> {
    if !quoting::may_begin(text.as_bytes()[start]) {
        return None;
    }
    let quoted = quoting::at(text, start)?;
    let (_, found) = known(&quoted.says, quoted.says.contains('/'), names)?;
    // The mark of a directory is inside the quotes where a program put it there.
    let end = if quoted.says.ends_with('/') { quoted.end - 1 } else { quoted.end };
    let link = addresses.link((quoted.start, end), found);
    Some(python_place(text, Link { reach: quoted.end + 1, ..link }))
}

fn in_word(text: &str, word: Word, names: &Names, addresses: &mut Addresses) -> Option<Link> {
    let Word { mut start, end, colon, slashed } = word;
    let word = &text[start..end];
    let whole = if slashed { names.find(word) } else { names.entry(word) };
    if let Some(found) = whole {
        return Some(addresses.link((start, end), found));
    }
    let bytes = word.as_bytes();
    let is_bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if is_bare(bytes.first()) && is_bare(bytes.last()) {
        return with_place(text, start, colon?, end, names, addresses);
    }
    start += word.len() - word.trim_start_matches(OPENING).len();
    let mut shown = &text[start..end];
    for _ in 0..=TRIED {
        if let Some((len, found)) = known(shown, slashed, names) {
            return Some(python_place(text, addresses.link((start, start + len), found)));
        }
        match shown.strip_suffix(CLOSING) {
            Some(shorter) => shown = shorter,
            None => break,
        }
    }
    colon
        .and_then(|colon| with_place(text, start, colon, end, names, addresses))
        .or_else(|| with_bracketed_place(text, start, end, names, addresses))
}

/// What `shown` names, and how much of it is the name, without the mark of `ls -F`; `slashed` where it may be in a folder.
fn known<'a>(shown: &'a str, slashed: bool, names: &'a Names) -> Option<(usize, Found<'a>)> {
    let find = |shown| if slashed { names.find(shown) } else { names.entry(shown) };
    if let Some(found) = find(shown) {
        return Some((shown.len(), found));
    }
    let mark = *shown.as_bytes().last()?;
    let unmarked = shown.get(..shown.len() - 1)?;
    let found = find(unmarked)?;
    found.kind.is_marked(mark).then_some((unmarked.len(), found))
}

/// `name:line:column`, `name:line` or `name:` with anything after it, as compilers and grep print.
fn with_place(
    text: &str,
    start: usize,
    colon: usize,
    end: usize,
    names: &Names,
    addresses: &mut Addresses,
) -> Option<Link> {
    let found = names.find(text.get(start..colon)?)?;
    let mut link = addresses.link((start, colon), found);
    let (line, after_line) = number(text, colon + 1, end);
    let mut at = Place { line, column: 0 };
    if line > 0 {
        link.end = after_line;
        if text[after_line..end].starts_with(':') {
            let (column, after_column) = number(text, after_line + 1, end);
            if column > 0 {
                at.column = column;
                link.end = after_column;
            }
        }
    }
    Some(placed(link, at))
}

/// `name(line,column)` or `name(line)`.
fn with_bracketed_place(
    text: &str,
    start: usize,
    end: usize,
    names: &Names,
    addresses: &mut Addresses,
) -> Option<Link> {
    let bracket = start + text[start..end].find('(')?;
    let (line, after_line) = digits(text, bracket + 1, end);
    let (column, after) = match text[after_line..end].strip_prefix(',') {
        Some(_) => digits(text, after_line + 1, end),
        None => (0, after_line),
    };
    if line == 0 || !text[after..end].starts_with(')') {
        return None;
    }
    let found = names.find(&text[start..bracket])?;
    Some(placed(addresses.link((start, after + 1), found), Place { line, column }))
}

fn placed(mut link: Link, at: Place) -> Link {
    if let Target::File { place, .. } = &mut link.target {
        *place = at;
    }
    link.reach = link.reach.max(link.end);
    link
}

/// The number at `start`, 0 if there is none that ends there or before a colon, and where it ends.
fn number(text: &str, start: usize, end: usize) -> (u32, usize) {
    let (value, after) = digits(text, start, end);
    let stops = text[after..end].chars().next().is_none_or(|next| next == ' ' || CLOSING.contains(&next));
    (if stops { value } else { 0 }, after)
}

/// The number at `start`, 0 if there is none, and where its digits end.
fn digits(text: &str, start: usize, end: usize) -> (u32, usize) {
    let shown = &text[start.min(end)..end];
    let count = shown.bytes().take_while(u8::is_ascii_digit).count();
    (shown[..count].parse().unwrap_or(0), start + count)
}

/// Adds the line of Python's `File "name", line 12`.
fn python_place(text: &str, link: Link) -> Link {
    const BETWEEN: &str = "\", line ";
    if !text[link.end..].starts_with(BETWEEN) {
        return link;
    }
    let (line, reach) = number(text, link.end + BETWEEN.len(), text.len());
    placed(Link { reach, ..link }, Place { line, column: 0 })
}

/// A name behind `a/` or `b/`, by which Git tells the two sides of a difference.
fn side(text: &str, word: Word, names: &Names, addresses: &mut Addresses) -> Option<Link> {
    let shown = &text[word.start..word.end];
    let name = shown.strip_prefix("a/").or_else(|| shown.strip_prefix("b/"))?;
    if !SIDES.iter().any(|side| text.starts_with(side)) {
        return None;
    }
    let found = names.find(name)?;
    Some(addresses.link((word.end - name.len(), word.end), found))
}
