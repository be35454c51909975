//! What must hold for any bytes at all that a program may print.

use crate::client::{cut, draw, form};
use crate::page;
use engine::protocol::Format;
use engine::render::{Drawing, Renderer, Screen};

/// Bytes of `data` for each byte of a push at the most, and what comes with the first of them.
const GROWTH: (usize, usize) = (256, 64 << 10);
/// Bytes of an unfinished line at the most.
const LINE: usize = 3 << 20;

/// The first bytes say how the rest is cut into pushes.
///
/// # Panics
/// Where something does not hold.
pub(crate) fn check(input: &[u8]) {
    let Some((cuts, bytes)) = input.split_at_checked(4) else { return };
    let cuts: Vec<usize> = cuts.iter().map(|cut| usize::from(*cut) * bytes.len() / 256).collect();
    let pieces = cut(bytes, &cuts);
    for format in [Format::Html, Format::Text, Format::Raw] {
        let form = form(format, Drawing::Replace);
        let whole = draw(form.clone(), [bytes]);
        assert_eq!(draw(form.clone(), pieces.iter().copied()), whole, "cut {cuts:?}, {format:?}");
        assert_eq!(draw(form, bytes.chunks(1)), whole, "byte by byte, {format:?}");
    }
    for drawing in [Drawing::Append, Drawing::Replace] {
        let mut html = Renderer::new(form(Format::Html, drawing));
        let mut text = Renderer::new(form(Format::Text, drawing));
        for piece in &pieces {
            let (html, text) = (html.push(piece), text.push(piece));
            assert!(html.data.len() <= GROWTH.0 * bytes.len() + GROWTH.1, "{} bytes", html.data.len());
            assert!(html.line.len() <= LINE, "{} bytes", html.line.len());
            assert_eq!(page::text(&html.data), text.data, "{drawing:?}");
            assert_eq!(page::text(&html.line), text.line, "{drawing:?}");
        }
        assert_eq!(page::text(&html.finish().data), text.finish().data, "{drawing:?}");
    }
    let mut screen = Screen::new(Format::Html, 40, 5, 0);
    for piece in &pieces {
        screen.push(piece);
        let frame = screen.frame(0).expect("a screen that changed has a frame");
        frame.lines.iter().for_each(|row| drop(page::glyphs(&row.data)));
    }
    page::glyphs(&screen.remains());
}
