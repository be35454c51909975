//! Bounds that hold whatever a program writes.

use crate::client::{form, text};
use engine::protocol::Format;
use engine::render::{Drawing, Pushed, Renderer};

#[test]
fn a_line_of_any_length_is_wrapped_and_a_gap_stays_small() {
    let drawn = text("x".repeat(40_000));
    assert_eq!(drawn.lines().map(str::len).collect::<Vec<_>>(), [16_384, 16_384, 7_232]);
    assert!(text("\x1b[16000Gx").len() <= 256);
}

#[test]
fn a_fragment_is_at_most_some_two_hundred_times_its_push() {
    let long = format!("https://a.b/{}", "&".repeat(4000));
    for repeated in [
        "&\x1b[256b".to_owned(),
        "\x1b[256Cx\n".to_owned(),
        "x\r\x1b[44m\x1b[256X\n".to_owned(),
        "x\r\x1b[256@\n".to_owned(),
        "\x1b[1;2;3;4:3;5;7;8;9;53;38;2;1;2;3;48;2;1;2;3mx\x1b[mx".to_owned(),
        "\x1b[7mx\x1b[27mx".to_owned(),
        "\t".to_owned(),
        format!("\x1b]8;;{long}\x07{}\x1b]8;;\x07", "x\tx\n".repeat(4000)),
        format!("\x1b]8;;{long}\x07{}\r{}\n", "x".repeat(255), "\x1b]8;;\x07x\x1b[C".repeat(127)),
        format!("{long}\r{}\n", "\x1b]8;;http://a\x07x\x1b]8;;\x07\x1b[C".repeat(2000)),
        "a.png ".to_owned(),
    ] {
        let piece = repeated.repeat((8 << 10) / repeated.len() + 1);
        for drawing in [Drawing::Append, Drawing::Replace] {
            let mut renderer = Renderer::new(form(Format::Html, drawing));
            renderer.push(b"\x1b[1;2;3;4:3;5;7;8;9;53;38;2;1;2;3;48;2;1;2;3m");
            renderer.push(piece.as_bytes());
            let fragment = renderer.push(piece.as_bytes());
            let times = fragment.data.len() / piece.len();
            assert!(times < 230, "{times} {:?}", &repeated[..repeated.len().min(40)]);
            assert!(
                fragment.line.len() < ROW_BYTES,
                "{} {:?}",
                fragment.line.len(),
                &repeated[..repeated.len().min(40)]
            );
            assert_stops(&piece, drawing);
        }
    }
}

/// What one row and the unfinished line become at the most.
const ROW_BYTES: usize = 384 << 10;

/// However much a piece becomes, a push with a limit gives little more.
fn assert_stops(piece: &str, drawing: Drawing) {
    const LIMIT: usize = 64 << 10;
    let mut renderer = Renderer::new(form(Format::Html, drawing));
    renderer.push(b"\x1b[1;2;3;4:3;5;7;8;9;53;38;2;1;2;3;48;2;1;2;3m");
    let mut rest = piece.as_bytes();
    while !rest.is_empty() {
        let Pushed { taken, fragment, .. } = renderer.push_some(rest, LIMIT);
        assert!(taken > 0);
        assert!(fragment.data.len() < LIMIT + ROW_BYTES, "{} {:?}", fragment.data.len(), &piece[..40]);
        rest = &rest[taken..];
    }
}

/// The most memory that this process has had, in MiB.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() >> 10
}

/// Each is repeated without end. What it draws is thrown away as it comes.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_small_whatever_is_repeated() {
    let before = peak();
    for (start, repeated) in [
        ("\x1b]0;", "x"),
        ("\x1b]8;;https://", "x"),
        ("\x1bP", "x"),
        ("\x1b[", "1;"),
        ("\x1b[", "9"),
        ("\x1b(", "("),
        ("", "x"),
        ("", "\u{301}"),
        ("x", "\u{301}"),
        ("", "\x1b[1m\x1b[22mx\x08"),
        ("", "\x1b]8;;https://a.b\x07\x1b]8;;https://c.d\x07"),
        ("x\r", "\x1b[9999@"),
        ("", "\x1b7\x1b[5;5H"),
        ("", "\t"),
    ] {
        let piece = repeated.repeat((64 << 10) / repeated.len());
        for drawing in [Drawing::Append, Drawing::Replace] {
            let mut renderer = Renderer::new(form(Format::Html, drawing));
            renderer.push(start.as_bytes());
            for _ in 0..12 {
                renderer.push(piece.as_bytes());
            }
        }
    }
    assert!(peak() - before < 32, "{} MiB before, {} after", before, peak());
}
