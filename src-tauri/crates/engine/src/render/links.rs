//! Links: addresses, and names of files that exist, in a line of text.

use super::html::escape_attribute;
use super::names::{self, Kind, Names};
use memchr::{memchr, memmem};

/// Characters that may stand around a name or an address without belonging to it.
const OPENING: [char; 9] = ['\'', '"', '`', '(', '[', '{', '<', '‘', '“'];
const CLOSING: [char; 14] = ['\'', '"', '`', ')', ']', '}', '>', '’', '”', '.', ',', ';', ':', '!'];
/// Closing characters that are tried at the end of one word.
const TRIED: usize = 4;

/// A stretch of a line that is a link, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) start: usize,
    pub(super) end: usize,
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The text itself.
    Address,
    /// The entry of the name at these bytes of the line, and a place in it.
    Name { start: usize, end: usize, place: Place },
}

/// A line and a column from 1; 0 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    line: u32,
    column: u32,
}

impl Link {
    /// Writes the opening tag of its anchor.
    pub(super) fn open(&self, out: &mut String, text: &str) {
        match self.target {
            Target::Address => {
                out.push_str("<a href=\"");
                escape_attribute(out, &text[self.start..self.end]);
            }
            Target::Name { start, end, place } => {
                out.push_str("<a href=\"./");
                percent_encode(out, &text[start..end]);
                for (value, name) in [(place.line, "data-line"), (place.column, "data-col")] {
                    if value > 0 {
                        out.push_str(&format!("\" {name}=\"{value}"));
                    }
                }
            }
        }
        out.push_str("\">");
    }
}

/// Appends `name` as a segment of a URL's path.
fn percent_encode(out: &mut String, name: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte.into());
            }
            _ => {
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
}

/// Finds the links of one line after another.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    links: Vec<Link>,
    scheme_end: memmem::Finder<'static>,
}

impl Default for Finder {
    fn default() -> Self {
        Self { links: Vec::new(), scheme_end: memmem::Finder::new("://") }
    }
}

/// The part of a line in which links may be.
#[derive(Clone, Copy)]
struct Scope<'a> {
    text: &'a str,
    /// Links begin here or later.
    from: usize,
    /// The text may go on, and with it its last word.
    open: bool,
}

impl Scope<'_> {
    fn holds(&self, start: usize, end: usize) -> bool {
        start >= self.from && !(self.open && end == self.text.len())
    }
}

impl Finder {
    /// The links of the last line, in order and apart.
    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }

    /// Finds the links of `text` that begin at `from` or later. Where it is not `complete`, its last word is none.
    pub(super) fn find(&mut self, text: &str, from: usize, complete: bool, names: Option<&Names>) {
        self.links.clear();
        let scope = Scope { text, from, open: !complete };
        self.find_addresses(scope);
        if let Some(names) = names {
            let addresses = self.links.len();
            self.find_names(scope, names, addresses);
            if addresses > 0 {
                self.links.sort_unstable_by_key(|link| link.start);
            }
        }
    }

    fn find_addresses(&mut self, scope: Scope<'_>) {
        let text = scope.text;
        let mut from = 0;
        for colon in self.scheme_end.find_iter(text.as_bytes()) {
            let before = &text[from..colon];
            let Some(scheme) = ["https", "http"].into_iter().find(|scheme| ends_with(before, scheme)) else {
                continue;
            };
            let start = colon - scheme.len();
            let end = colon + 3 + address_len(&text[colon + 3..]);
            if end > colon + 3 && scope.holds(start, end) {
                self.links.push(Link { start, end, target: Target::Address });
            }
            from = end;
        }
    }

    fn find_names(&mut self, scope: Scope<'_>, names: &Names, addresses: usize) {
        let mut at = if names.has_spaces() { self.find_whole_line(scope, names) } else { 0 };
        let mut address = 0;
        while at < scope.text.len() {
            let rest = &scope.text.as_bytes()[at..];
            let len = rest.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(rest.len());
            let (start, end) = (at, at + len);
            at = end + 1;
            while self.links[address..addresses].first().is_some_and(|link| link.end <= start) {
                address += 1;
            }
            let has_address = self.links[address..addresses].first().is_some_and(|link| link.start < end);
            if len == 0 || has_address {
                continue;
            }
            let found = if names.has_spaces() { quoted(scope.text, start, names) } else { None };
            let Some(link) = found.or_else(|| in_word(scope.text, start, end, names)) else {
                continue;
            };
            if scope.holds(link.start, link.end.max(end)) {
                self.links.push(link);
                at = at.max(link.end);
            }
        }
    }

    /// A line that is nothing but a name with spaces, or that ends with one as `ls -l` prints it. Gives the end of
    /// what was found.
    fn find_whole_line(&mut self, scope: Scope<'_>, names: &Names) -> usize {
        let line = scope.text.trim_end();
        let start = if is_long_listing(line) { after_words(line, 5) } else { 0 };
        let tails = std::iter::once(start)
            .chain(line[start..].match_indices(' ').map(|(space, _)| start + space + 1));
        let tails = tails.take(if start == 0 { 1 } else { 12 });
        for tail in tails {
            let shown = &line[tail..];
            let name = shown.strip_prefix("./").unwrap_or(shown);
            if name.contains(' ') && names.get(name).is_some() && scope.holds(tail, scope.text.len()) {
                self.links.push(Link::to_name(tail, line.len() - name.len(), line.len()));
                return line.len();
            }
        }
        0
    }
}

impl Link {
    fn to_name(shown: usize, start: usize, end: usize) -> Self {
        let target = Target::Name { start, end, place: Place::default() };
        Self { start: shown, end, target }
    }
}

/// Whether a line is one of `ls -l`: it begins with a type and permissions.
fn is_long_listing(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 10
        && b"-dlbcpsD".contains(&bytes[0])
        && bytes[1..10].iter().all(|byte| b"rwxsStT-".contains(byte))
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
    let mut characters = text[inner..].char_indices().take(names::BYTES_EACH + 1);
    let end = inner + characters.find(|(_, character)| *character == close)?.0;
    names.get(&text[inner..end])?;
    Some(python_place(text, Link::to_name(inner, inner, end)))
}

/// A name in the word `start..end`.
fn in_word(text: &str, mut start: usize, end: usize, names: &Names) -> Option<Link> {
    let word = &text[start..end];
    if names.get(word).is_some() {
        return Some(Link::to_name(start, start, end));
    }
    start += word.len() - word.trim_start_matches(OPENING).len();
    let name = start + if text[start..end].starts_with("./") { 2 } else { 0 };
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
    with_place(text, start, name, end, names)
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
fn with_place(text: &str, start: usize, name: usize, end: usize, names: &Names) -> Option<Link> {
    let colon = name + memchr(b':', &text.as_bytes()[name..end])?;
    names.get(&text[name..colon])?;
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
    if let Some(rest) = text[link.end..].strip_prefix("\", line ")
        && let Target::Name { place, .. } = &mut link.target
    {
        place.line = number(rest, 0, rest.len()).0;
    }
    link
}

/// Whether `before` ends with the scheme as a word of its own, in any case.
fn ends_with(before: &str, scheme: &str) -> bool {
    let bytes = before.as_bytes();
    let Some(start) = bytes.len().checked_sub(scheme.len()) else {
        return false;
    };
    bytes[start..].eq_ignore_ascii_case(scheme.as_bytes())
        && !bytes[..start].last().is_some_and(u8::is_ascii_alphanumeric)
}

/// The length of an address after its `//`: without the punctuation of a sentence around it.
fn address_len(rest: &str) -> usize {
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
