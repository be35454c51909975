//! Text, colours and controls.

use crate::client::{appended, draw, form, html, text};
use engine::protocol::Format;
use engine::render::{Drawing, Renderer};

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
    assert_eq!(appended(Format::Text, &["name? ", "Ann\n", "ok\n"]), "name? Ann\nok\n");
    assert_eq!(appended(Format::Text, &["10%", "\r20%\r30%", "\r40%\n", "end\n"]), "10%\n30%\n40%\nend\n");
    assert_eq!(appended(Format::Text, &["10%", "\r10%", "\r10%\r\n", "x\n"]), "10%\nx\n");
    assert_eq!(appended(Format::Text, &["busy", "\r\x1b[K", "done\n"]), "busy\ndone\n");
}

#[test]
fn every_attribute_has_a_class_and_ends() {
    for (on, off, class) in [
        (1, 22, "bold"),
        (2, 22, "dim"),
        (3, 23, "italic"),
        (4, 24, "underline"),
        (5, 25, "blink"),
        (7, 27, "inverse"),
        (8, 28, "hidden"),
        (9, 29, "strike"),
        (21, 24, "underline double"),
        (53, 55, "overline"),
        (31, 39, "f1"),
        (97, 39, "f15"),
        (44, 49, "b4"),
        (103, 49, "b11"),
    ] {
        let expected = format!("<span class=\"{class}\">x</span>y");
        assert_eq!(html(format!("\x1b[{on}mx\x1b[{off}my")), expected);
        assert_eq!(html(format!("\x1b[{on}mx\x1b[my")), expected);
    }
}

#[test]
fn a_parameter_that_means_nothing_does_not_change_the_next_ones() {
    let red = "<span class=\"f1\">x</span>";
    assert_eq!(html("\x1b[31;58;5;9mx"), red);
    assert_eq!(html("\x1b[58:2::1:2:3;31mx"), red);
    assert_eq!(html("\x1b[31;38;9mx"), red);
    assert_eq!(html("\x1b[31;38;5;999mx"), red);
    assert_eq!(html("\x1b[999;31;1:2mx"), red);
    assert_eq!(html("\x1b[>31mx\x1b[?31mx\x1b[31 mx"), "xxx");
}

#[test]
fn controls_that_show_nothing_show_nothing() {
    assert_eq!(text("a\0\x07\x7f\x1b]0;title\x07\x1b]7;file:///tmp\x1b\\\x1b]133;A\x07b"), "ab");
    assert_eq!(text("a\x1bPq#0~\x1b\\\x1b_Gf=100;AAAA\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\b"), "ab");
    assert_eq!(text("a\u{9b}31m\u{85}b"), "a31mb");
    assert_eq!(text("a\u{202e}b\u{2066}c\u{200f}d\u{2028}e"), "abcde");
    assert_eq!(text("a\x1b[c\x1b[6n\x1b]11;?\x07b"), "ab");
}

#[test]
fn invalid_bytes_are_replaced_by_maximal_parts() {
    assert_eq!(
        text(b"a\xffb\xe2\x82c\xf0\x9f\x98\n\xc0\xaf\xed\xa0\x80"),
        "a\u{fffd}b\u{fffd}c\u{fffd}\n\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"
    );
    let mut renderer = Renderer::new(form(Format::Text, Drawing::Replace));
    assert_eq!(renderer.push(b"a\xe2\x82").line, "a");
    assert_eq!(renderer.push(b"\xac").line, "a€");
    assert_eq!(renderer.push(b"\xe2").line, "a€");
    assert_eq!(renderer.finish().data, "a€\u{fffd}");
}

#[test]
fn raw_is_the_bytes_with_characters_kept_whole() {
    let drawn = draw(form(Format::Raw, Drawing::Replace), [&b"\x1b[31m\xe2"[..], b"\x82", b"\xac\r\n\xff"]);
    assert_eq!((drawn.data.as_str(), drawn.line.as_str()), ("\x1b[31m€\r\n\u{fffd}", ""));
}

#[test]
fn wide_characters_take_two_columns_and_marks_none() {
    assert_eq!(text("汉字\r\x1b[2Cx"), "汉x ");
    assert_eq!(text("汉字\r\x1b[1Cx"), " x字");
    assert_eq!(text("e\u{301}a\r\x1b[1Cx"), "e\u{301}x");
    assert_eq!(text("ab\x08\u{301}"), "a\u{301}b");
}

#[test]
fn a_line_is_edited_in_place() {
    assert_eq!(text("abcdef\r\x1b[2P"), "cdef");
    assert_eq!(text("abcdef\r\x1b[2@"), "  abcdef");
    assert_eq!(text("abcdef\x1b[3D\x1b[2X"), "abc  f");
    assert_eq!(text("abcdef\x1b[3D\x1b[1K"), "    ef");
    assert_eq!(text("abcdef\x1b[3D\x1b[K"), "abc");
    assert_eq!(text("a\x1b[3b"), "aaaa");
    assert_eq!(text("a\tb\x1b[2Dx"), "a      xb");
    assert_eq!(text("abc\x1b[5Gx"), "abc x");
    assert_eq!(text("ab\x1b7cd\x1b8x"), "abxd");
}

