//! Screens of recorded programs beside what xterm.js shows of the same bytes, cell by cell: text, colours and looks.
//!
//! The page shows a full-screen program by xterm.js, a bare client the rows that the engine draws; both have to be the
//! same screen. What xterm.js shows is in `screens/*.cells`, which a test of `ui` writes and holds it against.

use crate::page::{self, Glyph};
use engine::protocol::Format;
use engine::render::Screen;
use std::path::Path;

/// Text of one look.
type Run = (String, String);

/// The look of a glyph as the test of `ui` writes it.
fn look(glyph: &Glyph) -> String {
    let value = |name: &str| {
        glyph.look.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value.as_str())
    };
    let classes: Vec<&str> = value("class").split(' ').collect();
    let color = |letter: char, rgb: &str| match classes
        .iter()
        .find(|class| class.strip_prefix(letter).is_some_and(|index| index.parse::<u8>().is_ok()))
    {
        Some(_) if !rgb.is_empty() => format!("{letter}#{rgb}"),
        Some(index) => (*index).to_owned(),
        None => String::new(),
    };
    let attributes = ["bold", "dim", "italic", "blink", "inverse", "strike", "underline"];
    let colors = [color('f', value("data-fg")), color('b', value("data-bg"))];
    let set = attributes.into_iter().filter(|name| classes.contains(name)).map(str::to_owned);
    colors.into_iter().chain(set).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn runs(html: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for glyph in page::glyphs(html) {
        let look = look(&glyph);
        match runs.last_mut() {
            Some((text, last)) if *last == look => text.push(glyph.character),
            _ => runs.push((glyph.character.to_string(), look)),
        }
    }
    runs
}

#[test]
fn a_screen_has_the_text_the_colours_and_the_looks_that_xterm_js_shows_of_the_same_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/screens");
    let mut programs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "raw") {
            continue;
        }
        programs += 1;
        let mut screen = Screen::new(Format::Html, 80, 24, 0);
        screen.push(&std::fs::read(&path).unwrap());
        let rows = screen.frame(0).expect("the first frame has every row").lines;
        let expected = std::fs::read_to_string(path.with_extension("cells")).unwrap();
        for (row, expected) in expected.lines().enumerate() {
            let expected: Vec<Run> = serde_json::from_str(expected).unwrap();
            let shown = rows.get(row).map(|row| runs(&row.data)).unwrap_or_default();
            assert_eq!(shown, expected, "{}, row {row}", path.display());
        }
    }
    assert!(programs >= 8);
}
