//! What is found of images in streams, however these are cut, and what is not lost around them.

use super::*;
use crate::protocol::Size;
use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::prelude::*;
use std::io::Cursor;

/// What a stream is found to be, with pieces of output joined.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Output(Vec<u8>),
    Image(Image),
}

fn noise(width: u32, height: u32, seed: u32) -> DynamicImage {
    let mut state = seed;
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |_, _| {
        image::Rgb([(); 3].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    }))
}

fn file(format: ImageFormat, seed: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    noise(40, 30, seed).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

const FORMATS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];

/// What a terminal makes of what is written to it.
fn through_terminal(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

fn said<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Vec<Said> {
    let mut scanner = Scanner::new(limit);
    let mut all: Vec<Said> = Vec::new();
    let mut take = |found: Vec<Found<'_>>| {
        for one in found {
            match (one, all.last_mut()) {
                (Found::Output(bytes), Some(Said::Output(before))) => before.extend_from_slice(&bytes),
                (Found::Output(bytes), _) => all.push(Said::Output(bytes.into_owned())),
                (Found::Image(image), _) => all.push(Said::Image(image)),
            }
        }
    };
    for piece in pieces {
        take(scanner.push(piece));
        assert!(scanner.collected() <= limit + 8192);
    }
    take(scanner.finish());
    all
}

fn all(bytes: &[u8]) -> Vec<Said> {
    let whole = said([bytes], 1 << 20);
    assert_eq!(said(bytes.chunks(1), 1 << 20), whole, "byte by byte");
    whole
}

fn output(text: &str) -> Said {
    Said::Output(text.as_bytes().to_vec())
}

