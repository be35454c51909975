//! Names of files and addresses that become links.

use crate::client::{appended, draw, html};
use engine::protocol::Format;
use engine::render::{Drawing, Form, Kind, Names};
use std::sync::Arc;

#[test]
fn names_that_exist_are_links() {
    assert_eq!(
        html("\x1b[35ma.png\x1b[0m  b.png\n"),
        "<a href=\"./a.png\"><span class=\"f5\">a.png</span></a>  b.png\n"
    );
}

#[test]
fn names_are_known_however_programs_print_them() {
    let png = "<a href=\"./a.png\">a.png</a>";
    let file = "<a href=\"./my%20file\">my file</a>";
    for (printed, expected) in [
        ("a.png\tsrc", format!("{png}\t<a href=\"./src\">src</a>")),
        ("'my file'  \"a.png\",", format!("'{file}'  \"{png}\",")),
        ("a.png* src/ a.png/", format!("{png}* <a href=\"./src\">src</a>/ a.png/")),
        ("./a.png", "<a href=\"./a.png\">./a.png</a>".to_owned()),
        ("my file", file.to_owned()),
        ("\tmy file", format!("\t{file}")),
        ("./my file", "<a href=\"./my%20file\">./my file</a>".to_owned()),
        (
            "-rw-r--r-- 1 src src 40 Nov 23 05:36 my file",
            format!("-rw-r--r-- 1 src src 40 Nov 23 05:36 {file}"),
        ),
        ("-rw-r--r-- 1 src src 40 Nov 23 05:36 a.png", format!("-rw-r--r-- 1 src src 40 Nov 23 05:36 {png}")),
        ("(see a.png).", format!("(see {png}).")),
        ("\tmodified:   a.png", format!("\tmodified:   {png}")),
        ("a.pngs ba.png lib/a.png ./", "a.pngs ba.png lib/a.png ./".to_owned()),
    ] {
        assert_eq!(html(printed), expected, "{printed}");
    }
}

#[test]
fn names_are_known_behind_every_name_of_their_directory() {
    let names = Names::new([("a.png".to_owned(), Kind::File), ("my file".to_owned(), Kind::File)]);
    let names = names.known_as("/home/ann/demo/").known_as("~/demo").known_as("/");
    let form = Form { format: Format::Html, drawing: Drawing::Replace, names: Some(Arc::new(names)) };
    for (printed, expected) in [
        ("/home/ann/demo/a.png", "<a href=\"./a.png\">/home/ann/demo/a.png</a>"),
        ("(~/demo/a.png)", "(<a href=\"./a.png\">~/demo/a.png</a>)"),
        ("~/demo/my file", "<a href=\"./my%20file\">~/demo/my file</a>"),
        ("'~/demo/my file'", "'<a href=\"./my%20file\">~/demo/my file</a>'"),
        (
            "\"/home/ann/demo/a.png\", line 2",
            "\"<a href=\"./a.png\" data-line=\"2\">/home/ann/demo/a.png</a>\", line 2",
        ),
        ("/home/ann/a.png /a.png /home/ann/demo/", "/home/ann/a.png /a.png /home/ann/demo/"),
    ] {
        assert_eq!(draw(form.clone(), [printed.as_bytes()]).all(), expected);
    }
}

#[test]
fn a_place_in_a_file_is_told() {
    let link = |place: &str, text: &str| format!("<a href=\"./main.rs\"{place}>{text}</a>");
    let (line, both) = (" data-line=\"12\"", " data-line=\"12\" data-col=\"3\"");
    for (printed, expected) in [
        ("main.rs:12:3: error", link(both, "main.rs:12:3") + ": error"),
        ("main.rs:12: error", link(line, "main.rs:12") + ": error"),
        ("main.rs:12:fn x", link(line, "main.rs:12") + ":fn x"),
        ("main.rs:fn x", link("", "main.rs") + ":fn x"),
        ("main.rs:12a", link("", "main.rs") + ":12a"),
        ("main.rs:99999999999", link("", "main.rs") + ":99999999999"),
        (" --> main.rs:12:3", " --&gt; ".to_owned() + &link(both, "main.rs:12:3")),
        ("  File \"main.rs\", line 12, in x", format!("  File \"{}\", line 12, in x", link(line, "main.rs"))),
    ] {
        assert_eq!(html(printed), expected, "{printed}");
    }
}

#[test]
fn addresses_are_links_without_the_sentence_around_them() {
    for (printed, target, rest) in [
        ("https://a.b/c?d=e&f#g", "https://a.b/c?d=e&amp;f#g", ""),
        ("HTTP://a.b/c_(d).", "HTTP://a.b/c_(d)", "."),
        ("http://[::1]:80/)", "http://[::1]:80/", ")"),
        ("https://a.b\"x", "https://a.b", "\"x"),
        ("https://a.b/x://y", "https://a.b/x://y", ""),
        ("http://é.b/ü", "http://é.b/ü", ""),
    ] {
        assert_eq!(html(printed), format!("<a href=\"{target}\">{target}</a>{rest}"), "{printed}");
    }
    for none in ["http://", "http://.", "xhttp://a.b", "ftp://a.b", "://a", "javascript://a.b"] {
        assert!(!html(none).contains("<a"), "{none}");
    }
    assert_eq!(html("http://a.b/a.png"), "<a href=\"http://a.b/a.png\">http://a.b/a.png</a>");
}

#[test]
fn hyperlinks_of_programs_are_links_of_three_schemes_only() {
    let shown = |target: &str| html(format!("\x1b]8;id=1;{target}\x1b\\text\x1b]8;;\x07 after"));
    for target in ["https://a.b/?c", "HTTPS://a.b", "http://a.b", "mailto:a@b.c"] {
        assert_eq!(shown(target), format!("<a href=\"{target}\">text</a> after"));
    }
    for target in [
        "javascript:alert(1)",
        " https://a.b",
        "file:///etc/passwd",
        "data:text/html,x",
        "http:a",
        "//a.b",
        "https://",
        "https://a b",
        "https://é",
    ] {
        assert_eq!(shown(target), "text after", "{target}");
    }
    let html = html("\x1b]8;;https://a.b\x07a.png http://c.d\x1b]8;;\x07");
    assert_eq!(html, "<a href=\"https://a.b\">a.png http://c.d</a>");
}

#[test]
fn a_hyperlink_goes_on_over_lines_and_colours() {
    assert_eq!(
        html("\x1b]8;;https://a.b\x07one\x1b[31mtwo\nthree"),
        "<a href=\"https://a.b\">one<span class=\"f1\">two</span></a>\n\
         <a href=\"https://a.b\"><span class=\"f1\">three</span></a>"
    );
}

#[test]
fn where_a_client_only_appends_a_word_that_was_cut_is_no_link() {
    let png = "<a href=\"./a.png\">a.png</a>";
    assert_eq!(appended(Format::Html, &["a.png a.png", " a.png\n"]), format!("{png} a.png {png}\n"));
    assert_eq!(appended(Format::Html, &["a.p", "ng\na.png\n"]), format!("a.png\n{png}\n"));
    assert_eq!(appended(Format::Html, &["http://a.b", "/c d\n"]), "http://a.b/c d\n");
}
