//! Words of fish as a list takes them: keywords, the blocks they open and close, and plain commands.

use super::{Kind, Machine, Refusal};

impl Machine<'_, '_> {
    pub(super) fn finish_word(&mut self) -> Result<(), Refusal> {
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
    pub(super) fn prefix(&mut self) -> Result<(), Refusal> {
        let list = self.current();
        list.stage = None;
        list.dangling = true;
        Ok(())
    }

    /// Opens a block; `header` when words follow up to a separator.
    pub(super) fn open_block(&mut self, start: usize, header: bool) -> Result<(), Refusal> {
        let function = self.cursor.text[start..].starts_with(b"function");
        let list = self.current();
        list.begun = true;
        list.dangling = false;
        self.push(Kind::Block, start, function)?;
        self.current().begun = header;
        Ok(())
    }

    pub(super) fn close_block(&mut self, end: usize) -> Result<(), Refusal> {
        if self.top().kind != Kind::Block || self.top().list.dangling {
            return self.cursor.refuse("an `end` closes what is not open");
        }
        self.end_command();
        let start = self.top().start;
        if self.cursor.text[start..].starts_with(b"function") {
            let inside = self.pipes.iter_mut().rev().take_while(|pipe| pipe.offset > start);
            inside.for_each(|pipe| pipe.definitions.push(start..end));
        }
        self.frames.pop();
        self.current().last_end = end;
        Ok(())
    }

    /// A keyword with `--help` after it is a command.
    pub(super) fn asks_for_help(&self) -> bool {
        let rest = &self.cursor.text[self.cursor.at..];
        rest.starts_with(b" -h") || rest.starts_with(b" --help")
    }

    /// Whether the word is `name=value`, after which the command follows.
    pub(super) fn is_assignment(&self, start: usize, end: usize) -> bool {
        let word = &self.cursor.text[start..end];
        let name = word.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        name > 0 && !word[0].is_ascii_digit() && word.get(name) == Some(&b'=')
    }
}
