//! What a browser makes of a fragment: parsed with html5ever, every element and attribute checked.

use engine::render::ALLOWED;
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, QualName, local_name, ns, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// In place of an image.
pub(crate) const PICTURE: char = '\u{fffc}';

/// One character as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glyph {
    pub(crate) character: char,
    /// The attributes of its `span`, in order.
    pub(crate) look: Vec<(String, String)>,
    /// The `href` of its link.
    pub(crate) target: Option<String>,
}

/// The characters of a fragment.
///
/// # Panics
/// Where anything but the allowed elements and attributes is in it, or it is not well-formed by itself.
pub(crate) fn glyphs(html: &str) -> Vec<Glyph> {
    let context = QualName::new(None, ns!(html), local_name!("pre"));
    let parser = parse_fragment(RcDom::default(), ParseOpts::default(), context, Vec::new(), false);
    let dom = parser.one(html);
    assert!(dom.errors.borrow().is_empty(), "{:?} in {html:?}", dom.errors.borrow());
    for element in ["span", "a"] {
        let opened = html.matches(&format!("<{element} ")).count();
        assert_eq!(opened, html.matches(&format!("</{element}>")).count(), "{html:?}");
    }
    let mut glyphs = Vec::new();
    let root = dom.document.children.borrow()[0].clone();
    for child in root.children.borrow().iter() {
        walk(child, &Vec::new(), None, &mut glyphs);
    }
    glyphs
}

/// The text of a fragment.
pub(crate) fn text(html: &str) -> String {
    glyphs(html).iter().map(|glyph| glyph.character).collect()
}

fn walk(node: &Handle, look: &[(String, String)], target: Option<&String>, glyphs: &mut Vec<Glyph>) {
    let (name, attributes) = match &node.data {
        NodeData::Text { contents } => {
            glyphs.extend(contents.borrow().chars().map(|character| Glyph {
                character,
                look: look.to_vec(),
                target: target.cloned(),
            }));
            return;
        }
        NodeData::Element { name, attrs, .. } => (name.local.to_string(), attrs.borrow()),
        _ => panic!("neither text nor element"),
    };
    let (_, allowed) = ALLOWED.iter().find(|(element, _)| *element == name).expect("an allowed element");
    let attributes: Vec<_> = attributes
        .iter()
        .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
        .collect();
    for (attribute, value) in &attributes {
        assert!(allowed.contains(&attribute.as_str()), "{name} {attribute}");
        assert!(is_valid(attribute, value), "{attribute}={value:?}");
    }
    if name == "img" {
        assert!(look.is_empty() && target.is_none() && node.children.borrow().is_empty());
        assert!(attributes.iter().any(|(attribute, value)| attribute == "alt" && !value.is_empty()));
        glyphs.push(Glyph { character: PICTURE, look: attributes, target: None });
        return;
    }
    assert!(!attributes.is_empty() && !node.children.borrow().is_empty(), "{name}");
    let href = attributes.iter().find(|(attribute, _)| attribute == "href");
    for child in node.children.borrow().iter() {
        if name == "a" {
            assert!(look.is_empty() && target.is_none(), "a link inside something");
            walk(child, look, href.map(|(_, value)| value), glyphs);
        } else {
            assert!(look.is_empty(), "a span inside a span");
            walk(child, &attributes, target, glyphs);
        }
    }
}

fn is_valid(attribute: &str, value: &str) -> bool {
    match attribute {
        "class" => value.split(' ').all(is_class),
        "data-fg" | "data-bg" => value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "data-line" | "data-col" => value.parse::<u32>().is_ok_and(|value| value > 0),
        "href" => is_target(value),
        "src" => is_picture(value),
        "data-image" => value.parse::<u64>().is_ok_and(|number| number.to_string() == value),
        "width" | "height" => value.parse::<u32>().is_ok_and(|pixels| pixels > 0),
        "alt" => true,
        _ => false,
    }
}

fn is_class(class: &str) -> bool {
    const ATTRIBUTES: [&str; 13] = [
        "bold",
        "dim",
        "italic",
        "blink",
        "inverse",
        "hidden",
        "strike",
        "overline",
        "underline",
        "double",
        "curly",
        "dotted",
        "dashed",
    ];
    let color = class.strip_prefix(['f', 'b']);
    ATTRIBUTES.contains(&class)
        || color.is_some_and(|index| index.parse::<u8>().is_ok_and(|value| value.to_string() == index))
}

fn is_picture(value: &str) -> bool {
    let types = ["data:image/png;base64,", "data:image/jpeg;base64,"];
    let data = types.iter().find_map(|start| value.strip_prefix(start));
    data.is_some_and(|data| data.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)))
}

fn is_target(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let name = ["./", "../", "/"].iter().find_map(|folder| value.strip_prefix(folder));
    let is_name = name.is_some_and(|name| {
        let last = name.rsplit('/').next().unwrap();
        !matches!(last, "" | "." | "..")
            && !value.contains("//")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte))
    });
    let is_address = ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
    is_name || (is_address && !value.contains(|c: char| c.is_whitespace() || c.is_control()))
}

#[test]
fn a_picture_is_an_allowed_element_on_a_line_of_its_own_whatever_its_words_are() {
    use engine::protocol::Format;
    use engine::render::{Drawing, Picture, Renderer};
    let src = "data:image/png;base64,AAAA";
    for (src, number, is_shown) in [
        (Some(src), None, true),
        (None, Some(3), true),
        (Some("data:image/svg+xml;base64,AAAA"), None, false),
        (Some("data:image/png;base64,\" onerror=\"alert(1)"), None, false),
        (Some("https://example.com/a.png"), None, false),
    ] {
        for drawing in [Drawing::Append, Drawing::Replace] {
            let mut renderer = Renderer::new(crate::client::form(Format::Html, drawing));
            let line = renderer.push(b"\x1b[1mbefore");
            let picture = Picture { src, number, width: 4, height: 3, alt: "\"><script>&" };
            let pushed = renderer.show(&picture, b"words");
            let html = line.data + &pushed.fragment.data;
            let all = glyphs(&html);
            assert_eq!(all.iter().map(|glyph| glyph.character).collect::<String>(), "before\n\u{fffc}\n");
            let look = &all[7].look;
            let has = |name: &str| look.iter().any(|(other, _)| other == name);
            assert_eq!(has("src") || has("data-image"), is_shown, "{html}");
            assert!(look.contains(&("alt".to_owned(), "\"><script>&".to_owned())));
        }
    }
    let mut text = Renderer::new(crate::client::form(Format::Text, Drawing::Replace));
    let picture = Picture { src: Some(src), number: None, width: 4, height: 3, alt: "a" };
    assert_eq!(text.show(&picture, b"words\n").fragment.data, "words\n");
}
