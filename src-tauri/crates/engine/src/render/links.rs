//! Links: addresses, and names of files that exist, in a line of text.

use super::addresses;
use super::html::escape_attribute;
use super::names::Names;
use super::words::{self, Word};
use memchr::memmem;

/// A stretch of a line that is a link, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Up to where the text decided that this is a link, and what it leads to.
    pub(super) reach: usize,
    pub(super) target: Target,
}

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The text itself.
    Address,
    /// The entry of the name at these bytes of the line, and a place in it.
    Name { start: usize, end: usize, place: Place },
}

/// A line and a column from 1; 0 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Link {
    /// Text from `shown` that leads to the name at `start..end`.
    pub(super) fn to_name(shown: usize, start: usize, end: usize) -> Self {
        let target = Target::Name { start, end, place: Place::default() };
        Self { start: shown, end, reach: end, target }
    }

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
    /// Whether a link that begins at `start` may be given, when the text up to `reach` decided on it.
    fn holds(&self, start: usize, reach: usize) -> bool {
        start >= self.from && !(self.open && reach == self.text.len())
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
            // One that is inside an address begins no other.
            let Some(scheme) = text.get(from..colon).and_then(addresses::scheme_len) else {
                continue;
            };
            let host = colon + 3;
            let Some((end, reach)) = addresses::ends(&text[host..]) else { continue };
            let (start, end, reach) = (colon - scheme, host + end, host + reach);
            if scope.holds(start, reach) {
                self.links.push(Link { start, end, reach, target: Target::Address });
            }
            from = reach;
        }
    }

    fn find_names(&mut self, scope: Scope<'_>, names: &Names, addresses: usize) {
        let may_be_whole = names.has_spaces() && addresses == 0;
        let whole = if may_be_whole { words::at_end(scope.text, names) } else { None };
        if let Some(link) = whole.filter(|link| scope.holds(link.start, scope.text.len())) {
            return self.links.push(link);
        }
        let mut at = words::first(scope.text);
        let mut address = 0;
        while at < scope.text.len() {
            let word = Word::at(scope.text, at);
            at = word.end + 1;
            while self.links[address..addresses].first().is_some_and(|link| link.end <= word.start) {
                address += 1;
            }
            let has_address =
                self.links[address..addresses].first().is_some_and(|link| link.start < word.end);
            if word.start == word.end || has_address {
                continue;
            }
            let Some(link) = words::find(scope.text, word, names) else { continue };
            if scope.holds(link.start, link.reach.max(word.end)) {
                self.links.push(link);
                at = at.max(link.end);
            }
        }
    }
}
