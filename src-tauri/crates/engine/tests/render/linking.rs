//! Names of files and addresses that become links.

use crate::client::{appended, draw, html};
use engine::protocol::Format;
use engine::render::{Drawing, Folder, Form, Kind, Names, mentions};
use std::sync::Arc;

/// Folders by their paths, absolute or from the working directory.
const FOLDERS: [(&str, &[(&str, Kind)]); 7] = [
    ("/", &[("etc", Kind::Directory), ("home", Kind::Directory)]),
    ("/etc/", &[("hosts", Kind::File), ("my file", Kind::File)]),
    ("/home/ann/", &[(".profile", Kind::File), ("other", Kind::Directory)]),
    ("../", &[("other", Kind::Directory)]),
    (
        "src/",
        &[
            ("main.rs", Kind::File),
            ("my file.rs", Kind::File),
            ("sub", Kind::Directory),
            ("it's", Kind::File),
        ],
    ),
    ("src/sub/", &[("mod.rs", Kind::File)]),
    ("my dir/", &[("a b", Kind::File), ("x", Kind::File)]),
];

/// Names of `/home/ann/demo`, with what is in the folders that `output` speaks of.
fn names(output: &[u8]) -> Names {
    let here: [(&[u8], Kind); 6] = [
        (b"a.png", Kind::File),
        (b"src", Kind::Directory),
        (b"my dir", Kind::Directory),
        (b"d\xc3\xa9", Kind::Directory),
        (b"caf\xe9", Kind::File),
        (b"a\nb", Kind::File),
    ];
    let mut names = Names::new(here).known_as("/home/ann/demo").known_as("~/demo").at_home("/home/ann");
    for mention in mentions(output, &names.clone(), 100) {
        let entries = FOLDERS.iter().find(|(path, _)| path.as_bytes() == mention.path());
        if names.is_wanted(&mention) {
            names.add(&mention, entries.map(|(_, entries)| Folder::new(entries.iter().copied())));
        }
    }
    names
}

/// What output of a program in `/home/ann/demo` becomes.
fn linked(output: impl AsRef<[u8]>) -> String {
    let names = Some(Arc::new(names(output.as_ref())));
    draw(Form { format: Format::Html, drawing: Drawing::Replace, names }, [output.as_ref()]).all()
}

