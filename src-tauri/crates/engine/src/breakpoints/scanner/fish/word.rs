//! Words of fish: quotes, substitutions, and brackets in which a bar is no pipe.

use super::{Kind, Machine, Refusal};

impl Machine<'_, '_> {
    pub(super) fn word_byte(&mut self, byte: u8) -> Result<(), Refusal> {
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

    pub(super) fn quoting(&mut self, byte: u8) -> Result<(), Refusal> {
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
            let escape = byte == b'\\' && matches!(self.cursor.peek(1), Some(b'\\' | b'\''));
            self.cursor.at += if escape { 2 } else { 1 };
            if byte == b'\'' {
                return Ok(());
            }
        }
        Err(Refusal { offset: open, reason: "a single quote is not closed" })
    }

    pub(super) fn double_quote(&mut self, byte: u8) -> Result<(), Refusal> {
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

    pub(super) fn bracket(&mut self, byte: u8, closer: u8) -> Result<(), Refusal> {
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
}
