//! Braces: groups, the bodies of functions and loops, and zsh's short forms.

use super::frame::{Expect, Kind, Phase, Redirection, Word};
use super::posix::Machine;
use super::{Dialect, Refusal};

impl Machine<'_, '_> {
    /// Opens `{` at `at`: a group, or the body of a loop whose header has been read.
    pub(super) fn open_brace(&mut self, at: usize) -> Result<(), Refusal> {
        let body = matches!(self.top().kind, Kind::Loop { phase: Phase::Head, header: true, .. });
        if body {
            self.current().stage = None;
        } else {
            self.begin_stage(at);
        }
        self.push(Kind::Brace { body }, at)
    }

    /// Closes the brace that is open, by a `}` at `at`.
    pub(super) fn close_brace(&mut self, at: usize) -> Result<(), Refusal> {
        let list = &self.top().list;
        if list.dangling || list.function || list.redirection != Redirection::None {
            return self.cursor.refuse("a group ends where a command is missing");
        }
        let end = at + 1;
        match self.top().kind {
            Kind::Brace { body } => {
                self.pop_compound(end);
                match self.top().kind {
                    Kind::Loop { .. } if body => self.pop_compound(end),
                    Kind::If { .. } if body => self.current().expect = Expect::AfterBody,
                    _ => {}
                }
                Ok(())
            }
            Kind::Case { brace: true } => {
                self.pop_compound(end);
                Ok(())
            }
            _ => self.cursor.refuse("a brace closes what is not open"),
        }
    }

    /// Ends zsh's `if ... { ... }` when neither `else` nor `elif` follows.
    pub(super) fn settle_body(&mut self) {
        while self.top().list.expect == Expect::AfterBody {
            let end = self.top().list.last_end;
            self.pop_compound(end);
        }
    }

    /// zsh's loops without `do`: their body is one pipeline, which belongs to the enclosing list.
    pub(super) fn settle_short_loop(&mut self, at: usize) {
        if self.dialect != Dialect::Zsh {
            return;
        }
        while matches!(self.top().kind, Kind::Loop { phase: Phase::Head, header: true, .. })
            && self.top().list.expect == Expect::Start
        {
            self.frames.pop();
            self.current().stage = Some(at);
            self.current().dangling = false;
        }
    }

    /// zsh's braces, which need no blanks around them. Tells whether the byte was one.
    pub(super) fn zsh_brace(&mut self, byte: u8) -> Result<bool, Refusal> {
        let at = self.cursor.at;
        if byte == b'{' { self.zsh_open_brace(at) } else { self.zsh_close_brace(at) }
    }

    fn zsh_open_brace(&mut self, at: usize) -> Result<bool, Refusal> {
        if let Some(word) = &mut self.current().word {
            word.braces += 1;
            return Ok(false);
        }
        let list = &self.top().list;
        if list.redirection != Redirection::None {
            return Ok(false);
        }
        match (self.top().kind, list.expect) {
            (_, Expect::Start) => self.open_brace(at)?,
            (Kind::If { condition: true }, Expect::AfterCompound) => {
                self.end_command();
                self.top_mut().kind = Kind::If { condition: false };
                self.push(Kind::Brace { body: true }, at)?;
            }
            (Kind::If { .. }, Expect::AfterElse)
            | (Kind::Loop { header: false, .. }, Expect::AfterCompound) => {
                self.end_command();
                self.push(Kind::Brace { body: true }, at)?;
            }
            (_, Expect::FunctionName) => {
                self.expect_function_body();
                self.open_brace(at)?;
            }
            (_, Expect::CaseIn) => {
                self.top_mut().kind = Kind::Case { brace: true };
                self.current().expect = Expect::CasePattern { open: false, started: false };
            }
            (_, Expect::AfterCompound) => {
                return self.cursor.refuse("a brace opens where none is expected");
            }
            _ => {
                let mut word = Word::at(at);
                word.braces = 1;
                word.push(b'{');
                self.current().word = Some(word);
            }
        }
        self.cursor.at = at + 1;
        Ok(true)
    }

    fn zsh_close_brace(&mut self, at: usize) -> Result<bool, Refusal> {
        let delimited = self.cursor.peek(1).is_none_or(|next| b" \t\n;|&)}<>".contains(&next));
        if let Some(word) = &mut self.current().word {
            if word.braces > 0 {
                word.braces -= 1;
                return Ok(false);
            }
            if !delimited {
                return Ok(false);
            }
        }
        self.finish_word()?;
        self.settle_body();
        self.close_brace(at)?;
        self.cursor.at = at + 1;
        Ok(true)
    }
}
