//! Clients that draw fragments, and streams for them.

use engine::protocol::Format;
use engine::render::{Drawing, Form, Fragment, Kind, Names, Renderer};
use proptest::prelude::*;
use std::sync::Arc;

/// The entries of the working directory in these tests.
pub(crate) const NAMES: [&str; 8] =
    ["a.png", "my file", "src", "main.rs", "<b>", "\" onclick=\"x", "a&b", "é%2f#?.txt"];

pub(crate) fn form(format: Format, drawing: Drawing) -> Form {
    let kind = |name: &str| if name == "src" { Kind::Directory } else { Kind::File };
    let names = NAMES.map(|name| (name.to_owned(), kind(name)));
    Form { format, drawing, names: Some(Arc::new(Names::new(names))) }
}

/// What a client shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) data: String,
    pub(crate) line: String,
}

impl Drawn {
    pub(crate) fn take(&mut self, fragment: &Fragment) {
        self.data.push_str(&fragment.data);
        self.line.clone_from(&fragment.line);
    }

    pub(crate) fn all(self) -> String {
        self.data + &self.line
    }
}

/// What a client shows after `pieces`, with the stream not ended.
pub(crate) fn draw<'a>(form: Form, pieces: impl IntoIterator<Item = &'a [u8]>) -> Drawn {
    let mut renderer = Renderer::new(form);
    let mut drawn = Drawn::default();
    for piece in pieces {
        drawn.take(&renderer.push(piece));
    }
    drawn
}

pub(crate) fn html(bytes: impl AsRef<[u8]>) -> String {
    draw(form(Format::Html, Drawing::Replace), [bytes.as_ref()]).all()
}

pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    draw(form(Format::Text, Drawing::Replace), [bytes.as_ref()]).all()
}

/// What a client that only appends shows, one push a piece, with the stream ended.
pub(crate) fn appended(format: Format, pieces: &[&str]) -> String {
    let mut renderer = Renderer::new(form(format, Drawing::Append));
    let mut drawn = Drawn::default();
    for piece in pieces {
        drawn.take(&renderer.push(piece.as_bytes()));
    }
    drawn.take(&renderer.finish());
    drawn.all()
}

/// Bytes such as programs write, mixed with bytes that none would.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => "[ -~]{0,12}".prop_map(String::into_bytes),
        2 => "\\PC{0,6}".prop_map(String::into_bytes),
        2 => Just(b"\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        2 => prop::sample::select(vec!["\r", "\x08", "\t", "a.png ", "my file", "\u{202e}", "e\u{301}", "汉字", "👩‍👩‍👧"])
            .prop_map(|text| text.as_bytes().to_vec()),
        4 => ("[0-9;:]{0,8}", "[mKXP@GCDJHABsubIZ]")
            .prop_map(|(parameters, last)| format!("\x1b[{parameters}{last}").into_bytes()),
        2 => "\x1b[78DEMc()#P_^]{1,3}".prop_map(String::into_bytes),
        2 => ("[a-z:/\"<>' ]{0,20}", prop::sample::select(vec!["\x07", "\x1b\\", ""]))
            .prop_map(|(target, end)| format!("\x1b]8;;http://{target}{end}").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        1 => (1000_usize..1030).prop_map(|columns| b"=".repeat(columns)),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A stream in which a long row of many styles begins, so that rows of it are sent before the line ends.
pub(crate) fn long_rows() -> impl Strategy<Value = Vec<u8>> {
    let row = (890_usize..900).prop_map(|columns| "=".repeat(columns) + &"\x1b[1m=\x1b[m-".repeat(70));
    (row, stream()).prop_map(|(row, stream)| [row.as_bytes(), &stream].concat())
}

/// Cuts `bytes` after each of `cuts`, taken modulo the length.
pub(crate) fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}
