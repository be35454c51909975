//! Operators between and after commands: pipes, `&&`, `||`, `&` and redirections.

use super::frame::{Expect, Redirection};
use super::posix::Machine;
use super::{Dialect, Pipe, PipeOperator, Refusal};

impl Machine<'_, '_> {
    /// Takes what begins with `|`: an alternative of a case pattern, `||`, or a pipe.
    pub(super) fn bar(&mut self) -> Result<(), Refusal> {
        if self.top().list.word.as_ref().is_some_and(|word| word.brackets > 0 && self.dialect == Dialect::Zsh)
        {
            return self.cursor.refuse("a bar stands in brackets");
        }
        self.finish_word()?;
        self.settle_body();
        if self.cursor.joins(1, b"|&") {
            return self.cursor.refuse("an operator is broken over two lines");
        }
        let next = self.cursor.peek(1);
        if let Expect::CasePattern { started: true, .. } = self.top().list.expect {
            if next == Some(b'|') {
                return self.cursor.refuse("a case pattern is not complete");
            }
            self.cursor.at += 1;
            return Ok(());
        }
        match next {
            Some(b'|') => self.connect(2),
            Some(b'&') if self.dialect == Dialect::Sh => {
                self.cursor.refuse("`|&` is not read alike by all shells that are called sh")
            }
            Some(b'&') => self.pipe(PipeOperator::OutAndErr),
            _ => self.pipe(PipeOperator::Out),
        }
    }

    fn pipe(&mut self, operator: PipeOperator) -> Result<(), Refusal> {
        let start = self.command_start()?;
        let depth = self.frames.len() - 1;
        let in_function = self.top().in_function;
        let list = &self.top().list;
        let pipe = Pipe {
            offset: self.cursor.at,
            operator,
            stage: start..list.last_end,
            depth,
            in_function,
            definitions: Vec::new(),
            in_here_document: false,
            backticks: 0,
            redirects_stdout: list.redirects_stdout,
            redirects_stderr: false,
            in_block: false,
            redirections: list.last_end,
            ambiguous_stage: list.ambiguous_stage,
        };
        self.pipes.push(pipe);
        self.connect(operator.as_str().len())
    }

    /// Ends a command whose successor must follow, by an operator of `length`.
    fn connect(&mut self, length: usize) -> Result<(), Refusal> {
        self.command_start()?;
        self.end_command();
        self.current().dangling = true;
        self.cursor.at += length;
        Ok(())
    }

    /// Where the current command begins, if it is one.
    fn command_start(&self) -> Result<usize, Refusal> {
        let list = &self.top().list;
        let complete = matches!(list.expect, Expect::Prefix | Expect::Arguments | Expect::AfterCompound);
        match list.stage {
            Some(start) if complete && list.redirection == Redirection::None => Ok(start),
            _ => self.cursor.refuse("a command is missing before the operator"),
        }
    }

    /// Takes what begins with `&`: `&&`, `&>`, zsh's `&|` and `&!`, or the end of a background command.
    pub(super) fn ampersand(&mut self) -> Result<(), Refusal> {
        if self.cursor.joins(1, b"&>|!") {
            return self.cursor.refuse("an operator is broken over two lines");
        }
        self.finish_word()?;
        self.settle_body();
        match self.cursor.peek(1) {
            Some(b'&') => return self.connect(2),
            Some(b'>') if self.dialect == Dialect::Sh => {
                return self.cursor.refuse("`&>` is not read alike by all shells that are called sh");
            }
            Some(b'>') => {
                self.cursor.at += 1;
                return self.output_redirection(true);
            }
            _ => {}
        }
        self.command_start()?;
        self.end_command();
        let disown = self.dialect == Dialect::Zsh && matches!(self.cursor.peek(1), Some(b'|' | b'!'));
        self.cursor.at += if disown { 2 } else { 1 };
        Ok(())
    }

