//! Lists of commands: what separates, groups and ends them.

use super::frame::{Expect, Kind, Owner, Phase, Redirection, Word};
use super::posix::Machine;
use super::{Dialect, Refusal};

impl Machine<'_, '_> {
    /// Takes one byte, or one token, where commands are read.
    pub(super) fn list(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b' ' | b'\t' => {
                self.finish_word()?;
                self.cursor.at += 1;
                Ok(())
            }
            b'\n' => self.newline(),
            b';' => self.semicolon(),
            b'|' => self.bar(),
            b'&' => self.ampersand(),
            b'<' | b'>' => self.angle(byte),
            b'(' => self.open_parenthesis(),
            b')' => self.close_parenthesis(),
            b'#' if self.top().list.word.is_none() => {
                self.cursor.skip_line();
                Ok(())
            }
            b'{' | b'}' if self.dialect == Dialect::Zsh && self.zsh_brace(byte)? => Ok(()),
            _ => self.word_byte(byte),
        }
    }

    fn newline(&mut self) -> Result<(), Refusal> {
        self.finish_word()?;
        self.settle_body();
        let list = self.current();
        if list.redirection != Redirection::None {
            return self.cursor.refuse("a redirection has no target");
        }
        match list.expect {
            Expect::Start if list.dangling || list.function => {}
            Expect::Start
            | Expect::Prefix
            | Expect::Arguments
            | Expect::AfterCompound
            | Expect::AfterBody => {
                self.end_command();
            }
            Expect::LoopWords => self.end_loop_header(),
            Expect::LoopIn | Expect::CaseIn | Expect::LoopParenthesis => {}
            Expect::CasePattern { open: false, started: false } => {}
            Expect::FunctionName if list.words > 0 => self.expect_function_body(),
            _ => return self.cursor.refuse("a line ends where a word is missing"),
        }
        self.cursor.at += 1;
        self.read_here_documents()
    }

    fn semicolon(&mut self) -> Result<(), Refusal> {
        self.finish_word()?;
        self.settle_body();
        if self.cursor.joins(1, b";&|") {
            return self.cursor.refuse("an operator is broken over two lines");
        }
        let length = match (self.cursor.peek(1), self.cursor.peek(2)) {
            (Some(b';'), Some(b'&')) => 3,
            (Some(b';' | b'&'), _) => 2,
            (Some(b'|'), _) if self.dialect == Dialect::Zsh => 2,
            _ => 1,
        };
        if length > 1 {
            return self.end_case_branch(length);
        }
        let list = self.current();
        if list.redirection != Redirection::None || list.function || list.dangling {
            return self.cursor.refuse("a command is missing before the semicolon");
        }
        let expect = list.expect;
        match expect {
            Expect::LoopIn | Expect::LoopWords => self.end_loop_header(),
            Expect::Start
                if matches!(self.top().kind, Kind::Loop { phase: Phase::Head, header: true, .. }) => {}
            Expect::Prefix | Expect::Arguments | Expect::AfterCompound => self.end_command(),
            Expect::Start if self.dialect == Dialect::Zsh => self.end_command(),
            _ => {
                return self.cursor.refuse("a command is missing before the semicolon");
            }
        }
        self.cursor.at += 1;
        Ok(())
    }

    fn end_case_branch(&mut self, length: usize) -> Result<(), Refusal> {
        let in_case = matches!(self.top().kind, Kind::Case { .. });
        let pattern =
            matches!(self.top().list.expect, Expect::CasePattern { .. } | Expect::CaseWord | Expect::CaseIn);
        if !in_case || pattern || self.top().list.dangling {
            return self.cursor.refuse("a case branch ends outside of a case");
        }
        self.end_command();
        self.current().expect = Expect::CasePattern { open: false, started: false };
        self.cursor.at += length;
        Ok(())
    }

    /// Ends the current command; the next one may begin.
    pub(super) fn end_command(&mut self) {
        self.note_definition();
        let list = self.current();
        list.expect = Expect::Start;
        list.stage = None;
        list.words = 0;
        list.redirects_stdout = false;
        list.ambiguous_stage = false;
        list.dangling = false;
        list.function = false;
    }

    /// Ends the header of a loop; its body may begin.
    pub(super) fn end_loop_header(&mut self) {
        self.end_command();
    }

    /// Remembers where a stage begins, when a token begins one.
    pub(super) fn begin_stage(&mut self, at: usize) {
        let list = self.current();
        if matches!(list.expect, Expect::Start | Expect::Prefix) && list.stage.is_none() {
            list.stage = Some(at);
            list.last_end = at;
        }
    }

    fn open_parenthesis(&mut self) -> Result<(), Refusal> {
        if self.cursor.joins(1, b"()") {
            return self.cursor.refuse("an operator is broken over two lines");
        }
        if self.top().list.word.is_some() {
            return self.parenthesis_in_word();
        }
        if self.top().list.redirection != Redirection::None {
            return self.cursor.refuse("a parenthesis stands where a redirection needs its target");
        }
        let at = self.cursor.at;
        let zsh = self.dialect == Dialect::Zsh;
        let empty = self.empty_parentheses();
        let list = self.current();
        match list.expect {
            Expect::CasePattern { open: false, started: false } => {
                list.expect = Expect::CasePattern { open: true, started: false };
                self.cursor.at += 1;
                Ok(())
            }
            Expect::Start if list.function && empty.is_some() => self.skip_parentheses(empty),
            Expect::Start if zsh && empty == Some(2) => self.define_function(empty),
            Expect::Start => self.open_subshell(at),
            Expect::Arguments if empty.is_some() && (zsh || list.words == 1) => self.define_function(empty),
            Expect::FunctionName if empty.is_some() && list.words > 0 => self.define_function(empty),
            Expect::FunctionName if list.words > 0 && !zsh => {
                self.expect_function_body();
                Ok(())
            }
            Expect::LoopName if !zsh || list.words == 0 => self.open_for_arithmetic(at),
            Expect::LoopIn if zsh => {
                list.expect = Expect::LoopParenthesis;
                self.cursor.at += 1;
                Ok(())
            }
            Expect::Arguments | Expect::LoopWords | Expect::LoopParenthesis | Expect::CasePattern { .. }
                if zsh =>
            {
                self.current().word = Some(Word { plain: false, ..Word::at(at) });
                self.open_glob()
            }
            _ => self.cursor.refuse("a parenthesis stands where none is expected"),
        }
    }

    fn open_subshell(&mut self, at: usize) -> Result<(), Refusal> {
        self.settle_short_loop(at);
        self.begin_stage(at);
        if self.cursor.peek(1) == Some(b'(') && !self.parentheses.contains(&at) {
            return self.open_arithmetic(at, 2, Owner::Command);
        }
        self.push(Kind::Subshell, at)?;
        self.cursor.at += 1;
        Ok(())
    }

    fn open_for_arithmetic(&mut self, at: usize) -> Result<(), Refusal> {
        if self.cursor.peek(1) != Some(b'(') || self.dialect == Dialect::Sh {
            return self.cursor.refuse("a loop has no name");
        }
        self.open_arithmetic(at, 2, Owner::For)
    }

    /// The length of `()` with blanks in it, if that is what follows.
    fn empty_parentheses(&self) -> Option<usize> {
        let mut ahead = 1;
        while matches!(self.cursor.peek(ahead), Some(b' ' | b'\t')) {
            ahead += 1;
        }
        (self.cursor.peek(ahead) == Some(b')')).then_some(ahead + 1)
    }

    fn skip_parentheses(&mut self, length: Option<usize>) -> Result<(), Refusal> {
        self.cursor.at += length.unwrap_or(0);
        Ok(())
    }

    /// `name ()`: a function's body comes next.
    pub(super) fn define_function(&mut self, length: Option<usize>) -> Result<(), Refusal> {
        let at = self.cursor.at;
        self.begin_stage(at);
        self.expect_function_body();
        self.skip_parentheses(length)
    }

    pub(super) fn expect_function_body(&mut self) {
        let list = self.current();
        list.expect = Expect::Start;
        list.words = 0;
        list.function = true;
        list.defines = true;
    }

    fn parenthesis_in_word(&mut self) -> Result<(), Refusal> {
        let zsh = self.dialect == Dialect::Zsh;
        let empty = self.empty_parentheses();
        let previous = self.cursor.text[self.cursor.at - 1];
        let list = self.current();
        let first = matches!(list.expect, Expect::Start) && list.words == 0;
        let (bang, equals, assignment, plain) = match &list.word {
            Some(word) => (word.literal == b"!", word.literal == b"=", word.is_assignment(), word.plain),
            None => (false, false, false, false),
        };
        if self.dialect != Dialect::Sh && previous == b'=' && assignment {
            self.push(Kind::Array, self.cursor.at)?;
            self.cursor.at += 1;
            return Ok(());
        }
        if zsh && equals && plain {
            return self.open_substitution(1);
        }
        let named = match self.top().list.expect {
            Expect::FunctionName => true,
            Expect::Arguments => zsh,
            _ => first,
        };
        if named && plain && !bang && empty.is_some() && (!zsh || empty == Some(2)) {
            self.finish_function_name();
            return self.define_function(empty);
        }
        match self.dialect {
            _ if bang && first => {
                self.cursor.refuse("`!(` is a negated group or a pattern, depending on an option")
            }
            Dialect::Zsh => self.open_glob(),
            Dialect::Bash if matches!(previous, b'@' | b'?' | b'*' | b'+' | b'!') => self.open_glob(),
            _ => self.cursor.refuse("a parenthesis stands in a word"),
        }
    }

    fn close_parenthesis(&mut self) -> Result<(), Refusal> {
        self.finish_word()?;
        self.settle_body();
        let end = self.cursor.at + 1;
        let list = &self.top().list;
        match (self.top().kind, list.expect) {
            (Kind::Case { .. }, Expect::CasePattern { open, started: true }) => self.end_case_pattern(open),
            (Kind::Loop { .. }, Expect::LoopParenthesis) => self.end_loop_parenthesis(),
            _ if list.dangling || list.function || list.redirection != Redirection::None => {
                self.cursor.refuse("a group ends where a command is missing")
            }
            (Kind::Subshell, _) => {
                self.cursor.at = end;
                self.pop_compound(end);
                Ok(())
            }
            (Kind::Substitution, _) if self.has_own_here_documents() => {
                self.cursor.refuse("a here-document's body lies outside of its substitution")
            }
            (Kind::Substitution, _) => {
                self.cursor.at = end;
                self.pop_word_part();
                Ok(())
            }
            _ => self.cursor.refuse("a parenthesis closes what is not open"),
        }
    }
}
