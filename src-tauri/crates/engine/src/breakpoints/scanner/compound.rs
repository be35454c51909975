//! Words as a list takes them: keywords, the compound commands they open and close, and plain commands.

use super::frame::{Expect, Kind, Phase, Redirection, Word};
use super::posix::Machine;
use super::{Dialect, Refusal};

impl Machine<'_, '_> {
    /// Ends the word that is being read, if there is one.
    pub(super) fn finish_word(&mut self) -> Result<(), Refusal> {
        let Some(word) = self.current().word.take() else {
            return Ok(());
        };
        let end = self.cursor.at;
        match std::mem::take(&mut self.current().redirection) {
            Redirection::None => self.take_word(&word)?,
            Redirection::Target => {}
            Redirection::HereDocument { strip } => self.expect_here_document(&word, strip)?,
        }
        let list = self.current();
        list.last_end = list.last_end.max(end);
        Ok(())
    }

    /// Ends the word before `()`, a function's name.
    pub(super) fn finish_function_name(&mut self) {
        if let Some(word) = self.current().word.take() {
            self.begin_stage(word.start);
        }
    }

    fn take_word(&mut self, word: &Word) -> Result<(), Refusal> {
        if self.top().list.expect == Expect::AfterBody && !matches!(word.keyword(), b"else" | b"elif") {
            self.settle_body();
        }
        match self.top().list.expect {
            Expect::Start => self.take_keyword(word),
            Expect::Prefix => {
                if !word.is_assignment() {
                    self.current().expect = Expect::Arguments;
                    self.current().words = 1;
                }
                Ok(())
            }
            Expect::Arguments => {
                self.current().words += 1;
                Ok(())
            }
            Expect::AfterCompound => self.take_word_after_compound(word),
            Expect::AfterBody => self.take_else(word),
            Expect::LoopName => self.take_loop_name(word),
            Expect::LoopIn => self.take_loop_in(word),
            Expect::LoopWords | Expect::LoopParenthesis => Ok(()),
            Expect::RepeatCount => {
                self.current().expect = Expect::Start;
                Ok(())
            }
            Expect::CaseWord => {
                self.current().expect = Expect::CaseIn;
                Ok(())
            }
            Expect::CaseIn if word.keyword() == b"in" => {
                self.current().expect = Expect::CasePattern { open: false, started: false };
                Ok(())
            }
            Expect::CaseIn => self.cursor.refuse("a case has no `in`"),
            Expect::AfterElse => self.cursor.refuse("a short form of `if` is not looked into"),
            Expect::CasePattern { open: false, started: false } if word.keyword() == b"esac" => {
                self.close_case()
            }
            Expect::CasePattern { open, .. } => {
                self.current().expect = Expect::CasePattern { open, started: true };
                Ok(())
            }
            Expect::FunctionName => {
                self.current().words += 1;
                if self.dialect != Dialect::Zsh {
                    self.expect_function_body();
                }
                Ok(())
            }
        }
    }

    /// A word where a command may begin.
    fn take_keyword(&mut self, word: &Word) -> Result<(), Refusal> {
        let zsh = self.dialect == Dialect::Zsh;
        let sh = self.dialect == Dialect::Sh;
        let keyword = word.keyword();
        match keyword {
            b"then" | b"elif" | b"else" | b"fi" | b"do" | b"done" | b"esac" | b"}" => {
                return self.take_closer(word);
            }
            b"end" if self.closes_foreach() => return self.take_closer(word),
            _ => {}
        }
        self.settle_short_loop(word.start);
        self.begin_stage(word.start);
        self.current().dangling = false;
        match keyword {
            b"{" if !zsh => self.open_brace(word.start),
            b"if" => self.push(Kind::If { condition: true }, word.start),
            b"while" | b"until" => self.open_loop(word, Expect::Start, false, b"done"),
            b"for" => self.open_loop(word, Expect::LoopName, true, b"done"),
            b"select" if !sh => self.open_loop(word, Expect::LoopName, true, b"done"),
            b"foreach" if zsh => self.open_loop(word, Expect::LoopName, true, b"end"),
            b"repeat" if zsh => self.open_loop(word, Expect::RepeatCount, true, b"done"),
            b"case" => self.push_expecting(Kind::Case { brace: false }, word.start, Expect::CaseWord),
            b"[[" if !sh => self.open_test(word),
            b"function" if sh => {
                self.cursor.refuse("`function` is not read alike by all shells that are called sh")
            }
            b"[[" | b"select" => {
                self.cursor.refuse("a keyword is not read alike by all shells that are called sh")
            }
            b"function" => {
                self.current().expect = Expect::FunctionName;
                self.current().words = 0;
                Ok(())
            }
            b"coproc" if !sh => self.cursor.refuse("the pipes of a coprocess are not looked for"),
            b"!" => self.prefix_of_pipeline(),
            b"time" if !sh => self.time(),
            _ if self.top().list.function => {
                self.cursor.refuse("a function's body is not a compound command")
            }
            _ => {
                let list = self.current();
                list.ambiguous_stage = keyword == b"time";
                list.words = usize::from(!word.is_assignment());
                list.expect = if word.is_assignment() { Expect::Prefix } else { Expect::Arguments };
                Ok(())
            }
        }
    }

    /// `!` or `time`: the pipeline's first stage begins after it.
    fn prefix_of_pipeline(&mut self) -> Result<(), Refusal> {
        let list = self.current();
        list.stage = None;
        list.dangling = true;
        Ok(())
    }

