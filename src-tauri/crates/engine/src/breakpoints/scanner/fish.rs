//! The machine that reads fish.

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
    redirects_stdin: bool,
    redirects_stdout: bool,
    redirects_stderr: bool,
    /// The pipe that feeds the command.
    fed_by: Option<usize>,
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
        if let Some(pipe) = ended.fed_by.filter(|_| !ended.redirects_stdin) {
            self.pipes[pipe].consumer = ended.stage.map(|start| start..ended.last_end);
        }
    }

    fn connect(&mut self, length: usize) -> Result<(), Refusal> {
        self.finish_word()?;
        if !self.top().list.begun || self.top().list.redirection {
            return self.cursor.refuse("a command is missing before the operator");
        }
        self.end_command();
        self.current().dangling = true;
        self.cursor.at += length;
        Ok(())
    }

    fn pipe(&mut self, operator: PipeOperator) -> Result<(), Refusal> {
        self.finish_word()?;
        let frame = self.top();
        let list = &frame.list;
        let Some(start) = list.stage.filter(|_| list.begun && !list.redirection) else {
            return self.cursor.refuse("a command is missing before the operator");
        };
        let length = operator.as_str().len();
        let fed_by = list.fed_by;
        self.pipes.push(Pipe {
            offset: self.cursor.at + length - 1,
            operator,
            stage: start..list.last_end,
            depth: self.frames.len() - 1,
            in_function: frame.in_function,
            definitions: Vec::new(),
            in_here_document: false,
            backticks: 0,
            redirects_stdout: list.redirects_stdout,
            redirects_stderr: list.redirects_stderr,
            in_block: frame.kind == Kind::Block,
            consumer: None,
            feeds_on: false,
            ambiguous_stage: false,
        });
        if let Some(before) = fed_by {
            self.pipes[before].feeds_on = true;
        }
        self.connect(length)?;
        self.current().fed_by = Some(self.pipes.len() - 1);
        Ok(())
    }

    fn ampersand(&mut self) -> Result<(), Refusal> {
        match self.cursor.peek(1) {
            Some(b'&') => self.connect(2),
            Some(b'|') => self.pipe(PipeOperator::FishOutAndErr),
            Some(b'>') if self.top().list.word.is_none() => {
                self.cursor.at += 1;
                self.current().redirects_stderr = true;
                self.redirect(b'>')
            }
            next if self.top().list.word.is_some()
                && next.is_some_and(|byte| !b" \t\n;|&<>)".contains(&byte)) =>
            {
                self.cursor.refuse("an ampersand in a word is read in two ways by versions of fish")
            }
            _ => {
                self.connect(1)?;
                self.current().dangling = false;
                Ok(())
            }
        }
    }

    /// A number that may be the file descriptor of a redirection, or `2>|`.
    fn number(&mut self) -> Result<(), Refusal> {
        let mut ahead = 0;
        while self.cursor.peek(ahead).is_some_and(|byte| byte.is_ascii_digit()) {
            ahead += 1;
        }
        self.fuel.spend(ahead, self.cursor.at)?;
        let number = &self.cursor.text[self.cursor.at..self.cursor.at + ahead];
        match (self.cursor.peek(ahead), self.cursor.peek(ahead + 1)) {
            (Some(b'>'), Some(b'|')) if number == b"2" => self.pipe(PipeOperator::FishErr),
            (Some(b'>'), Some(b'|')) => {
                self.cursor.refuse("a pipe from another descriptor is not looked for")
            }
            (Some(next @ (b'<' | b'>')), _) => {
                let descriptor = number.to_vec();
                self.cursor.at += ahead;
                self.redirect_of(next, &descriptor)
            }
            _ => {
                let at = self.cursor.at;
                self.current().word = Some((at, true));
                self.cursor.at += ahead;
                Ok(())
            }
        }
    }

    fn redirect(&mut self, byte: u8) -> Result<(), Refusal> {
        self.redirect_of(byte, if byte == b'<' { b"0" } else { b"1" })
    }

    fn redirect_of(&mut self, byte: u8, descriptor: &[u8]) -> Result<(), Refusal> {
        self.finish_word()?;
        let at = self.cursor.at;
        let mut length = 1;
        if byte == b'>' && self.cursor.peek(1) == Some(b'|') {
            return self.cursor.refuse("`>|` is a pipe in fish that is not looked for");
        }
        if byte == b'>' && self.cursor.peek(1) == Some(b'>') {
            length = 2;
        }
        if matches!(self.cursor.peek(length), Some(b'?' | b'&')) {
            length += 1;
        }
        if self.cursor.peek(length) == Some(b'|') {
            return self.cursor.refuse("a redirection has no target");
        }
        let list = self.current();
        if list.redirection {
            return self.cursor.refuse("a redirection has no target");
        }
        list.stage.get_or_insert(at);
        match descriptor {
            b"0" => list.redirects_stdin = true,
            b"1" => list.redirects_stdout = true,
            b"2" => list.redirects_stderr = true,
            _ => {}
        }
        list.redirection = true;
        self.cursor.at += length;
        Ok(())
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

    fn word_byte(&mut self, byte: u8) -> Result<(), Refusal> {
        let at = self.cursor.at;
        let list = self.current();
        let first = list.word.is_none();
        let starts_command = first && !list.begun && !list.redirection;
        let word = list.word.get_or_insert((at, true));
        if b"'\"\\($".contains(&byte) || (!first && b"[{".contains(&byte)) {
            word.1 = false;
        }
        match byte {
            b'{' if starts_command => {
                self.cursor.refuse("a brace begins a command in some versions of fish only")
            }
            b'(' if starts_command => self.cursor.refuse("a substitution stands where a command is named"),
            b'{' => {
                self.push(Kind::Bracket(b'}'), at, false)?;
                self.cursor.at += 1;
                Ok(())
            }
            b'[' if !first => {
                self.push(Kind::Bracket(b']'), at, false)?;
                self.cursor.at += 1;
                Ok(())
            }
            _ => self.quoting(byte),
        }
    }

    fn quoting(&mut self, byte: u8) -> Result<(), Refusal> {
        let at = self.cursor.at;
        match byte {
            b'\\' => return self.skip_escaped(),
            b'\'' => return self.single_quote(),
            b'"' => self.push(Kind::DoubleQuote, at, false)?,
            b'(' => self.push(Kind::Parenthesis, at, false)?,
            _ => {}
        }
        self.cursor.at += 1;
        Ok(())
    }

    fn skip_escaped(&mut self) -> Result<(), Refusal> {
        if self.cursor.peek(1).is_none() {
            return self.cursor.refuse("a backslash ends the command");
        }
        self.cursor.at += 2;
        Ok(())
    }

    fn single_quote(&mut self) -> Result<(), Refusal> {
        let open = self.cursor.at;
        self.cursor.at += 1;
        while let Some(byte) = self.cursor.peek(0) {
            let escape = byte == b'\\' && matches!(self.cursor.peek(1), Some(b'\\' | b'\''));
            self.cursor.at += if escape { 2 } else { 1 };
            if byte == b'\'' {
                return Ok(());
            }
        }
        Err(Refusal { offset: open, reason: "a single quote is not closed" })
    }

    fn double_quote(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'"' => {
                self.frames.pop();
            }
            b'\\' => return self.skip_escaped(),
            b'$' if self.cursor.peek(1) == Some(b'(') => {
                self.push(Kind::Parenthesis, self.cursor.at, false)?;
                self.cursor.at += 1;
            }
            _ => {}
        }
        self.cursor.at += 1;
        Ok(())
    }

    fn bracket(&mut self, byte: u8, closer: u8) -> Result<(), Refusal> {
        match byte {
            _ if byte == closer => {
                self.frames.pop();
                self.cursor.at += 1;
                Ok(())
            }
            b'|' | b'&' | b';' | b'<' | b'>' | b'\n' | b'#' | b')' => {
                self.cursor.refuse("brackets in a word hold an operator")
            }
            b'{' | b'[' => {
                self.push(Kind::Bracket(if byte == b'{' { b'}' } else { b']' }), self.cursor.at, false)?;
                self.cursor.at += 1;
                Ok(())
            }
            _ => self.quoting(byte),
        }
    }

    fn finish_word(&mut self) -> Result<(), Refusal> {
        let end = self.cursor.at;
        let Some((start, plain)) = self.current().word.take() else {
            return Ok(());
        };
        let list = self.current();
        list.last_end = end;
        if list.redirection {
            list.redirection = false;
            return Ok(());
        }
        if list.begun {
            return Ok(());
        }
        list.stage.get_or_insert(start);
        let after_else = std::mem::take(&mut list.after_else);
        let mut word = if plain && !self.asks_for_help() { &self.cursor.text[start..end] } else { b"" };
        while let Some(before) = word.strip_suffix(b"\\\n") {
            word = before;
        }
        if word.contains(&b'\n') {
            return self.cursor.refuse("a command's name is broken over two lines");
        }
        match word {
            b"if" if after_else => self.prefix(),
            b"begin" | b"if" | b"while" => self.open_block(start, false),
            b"for" | b"switch" => self.open_block(start, true),
            b"function" => self.open_block(start, true),
            b"end" => self.close_block(end),
            b"else" | b"case" if self.top().kind == Kind::Block => {
                self.prefix()?;
                self.current().dangling = false;
                self.current().after_else = word == b"else";
                self.current().begun = word == b"case";
                Ok(())
            }
            b"else" | b"case" => self.cursor.refuse("a keyword stands outside of its block"),
            b"not" | b"!" | b"and" | b"or" | b"time" => self.prefix(),
            _ if self.is_assignment(start, end) => Ok(()),
            _ => {
                let list = self.current();
                list.begun = true;
                list.dangling = false;
                Ok(())
            }
        }
    }

    /// The stage begins after what has been read.
    fn prefix(&mut self) -> Result<(), Refusal> {
        let list = self.current();
        list.stage = None;
        list.dangling = true;
        Ok(())
    }

    /// Opens a block; `header` when words follow up to a separator.
    fn open_block(&mut self, start: usize, header: bool) -> Result<(), Refusal> {
        let function = self.cursor.text[start..].starts_with(b"function");
        let list = self.current();
        list.begun = true;
        list.dangling = false;
        self.push(Kind::Block, start, function)?;
        self.current().begun = header;
        Ok(())
    }

    fn close_block(&mut self, end: usize) -> Result<(), Refusal> {
        if self.top().kind != Kind::Block || self.top().list.dangling {
            return self.cursor.refuse("an `end` closes what is not open");
        }
        self.end_command();
        self.frames.pop();
        self.current().last_end = end;
        Ok(())
    }

    /// A keyword with `--help` after it is a command.
    fn asks_for_help(&self) -> bool {
        let rest = &self.cursor.text[self.cursor.at..];
        rest.starts_with(b" -h") || rest.starts_with(b" --help")
    }

    /// Whether the word is `name=value`, after which the command follows.
    fn is_assignment(&self, start: usize, end: usize) -> bool {
        let word = &self.cursor.text[start..end];
        let name = word.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        name > 0 && !word[0].is_ascii_digit() && word.get(name) == Some(&b'=')
    }
}
