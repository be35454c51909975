//! Brackets in which a bar is no pipe: arithmetic, patterns, arrays and tests.

use super::frame::{Expect, Kind, Owner, Word};
use super::posix::Machine;
use super::{Dialect, Refusal};

impl Machine<'_, '_> {
    /// Tries `((` or `$((` at `at`, an opener of `length` bytes, as arithmetic.
    pub(super) fn open_arithmetic(&mut self, at: usize, length: usize, owner: Owner) -> Result<(), Refusal> {
        let pipes = self.pipes.len();
        self.push(Kind::Arithmetic { depth: 0, pipes, owner }, at)?;
        self.cursor.at = at + length;
        Ok(())
    }

    pub(super) fn arithmetic(
        &mut self,
        byte: u8,
        depth: usize,
        pipes: usize,
        owner: Owner,
    ) -> Result<(), Refusal> {
        match byte {
            b'(' => self.arithmetic_depth(depth + 1, pipes, owner),
            b')' if depth > 0 => self.arithmetic_depth(depth - 1, pipes, owner),
            b')' if self.cursor.peek(1) == Some(b')') => self.close_arithmetic(owner),
            b')' => self.retry_as_parentheses(pipes, owner),
            _ => self.quoted_or_next(byte, owner == Owner::Word),
        }
    }

    fn arithmetic_depth(&mut self, depth: usize, pipes: usize, owner: Owner) -> Result<(), Refusal> {
        self.top_mut().kind = Kind::Arithmetic { depth, pipes, owner };
        self.cursor.at += 1;
        Ok(())
    }

    fn close_arithmetic(&mut self, owner: Owner) -> Result<(), Refusal> {
        if self.dialect == Dialect::Sh && owner != Owner::Word {
            return self.cursor.refuse("`((` is not read alike by all shells that are called sh");
        }
        self.cursor.at += 2;
        let end = self.cursor.at;
        match owner {
            Owner::Word => self.pop_word_part(),
            Owner::Command => self.pop_compound(end),
            Owner::For => {
                self.pop_word_part();
                self.current().expect = Expect::Start;
                self.current().words = 0;
            }
        }
        Ok(())
    }

    /// What was tried as arithmetic is two opening parentheses: reads it again as such.
    fn retry_as_parentheses(&mut self, pipes: usize, owner: Owner) -> Result<(), Refusal> {
        let start = self.top().start;
        if owner == Owner::For || (owner == Owner::Word && self.dialect == Dialect::Sh) {
            return self.cursor.refuse("an arithmetic expression is not closed");
        }
        self.pipes.truncate(pipes);
        self.pop_word_part();
        self.parentheses.push(start);
        self.cursor.at = start;
        Ok(())
    }

    /// Takes a quote, an expansion, or one plain byte.
    fn quoted_or_next(&mut self, byte: u8, in_quotes: bool) -> Result<(), Refusal> {
        match byte {
            b'\\' => self.skip_escaped(),
            b'\'' if in_quotes => self.cursor.refuse("a single quote stands in an arithmetic expression"),
            b'\'' => self.single_quote(),
            b'"' => self.open_double_quote(),
            b'`' => self.backticks(in_quotes),
            b'$' => self.dollar(in_quotes),
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    pub(super) fn bracket_arithmetic(&mut self, byte: u8, depth: usize) -> Result<(), Refusal> {
        match byte {
            b']' if depth == 0 => {
                self.pop_word_part();
                self.cursor.at += 1;
                Ok(())
            }
            b'[' | b']' => {
                let depth = if byte == b'[' { depth + 1 } else { depth - 1 };
                self.top_mut().kind = Kind::BracketArithmetic { depth };
                self.cursor.at += 1;
                Ok(())
            }
            _ => self.quoted_or_next(byte, true),
        }
    }

    /// Opens a pattern's parenthesis at the cursor.
    pub(super) fn open_glob(&mut self) -> Result<(), Refusal> {
        if let Some(word) = &mut self.current().word {
            word.plain = false;
        }
        self.push(Kind::Glob { depth: 0 }, self.cursor.at)?;
        self.cursor.at += 1;
        Ok(())
    }

    pub(super) fn glob(&mut self, byte: u8, depth: usize) -> Result<(), Refusal> {
        match byte {
            b')' if depth == 0 => {
                self.pop_word_part();
                self.cursor.at += 1;
                Ok(())
            }
            b'(' | b')' => {
                let depth = if byte == b'(' { depth + 1 } else { depth - 1 };
                self.top_mut().kind = Kind::Glob { depth };
                self.cursor.at += 1;
                Ok(())
            }
            b';' | b'&' | b'\n' => self.cursor.refuse("a pattern holds an operator"),
            b'<' | b'>' if self.cursor.peek(1) == Some(b'(') => {
                self.cursor.refuse("a process substitution stands in a pattern")
            }
            _ => self.quoted_or_next(byte, false),
        }
    }

    /// Takes one byte of `name=( ... )`.
    pub(super) fn array(&mut self, byte: u8) -> Result<(), Refusal> {
        let previous = self.cursor.text[self.cursor.at - 1];
        let begins_word = matches!(previous, b' ' | b'\t' | b'\n' | b'(');
        match byte {
            b')' => {
                self.pop_word_part();
                self.cursor.at += 1;
                Ok(())
            }
            b'#' if begins_word => {
                self.cursor.skip_line();
                Ok(())
            }
            b'(' if self.dialect == Dialect::Zsh || matches!(previous, b'@' | b'?' | b'*' | b'+' | b'!') => {
                self.open_glob()
            }
            b'<' | b'>' if self.cursor.peek(1) == Some(b'(') => self.open_substitution(2),
            b'(' | b'|' | b'&' | b';' | b'<' | b'>' => self.cursor.refuse("an array holds an operator"),
            _ => self.quoted_or_next(byte, false),
        }
    }

    /// Takes one byte of `[[ ... ]]`.
    pub(super) fn test(&mut self, byte: u8, regex: bool) -> Result<(), Refusal> {
        let previous = self.cursor.text[self.cursor.at - 1];
        let begins_word = matches!(previous, b' ' | b'\t' | b'\n');
        let delimited = self.cursor.peek(2).is_none_or(|next| b" \t\n;|&)}<>".contains(&next));
        match byte {
            b']' if begins_word && delimited && self.cursor.peek(1) == Some(b']') => {
                self.cursor.at += 2;
                self.pop_compound(self.cursor.at);
                Ok(())
            }
            b'=' if begins_word && self.cursor.peek(1) == Some(b'~') => {
                self.top_mut().kind = Kind::Test { regex: true };
                self.cursor.at += 2;
                Ok(())
            }
            b'#' if begins_word && !regex => self.cursor.refuse("a comment stands in a test"),
            b'<' | b'>' if self.cursor.peek(1) == Some(b'(') => {
                self.cursor.refuse("a process substitution stands in a test")
            }
            _ => self.quoted_or_next(byte, false),
        }
    }

    /// Opens `[[` at `at`, whose word has been read.
    pub(super) fn open_test(&mut self, word: &Word) -> Result<(), Refusal> {
        self.push(Kind::Test { regex: false }, word.start)
    }
}
