//! HTML: writes a line as text, spans and anchors, and nothing else.

use super::Form;
use super::content::Content;
use super::links::Finder;
use super::sgr::{self, Shade, Style, Underline};
use crate::protocol::Format;
use memchr::{memchr_iter, memchr3};

/// Every element that the renderer writes, with every attribute that it may have. [`super`] says what they mean.
pub const ALLOWED: &[(&str, &[&str])] = &[
    ("span", &["class", "data-fg", "data-bg"]),
    ("a", &["href", "data-line", "data-col"]),
    ("img", &["src", "data-image", "width", "height", "alt"]),
];

/// Opening tags that are kept, since few styles make a log.
const TAGS: usize = 64;
/// Anchors for which one OSC 8 pays. Without this bound every tab in one long hyperlink, or every line, would cost the
/// whole target again.
const ANCHORS: usize = 16;
/// Bytes of anchors that may be paid for in advance.
const CREDIT: usize = 64 << 10;

/// What is written of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All that remains of a line that has ended.
    Ended,
    /// All of a line that has not, to be drawn again.
    Unfinished,
    /// A piece of a line that may go on: its last word is no link.
    Piece,
}

/// Writes lines.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    finder: Finder,
    /// Bytes of hyperlinks' anchors that may still be written.
    credit: usize,
    /// Styles with their opening tags, each at a place that follows from the style.
    tags: Vec<(Style, String)>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { finder: Finder::default(), credit: 0, tags: vec![Default::default(); TAGS] }
    }
}

/// What an anchor points at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    None,
    /// The number of a hyperlink.
    Hyperlink(u16),
    /// The index of a link that was found in the text.
    Found(usize),
}

impl Writer {
    /// Notes that a program opened a hyperlink.
    pub(super) fn pay(&mut self, target: &str) {
        self.credit = (self.credit + ANCHORS * target.len()).min(CREDIT);
    }

    /// Writes what follows `content.sent`.
    pub(super) fn write(&mut self, out: &mut String, content: &Content<'_>, form: &Form, part: Part) {
        let Content { text, runs, sent, .. } = *content;
        if sent == text.len() {
            return;
        }
        if form.format == Format::Text {
            out.push_str(&text[sent..]);
            return;
        }
        self.finder.find(text, sent, part != Part::Piece, form.names.as_deref());
        match runs {
            [only] if self.finder.links().is_empty() && only.style == Style::default() => {
                escape(out, &text[sent..]);
            }
            _ if self.finder.links().is_empty() && content.links.is_empty() => {
                self.write_spans(out, content);
            }
            _ => {
                let credit = self.credit;
                self.write_runs(out, content);
                if part == Part::Unfinished {
                    self.credit = credit;
                }
            }
        }
    }

    /// Writes a line of a screen, in which nothing is a link.
    pub(super) fn write_unlinked(&mut self, out: &mut String, content: &Content<'_>, format: Format) {
        if format == Format::Text {
            out.push_str(content.text);
        } else {
            self.write_spans(out, content);
        }
    }

    /// Writes a line without an anchor.
    fn write_spans(&mut self, out: &mut String, content: &Content<'_>) {
        let Content { text, runs, sent, .. } = *content;
        let has_markup = memchr3(b'&', b'<', b'>', &text.as_bytes()[sent..]).is_some();
        let mut start = sent;
        for run in runs.iter().filter(|run| run.end > sent) {
            self.write_span(out, &text[start..run.end], run.style, has_markup);
            start = run.end;
        }
    }

    fn write_runs(&mut self, out: &mut String, content: &Content<'_>) {
        let mut at = content.sent;
        let mut found = 0;
        let mut open = Anchor::None;
        for run in content.runs {
            while at < run.end {
                while self.finder.links().get(found).is_some_and(|link| link.end <= at) {
                    found += 1;
                }
                let mut end = run.end;
                let mut anchor = Anchor::None;
                if run.style.link != 0 {
                    anchor = self.affordable(open, run.style.link, content);
                } else if let Some(link) = self.finder.links().get(found) {
                    end = end.min(if link.start > at { link.start } else { link.end });
                    // One that a hyperlink has interrupted is over.
                    if link.start == at || open == Anchor::Found(found) {
                        anchor = Anchor::Found(found);
                    }
                }
                if anchor != open {
                    self.turn(out, open, anchor, content);
                    open = anchor;
                }
                self.write_span(out, &content.text[at..end], run.style, true);
                at = end;
            }
        }
        self.turn(out, open, Anchor::None, content);
    }