fn image(bytes: &[u8], begins_line: bool) -> Said {
    let kind = ImageKind::of(bytes);
    let asked = Asked::default();
    Said::Image(Image { bytes: Ok(bytes.to_vec()), kind, size: bytes.len() as u64, begins_line, asked })
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn inline(bytes: &[u8]) -> String {
    format!("\x1b]1337;File=size=3;inline=1:{}\x07", encoded(bytes))
}

#[test]
fn every_format_is_found_between_lines_with_its_own_bytes_through_a_terminal_or_not() {
    for format in FORMATS {
        let bytes = file(format, 1);
        let stream = [b"before\n", &bytes[..], b"after\n"].concat();
        assert_eq!(all(&stream), [output("before\n"), image(&bytes, true), output("after\n")], "{format:?}");
        let through = all(&through_terminal(&stream));
        assert_eq!(through, [output("before\r\n"), image(&bytes, true), output("after\r\n")], "{format:?}");
    }
}

#[test]
fn images_follow_each_other_and_the_end_of_their_line_belongs_to_them() {
    let (one, two) = (file(ImageFormat::Png, 1), file(ImageFormat::Jpeg, 2));
    let stream = [&one[..], &two, b"\r\n\r\nend"].concat();
    assert_eq!(all(&stream), [image(&one, true), image(&two, true), output("\r\nend")]);
}

#[test]
fn what_only_begins_like_an_image_or_stands_within_a_line_is_output() {
    let png = file(ImageFormat::Png, 1);
    for text in [
        &b"GIF89a is a format\n"[..],
        b"RIFF, and on\nGIF8",
        b"RIFFabcdWEBPVP9 and so on",
        b"\x89PNG\r\n\x1a\nand then text",
        b"\xff\xd8\xff\x00",
        b"\x1b]1337;CurrentDir=/tmp\x07\x1b]1337;\x07\x1b]13",
        &[b"a: ", &png[..]].concat(),
    ] {
        assert_eq!(all(text), [Said::Output(text.to_vec())]);
    }
    let stream = [b"RIFF\n", &png[..]].concat();
    assert_eq!(all(&stream), [output("RIFF\n"), image(&png, true)]);
}

#[test]
fn inline_images_are_found_anywhere_and_files_to_be_saved_are_not_shown() {
    let png = file(ImageFormat::Png, 1);
    let stream = format!("a{}b{}\r\n", inline(&png), inline(&png).replace('\x07', "\x1b\\"));
    let expected = [output("a"), image(&png, false), output("b"), image(&png, false)];
    assert_eq!(all(stream.as_bytes()), expected);
    let saved = inline(&png).replace("inline=1", "inline=0");
    assert_eq!(all(format!("a{saved}b").as_bytes()), [output("ab")]);
    let aborted = inline(&png).replace('\x07', "\x18");
    assert_eq!(all(format!("a{aborted}b").as_bytes()), [output("ab")]);
    let next = inline(&png).replace('\x07', "\x1b[1m");
    assert_eq!(all(next.as_bytes()), [image(&png, true), output("\x1b[1m")]);
}

#[test]
fn an_image_in_parts_is_one() {
    let png = file(ImageFormat::Png, 1);
    let data = encoded(&png);
    let (one, two) = data.split_at(101);
    let stream = format!(
        "\x1b]1337;MultipartFile=inline=1;size=1\x07\x1b]1337;FilePart={one}\x07\x1b]1337;FilePart={two}\x07\x1b]1337;FileEnd\x07\nend"
    );
    assert_eq!(all(stream.as_bytes()), [image(&png, true), output("end")]);
}

/// What an image says of how it is to be shown that is printed in one piece, or in parts, with arguments.
fn asked(arguments: &str) -> Asked {
    let data = encoded(file(ImageFormat::Gif, 1));
    let one = format!("\x1b]1337;File=inline=1;{arguments}:{data}\x07");
    let parts = format!(
        "\x1b]1337;MultipartFile=inline=1;{arguments}\x07\x1b]1337;FilePart={data}\x07\x1b]1337;FileEnd\x07"
    );
    let [one, parts] = [one, parts].map(|stream| match &all(stream.as_bytes())[..] {
        [Said::Image(image)] => image.asked.clone(),
        other => panic!("{other:?}"),
    });
    assert_eq!(one, parts, "{arguments}");
    one
}

#[test]
fn a_size_is_asked_for_in_cells_pixels_and_parts_of_the_terminal_and_keeps_the_shape_unless_told() {
    let size = |arguments| asked(arguments).size((200, 100), Size { cols: 80, rows: 24 });
    for (arguments, expected) in [
        ("size=3", None),
        ("width=auto;height=auto;preserveAspectRatio=0", None),
        ("width=10", Some((80, 40))),
        ("height=10", Some((320, 160))),
        ("width=50px", Some((50, 25))),
        ("width=1px", Some((1, 1))),
        ("width=50%", Some((320, 160))),
        ("height=50%", Some((384, 192))),
        ("width=auto;height=30px", Some((60, 30))),
        ("width=100px;height=10px", Some((20, 10))),
        ("width=10px;height=100px", Some((10, 5))),
        ("width=10px;height=100px;preserveAspectRatio=0", Some((10, 100))),
        ("width=10px;preserveAspectRatio=0", Some((10, 5))),
        ("width=10px;height=100px;preserveAspectRatio=0;preserveAspectRatio=1", Some((10, 5))),
    ] {
        assert_eq!(size(arguments), expected, "{arguments}");
    }
}

#[test]
fn an_image_is_no_wider_than_the_terminal_and_no_higher_than_its_larger_side() {
    let size = |own, cols, rows| asked("width=65535px").size(own, Size { cols, rows }).unwrap();
    assert_eq!(size((200, 100), 80, 24), (640, 320));
    assert_eq!(size((1, 16_384), 80, 24), (1, 640));
    assert_eq!(size((16_384, 1), 20, 60), (160, 1));
    assert_eq!(size((100, 800), 20, 60), (120, 960));
    assert_eq!(size((10, 10), u16::MAX, u16::MAX), (4096, 4096));
    let stretched = asked("width=65535%;height=65535;preserveAspectRatio=0");
    assert_eq!(stretched.size((1, 1), Size { cols: 80, rows: 24 }), Some((640, 640)));
    assert_eq!(stretched.size((0, 0), Size { cols: 0, rows: 0 }), Some((1, 1)));
}

#[test]
fn lengths_that_make_no_sense_are_as_if_they_were_not_said() {
    let ten_to_the_thirty = format!("1{}", "0".repeat(30));
    for length in
        ["", "0", "0px", "-3", "+3", "1.5", "1e3", "3 px", "3em", "px", "%", "65536", "0x10", "\u{664}"]
    {
        assert_eq!(asked(&format!("width={length};height={length}")), Asked::default(), "{length}");
    }
    for unit in ["", "px", "%"] {
        let asked = asked(&format!("width={ten_to_the_thirty}{unit};height={}{unit}", "9".repeat(4000)));
        assert_eq!(asked, Asked::default());
    }
}

#[test]
fn a_name_is_text_without_what_changes_how_text_reads() {
    let name = |bytes: &[u8]| asked(&format!("name={}", encoded(bytes))).name;
    assert_eq!(name("a cat é.png".as_bytes()).as_deref(), Some("a cat é.png"));
    assert_eq!(
        name("\x1b[31ma\r\n\0\u{9b}b\u{202e}c\u{2066}\u{200f}\u{7f}d".as_bytes()).as_deref(),
        Some("[31mabcd")
    );
    assert_eq!(name(b"\xffa").as_deref(), Some("\u{fffd}a"));
    assert_eq!(name("é".repeat(500).as_bytes()), Some("é".repeat(128) + "…"));
    assert_eq!((name(b""), name(b"\n\x1b ")), (None, None));
    let long = encoded("x".repeat(100));
    let (first, rest) = long.split_at(76);
    assert_eq!(asked(&format!("name={first}\r\n{rest}")).name, Some("x".repeat(100)));
    assert_eq!(asked("name=YQ").name.as_deref(), Some("a"));
    for garbage in ["name=", "name=?", "name=Y", "name=<b>"] {
        assert_eq!(asked(garbage).name, None, "{garbage}");
    }
}

#[test]
fn what_is_printed_after_an_image_that_breaks_off_is_not_lost() {
    for format in FORMATS {
        let bytes = file(format, 1);
        // Enough for compressed data to be known by its text.
        let text = "a line of text\r\n".repeat(100);
        let stream = [&through_terminal(&bytes[..bytes.len() / 2])[..], text.as_bytes()].concat();
        let found = all(&stream);
        let [Said::Image(image), Said::Output(after)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(image.bytes, Err(Missing::Cut), "{format:?}");
        assert!(String::from_utf8_lossy(after).ends_with(&text), "{format:?}");
    }
}

#[test]
fn text_goes_on_at_once_after_compressed_data_that_breaks_off() {
    for format in [ImageFormat::Jpeg, ImageFormat::Gif] {
        let bytes = file(format, 1);
        let mut scanner = Scanner::new(1 << 20);
        scanner.push(&through_terminal(&bytes[..bytes.len() / 2]));
        let found = scanner.push("a line of text\r\n".repeat(100).as_bytes()).len();
        assert_eq!(found, 2, "{format:?}");
    }
}

#[test]
fn an_image_beyond_the_limit_is_passed_over_to_its_end() {
    for bytes in
        [through_terminal(&file(ImageFormat::Png, 1)), inline(&file(ImageFormat::Png, 1)).into_bytes()]
    {
        let stream = [&bytes[..], b"after"].concat();
        let found = said(stream.chunks(7), 500);
        let [Said::Image(image), Said::Output(after)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&image.bytes, &after[..]), (&Err(Missing::TooLong), &b"after"[..]));
    }
}

#[test]
fn an_image_that_is_let_go_of_is_passed_over() {
    let png = file(ImageFormat::Png, 1);
    let mut scanner = Scanner::new(1 << 20);
    assert!(scanner.push(&png[..100]).is_empty());
    scanner.abandon();
    assert_eq!(scanner.collected(), 0);
    let rest = [&png[100..], b"after"].concat();
    let found = scanner.push(&rest);
    assert!(matches!(
        &found[..],
        [Found::Image(Image { bytes: Err(Missing::TooMany), .. }), Found::Output(_)]
    ));
}

#[test]
fn an_image_of_which_a_stretch_is_not_known_was_not_kept_and_what_only_begins_like_one_is_output() {
    let png = file(ImageFormat::Png, 1);
    let mut scanner = Scanner::of_bytes(1 << 20);
    scanner.push(&png[..png.len() / 2]);
    let found = scanner.skip();
    assert!(matches!(&found[..], [Found::Image(Image { bytes: Err(Missing::NotKept), .. })]), "{found:?}");
    scanner.push(b"\nGIF8");
    assert_eq!(scanner.skip(), [Found::Output(b"GIF8"[..].into())]);
    assert_eq!(scanner.skip(), []);
}

#[test]
fn a_letter_that_could_begin_an_image_is_given_back() {
    let mut scanner = Scanner::new(1 << 20);
    assert!(scanner.push(b"G").is_empty());
    assert!(scanner.is_waiting());
    assert_eq!(scanner.release(), b"G");
    assert!(!scanner.is_waiting());
    assert_eq!(scanner.push(b"o\r\n"), [Found::Output(b"o\r\n"[..].into())]);
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let images = (0_usize..4, 1_u32..4, any::<bool>(), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(format, seed, terminal, cut, is_cut)| {
            let mut bytes = file(FORMATS[format], seed);
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            if terminal { through_terminal(&bytes) } else { bytes }
        },
    );
    let piece = prop_oneof![
        3 => images,
        2 => "[ -~]{0,30}\r?\n?".prop_map(String::into_bytes),
        1 => (1_u32..3, "\x07|\x1b\\\\|\x1b|\x18").prop_map(|(seed, end)| inline(&file(ImageFormat::Gif, seed)).replace('\x07', &end).into_bytes()),
        1 => "(width|height|name|preserveAspectRatio)=([0-9]{1,30}|-1|auto|YWI=)(px|%|)".prop_map(|arguments| {
            inline(&file(ImageFormat::Gif, 1)).replace("size=3", &arguments).into_bytes()
        }),
        2 => prop::sample::select(vec!["GIF8", "GIF89a", "RIFF", "\x1b]1337;", "\x1b]1337;File=inline=1:", "\x1b", "\n", "\r"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_finds_what_single_bytes_find(bytes in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), limit in prop_oneof![Just(1 << 20), 0_usize..6000]) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let pieces = at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
        let single = said(bytes.chunks(1), limit);
        prop_assert_eq!(&said(pieces, limit), &single);
        prop_assert_eq!(&said([&bytes[..]], limit), &single);
    }
}