    /// Takes what begins with `<` or `>`: a process substitution or a redirection.
    pub(super) fn angle(&mut self, byte: u8) -> Result<(), Refusal> {
        if self.cursor.joins(1, b"(<>&|-!") {
            return self.cursor.refuse("an operator is broken over two lines");
        }
        if self.dialect == Dialect::Zsh
            && byte == b'<'
            && let Some(length) = self.numeric_glob()
        {
            self.begin_word();
            self.cursor.at += length;
            return Ok(());
        }
        if self.cursor.peek(1) == Some(b'(') {
            if self.dialect == Dialect::Sh {
                return self
                    .cursor
                    .refuse("process substitution is not read alike by all shells that are called sh");
            }
            self.begin_word();
            return self.open_substitution(2);
        }
        let first_output = self.take_descriptor()?;
        self.settle_body();
        if byte == b'<' { self.input_redirection() } else { self.output_redirection(first_output) }
    }

    /// zsh's `<1-9>`: its length.
    fn numeric_glob(&self) -> Option<usize> {
        let mut ahead = 1;
        while self.cursor.peek(ahead).is_some_and(|byte| byte.is_ascii_digit()) {
            ahead += 1;
        }
        if self.cursor.peek(ahead) != Some(b'-') {
            return None;
        }
        ahead += 1;
        while self.cursor.peek(ahead).is_some_and(|byte| byte.is_ascii_digit()) {
            ahead += 1;
        }
        (self.cursor.peek(ahead) == Some(b'>')).then_some(ahead + 1)
    }

    /// Takes the number before a redirection, and tells whether an output redirection then concerns stdout.
    fn take_descriptor(&mut self) -> Result<bool, Refusal> {
        let number = self
            .top()
            .list
            .word
            .as_ref()
            .filter(|word| word.is_number())
            .map(|word| (word.start, word.literal == b"1"));
        let Some((start, stdout)) = number else {
            self.finish_word()?;
            return Ok(true);
        };
        if self.top().list.redirection != Redirection::None {
            self.finish_word()?;
            return Ok(true);
        }
        self.begin_stage(start);
        self.current().word = None;
        Ok(stdout)
    }

    fn input_redirection(&mut self) -> Result<(), Refusal> {
        let (length, redirection) = if self.cursor.starts_with(b"<<<") {
            if self.dialect == Dialect::Sh {
                return self.cursor.refuse("`<<<` is not read alike by all shells that are called sh");
            }
            (3, Redirection::Target)
        } else if self.cursor.starts_with(b"<<-") {
            (3, Redirection::HereDocument { strip: true })
        } else if self.cursor.starts_with(b"<<") {
            (2, Redirection::HereDocument { strip: false })
        } else if self.cursor.starts_with(b"<&") || self.cursor.starts_with(b"<>") {
            (2, Redirection::Target)
        } else {
            (1, Redirection::Target)
        };
        self.redirect(length, redirection)
    }

    fn output_redirection(&mut self, stdout: bool) -> Result<(), Refusal> {
        let mut length = 1;
        if self.cursor.peek(length) == Some(b'>') {
            length += 1;
        }
        if self.cursor.peek(length) == Some(b'&') {
            length += 1;
        }
        match self.cursor.peek(length) {
            Some(b'|') => length += 1,
            Some(b'!') if self.dialect == Dialect::Zsh => length += 1,
            _ => {}
        }
        if stdout {
            self.current().redirects_stdout = true;
        }
        self.redirect(length, Redirection::Target)
    }

    fn redirect(&mut self, length: usize, redirection: Redirection) -> Result<(), Refusal> {
        let at = self.cursor.at;
        self.settle_short_loop(at);
        self.begin_stage(at);
        let list = self.current();
        if list.redirection != Redirection::None {
            return self.cursor.refuse("a redirection has no target");
        }
        match list.expect {
            Expect::Start if !list.function => list.expect = Expect::Prefix,
            Expect::Prefix | Expect::Arguments | Expect::AfterCompound => {}
            _ => {
                return self.cursor.refuse("a redirection stands where none is expected");
            }
        }
        list.redirection = redirection;
        list.dangling = false;
        self.cursor.at += length;
        Ok(())
    }
}