fn link(address: &str, text: &str) -> String {
    format!("<a href=\"{address}\">{text}</a>")
}

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
        ("mailto:a.b@c.example.", "mailto:a.b@c.example", "."),
        ("MAILTO:a@b?subject=x@y)", "MAILTO:a@b?subject=x@y", ")"),
    ] {
        assert_eq!(html(printed), format!("<a href=\"{target}\">{target}</a>{rest}"), "{printed}");
    }
    for none in [
        "http://",
        "http://.",
        "xhttp://a.b",
        "ftp://a.b",
        "://a",
        "javascript://a.b",
        "mailto:@a",
        "xmailto:a@b",
        "mailto:a",
        "mailto:a@",
        "a@b",
    ] {
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

#[test]
fn files_in_folders_that_output_speaks_of_are_links() {
    let main = link("./src/main.rs", "src/main.rs");
    for (printed, expected) in [
        ("src/main.rs", main.clone()),
        ("./src/main.rs", link("./src/main.rs", "./src/main.rs")),
        ("(src/main.rs), 'src/main.rs'.", format!("({main}), '{main}'.")),
        ("src/sub/ src/sub", format!("{0}/ {0}", link("./src/sub", "src/sub"))),
        ("src/sub/mod.rs", link("./src/sub/mod.rs", "src/sub/mod.rs")),
        ("src/none.rs src/none/main.rs none/main.rs", "src/none.rs src/none/main.rs none/main.rs".into()),
        ("\tmodified:   src/main.rs", format!("\tmodified:   {main}")),
        ("/etc/hosts:/etc/none", format!("{}:/etc/none", link("/etc/hosts", "/etc/hosts"))),
        ("/home/ann/demo/src/main.rs", link("./src/main.rs", "/home/ann/demo/src/main.rs")),
        (
            "~/.profile ~/demo/src/main.rs",
            format!(
                "{} {}",
                link("/home/ann/.profile", "~/.profile"),
                link("./src/main.rs", "~/demo/src/main.rs")
            ),
        ),
        ("../other", link("../other", "../other")),
        ("//etc/hosts /etc//hosts ~//etc/hosts", "//etc/hosts /etc//hosts ~//etc/hosts".into()),
        ("https://a.b/etc/hosts", link("https://a.b/etc/hosts", "https://a.b/etc/hosts")),
    ] {
        assert_eq!(linked(printed), expected, "{printed}");
    }
}

#[test]
fn paths_are_known_in_colours_and_with_places() {
    let grep =
        "\x1b[35m\x1b[Ksrc/main.rs\x1b[m\x1b[K\x1b[36m\x1b[K:\x1b[m\x1b[K\x1b[32m\x1b[K12\x1b[m\x1b[K:x/y";
    let anchor = "<a href=\"./src/main.rs\" data-line=\"12\">";
    assert!(linked(grep).starts_with(anchor), "{}", linked(grep));
    let at = |text: &str| format!("<a href=\"./src/main.rs\" data-line=\"12\" data-col=\"3\">{text}</a>");
    for (printed, expected) in [
        ("  --> src/main.rs:12:3", format!("  --&gt; {}", at("src/main.rs:12:3"))),
        ("src/main.rs(12,3): error", at("src/main.rs(12,3)") + ": error"),
        (
            "at f (/home/ann/demo/src/main.rs:12:3)",
            format!("at f ({})", at("/home/ann/demo/src/main.rs:12:3")),
        ),
    ] {
        assert_eq!(linked(printed), expected, "{printed}");
    }
}

#[test]
fn the_two_sides_of_a_difference_lead_to_the_file() {
    let main = link("./src/main.rs", "src/main.rs");
    for (printed, expected) in [
        ("diff --git a/src/main.rs b/src/main.rs", format!("diff --git a/{main} b/{main}")),
        ("--- a/src/main.rs", format!("--- a/{main}")),
        ("+++ b/a.png", format!("+++ b/{}", link("./a.png", "a.png"))),
        ("see a/src/main.rs", "see a/src/main.rs".into()),
    ] {
        assert_eq!(linked(printed), expected, "{printed}");
    }
}

#[test]
fn names_with_spaces_are_known_in_every_column() {
    let file = link("./my%20dir/a%20b", "./my dir/a b");
    let source = link("./src/my%20file.rs", "src/my file.rs");
    for (printed, expected) in [
        ("./my dir/a b", file.clone()),
        ("'./my dir/a b'", format!("'{file}'")),
        ("\tmodified:   src/my file.rs", format!("\tmodified:   {source}")),
        (
            "\trenamed:    src/my file.rs -> src/main.rs",
            format!("\trenamed:    {source} -&gt; {}", link("./src/main.rs", "src/main.rs")),
        ),
        (
            "src/my file.rs:12:x y",
            "<a href=\"./src/my%20file.rs\" data-line=\"12\">src/my file.rs:12</a>:x y".to_owned(),
        ),
        (
            "lrwxrwxrwx 1 ann ann 5 Nov 23 05:36 my dir -> src",
            format!(
                "lrwxrwxrwx 1 ann ann 5 Nov 23 05:36 {} -&gt; {}",
                link("./my%20dir", "my dir"),
                link("./src", "src")
            ),
        ),
    ] {
        assert_eq!(linked(printed), expected, "{printed}");
    }
}

#[test]
fn names_are_known_as_shells_and_git_quote_them() {
    for (printed, expected) in [
        ("'src/it'\\''s'", format!("'{}'", link("./src/it%27s", "src/it'\\''s"))),
        ("\"src/it's\"", format!("\"{}\"", link("./src/it%27s", "src/it's"))),
        ("'caf'$'\\351'", format!("'{}'", link("./caf%E9", "caf'$'\\351"))),
        ("?? \"caf\\351\"", format!("?? \"{}\"", link("./caf%E9", "caf\\351"))),
        ("\"d\\303\\251/\"", format!("\"{}/\"", link("./d%C3%A9", "d\\303\\251"))),
        ("'a'$'\\n''b' \"a\\nb\"", "'a'$'\\n''b' \"a\\nb\"".into()),
        ("'src/main.rs \"src/main.rs", format!("'{0} \"{0}", link("./src/main.rs", "src/main.rs"))),
        ("it's src/main.rs isn't", format!("it's {} isn't", link("./src/main.rs", "src/main.rs"))),
    ] {
        assert_eq!(linked(printed), expected, "{printed}");
    }
    assert_eq!(linked(b"caf\xe9 "), link("./caf%E9", "caf\u{fffd}") + " ");
}

#[test]
fn only_folders_that_may_exist_are_looked_into() {
    let wanted = |output: &str| -> Vec<String> {
        let found = mentions(output.as_bytes(), &names(b"/etc/x"), 100);
        found.iter().map(|mention| String::from_utf8_lossy(mention.path()).into_owned()).collect()
    };
    for (output, expected) in [
        ("src/main.rs src/x ./src/y:1", &["src/"][..]),
        ("12/05/2024 and/or </div> // x /* y */ http://etc/hosts a.png/x", &[]),
        ("/api/v1/users /etc/hosts /home/x", &["/home/"]),
        ("'my dir/x' ./my dir/x", &["my dir/"]),
        ("\x1b[01;34msrc/sub\x1b[0m/", &["src/"]),
        ("~/x ~ann/x ../x ../../x/y", &["/home/ann/", "../", "../../x/"]),
        ("src/\u{85}/x src/\x07/x /home/ann/demo/x", &[]),
    ] {
        assert_eq!(wanted(output), expected, "{output}");
    }
    let many: String = (0..100).map(|i| format!("src/{i}/x ")).collect();
    assert_eq!(mentions(many.as_bytes(), &names(b""), 7).len(), 7);
    let hostile =
        ["/".repeat(64 << 10), "a/".repeat(32 << 10), " /".repeat(32 << 10), "'\"/".repeat(20 << 10)];
    for output in hostile {
        linked(output);
    }
}
