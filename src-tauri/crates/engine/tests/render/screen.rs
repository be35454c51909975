//! Screens of real programs, whose bytes were recorded, beside what another terminal showed of them; and screens of
//! programs that mean harm.

use crate::client::{cut, stream};
use crate::page;
use engine::protocol::Format;
use engine::render::{Row, Screen, Switch, Switches};
use proptest::prelude::*;
use std::path::Path;

const COLS: u16 = 80;
const ROWS: u16 = 24;

fn screen(format: Format) -> Screen {
    Screen::new(format, COLS, ROWS, 0)
}

/// What is on the screen, row by row, without the blanks at the ends of rows.
fn rows(screen: &mut Screen) -> Vec<String> {
    let frame = screen.frame(0).expect("the first frame has every row");
    assert!(frame.whole);
    assert_eq!(frame.lines.len(), frame.rows);
    frame.lines.into_iter().map(|row| row.data).collect()
}

fn shown(format: Format, pieces: &[&[u8]]) -> Vec<String> {
    let mut screen = screen(format);
    pieces.iter().for_each(|piece| screen.push(piece));
    rows(&mut screen)
}

/// Recorded bytes, and what tmux showed of them on a terminal of the same size.
fn recorded() -> Vec<(String, Vec<u8>, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/screens");
    ["dialog", "htop", "less", "progress", "tmux", "top", "vim"]
        .map(|name| {
            let bytes = std::fs::read(folder.join(name).with_extension("raw")).unwrap();
            let text = std::fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
            (name.to_owned(), bytes, text.lines().map(str::to_owned).collect())
        })
        .to_vec()
}

#[test]
fn a_screen_shows_what_another_terminal_shows_of_the_same_bytes() {
    for (name, bytes, expected) in recorded() {
        for size in [1, 7, 64, bytes.len()] {
            let mut text = shown(Format::Text, &bytes.chunks(size).collect::<Vec<_>>());
            while text.last().is_some_and(String::is_empty) {
                text.pop();
            }
            assert_eq!(text, expected, "{name}, {size} bytes at once");
        }
        let html = shown(Format::Html, &[&bytes]);
        for (row, text) in html.iter().zip(&expected) {
            assert_eq!(page::text(row).trim_end(), text, "{name}");
        }
    }
}

#[test]
fn a_repaint_makes_another_screen_show_the_same() {
    for (name, bytes, _) in recorded() {
        for cut in [bytes.len() / 3, bytes.len() / 2, bytes.len()] {
            let mut first = screen(Format::Html);
            first.push(&bytes[..cut]);
            let mut second = screen(Format::Html);
            second.push(b"what was there before\x1b[7m");
            second.push(first.repaint().as_bytes());
            if first.is_settled() {
                first.push(&bytes[cut..]);
                second.push(&bytes[cut..]);
            }
            assert_eq!(rows(&mut first), rows(&mut second), "{name} after {cut} bytes");
        }
    }
}

#[test]
fn a_repaint_sets_what_a_terminal_sends_and_its_title() {
    let mut screen = screen(Format::Html);
    screen.push(b"\x1b[?1049h\x1b[?1002;1006h\x1b[?2004h\x1b=\x1b[?1h\x1b[4 q\x1b]2;vim <b>\x07");
    let repaint = screen.repaint();
    for set in
        ["\x1b[?1002h", "\x1b[?1006h", "\x1b[?2004h", "\x1b=", "\x1b[?1h", "\x1b[4 q", "\x1b]2;vim <b>\x07"]
    {
        assert!(repaint.contains(set), "{set:?} in {repaint:?}");
    }
    screen.push(b"\x1b[?1002l\x1b[?2004l\x1b>");
    let repaint = screen.repaint();
    assert!(!repaint.contains("1002h") && !repaint.contains("2004h") && !repaint.contains("\x1b="));
}

#[test]
fn a_repaint_asks_its_terminal_nothing() {
    let mut screen = screen(Format::Html);
    screen.push(
        b"\x1b[c\x1b[>c\x1b[6n\x1b[5n\x1b]11;?\x07\x1b]10;?\x1b\\\x1b[>q\x1b[?2026$p\x1bP$qm\x1b\\\x1b[18tx",
    );
    let repaint = screen.repaint();
    for query in ["[c", "[>", "n", "?\x07", "$p", "$q", "18t"] {
        assert!(!repaint.contains(query), "{query:?} in {repaint:?}");
    }
    assert_eq!(rows(&mut screen)[0], "x");
}

#[test]
fn a_frame_has_the_rows_that_changed_and_no_others() {
    let mut screen = screen(Format::Text);
    screen.push(b"\x1b[?1049h\x1b[1;1Hone\x1b[2;1Htwo\x1b[3;1Hthree");
    let first = screen.frame(0).unwrap();
    assert!(first.whole && first.alternate);
    assert_eq!(screen.frame(first.version), None);
    screen.push(b"\x1b[2;1Htwo\x1b[3;1HTHREE\x1b]0;a\x07");
    let second = screen.frame(first.version).unwrap();
    assert!(!second.whole);
    assert_eq!(second.lines, [Row { row: 2, data: "THREE".into() }]);
    assert_eq!((second.cursor.row, second.cursor.col, second.title.as_str()), (2, 5, "a"));
    screen.push(b"\x1b[1;1H");
    let third = screen.frame(second.version).unwrap();
    assert_eq!((third.lines, third.cursor.row), (Vec::new(), 0));
    assert_eq!(screen.frame(first.version).unwrap().lines, second.lines);
    screen.resize(40, 10);
    let fourth = screen.frame(third.version).unwrap();
    assert!(fourth.whole);
    assert_eq!((fourth.cols, fourth.rows), (40, 10));
}