    /// The anchor of a hyperlink, where it is open already or there is credit for it.
    fn affordable(&mut self, open: Anchor, number: u16, content: &Content<'_>) -> Anchor {
        let anchor = Anchor::Hyperlink(number);
        if open == anchor {
            return anchor;
        }
        let target = content.links[usize::from(number) - 1].as_bytes();
        let cost = target.len() + "amp;".len() * memchr_iter(b'&', target).count();
        match self.credit.checked_sub(cost) {
            Some(credit) => {
                self.credit = credit;
                anchor
            }
            None => Anchor::None,
        }
    }

    /// From one anchor to another.
    fn turn(&self, out: &mut String, from: Anchor, to: Anchor, content: &Content<'_>) {
        if from != Anchor::None {
            out.push_str("</a>");
        }
        match to {
            Anchor::None => {}
            Anchor::Hyperlink(number) => {
                out.push_str("<a href=\"");
                escape_attribute(out, &content.links[usize::from(number) - 1]);
                out.push_str("\">");
            }
            Anchor::Found(index) => self.finder.open(out, index, content.text),
        }
    }

    fn write_span(&mut self, out: &mut String, text: &str, style: Style, has_markup: bool) {
        let is_plain = style.is_plain();
        if !is_plain {
            out.push_str(self.tag(Style { link: 0, ..style }));
        }
        if has_markup {
            escape(out, text);
        } else {
            out.push_str(text);
        }
        if !is_plain {
            out.push_str("</span>");
        }
    }

    fn tag(&mut self, style: Style) -> &str {
        let (cached, tag) = &mut self.tags[style.hash() % TAGS];
        if *cached != style {
            *cached = style;
            tag.clear();
            open_span(tag, style);
        }
        tag
    }
}

fn open_span(out: &mut String, style: Style) {
    const ATTRIBUTES: [(u8, &str); 8] = [
        (sgr::BOLD, "bold"),
        (sgr::DIM, "dim"),
        (sgr::ITALIC, "italic"),
        (sgr::BLINK, "blink"),
        (sgr::INVERSE, "inverse"),
        (sgr::HIDDEN, "hidden"),
        (sgr::STRIKE, "strike"),
        (sgr::OVERLINE, "overline"),
    ];
    out.push_str("<span class=\"");
    let first = out.len();
    let class = |out: &mut String, name: &str| {
        if out.len() > first {
            out.push(' ');
        }
        out.push_str(name);
    };
    for (attribute, name) in ATTRIBUTES {
        if style.attributes & attribute != 0 {
            class(out, name);
        }
    }
    match style.underline {
        Underline::None => {}
        Underline::Single => class(out, "underline"),
        Underline::Double => class(out, "underline double"),
        Underline::Curly => class(out, "underline curly"),
        Underline::Dotted => class(out, "underline dotted"),
        Underline::Dashed => class(out, "underline dashed"),
    }
    for (color, letter) in [(style.foreground, 'f'), (style.background, 'b')] {
        match color.shade() {
            Shade::Default => {}
            Shade::Palette(index) => class(out, &format!("{letter}{index}")),
            Shade::Rgb(r, g, b) => class(out, &format!("{letter}{}", sgr::nearest(r, g, b))),
        }
    }
    out.push('"');
    for (color, name) in [(style.foreground, "data-fg"), (style.background, "data-bg")] {
        if let Shade::Rgb(r, g, b) = color.shade() {
            out.push_str(&format!(" {name}=\"{r:02x}{g:02x}{b:02x}\""));
        }
    }
    out.push('>');
}

/// Appends `text` as the text of an element.
pub(super) fn escape(out: &mut String, mut text: &str) {
    while let Some(at) = memchr3(b'&', b'<', b'>', text.as_bytes()) {
        out.push_str(&text[..at]);
        out.push_str(match text.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        text = &text[at + 1..];
    }
    out.push_str(text);
}

/// Appends `text` as the value of an attribute in double quotes.
pub(super) fn escape_attribute(out: &mut String, text: &str) {
    let mut start = 0;
    for at in memchr_iter(b'"', text.as_bytes()) {
        escape(out, &text[start..at]);
        out.push_str("&quot;");
        start = at + 1;
    }
    escape(out, &text[start..]);
}
