//! Operators of fish: pipes, `&&`, `||`, `&` and redirections.

use super::{Kind, Machine, Refusal};
use crate::breakpoints::scanner::{Pipe, PipeOperator};

impl Machine<'_, '_> {
    pub(super) fn connect(&mut self, length: usize) -> Result<(), Refusal> {
        self.finish_word()?;
        if !self.top().list.begun || self.top().list.redirection {
            return self.cursor.refuse("a command is missing before the operator");
        }
        self.end_command();
        self.current().dangling = true;
        self.cursor.at += length;
        Ok(())
    }

    pub(super) fn pipe(&mut self, operator: PipeOperator) -> Result<(), Refusal> {
        self.finish_word()?;
        let frame = self.top();
        let list = &frame.list;
        let Some(start) = list.stage.filter(|_| list.begun && !list.redirection) else {
            return self.cursor.refuse("a command is missing before the operator");
        };
        let length = operator.as_str().len();
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
            redirections: list.redirected_at.unwrap_or(list.last_end),
            ambiguous_stage: false,
        });
        self.connect(length)
    }

    pub(super) fn ampersand(&mut self) -> Result<(), Refusal> {
        match self.cursor.peek(1) {
            Some(b'&') => self.connect(2),
            Some(b'|') => self.pipe(PipeOperator::FishOutAndErr),
            Some(b'>') if self.top().list.word.is_none() => {
                let at = self.cursor.at;
                self.cursor.at += 1;
                self.current().redirects_stderr = true;
                self.redirect_of(b'>', b"1", at)
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
    pub(super) fn number(&mut self) -> Result<(), Refusal> {
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
                let (descriptor, at) = (number.to_vec(), self.cursor.at);
                self.cursor.at += ahead;
                self.redirect_of(next, &descriptor, at)
            }
            _ => {
                let at = self.cursor.at;
                self.current().word = Some((at, true));
                self.cursor.at += ahead;
                Ok(())
            }
        }
    }

    pub(super) fn redirect(&mut self, byte: u8) -> Result<(), Refusal> {
        let at = self.cursor.at;
        self.redirect_of(byte, if byte == b'<' { b"0" } else { b"1" }, at)
    }

    /// Takes the operator, of a redirection that begins `at` its descriptor.
    fn redirect_of(&mut self, byte: u8, descriptor: &[u8], at: usize) -> Result<(), Refusal> {
        self.finish_word()?;
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
        list.redirected_at.get_or_insert(at);
        match descriptor {
            b"1" => list.redirects_stdout = true,
            b"2" => list.redirects_stderr = true,
            _ => {}
        }
        list.redirection = true;
        self.cursor.at += length;
        Ok(())
    }
}
