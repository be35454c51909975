//! Render: turns the bytes that a program writes to its terminal into what a page shows.

mod addresses;
mod cells;
mod charset;
mod content;
mod csi;
mod html;
mod hyperlink;
mod line;
mod links;
mod names;
mod parser;
mod sgr;
mod terminal;
mod utf8;
mod words;

pub use html::ALLOWED;
pub use names::{Kind, Names};

use crate::protocol::Format;
use parser::Parser;
use std::sync::Arc;
use terminal::Terminal;
use utf8::Decoder;

/// How a client draws fragments.
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
    /// The entries of the command's working directory, for links; without it only addresses are links.
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

/// Renders one stream for one client.
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

    /// Takes the stream's next bytes and gives what is to be drawn.
    pub fn push(&mut self, bytes: &[u8]) -> Fragment {
        match &mut self.0 {
            State::Raw(decoder) => {
                let mut data = String::with_capacity(bytes.len());
                decoder.lossy(bytes, |text| data.push_str(text));
                Fragment { data, line: String::new() }
            }
            State::Terminal(both) => {
                let (parser, terminal) = &mut **both;
                parser.advance(bytes, terminal);
                terminal.fragment()
            }
        }
    }

    /// The stream has ended: gives what was carried over.
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

    /// Whether the program draws on a screen.
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
