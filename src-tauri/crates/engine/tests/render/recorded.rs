//! Bytes that real programs wrote to a terminal of 80 columns, beside the HTML that they become.
//!
//! `UPDATE_EXPECTED=1` writes the HTML anew; look at the difference before you keep it.

use crate::client::Drawn;
use crate::page;
use engine::protocol::Format;
use engine::render::{Drawing, Form, Kind, Names, Renderer};
use std::path::Path;
use std::sync::Arc;

/// The entries of the directory in which the programs ran.
const NAMES: [(&str, Kind); 11] = [
    ("a.png", Kind::File),
    ("b.txt", Kind::File),
    ("fail.py", Kind::File),
    ("it's", Kind::File),
    ("link", Kind::Symlink),
    ("main.c", Kind::File),
    ("my file.txt", Kind::File),
    ("pipe", Kind::Fifo),
    ("run.sh", Kind::File),
    ("src", Kind::Directory),
    ("z.txt", Kind::File),
];

fn render(format: Format, pieces: std::slice::Chunks<'_, u8>) -> String {
    let names = Names::new(NAMES.map(|(name, kind)| (name.to_owned(), kind)));
    let names = names.known_as("/home/ann/demo");
    let form = Form { format, drawing: Drawing::Replace, names: Some(Arc::new(names)) };
    let mut renderer = Renderer::new(form);
    let mut drawn = Drawn::default();
    for piece in pieces {
        drawn.take(&renderer.push(piece));
    }
    drawn.take(&renderer.finish());
    drawn.all()
}

#[test]
fn what_programs_wrote_becomes_the_html_that_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/recorded");
    let mut programs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "raw") {
            continue;
        }
        programs += 1;
        let bytes = std::fs::read(&path).unwrap();
        let html = render(Format::Html, bytes.chunks(bytes.len()));
        assert_eq!(html, render(Format::Html, bytes.chunks(7)), "{}", path.display());
        assert_eq!(page::text(&html), render(Format::Text, bytes.chunks(64)));
        let expected = path.with_extension("html");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &html).unwrap();
        }
        assert_eq!(html, std::fs::read_to_string(&expected).unwrap(), "{}", path.display());
    }
    assert!(programs >= 15);
}
