//! Bounds that hold whatever a program writes.

use crate::client::{form, text};
use engine::protocol::Format;
use engine::render::{Drawing, Pushed, Renderer, Screen};

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

/// MiB of each that is repeated; `PORTHOLE_HOSTILE_MIB=1024` takes a while.
#[cfg(target_os = "linux")]
fn hostile_mib() -> usize {
    std::env::var("PORTHOLE_HOSTILE_MIB").ok().and_then(|mib| mib.parse().ok()).unwrap_or(1)
}

/// Each is repeated without end. What it draws is thrown away as it comes.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_small_whatever_is_repeated() {
    let before = peak();
    let long = [b"\x1b]8;;https://a.b/", &[b'x'; 1 << 20][..], b"\x07x\x1b]8;;\x07\n"].concat();
    for (start, repeated) in [
        ("\x1b]0;", &b"x"[..]),
        ("\x1b]8;;https://", b"x"),
        ("\x1bP", b"x"),
        ("\x1b_", b"\n"),
        ("\x1b[", b"1;"),
        ("\x1b[", b"9"),
        ("\x1b(", b"("),
        ("", b"x"),
        ("", "\u{301}".as_bytes()),
        ("x", "\u{301}".as_bytes()),
        ("", "\u{6f22}\u{301}\u{200d}".as_bytes()),
        ("", "\u{1f469}\u{200d}".as_bytes()),
        ("", "\u{200b}\u{feff}\u{202e}".as_bytes()),
        ("", b"\xff"),
        ("", b"\xf0\x9f\x91"),
        ("", b"\xc3\x1b"),
        ("", b"\x1b[1m\x1b[22mx\x08"),
        ("", b"\x1b[1;3;4:3;38;2;1;2;3m\x1b[48;5;7m"),
        ("", b"\x1b]8;;https://a.b\x07\x1b]8;;https://c.d\x07"),
        ("", &long),
        ("x\r", b"\x1b[9999@"),
        ("", b"\x1b7\x1b[5;5H"),
        ("", b"\t"),
    ] {
        let piece = repeated.repeat((64 << 10) / repeated.len() + 1);
        let times = (hostile_mib() << 20).div_ceil(piece.len());
        for drawing in [Drawing::Append, Drawing::Replace] {
            let mut renderer = Renderer::new(form(Format::Html, drawing));
            renderer.push(start.as_bytes());
            for _ in 0..times {
                // As the engine draws: no more at once than an update has room for.
                let mut rest = &piece[..];
                while !rest.is_empty() {
                    rest = &rest[renderer.push_some(rest, 64 << 10).taken..];
                }
            }
        }
    }
    assert!(peak() - before < 32, "{} MiB before, {} after", before, peak());
}

/// A million links of which no two are alike, and a screen that is filled with what has no width.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_small_though_everything_is_new() {
    let mut renderer = Renderer::new(form(Format::Html, Drawing::Replace));
    let mut screen = Screen::new(Format::Html, 200, 50, 0);
    let links = |from: usize| {
        let link = |n| format!("\x1b]8;id={n};https://a.b/{n}\x07x\x1b]8;;\x07");
        (from..from + 1000).map(link).collect::<String>()
    };
    let count = 100 * hostile_mib().min(10);
    renderer.push(links(0).as_bytes());
    screen.push(links(0).as_bytes());
    screen.frame(0);
    let before = peak();
    for number in 0..count {
        let piece = links(number * 1000);
        renderer.push(piece.as_bytes());
        screen.push(piece.as_bytes());
        screen.push("\x1b[Hx\u{301}\u{200d}\u{1f469}".repeat(1000).as_bytes());
        screen.take_scrolled();
    }
    screen.frame(0);
    assert!(peak() - before < 16, "{} MiB before, {} after", before, peak());
}
