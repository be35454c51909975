//! Links: addresses, and names of files that exist, in a line of text.

use memchr::{memchr, memchr_iter, memmem};

use super::addresses;
use super::encoding::percent_encode;
use super::html::escape_attribute;
use super::names::{Found, Names};
use super::words::{self, Word};

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
    /// What exists at the address at these bytes of [`Addresses`], and a place in it.
    File { address: (usize, usize), place: Place },
}

/// A line and a column from 1; 0 where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The addresses of files that a line links to.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses(String);

impl Addresses {
    /// A link from `shown` to what was found.
    pub(super) fn link(&mut self, (start, end): (usize, usize), found: Found<'_>) -> Link {
        let first = self.0.len();
        self.0.push_str(found.folder);
        percent_encode(&mut self.0, found.name);
        let target = Target::File { address: (first, self.0.len()), place: Place::default() };
        Link { start, end, reach: end, target }
    }
}

/// Finds the links of one line after another.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    links: Vec<Link>,
    addresses: Addresses,
    scheme_end: memmem::Finder<'static>,
}

impl Default for Finder {
    fn default() -> Self {
        let scheme_end = memmem::Finder::new("://");
        Self { links: Vec::new(), addresses: Addresses::default(), scheme_end }
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

    /// Writes the opening tag of a link's anchor.
    pub(super) fn open(&self, out: &mut String, index: usize, text: &str) {
        let link = &self.links[index];
        out.push_str("<a href=\"");
        match link.target {
            Target::Address => escape_attribute(out, &text[link.start..link.end]),
            Target::File { address: (start, end), place } => {
                out.push_str(&self.addresses.0[start..end]);
                for (value, name) in [(place.line, "data-line"), (place.column, "data-col")] {
                    if value > 0 {
                        out.push_str(&format!("\" {name}=\"{value}"));
                    }
                }
            }
        }
        out.push_str("\">");
    }

    /// Finds the links of `text` that begin at `from` or later. Where it is not `complete`, its last word is none.
    pub(super) fn find(&mut self, text: &str, from: usize, complete: bool, names: Option<&Names>) {
        self.links.clear();
        self.addresses.0.clear();
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
        if let Some(first) = memchr(b'@', text.as_bytes()) {
            self.find_mail(scope, first);
        }
    }

    fn find_mail(&mut self, scope: Scope<'_>, first: usize) {
        let before = self.links.len();
        let mut from = 0;
        for at in memchr_iter(b'@', &scope.text.as_bytes()[first..]).map(|at| first + at) {
            let is_taken = |link: &Link| link.start < at && at < link.end;
            if at < from || self.links[..before].iter().any(is_taken) {
                continue;
            }
            let Some((start, end, reach)) = addresses::mail(scope.text, at) else { continue };
            if start >= from && scope.holds(start, reach) {
                self.links.push(Link { start, end, reach, target: Target::Address });
            }
            from = reach;
        }
        if self.links.len() > before {
            self.links.sort_unstable_by_key(|link| link.start);
        }
    }

    fn find_names(&mut self, scope: Scope<'_>, names: &Names, addresses: usize) {
        let mut at = words::first(scope.text);
        if names.has_spaces()
            && addresses == 0
            && let Some(link) = words::spaced(scope.text, names, &mut self.addresses)
            && scope.holds(link.start, scope.text.len())
        {
            self.find_words(scope, names, addresses, (at, link.start));
            self.links.retain(|other| other.end <= link.start);
            at = at.max(link.end);
            self.links.push(link);
        }
        self.find_words(scope, names, addresses, (at, scope.text.len()));
    }

    /// Finds the names in the words that begin from `at` on and before `until`.
    fn find_words(
        &mut self,
        scope: Scope<'_>,
        names: &Names,
        addresses: usize,
        (mut at, until): (usize, usize),
    ) {
        let mut address = 0;
        while at < until {
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
            let Some(link) = words::find(scope.text, word, names, &mut self.addresses) else { continue };
            if scope.holds(link.start, link.reach.max(word.end)) {
                self.links.push(link);
                at = at.max(link.end);
            }
        }
    }
}
