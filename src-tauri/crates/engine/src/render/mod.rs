//! Render: turns the bytes that a program writes to its terminal into what a page shows.
//!
//! A pure state machine: no clock, no I/O, and nothing with which a query in output could be answered. The result
//! does not depend on how the bytes are cut into pushes, but where a client can only append.
//!
//! # The HTML
//!
//! Text, `span`, `a` and `img`; a `span` may be in an `a`, and nothing else is in anything. They end on the line on which
//! they begin; an `img` has a line for itself. [`ALLOWED`] is the whole list of elements and attributes. Lines end with U+000A, so that it belongs in
//! an element with `white-space: pre` or `pre-wrap`; tabs are kept and stop every 8 columns (`tab-size: 8`).
//!
//! | on `span` | means |
//! |---|---|
//! | `bold` `dim` `italic` `blink` `strike` `overline` | SGR 1, 2, 3, 5 and 6, 9, 53 |
//! | `underline`, also with `double` `curly` `dotted` `dashed` | SGR 4, 21, `4:n`; as in `class="underline curly"` |
//! | `inverse` | SGR 7: the page exchanges the colours, the defaults included |
//! | `hidden` | SGR 8: the text keeps its place and is not seen |
//! | `f0` to `f255`, `b0` to `b255` | foreground and background: 0-7 normal, 8-15 bright, then the cube and greys |
//! | `data-fg="rrggbb"`, `data-bg="rrggbb"` | a colour of 24 bits; the class beside it is the nearest of 16 to 255 |
//!
//! A page that lets `fN` set `--fg` and `bN` set `--bg`, and colours every `span` from the two, gets `inverse` right
//! with one more rule.
//!
//! | on `a` | means |
//! |---|---|
//! | `href="./name"`, `"./folder/name"`, `"../name"`, `"/folder/name"` | a file that exists, from the command's working directory, percent-encoded |
//! | `data-line`, `data-col` | a place in it, from 1 |
//! | `href="https:..."`, `http:`, `mailto:` | an address in the text, or an OSC 8 hyperlink |
//!
//! | on `img` | means |
//! |---|---|
//! | `src="data:image/png;base64,..."`, `data:image/jpeg;...` | a small picture of an image that the command printed, drawn anew; no other address |
//! | `data-image` | in place of `src`, for a client with `files`: the image's number among those of its command |
//! | `width`, `height` | in pixels, as it is to be shown |
//! | `alt` | what it is: its name where that was printed with it, format, size in pixels and bytes |
//!
//! An image that cannot be shown is text in brackets that says so. SVG is text like any other.
//!
//! # What becomes of the rest
//!
//! CR, BS, tabs, EL, ECH, DCH, ICH, REP and movements along the line take effect; so do saving and restoring the
//! cursor, and the DEC line drawing set. Other C0 controls, C1 controls, marks and controls of direction and the
//! separators U+2028 and U+2029 are dropped; DCS, APC, PM, SOS and every OSC but 8 are swallowed. Movements to another
//! row cannot be shown in lines: the output goes on below, [`Renderer::wants_screen`] tells, and what a program
//! writes elsewhere between saving the cursor and restoring it, such as a status line, is left out. A line has rows
//! of 1,024 columns, the last of which can be edited, and ends after 16 of them; a cursor sent past the end of what is
//! written gets to column 256 at the most.
//!
//! Memory is bounded by one line of that length, 8 combining marks a character, 256 hyperlinks a line and 4 KiB an OSC.
//! Rows that can no longer be edited go with `data` once they are many, so that `line` stays below 384 KiB. What a push
//! becomes may be some 200 times as long as it (REP of a character that has to be escaped): [`Renderer::push_some`]
//! stops before that. Where long rows are sent one by one, a link does not go on from one to the next.

mod addresses;
mod cells;
mod charset;
mod content;
mod csi;
mod encoding;
mod html;
mod hyperlink;
mod line;
mod links;
mod mentions;
mod names;
mod parser;
mod picture;
mod printed;
mod quoting;
mod screen;
mod sgr;
mod terminal;
mod utf8;
mod words;

pub use html::ALLOWED;
pub use mentions::mentions;
pub use names::{Folder, Kind, Mention, Names};
pub use picture::Picture;
pub use printed::{Asked, Found, Image, ImageKind, Missing, Scanner};
pub use screen::{Cursor, Frame, Row, Screen, Switch, Switches};

use crate::protocol::Format;
use parser::Parser;
use std::sync::Arc;
use terminal::Terminal;
use utf8::Decoder;

/// How a client draws fragments.
///
/// Where it only appends, an unfinished line is sent as it comes, so that prompts show at once. When the program then
/// goes back over what was sent, the line as it is at the end of the push follows on a new line; a line that it only
/// erased adds nothing. A word that the end of a push cuts is no link, since it may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// It appends [`Fragment::data`], and can take back nothing.
    Append,
    /// It drops the former [`Fragment::line`], appends [`Fragment::data`], and shows the new line.
    Replace,
}

/// The form of a stream for one client.
#[derive(Debug, Clone)]
pub struct Form {
    /// What the text of fragments is.
    pub format: Format,
    /// How the client draws it.
    pub drawing: Drawing,
    /// The entries of the command's working directory and of other folders, for links; without it only addresses are
    /// links.
    pub names: Option<Arc<Names>>,
}