    fn time(&mut self) -> Result<(), Refusal> {
        let mut ahead = 0;
        while matches!(self.cursor.peek(ahead), Some(b' ' | b'\t')) {
            ahead += 1;
        }
        let option = [self.cursor.peek(ahead), self.cursor.peek(ahead + 1)];
        let ends = self.cursor.peek(ahead + 2).is_none_or(|byte| b" \t\n;".contains(&byte));
        if self.dialect == Dialect::Bash
            && option[0] == Some(b'-')
            && matches!(option[1], Some(b'p' | b'-'))
            && ends
        {
            self.cursor.at += ahead + 2;
        }
        self.prefix_of_pipeline()?;
        // `time` alone is a command.
        self.current().dangling = false;
        Ok(())
    }

    fn open_loop(
        &mut self,
        word: &Word,
        expect: Expect,
        header: bool,
        closer: &'static [u8],
    ) -> Result<(), Refusal> {
        let kind = Kind::Loop { phase: Phase::Head, header, closer };
        self.push_expecting(kind, word.start, expect)
    }

    fn closes_foreach(&self) -> bool {
        matches!(self.top().kind, Kind::Loop { phase: Phase::Body, closer: b"end", .. })
    }

    /// A keyword that ends a list.
    fn take_closer(&mut self, word: &Word) -> Result<(), Refusal> {
        let keyword = word.keyword();
        let list = &self.top().list;
        if list.dangling || list.function {
            return self.cursor.refuse("a list ends where a command is missing");
        }
        match (self.top().kind, keyword) {
            (Kind::If { condition: true }, b"then") => self.enter(Kind::If { condition: false }),
            (Kind::If { condition: false }, b"elif") => self.enter(Kind::If { condition: true }),
            (Kind::If { condition: false }, b"else") => self.enter(Kind::If { condition: false }),
            (Kind::If { condition: false }, b"fi") => self.close_compound(),
            (Kind::Loop { phase: Phase::Head, header, closer }, b"do") => {
                self.enter(Kind::Loop { phase: Phase::Body, header, closer })
            }
            (Kind::Loop { phase: Phase::Body, closer, .. }, _) if keyword == closer => self.close_compound(),
            (Kind::Case { brace: false }, b"esac") => self.close_case(),
            (Kind::Brace { .. }, b"}") => self.close_brace(self.cursor.at - 1),
            _ => self.cursor.refuse("a keyword closes what is not open"),
        }
    }

    fn enter(&mut self, kind: Kind) -> Result<(), Refusal> {
        self.end_command();
        self.top_mut().kind = kind;
        Ok(())
    }

    fn close_compound(&mut self) -> Result<(), Refusal> {
        let end = self.cursor.at;
        self.pop_compound(end);
        Ok(())
    }

    fn close_case(&mut self) -> Result<(), Refusal> {
        self.close_compound()
    }

    fn take_word_after_compound(&mut self, word: &Word) -> Result<(), Refusal> {
        let keyword = word.keyword();
        match keyword {
            b"then" | b"elif" | b"else" | b"fi" | b"do" | b"done" | b"esac" | b"}" => self.take_closer(word),
            b"always" if self.dialect == Dialect::Zsh => {
                self.current().expect = Expect::Start;
                self.current().dangling = true;
                Ok(())
            }
            _ => self.cursor.refuse("a word follows a compound command"),
        }
    }

    fn take_else(&mut self, word: &Word) -> Result<(), Refusal> {
        let condition = word.keyword() == b"elif";
        self.enter(Kind::If { condition })?;
        if !condition {
            self.current().expect = Expect::AfterElse;
        }
        Ok(())
    }

    fn take_loop_name(&mut self, word: &Word) -> Result<(), Refusal> {
        if word.plain {
            self.current().expect = Expect::LoopIn;
            self.current().words += 1;
            return Ok(());
        }
        self.cursor.refuse("a loop's name is not a plain word")
    }

    fn take_loop_in(&mut self, word: &Word) -> Result<(), Refusal> {
        match word.keyword() {
            b"in" => self.current().expect = Expect::LoopWords,
            b"do" => {
                self.current().expect = Expect::Start;
                return self.take_closer(word);
            }
            _ if self.dialect == Dialect::Zsh => {}
            _ => return self.cursor.refuse("a loop has no `in`"),
        }
        Ok(())
    }

    /// `)` after the words of zsh's `for name ( ... )`.
    pub(super) fn end_loop_parenthesis(&mut self) -> Result<(), Refusal> {
        self.end_loop_header();
        if let Kind::Loop { header, closer: b"end", .. } = self.top().kind {
            self.top_mut().kind = Kind::Loop { phase: Phase::Body, header, closer: b"end" };
        }
        self.cursor.at += 1;
        Ok(())
    }

    /// `)` after a case pattern.
    pub(super) fn end_case_pattern(&mut self, open: bool) -> Result<(), Refusal> {
        let blank = self.cursor.peek(1).is_none_or(|next| b" \t\n;".contains(&next));
        if open && self.dialect == Dialect::Zsh && !blank {
            return self
                .cursor
                .refuse("a case pattern begins with a parenthesis that may not enclose all of it");
        }
        self.end_command();
        self.cursor.at += 1;
        Ok(())
    }
}

impl Word {
    /// The word, if it can be a keyword.
    fn keyword(&self) -> &[u8] {
        if self.plain { &self.literal } else { b"" }
    }
}
