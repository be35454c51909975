//! What holds for every stream, however it is cut.

use crate::client::{Drawn, cut, draw, form, long_rows, stream};
use crate::page;
use engine::protocol::Format;
use engine::render::{Drawing, Renderer};
use proptest::prelude::*;

/// A program that never goes back on what it wrote.
fn growing() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[ -~]{0,12}",
        3 => prop::sample::select(vec!["\n", "\r\n", "\t", "a.png ", "my file", "http://a.b/c ", "é", "汉字"]).prop_map(str::to_owned),
        3 => "[0-9;:]{0,8}".prop_map(|parameters| format!("\x1b[{parameters}m")),
        1 => Just("\x1b[K".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

/// A program that edits its lines, in the sequences that every terminal understands alike.
fn editing() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[ -~]{0,9}",
        2 => prop::sample::select(vec!["\r\n", "\r", "\x08", "汉字", "é"]).prop_map(str::to_owned),
        5 => ("[0-9]{0,1}", "[XP@GCDm]").prop_map(|(times, last)| format!("\x1b[{times}{last}")),
        2 => "\x1b\\[[012]?K",
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(any::<usize>(), 0..6)
}

/// The fragments' text and their glyphs under [`Drawing::Append`], the stream ended.
fn appended(format: Format, pieces: &[&[u8]]) -> Drawn {
    let mut renderer = Renderer::new(form(format, Drawing::Append));
    let mut drawn = Drawn::default();
    for piece in pieces {
        drawn.take(&renderer.push(piece));
    }
    drawn.take(&renderer.finish());
    drawn
}

fn ended(format: Format, drawing: Drawing, bytes: &[u8]) -> String {
    let mut renderer = Renderer::new(form(format, drawing));
    let mut drawn = Drawn::default();
    drawn.take(&renderer.push(bytes));
    drawn.take(&renderer.finish());
    drawn.all()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_draws_what_single_bytes_draw(bytes in stream(), cuts in cuts()) {
        for format in [Format::Html, Format::Text, Format::Raw] {
            let form = form(format, Drawing::Replace);
            let single = draw(form.clone(), bytes.chunks(1));
            prop_assert_eq!(&draw(form.clone(), cut(&bytes, &cuts)), &single);
            prop_assert_eq!(&draw(form, [&bytes[..]]), &single);
        }
    }

    #[test]
    fn every_fragment_is_allowed_markup_with_the_text_of_the_terminal(bytes in stream(), cuts in cuts()) {
        for drawing in [Drawing::Append, Drawing::Replace] {
            let mut html = Renderer::new(form(Format::Html, drawing));
            let mut text = Renderer::new(form(Format::Text, drawing));
            for piece in cut(&bytes, &cuts) {
                let (html, text) = (html.push(piece), text.push(piece));
                prop_assert_eq!(page::text(&html.data), text.data);
                prop_assert_eq!(page::text(&html.line), text.line);
            }
            prop_assert_eq!(page::text(&html.finish().data), text.finish().data);
        }
    }

    #[test]
    fn a_stream_that_only_grows_looks_the_same_to_a_client_that_only_appends(bytes in growing(), cuts in cuts()) {
        let whole = page::glyphs(&ended(Format::Html, Drawing::Replace, &bytes));
        let mut glyphs = page::glyphs(&appended(Format::Html, &cut(&bytes, &cuts)).all());
        prop_assert_eq!(glyphs.len(), whole.len());
        for (glyph, whole) in glyphs.iter_mut().zip(&whole) {
            // A word that was cut is no link.
            if glyph.target.is_none() {
                glyph.target.clone_from(&whole.target);
            }
            prop_assert_eq!(glyph, whole);
        }
    }

    #[test]
    fn every_line_as_it_ended_reaches_a_client_that_only_appends(
        fill in prop_oneof![3 => Just(0), 1 => 1000_usize..1030],
        text in editing(),
        cuts in cuts(),
    ) {
        let text = "=".repeat(fill) + &text;
        let bytes = text.as_bytes();
        let appended = appended(Format::Text, &cut(bytes, &cuts)).all();
        let mut shown = appended.lines();
        for line in ended(Format::Text, Drawing::Replace, bytes).lines() {
            let is_there = line.trim_matches(' ').is_empty() || shown.any(|shown| shown == line);
            prop_assert!(is_there, "{:?} in {:?}", line, appended);
        }
    }

    #[test]
    fn lines_are_edited_as_another_terminal_edits_them(text in editing()) {
        let mut terminal = avt::Terminal::new(200, 40).unwrap();
        terminal.feed(text.as_str());
        let expected: Vec<_> = terminal.screen().text().iter().map(|line| line.trim_end().to_owned()).collect();
        let drawn = draw(form(Format::Text, Drawing::Replace), [text.as_bytes()]).all();
        let mut lines: Vec<_> = drawn.split('\n').map(|line| line.trim_end().to_owned()).collect();
        lines.resize(expected.len(), String::new());
        prop_assert_eq!(lines, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bound_of_a_push_draws_what_single_bytes_draw(
        bytes in prop_oneof![stream(), long_rows()],
        limit in 0_usize..600,
    ) {
        for format in [Format::Html, Format::Text, Format::Raw] {
            let form = form(format, Drawing::Replace);
            let mut renderer = Renderer::new(form.clone());
            let mut drawn = Drawn::default();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let pushed = renderer.push_some(rest, limit);
                drawn.take(&pushed.fragment);
                rest = &rest[pushed.taken..];
            }
            prop_assert_eq!(drawn, draw(form, bytes.chunks(1)));
        }
    }
}