/// Something to draw. Under [`Format::Html`] `data` and `line` are each a well-formed fragment by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    /// What is finished.
    pub data: String,
    /// The unfinished last line, whole. Always empty under [`Drawing::Append`] and [`Format::Raw`].
    pub line: String,
}

/// What became of a push that was bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Bytes that were taken.
    pub taken: usize,
    /// Bytes that the fragment costs in a message, escapes of JSON among them where they are many.
    pub weight: usize,
    /// What is to be drawn.
    pub fragment: Fragment,
}

/// Bytes that a raw byte may cost: a control character is `\u001b` in JSON.
const RAW_WEIGHT: usize = 6;

/// Renders one stream for one client.
///
/// ```
/// use engine::protocol::Format;
/// use engine::render::{Drawing, Form, Renderer};
///
/// let mut renderer = Renderer::new(Form { format: Format::Html, drawing: Drawing::Replace, names: None });
/// let fragment = renderer.push(b"\x1b[1;32mok\x1b[0m\n10%\r20");
/// assert_eq!(fragment.data, "<span class=\"bold f2\">ok</span>\n");
/// assert_eq!(fragment.line, "20%");
/// assert_eq!(renderer.finish().data, "20%");
/// ```
#[derive(Debug, Clone)]
pub struct Renderer(State);

#[derive(Debug, Clone)]
enum State {
    Raw(Decoder),
    Terminal(Box<(Parser, Terminal)>),
}

impl Renderer {
    /// Starts a stream.
    pub fn new(form: Form) -> Self {
        Self(match form.format {
            Format::Raw => State::Raw(Decoder::default()),
            Format::Html | Format::Text => {
                State::Terminal(Box::new((Parser::default(), Terminal::new(form))))
            }
        })
    }

    /// Takes the stream's next bytes and gives what is to be drawn. The beginning of a character or of a sequence that
    /// they end with is kept for the next push.
    pub fn push(&mut self, bytes: &[u8]) -> Fragment {
        self.push_some(bytes, usize::MAX).fragment
    }

    /// Takes the stream's next bytes until about `limit` bytes are to be drawn; of what there is, at least one. What is
    /// given beyond the limit is at most what one row becomes, and the unfinished line.
    pub fn push_some(&mut self, bytes: &[u8], limit: usize) -> Pushed {
        match &mut self.0 {
            State::Raw(decoder) => {
                let taken = bytes.len().min((limit / RAW_WEIGHT).max(1));
                let mut data = String::with_capacity(taken);
                decoder.lossy(&bytes[..taken], |text| data.push_str(text));
                let fragment = Fragment { data, line: String::new() };
                Pushed { taken, weight: taken * RAW_WEIGHT, fragment }
            }
            State::Terminal(both) => {
                let (parser, terminal) = &mut **both;
                terminal.set_limit(limit);
                let taken = parser.advance(bytes, terminal);
                let fragment = terminal.fragment();
                Pushed { taken, weight: fragment.data.len() + fragment.line.len(), fragment }
            }
        }
    }

    /// Shows a picture in place of `bytes`, which say in words what it is, on lines of their own. Only
    /// [`Format::Html`] shows pictures; the others show the words.
    pub fn show(&mut self, picture: &Picture<'_>, bytes: &[u8]) -> Pushed {
        match &mut self.0 {
            State::Terminal(both) if both.1.is_html() => {
                let (parser, terminal) = &mut **both;
                parser.finish(terminal);
                let fragment = terminal.show(picture);
                Pushed { taken: bytes.len(), weight: fragment.data.len(), fragment }
            }
            _ => self.push_some(bytes, usize::MAX),
        }
    }

    /// From now on these names are links.
    pub fn set_names(&mut self, names: &Arc<Names>) {
        if let State::Terminal(both) = &mut self.0 {
            both.1.set_names(names);
        }
    }

    /// The stream has ended: gives what was carried over, with the unfinished line in `data`. Output that comes
    /// later all the same may be pushed, and follows it.
    pub fn finish(&mut self) -> Fragment {
        match &mut self.0 {
            State::Raw(decoder) => {
                let mut data = String::new();
                decoder.finish(|text| data.push_str(text));
                Fragment { data, line: String::new() }
            }
            State::Terminal(both) => {
                let (parser, terminal) = &mut **both;
                parser.finish(terminal);
                terminal.finish()
            }
        }
    }

    /// What follows in the stream is drawn elsewhere: a sequence that was cut is dropped, and the unfinished line ends.
    pub fn break_line(&mut self) -> Fragment {
        match &mut self.0 {
            State::Raw(_) => Fragment::default(),
            State::Terminal(both) => {
                let (parser, terminal) = &mut **both;
                parser.finish(terminal);
                terminal.break_line()
            }
        }
    }

    /// Whether the program has drawn on a screen: it entered the alternate one, or moved to another row. Clearing the
    /// screen does not count. Once true it stays so.
    pub fn wants_screen(&self) -> bool {
        match &self.0 {
            State::Raw(_) => false,
            State::Terminal(both) => both.1.wants_screen(),
        }
    }
}

/// What a piece of output says as plain text, without markup and escape sequences.
pub fn plain(bytes: &[u8]) -> String {
    let form = Form { format: Format::Text, drawing: Drawing::Append, names: None };
    let mut renderer = Renderer::new(form);
    let mut text = renderer.push(bytes).data;
    text.push_str(&renderer.finish().data);
    text
}
