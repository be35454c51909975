//! The machine that reads fish.

mod command;
mod operator;
mod word;

use super::cursor::{Cursor, Fuel};
use super::{Pipe, PipeOperator, Refusal};

/// Open constructs, at the most.
const DEPTH: usize = 256;

/// Finds the pipes of a fish text.
pub(super) fn scan(text: &[u8], fuel: &mut Fuel) -> Result<Vec<Pipe>, Refusal> {
    let cursor = Cursor { text, at: 0, end: text.len() };
    let root = Frame { kind: Kind::Top, start: 0, in_function: false, list: List::default() };
    Machine { cursor, fuel, frames: vec![root], pipes: Vec::new(), continued: false }.run()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Top,
    Parenthesis,
    DoubleQuote,
    /// A block up to `end`.
    Block,
    /// `{a,b}` or `$x[1]` in a word, with the byte that closes it.
    Bracket(u8),
}

#[derive(Debug)]
struct Frame {
    kind: Kind,
    start: usize,
    in_function: bool,
    list: List,
}

/// Where a list of commands is.
#[derive(Debug, Default)]
struct List {
    /// The command's words have begun, or it is a block that has ended.
    begun: bool,
    /// Where the current stage begins.
    stage: Option<usize>,
    last_end: usize,
    /// Where the word that is being read begins, and whether it is plain so far.
    word: Option<(usize, bool)>,
    /// The next word is a redirection's target.
    redirection: bool,
    redirects_stdout: bool,
    redirects_stderr: bool,
    /// Where the command's first redirection begins.
    redirected_at: Option<usize>,
    /// A pipe, `&&`, `||` or a prefix waits for its command.
    dangling: bool,
    /// `else` has just been read: an `if` after it opens no block.
    after_else: bool,
}

struct Machine<'t, 'f> {
    cursor: Cursor<'t>,
    fuel: &'f mut Fuel,
    frames: Vec<Frame>,
    pipes: Vec<Pipe>,
    /// A line continuation stands before the next token: comments do not end the line.
    continued: bool,
}

impl Machine<'_, '_> {
    fn run(mut self) -> Result<Vec<Pipe>, Refusal> {
        while let Some(byte) = self.cursor.peek(0) {
            self.fuel.spend(1, self.cursor.at)?;
            match self.top().kind {
                Kind::DoubleQuote => self.double_quote(byte)?,
                Kind::Bracket(closer) => self.bracket(byte, closer)?,
                _ => self.list(byte)?,
            }
        }
        self.finish_word()?;
        if self.frames.len() > 1 {
            return Err(Refusal { offset: self.top().start, reason: "what begins here is not closed" });
        }
        if self.top().list.dangling || self.top().list.redirection {
            return self.cursor.refuse("the command is not complete");
        }
        self.end_command();
        Ok(self.pipes)
    }

    fn top(&self) -> &Frame {
        self.frames.last().expect("the root frame is never popped")
    }

    fn current(&mut self) -> &mut List {
        &mut self.frames.last_mut().expect("the root frame is never popped").list
    }

    fn push(&mut self, kind: Kind, start: usize, function: bool) -> Result<(), Refusal> {
        if self.frames.len() >= DEPTH {
            return self.cursor.refuse("the command is nested too deeply");
        }
        let in_function = function || self.top().in_function;
        self.frames.push(Frame { kind, start, in_function, list: List::default() });
        Ok(())
    }

    fn list(&mut self, byte: u8) -> Result<(), Refusal> {
        if byte == b'\\' && self.cursor.continuation(0) {
            // A line continuation separates nothing inside a word and is a blank outside of one.
            self.cursor.at += 2;
            self.continued = self.top().list.word.is_none();
            return Ok(());
        }
        let continued = std::mem::take(&mut self.continued);
        match byte {
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                self.finish_word()?;
                self.continued = continued;
                self.cursor.at += 1;
                Ok(())
            }
            b'\n' | b';' => self.separate(byte),
            b'#' if self.top().list.word.is_none() => {
                self.cursor.skip_line();
                if continued && self.cursor.peek(0).is_some() {
                    self.cursor.at += 1;
                    self.continued = true;
                }
                Ok(())
            }
            b'|' if self.cursor.peek(1) == Some(b'|') => self.connect(2),
            b'|' if self.cursor.peek(1) == Some(b'&') => self.cursor.refuse("`|&` is no operator in fish"),
            b'|' => self.pipe(PipeOperator::Out),
            b'&' => self.ampersand(),
            b'<' | b'>' => self.redirect(byte),
            b')' => self.close_parenthesis(),
            b'0'..=b'9' if self.top().list.word.is_none() => self.number(),
            _ => self.word_byte(byte),
        }
    }

    fn separate(&mut self, byte: u8) -> Result<(), Refusal> {
        self.finish_word()?;
        let list = self.current();
        if list.redirection {
            return self.cursor.refuse("a redirection has no target");
        }
        if !(byte == b'\n' && list.dangling) {
            if list.dangling {
                return self.cursor.refuse("a command is missing before the semicolon");
            }
            self.end_command();
        }
        self.cursor.at += 1;
        Ok(())
    }

    fn end_command(&mut self) {
        let list = self.current();
        let ended = std::mem::take(list);
        list.last_end = ended.last_end;
    }

    fn close_parenthesis(&mut self) -> Result<(), Refusal> {
        self.finish_word()?;
        let list = &self.top().list;
        if self.top().kind != Kind::Parenthesis || list.dangling || list.redirection {
            return self.cursor.refuse("a parenthesis closes what is not open");
        }
        self.end_command();
        self.frames.pop();
        self.cursor.at += 1;
        Ok(())
    }
}
