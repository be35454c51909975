//! What a stream of bytes looks like to a client, however it is cut.
#![allow(clippy::unwrap_used, missing_docs)]

use engine::protocol::Format;
use engine::render::{Drawing, Form, Fragment, Kind, Names, Renderer};
use proptest::prelude::*;
use std::sync::Arc;

fn form(format: Format, drawing: Drawing) -> Form {
    let names = ["a.png", "my file", "src", "main.rs"].map(|name| (name.to_owned(), Kind::File));
    Form { format, drawing, names: Some(Arc::new(Names::new(names))) }
}

/// What a client shows after all fragments.
#[derive(Debug, Default, PartialEq, Eq)]
struct Drawn {
    data: String,
    line: String,
}

impl Drawn {
    fn take(&mut self, fragment: &Fragment) {
        self.data.push_str(&fragment.data);
        self.line.clone_from(&fragment.line);
    }
}

fn draw<'a>(form: Form, pieces: impl IntoIterator<Item = &'a [u8]>) -> Drawn {
    let mut renderer = Renderer::new(form);
    let mut drawn = Drawn::default();
    for piece in pieces {
        drawn.take(&renderer.push(piece));
    }
    drawn
}

fn html(bytes: impl AsRef<[u8]>) -> String {
    let drawn = draw(form(Format::Html, Drawing::Replace), [bytes.as_ref()]);
    drawn.data + &drawn.line
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    let drawn = draw(form(Format::Text, Drawing::Replace), [bytes.as_ref()]);
    drawn.data + &drawn.line
}

fn appended(pieces: &[&str]) -> String {
    draw(form(Format::Text, Drawing::Append), pieces.iter().map(|piece| piece.as_bytes())).data
}

#[test]
fn colours_become_classes() {
    assert_eq!(html("\x1b[1;31mred\x1b[0m plain"), "<span class=\"bold f1\">red</span> plain");
    assert_eq!(html("\x1b[38;5;200;48;5;17mx"), "<span class=\"f200 b17\">x</span>");
    assert_eq!(html("\x1b[38;2;255;0;0mx"), "<span class=\"f196\" data-fg=\"ff0000\">x</span>");
    assert_eq!(html("\x1b[48:2::1:2:3mx"), "<span class=\"b16\" data-bg=\"010203\">x</span>");
    assert_eq!(html("\x1b[4:3;9;92mx"), "<span class=\"strike underline curly f10\">x</span>");
}

#[test]
fn markup_in_output_is_text() {
    assert_eq!(html("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
}

#[test]
fn a_progress_bar_replaces_its_line() {
    assert_eq!(text("10%\r20%\r100%\n"), "100%\n");
    assert_eq!(text("downloading\r\x1b[Kdone\n"), "done\n");
    assert_eq!(text("abc\r\x1b[1Cx"), "axc");
    assert_eq!(text("|\x08/\x08-"), "-");
}

#[test]
fn a_client_that_only_appends_gets_a_new_line_where_the_program_goes_back() {
    assert_eq!(appended(&["name? ", "Ann\n", "ok\n"]), "name? Ann\nok\n");
    assert_eq!(appended(&["10%", "\r20%\r30%", "\r40%\n", "end\n"]), "10%\n30%\n40%\nend\n");
    assert_eq!(appended(&["10%", "\r10%", "\r10%\r\n", "x\n"]), "10%\nx\n");
    assert_eq!(appended(&["busy", "\r\x1b[K", "done\n"]), "busy\ndone\n");
}

#[test]
fn names_that_exist_are_links() {
    assert_eq!(
        html("\x1b[35ma.png\x1b[0m  b.png\n"),
        "<a href=\"./a.png\"><span class=\"f5\">a.png</span></a>  b.png\n"
    );
}

#[test]
fn a_line_of_any_length_is_wrapped_and_a_gap_stays_small() {
    let drawn = text("x".repeat(40_000));
    assert_eq!(drawn.lines().map(str::len).collect::<Vec<_>>(), [16_384, 16_384, 7_232]);
    assert!(text("\x1b[16000Gx").len() <= 256);
}

/// Bytes such as programs write, mixed with bytes that none would.
fn stream() -> impl Strategy<Value = Vec<u8>> {
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
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Cuts `bytes` after each of `cuts`, taken modulo the length.
fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_draws_what_single_bytes_draw(bytes in stream(), cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        for format in [Format::Html, Format::Text, Format::Raw] {
            let form = form(format, Drawing::Replace);
            let single = draw(form.clone(), bytes.chunks(1));
            prop_assert_eq!(&draw(form.clone(), cut(&bytes, &cuts)), &single);
            prop_assert_eq!(&draw(form, [&bytes[..]]), &single);
        }
    }
}
