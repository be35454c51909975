//! Words: quotes, expansions, substitutions, patterns, and what else holds bars that are no pipes.

use super::cursor::Cursor;
use super::frame::{Kind, Owner, Word};
use super::posix::Machine;
use super::{Dialect, Refusal};

impl Machine<'_, '_> {
    /// Begins a word at the cursor, if none is being read.
    pub(super) fn begin_word(&mut self) {
        let at = self.cursor.at;
        self.current().word.get_or_insert_with(|| Word::at(at)).plain = false;
    }

    /// Takes a byte that is part of a word.
    pub(super) fn word_byte(&mut self, byte: u8) -> Result<(), Refusal> {
        if byte == b'\\' && self.cursor.continuation(0) {
            self.cursor.at += 2;
            return Ok(());
        }
        match byte {
            b'\\' | b'\'' | b'"' | b'`' | b'$' => {
                self.begin_word();
                self.quoting(byte)
            }
            _ => {
                let at = self.cursor.at;
                let word = self.current().word.get_or_insert_with(|| Word::at(at));
                word.push(byte);
                match byte {
                    b'[' => word.brackets += 1,
                    b']' => word.brackets = word.brackets.saturating_sub(1),
                    _ => {}
                }
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    /// Takes what one of `\ ' " $` and the backtick begins outside of double quotes.
    fn quoting(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'\\' => self.skip_escaped(),
            b'\'' => self.single_quote(),
            b'"' => self.open_double_quote(),
            b'`' => self.backticks(false),
            _ => self.dollar(false),
        }
    }

    pub(super) fn skip_escaped(&mut self) -> Result<(), Refusal> {
        if self.cursor.peek(1).is_none() {
            return self.cursor.refuse("a backslash ends the command");
        }
        self.cursor.at += 2;
        Ok(())
    }

    pub(super) fn single_quote(&mut self) -> Result<(), Refusal> {
        let open = self.cursor.at;
        self.cursor.at += 1;
        while let Some(byte) = self.cursor.peek(0) {
            self.cursor.at += 1;
            if byte == b'\'' {
                return Ok(());
            }
        }
        Err(Refusal { offset: open, reason: "a single quote is not closed" })
    }

    /// `$'...'`, in which a backslash escapes.
    fn ansi_quote(&mut self) -> Result<(), Refusal> {
        let open = self.cursor.at;
        self.cursor.at += 2;
        while let Some(byte) = self.cursor.peek(0) {
            self.cursor.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'\'' {
                return Ok(());
            }
        }
        Err(Refusal { offset: open, reason: "a single quote is not closed" })
    }

    pub(super) fn open_double_quote(&mut self) -> Result<(), Refusal> {
        self.push(Kind::DoubleQuote, self.cursor.at)?;
        self.cursor.at += 1;
        Ok(())
    }

    pub(super) fn double_quote(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'"' => {
                self.pop_word_part();
                self.cursor.at += 1;
                Ok(())
            }
            b'\\' => self.skip_escaped(),
            b'`' => self.backticks(true),
            b'$' => self.dollar(true),
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    /// Takes what a dollar begins.
    pub(super) fn dollar(&mut self, quoted: bool) -> Result<(), Refusal> {
        if self.cursor.joins(1, b"({['\"") {
            return self.cursor.refuse("an expansion is broken over two lines");
        }
        let sh = self.dialect == Dialect::Sh;
        match self.cursor.peek(1) {
            Some(b'(') if self.cursor.joins(2, b"(") => {
                self.cursor.refuse("an expansion is broken over two lines")
            }
            Some(b'(')
                if self.cursor.peek(2) == Some(b'(') && !self.parentheses.contains(&self.cursor.at) =>
            {
                self.open_arithmetic(self.cursor.at, 3, Owner::Word)
            }
            Some(b'(') => self.open_substitution(2),
            Some(b'{') => self.open_parameter(quoted),
            Some(b'[') if !sh => {
                self.push(Kind::BracketArithmetic { depth: 0 }, self.cursor.at)?;
                self.cursor.at += 2;
                Ok(())
            }
            Some(b'\'') if !quoted && sh => {
                self.cursor.refuse("`$'` is not read alike by all shells that are called sh")
            }
            Some(b'\'') if !quoted => self.ansi_quote(),
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    /// Opens a substitution whose opener has `length` bytes.
    pub(super) fn open_substitution(&mut self, length: usize) -> Result<(), Refusal> {
        if let Some(word) = &mut self.current().word {
            word.plain = false;
        }
        self.push(Kind::Substitution, self.cursor.at)?;
        self.cursor.at += length;
        Ok(())
    }

    fn open_parameter(&mut self, quoted: bool) -> Result<(), Refusal> {
        let start = self.cursor.at;
        if matches!(self.cursor.peek(2), None | Some(b' ' | b'\t' | b'\n' | b'|')) {
            return self.cursor.refuse("`${ ...}` is a command in some shells only");
        }
        let mut ahead = 2;
        if self.dialect == Dialect::Zsh && self.cursor.peek(2) == Some(b'(') {
            ahead = self.zsh_flags()?;
        }
        let quotes = !quoted
            || match self.dialect {
                Dialect::Sh => self.has_pattern_operator(ahead),
                dialect => dialect == Dialect::Bash,
            };
        self.push(Kind::Parameter { quoted, quotes }, start)?;
        self.cursor.at += ahead;
        Ok(())
    }

    /// zsh's `${(flags)...`: where they end.
    fn zsh_flags(&self) -> Result<usize, Refusal> {
        let mut ahead = 3;
        while let Some(byte) = self.cursor.peek(ahead) {
            match byte {
                b')' => return Ok(ahead + 1),
                b'\'' | b'"' | b'`' | b'$' | b'\\' | b'{' | b'}' | b'(' | b'\n' => break,
                _ => ahead += 1,
            }
        }
        self.cursor.refuse("the flags of an expansion hold a quote or a bracket")
    }

    /// Whether the parameter `ahead` is followed by an operator that takes a pattern, where POSIX lets single quotes quote
    /// even in double quotes (bash does everywhere, zsh nowhere).
    fn has_pattern_operator(&self, ahead: usize) -> bool {
        let mut past = ahead;
        if self.cursor.peek(past) == Some(b'!') {
            past += 1;
        }
        while self.cursor.peek(past).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            past += 1;
        }
        if past == ahead && self.cursor.peek(past).is_some_and(|byte| b"@*?$-".contains(&byte)) {
            past += 1;
        }
        if self.cursor.peek(past) == Some(b'[') {
            while self.cursor.peek(past).is_some_and(|byte| byte != b']' && byte != b'}') {
                past += 1;
            }
            past += 1;
        }
        past > ahead && self.cursor.peek(past).is_some_and(|byte| b"#%/^,".contains(&byte))
    }

    pub(super) fn parameter(&mut self, byte: u8, quoted: bool, quotes: bool) -> Result<(), Refusal> {
        match byte {
            b'}' => {
                self.pop_word_part();
                self.cursor.at += 1;
                Ok(())
            }
            b'\'' if quoted && self.frames[0].kind == Kind::HereDocument => {
                self.cursor.refuse("a single quote stands in an expansion in a here-document")
            }
            b'\'' if quotes => self.single_quote(),
            b'\\' => self.skip_escaped(),
            b'"' => self.open_double_quote(),
            b'`' => self.backticks(quoted),
            b'$' => self.dollar(quoted),
            b'{' if self.dialect == Dialect::Zsh => self.cursor.refuse("a brace opens in an expansion"),
            b'<' | b'>' if !quoted && self.cursor.peek(1) == Some(b'(') => {
                self.cursor.refuse("a process substitution stands in an expansion")
            }
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    /// Scans what backticks enclose: its text has one level of backslashes less.
    pub(super) fn backticks(&mut self, quoted: bool) -> Result<(), Refusal> {
        let start = self.cursor.at;
        let mut inner = Vec::new();
        let mut offsets = Vec::new();
        let mut ahead = 1;
        loop {
            match (self.cursor.peek(ahead), self.cursor.peek(ahead + 1)) {
                (None, _) => return self.cursor.refuse("a backtick is not closed"),
                (Some(b'`'), _) => break,
                (Some(b'\\'), Some(b'\\' | b'`' | b'$')) => ahead += 1,
                (Some(b'\\'), Some(b'"')) if quoted => ahead += 1,
                (Some(b'\\'), Some(_)) => {
                    inner.push(b'\\');
                    offsets.push(start + ahead);
                    ahead += 1;
                }
                _ => {}
            }
            inner.extend(self.cursor.peek(ahead));
            offsets.push(start + ahead);
            ahead += 1;
        }
        offsets.push(start + ahead);
        self.fuel.spend(ahead, start)?;
        let cursor = Cursor { text: &inner, at: 0, end: inner.len() };
        let pipes = self.fragment(cursor, Kind::Top).map_err(|refusal| Refusal {
            offset: offsets[refusal.offset.min(inner.len())],
            reason: refusal.reason,
        })?;
        let depth = self.frames.len();
        self.pipes.extend(pipes.into_iter().map(|mut pipe| {
            pipe.offset = offsets[pipe.offset];
            pipe.stage = offsets[pipe.stage.start]..offsets[pipe.stage.end - 1] + 1;
            pipe.depth += depth;
            pipe.backticks += 1;
            pipe
        }));
        self.cursor.at = start + ahead + 1;
        Ok(())
    }
}