#[test]
fn rows_that_leave_the_top_of_the_ordinary_screen_are_told_once_and_the_rest_remains() {
    let mut screen = Screen::new(Format::Text, 80, 4, 0);
    screen.push(b"before\r\na\r\nb");
    screen.follow_from_cursor();
    screen.push(b"\x1b[A\rA\r\n");
    assert_eq!(screen.take_scrolled(), (String::new(), 0));
    assert_eq!(screen.remains(), "A\nb\n");
    screen.push(b"B\r\nc\r\nd\r\ne");
    assert_eq!(screen.take_scrolled(), ("A\n".to_owned(), 1));
    assert_eq!(screen.remains(), "B\nc\nd\ne\n");
    screen.push(b"\x1b[2J\x1b[Hnew");
    assert_eq!(screen.take_scrolled(), (String::new(), 0));
    assert_eq!(screen.remains(), "new\n");
}

fn switches(bytes: &[u8], size: usize) -> Vec<(Switch, u64)> {
    let mut switches = Switches::default();
    let mut found = Vec::new();
    let mut at = 0;
    for piece in bytes.chunks(size) {
        let mut start = 0;
        while let Some((switch, end)) = switches.next(piece, start, at) {
            found.push((switch, at + end as u64));
            start = end;
        }
        at += piece.len() as u64;
    }
    found
}

#[test]
fn where_a_screen_begins_and_ends_is_found_at_its_byte_however_the_output_is_cut() {
    use Switch::{Enter, Leave, Move};
    for (text, expected) in [
        ("ls\n\x1b[31mred\x1b[m \x1b[K\r\x1b[5Cx\x1b[2Dy\x1b[?25l\x1b[?25h\n", vec![]),
        ("ab\x1b[?1049hxy\x1b[?1049lz", vec![(Enter { from: 2 }, 10), (Leave, 20)]),
        ("\x1b[?12;1049;25h", vec![(Enter { from: 0 }, 14)]),
        (
            "\x1b[?47h\x1b[?47l\x1b[?1047h",
            vec![(Enter { from: 0 }, 6), (Leave, 12), (Enter { from: 12 }, 20)],
        ),
        ("a\n\x1b[2Ab", vec![(Move { from: 2 }, 6)]),
        ("\x1b[H\x1b[2J$ ls\n", vec![]),
        ("\x1b[H\x1b[J$ ls\n", vec![]),
        ("\x1b[H\x1b[mtop", vec![(Move { from: 0 }, 6)]),
        ("\x1b[?25l\x1b[H\x1b[2J", vec![(Move { from: 9 }, 13)]),
        ("\x1b7\x1b[24;1Hstatus\x1b8go on\n", vec![]),
        ("\x1b7\nx\x1b8", vec![(Move { from: 4 }, 6)]),
        ("\x1b[5;5Hx", vec![(Move { from: 0 }, 6)]),
        ("\x1b[1;2 Hx\x1b[>5Hx", vec![]),
        ("\x1b]0;\x1b\\\x1bM", vec![(Move { from: 6 }, 8)]),
    ] {
        for size in [1, 2, 3, 5, text.len()] {
            assert_eq!(switches(text.as_bytes(), size), expected, "{text:?}, {size} bytes at once");
        }
    }
}

/// A whole terminal of what is to be escaped, in as many looks as there are cells.
#[test]
fn a_row_is_bounded_by_its_columns() {
    let mut bytes = Vec::new();
    for cell in 0..usize::from(COLS) * usize::from(ROWS) {
        let (low, high) = (cell % 256, cell / 256);
        bytes.extend(format!("\x1b[1;3;4;5;7;9;38;2;{low};{high};1;48;2;1;{high};{low}m&").bytes());
    }
    for row in shown(Format::Html, &[&bytes]) {
        assert!(row.len() < 160 * usize::from(COLS), "{}", row.len());
    }
}

proptest! {
    #[test]
    fn a_screen_is_allowed_markup_with_the_text_of_the_plain_one(
        bytes in stream(),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
        alternate in any::<bool>(),
    ) {
        let mut bytes = bytes;
        if alternate {
            bytes.splice(0..0, *b"\x1b[?1049h");
        }
        let whole = shown(Format::Html, &[&bytes]);
        let text = shown(Format::Text, &[&bytes]);
        prop_assert_eq!(&whole, &shown(Format::Html, &cut(&bytes, &cuts)));
        for (row, text) in whole.iter().zip(&text) {
            let drawn = page::text(row);
            prop_assert_eq!(drawn.trim_end_matches(' '), text);
            prop_assert!(!drawn.contains(['\n', '\r', '\x1b']));
        }
    }

    #[test]
    fn a_repaint_is_understood_by_another_terminal(bytes in stream()) {
        let mut first = screen(Format::Html);
        first.push(&bytes);
        let mut second = screen(Format::Html);
        second.push(first.repaint().as_bytes());
        prop_assert_eq!(rows(&mut first), rows(&mut second));
    }
}