#[test]
fn a_program_that_goes_back_on_a_long_line_gets_to_its_last_row() {
    let fill = |columns| "x".repeat(columns);
    assert_eq!(text(fill(3000) + "\ry\x1b[K"), fill(2048) + "y");
    assert_eq!(text(fill(2048) + "\ry"), fill(1024) + "y" + &fill(1023));
    assert_eq!(text(fill(2048) + "z\x08\x1b[2Ky"), fill(2048) + "y");
    assert_eq!(html("\x1b[31m".to_owned() + &fill(1025) + "\r\x1b[2K").len(), 1024 + 24);
    assert_eq!(text("a\t".repeat(300)), "a\t".repeat(300));
    let pieces = [fill(1020), fill(10), "\ry".to_owned(), "\n".to_owned()];
    let appended = appended(Format::Text, &pieces.each_ref().map(|piece| piece.as_str()));
    assert_eq!(appended, format!("{}\n{}y{}\n", fill(1030), fill(1024), fill(5)));
}

#[test]
fn an_erased_background_stays_and_other_blanks_end_the_line() {
    assert_eq!(html("abc\r\x1b[44m\x1b[2X"), "<span class=\"b4\">  </span>c");
    assert_eq!(html("abc\r\x1b[1m\x1b[3X"), "");
}

#[test]
fn frames_of_the_line_drawing_set_are_drawn() {
    assert_eq!(text("\x1b(0lqqk\x1b(B q"), "┌──┐ q");
    assert_eq!(text("\x1b)0\x0ex\x0fx"), "│x");
}

#[test]
fn a_status_line_that_a_program_keeps_elsewhere_is_not_output() {
    let apt = "Unpacking a\n\x1b7\x1b[24;0f\x1b[42mProgress: [ 10%]\x1b[49m\x1b8Setting up b\n";
    assert_eq!(text(apt), "Unpacking a\nSetting up b\n");
    assert_eq!(text("a\x1b7\x1b[9;1Hb\nc\n"), "a\nb\nc\n");
    assert_eq!(appended(Format::Text, &["a\x1b7\x1b[9;1Hb"]), "a\nb");
}

#[test]
fn a_program_that_moves_up_goes_on_below() {
    assert_eq!(text("one\ntwo\n\x1b[2A\x1b[2Kthree\n"), "one\ntwo\nthree\n");
    assert_eq!(text("one\x1b[1;1Htwo"), "one\ntwo");
    assert_eq!(text("\x1b[H\x1b[2J\x1b[3Jx"), "x");
}

#[test]
fn programs_that_draw_on_a_screen_are_told_from_those_that_do_not() {
    let wants = |bytes: &str| {
        let mut renderer = Renderer::new(form(Format::Html, Drawing::Replace));
        renderer.push(bytes.as_bytes());
        renderer.wants_screen()
    };
    for screen in
        ["\x1b[?1049h", "\x1b[?1;47h", "a\n\x1b[A", "\x1b[5;1Hx", "\x1bM", "\x1b[H x", "\x1b[2L", "\x1b[3d"]
    {
        assert!(wants(screen), "{screen:?}");
    }
    for lines in [
        "a\r\nb\x1b[K\x1b[5G",
        "\x1b[H\x1b[2J\x1b[3Jx\n",
        "\x1b[2J",
        "\x1b7\x1b[24;1Hx\x1b8",
        "\x1b[?25l\x1b[?1h\x1b[?2004h",
    ] {
        assert!(!wants(lines), "{lines:?}");
    }
}

#[test]
fn every_fragment_opens_the_colour_and_the_link_that_goes_on() {
    let mut renderer = Renderer::new(form(Format::Html, Drawing::Append));
    let link = "<a href=\"https://a.b/\"><span class=\"f1\">";
    assert_eq!(renderer.push(b"\x1b[31m\x1b]8;;https://a.b/\x1b\\one").data, format!("{link}one</span></a>"));
    assert_eq!(renderer.push(b"two\nth").data, format!("{link}two</span></a>\n{link}th</span></a>"));
    assert_eq!(renderer.push(b"\x1b]8;;\x1b\\ree\x1b[m.").data, "<span class=\"f1\">ree</span>.");
}

#[test]
fn the_unfinished_line_is_given_whole_until_it_ends() {
    let mut renderer = Renderer::new(form(Format::Html, Drawing::Replace));
    let mut push = |bytes: &str| {
        let fragment = renderer.push(bytes.as_bytes());
        (fragment.data, fragment.line)
    };
    assert_eq!(push("a\nb"), ("a\n".into(), "b".into()));
    assert_eq!(push("c"), (String::new(), "bc".into()));
    assert_eq!(push("\r"), (String::new(), "bc".into()));
    assert_eq!(push("x\n"), ("xc\n".into(), String::new()));
}
