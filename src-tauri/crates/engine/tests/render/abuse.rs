//! Output that tries to become markup, script or a wrong link.

use crate::client::{NAMES, draw, form};
use crate::page;
use engine::protocol::Format;
use engine::render::{Drawing, Renderer, Screen};

/// Each is tried whole, byte by byte, and cut in two at every place.
pub(crate) const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</span></a></pre><script>alert(1)</script>",
    "<!--<![CDATA[<?xml ?>]]>--><!DOCTYPE html>",
    "&lt;script&gt; &#60;b&#62; &amp;amp; &notin; &",
    "\x1b[31m<b>\x1b[0m</b>",
    "<\x1b[31mscript>alert(1)</script>",
    "<scr\x1b[0mipt>alert(1)</scr\x08\x08\x1b[Kr\x1b[1mipt>",
    "<s\0cript\x07>alert(1)",
    "<s\x1b]0;</title><script>\x07cript>",
    "\x1b]0;<script>alert(1)</script>\x07 \x1b]2;\"><img src=x onerror=alert(1)>\x1b\\",
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]8;;JaVaScRiPt:alert(1)\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]8;;java\x1b[0mscript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]8;;\x01javascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]8;;data:text/html,<script>alert(1)</script>\x07click\x1b]8;;\x07",
    "\x1b]8;;vbscript:x\x07click\x1b]8;;blob:x\x07click\x1b]8;;file:///etc/passwd\x07click\x1b]8;;\x07",
    "\x1b]8;;https://a.b/\"onmouseover=\"alert(1)\x07click\x1b]8;;\x07",
    "\x1b]8;;https://a.b/'><script>alert(1)</script>\x07click\x1b]8;;\x07",
    "\x1b]8;;https://a.b/&quot;><b>\x07click\x1b]8;;\x07",
    "\x1b]8;;https://a.b/\u{202e}\x07click\x1b]8;;\x07",
    "\x1b]8;;https://a.b/\njavascript:alert(1)\x07click\x1b]8;;\x07",
    "\x1b]8;id=\"><script>;https://a.b\x07click\x1b]8;;\x07",
    "\x1b]8;;https://a.b\x07one\x1b]8;;https://c.d\x07two\n\x1b]8;;\x07",
    "http://a.b/\"onmouseover=alert(1)// http://a.b/'x <http://a.b/><b>",
    "http://a.b/&quot;&gt;<script> http://<script>",
    "http://javascript:alert(1)@a.b/ javascript://a.b/%0aalert(1)",
    "\" onclick=\"x <b> a&b é%2f#?.txt '<b>' '\" onclick=\"x' <b>:1:2 a&b:3",
    "main.rs:1:2\" onclick=x main.rs:-1 main.rs:0:0 main.rs:+1",
    "\x1b[38;2;1;2;3\"m<b>\x1b[48;2;999;0;0mx\x1b[38;5;<mx",
    "\x1b[31\x1b[<0;0;0M\x1b[?1;2\"c",
    "\u{9b}31m<b>\u{9d}8;;javascript:x\u{9c}",
    "a\u{202e}gnp.b<\u{2066}/a>",
    "\x1bP<script>\x1b\\ \x1b_<b>\x1b\\ \x1b^<b>\x1b\\ \x1bX<b>\x1b\\ \x1bk<b>\x1b\\",
    "\x1b]1337;File=inline=1:PHNjcmlwdD4=\x07 \x1b]52;c;PHNjcmlwdD4=\x07",
    "\r\x1b[K<b>\r\x1b[1@<\x1b[2P>",
    "\x1b7\x1b[1;1H<script>\x1b8</script>",
];

fn check(pieces: &[&[u8]]) {
    let mut screen = Screen::new(Format::Html, 40, 5, 0);
    for piece in pieces {
        screen.push(piece);
        screen.frame(0).unwrap().lines.iter().for_each(|row| drop(page::glyphs(&row.data)));
    }
    page::glyphs(&screen.remains());
    let plain = draw(form(Format::Text, Drawing::Replace), pieces.iter().copied());
    let mut renderer = Renderer::new(form(Format::Html, Drawing::Replace));
    let mut only_appends = Renderer::new(form(Format::Html, Drawing::Append));
    let mut text = String::new();
    let mut line = String::new();
    for piece in pieces {
        let fragment = renderer.push(piece);
        text.push_str(&page::text(&fragment.data));
        line = page::text(&fragment.line);
        page::glyphs(&only_appends.push(piece).data);
    }
    assert_eq!(text + &line, plain.all());
    page::glyphs(&renderer.finish().data);
    page::glyphs(&only_appends.finish().data);
}

#[test]
fn nothing_but_allowed_markup_comes_of_an_attack_however_it_is_cut() {
    for attack in ATTACKS {
        let bytes = attack.as_bytes();
        check(&[bytes]);
        check(&bytes.chunks(1).collect::<Vec<_>>());
        for at in 1..bytes.len() {
            let (before, after) = bytes.split_at(at);
            check(&[before, after]);
        }
    }
}

#[test]
fn names_that_are_markup_are_links_to_themselves() {
    for name in NAMES {
        let html = crate::client::html(name);
        let glyphs = page::glyphs(&html);
        assert_eq!(page::text(&html), name);
        let target = glyphs[0].target.as_ref().unwrap().strip_prefix("./").unwrap();
        let mut bytes = Vec::new();
        let mut rest = target.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            if *first == b'%' {
                bytes.push(u8::from_str_radix(&String::from_utf8_lossy(&after[..2]), 16).unwrap());
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        assert_eq!(String::from_utf8(bytes).unwrap(), name);
    }
}
