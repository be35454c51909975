//! The machine that reads bash, sh and zsh: a cursor, a stack of frames and the pipes found so far.

use super::cursor::{Cursor, Fuel};
use super::frame::{Expect, Frame, Kind, List};
use super::here_document::HereDocument;
use super::{Dialect, Pipe, Refusal};

/// Open constructs, at the most.
const DEPTH: usize = 256;
/// Backticks and here-documents in each other, at the most.
const FRAGMENTS: usize = 6;

/// Finds the pipes of a text in `dialect`, which is not fish.
pub(super) fn scan(text: &[u8], dialect: Dialect, fuel: &mut Fuel) -> Result<Vec<Pipe>, Refusal> {
    let fragment = Fragment { root: Kind::Top, in_function: false, level: 0 };
    Machine::new(Cursor { text, at: 0, end: text.len() }, dialect, fuel, fragment).run()
}

/// A text inside a text: a here-document's body, or what backticks enclose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    pub(super) root: Kind,
    pub(super) in_function: bool,
    pub(super) level: usize,
}

/// The state of one scan.
pub(super) struct Machine<'t, 'f> {
    pub(super) cursor: Cursor<'t>,
    pub(super) dialect: Dialect,
    pub(super) fuel: &'f mut Fuel,
    pub(super) level: usize,
    pub(super) frames: Vec<Frame>,
    pub(super) pipes: Vec<Pipe>,
    /// Here-documents whose bodies begin after the next newline.
    pub(super) here_documents: Vec<HereDocument>,
    /// Where `((` was tried as arithmetic and is two parentheses.
    pub(super) parentheses: Vec<usize>,
}

impl<'t, 'f> Machine<'t, 'f> {
    pub(super) fn new(cursor: Cursor<'t>, dialect: Dialect, fuel: &'f mut Fuel, fragment: Fragment) -> Self {
        let start = cursor.at;
        let root =
            Frame { kind: fragment.root, start, in_function: fragment.in_function, list: List::default() };
        Self {
            cursor,
            dialect,
            fuel,
            level: fragment.level,
            frames: vec![root],
            pipes: Vec::new(),
            here_documents: Vec::new(),
            parentheses: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Vec<Pipe>, Refusal> {
        while let Some(byte) = self.cursor.peek(0) {
            self.fuel.spend(1, self.cursor.at)?;
            match self.top().kind {
                Kind::DoubleQuote => self.double_quote(byte)?,
                Kind::HereDocument => self.here_document_text(byte)?,
                Kind::Parameter { quoted, quotes } => self.parameter(byte, quoted, quotes)?,
                Kind::Arithmetic { depth, pipes, owner } => self.arithmetic(byte, depth, pipes, owner)?,
                Kind::BracketArithmetic { depth } => self.bracket_arithmetic(byte, depth)?,
                Kind::Glob { depth } => self.glob(byte, depth)?,
                Kind::Array => self.array(byte)?,
                Kind::Test { regex } => self.test(byte, regex)?,
                _ => self.list(byte)?,
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Vec<Pipe>, Refusal> {
        if matches!(self.top().kind, Kind::HereDocument) {
            return Ok(self.pipes);
        }
        self.finish_word()?;
        self.settle_body();
        if self.frames.len() > 1 {
            return Err(Refusal { offset: self.top().start, reason: "what begins here is not closed" });
        }
        if !self.here_documents.is_empty() {
            return self.cursor.refuse("a here-document has no body");
        }
        let list = &self.top().list;
        if list.dangling || list.function || !matches!(list.redirection, super::frame::Redirection::None) {
            return self.cursor.refuse("the command is not complete");
        }
        self.note_definition();
        Ok(self.pipes)
    }

    pub(super) fn top(&self) -> &Frame {
        self.frames.last().expect("the root frame is never popped")
    }

    pub(super) fn top_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the root frame is never popped")
    }

    pub(super) fn current(&mut self) -> &mut List {
        &mut self.top_mut().list
    }

    /// Opens a construct at `start`.
    pub(super) fn push(&mut self, kind: Kind, start: usize) -> Result<(), Refusal> {
        self.push_expecting(kind, start, Expect::Start)
    }

    pub(super) fn push_expecting(&mut self, kind: Kind, start: usize, expect: Expect) -> Result<(), Refusal> {
        if self.frames.len() >= DEPTH {
            return self.cursor.refuse("the command is nested too deeply");
        }
        let top = self.top_mut();
        let body = std::mem::take(&mut top.list.function);
        let in_function = top.in_function || body;
        let list = List { expect, ..List::default() };
        self.frames.push(Frame { kind, start, in_function, list });
        Ok(())
    }

    /// Closes the innermost construct, which is part of a word.
    pub(super) fn pop_word_part(&mut self) {
        self.note_definition();
        self.frames.pop();
    }

    /// Closes the innermost construct, which is a compound command that ends at `end`.
    pub(super) fn pop_compound(&mut self, end: usize) {
        self.note_definition();
        self.frames.pop();
        let list = self.current();
        list.expect = Expect::AfterCompound;
        list.last_end = end;
        list.dangling = false;
    }

    /// Where the current command ends: when it defined a function, the pipes in it learn that.
    pub(super) fn note_definition(&mut self) {
        let list = self.current();
        let defines = std::mem::take(&mut list.defines);
        let (Some(start), end) = (list.stage, list.last_end) else { return };
        if !defines || self.level > 0 {
            return;
        }
        for pipe in self.pipes.iter_mut().filter(|pipe| (start..end).contains(&pipe.offset)) {
            pipe.definitions.push(start..end);
        }
    }

    /// Scans what a here-document or backticks hold, and gives its pipes with offsets of that text.
    pub(super) fn fragment(&mut self, cursor: Cursor<'_>, root: Kind) -> Result<Vec<Pipe>, Refusal> {
        if self.level >= FRAGMENTS {
            return self.cursor.refuse("backticks or here-documents are nested too deeply");
        }
        let in_function = self.top().in_function;
        let fragment = Fragment { root, in_function, level: self.level + 1 };
        Machine::new(cursor, self.dialect, self.fuel, fragment).run()
    }
}
