//! Reader: goes through a line letter by letter and keeps what is open at each place.

use std::ops::Range;

use super::{Quote, value_of};

/// Why a part of a line is read for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// The line, a group, or commands whose output is inserted.
    Commands,
    /// Backticks.
    Backticks,
    /// `${`
    Expansion,
    /// Parentheses that hold no commands: a pattern, arithmetic.
    Pattern,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) inside: Inside,
    /// Where it begins, with what opens it, if it is part of a word.
    pub(super) opened: Option<usize>,
    pub(super) words: Vec<Range<usize>>,
    pub(super) word: Option<usize>,
    pub(super) quote: Option<Quote>,
    /// The next word is the target of a redirection.
    pub(super) redirects: bool,
    /// The next words are values in parentheses.
    pub(super) is_array: bool,
    /// Where the name behind the last `$` begins, while it may go on.
    pub(super) variable: Option<usize>,
}

impl Frame {
    pub(super) fn new(inside: Inside, opened: Option<usize>) -> Self {
        Self {
            inside,
            opened,
            words: Vec::new(),
            word: None,
            quote: None,
            redirects: false,
            is_array: false,
            variable: None,
        }
    }

    fn new_command(&mut self) {
        self.words.clear();
        (self.word, self.redirects, self.is_array, self.variable) = (None, false, false, None);
    }
}

/// Words behind which a command begins.
const BEFORE_COMMANDS: [&str; 15] = [
    "if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "begin", "and", "or", "not",
    "coproc",
];

/// Nested parts of a line that are looked at; what is deeper is nothing that a person types.
pub(super) const DEPTH: usize = 64;

pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    pub(super) fish: bool,
    pub(super) frames: Vec<Frame>,
    pub(super) opaque: Vec<Range<usize>>,
}

impl Reader<'_> {
    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the first frame is never taken off")
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Takes in one letter or operator. True where a comment begins.
    pub(super) fn step(&mut self) -> bool {
        let byte = self.peek(0);
        let at = self.at;
        let top = self.top();
        if top.variable.is_some() && !(byte.is_ascii_alphanumeric() || byte == b'_') {
            top.variable = None;
        }
        match top.quote {
            Some(quote) => self.quoted(quote, byte),
            None if top.inside == Inside::Expansion => self.expansion(byte),
            None if byte == b'#' && top.word.is_none() && top.inside != Inside::Pattern => return true,
            None => self.unquoted(byte, at),
        }
        false
    }

    fn quoted(&mut self, quote: Quote, byte: u8) {
        let escapes = match quote {
            Quote::Single => self.fish,
            Quote::Double | Quote::Dollar => true,
        };
        match byte {
            b'\\' if escapes => self.at += 1,
            b'"' if quote == Quote::Double => self.top().quote = None,
            b'\'' if quote != Quote::Double => self.top().quote = None,
            b'$' | b'`' if quote == Quote::Double => return self.dollar(byte),
            _ => {}
        }
        self.at += 1;
    }

    /// A `$` or a backtick, where it may begin something.
    fn dollar(&mut self, byte: u8) {
        let (at, next) = (self.at, self.peek(1));
        self.top().word.get_or_insert(at);
        if byte == b'`' {
            self.at += 1;
            if self.fish {
                return;
            }
            let top = self.top();
            if top.inside == Inside::Backticks && top.quote.is_none() {
                self.close();
            } else {
                self.frames.push(Frame::new(Inside::Backticks, Some(at)));
            }
            return;
        }
        let in_quotes = self.top().quote.is_some();
        match next {
            b'(' if !self.fish && self.peek(2) == b'(' => self.open(Inside::Pattern, 3),
            b'(' => self.open(Inside::Commands, 2),
            b'{' if !self.fish => self.open(Inside::Expansion, 2),
            b'\'' if !in_quotes && !self.fish => {
                self.top().quote = Some(Quote::Dollar);
                self.at += 2;
            }
            _ => {
                self.at += 1;
                let begins = next == 0 || next == b'_' || next.is_ascii_alphabetic();
                self.top().variable = begins.then_some(at + 1);
            }
        }
    }

    fn open(&mut self, inside: Inside, length: usize) {
        self.frames.push(Frame::new(inside, Some(self.at)));
        self.at += length;
    }

    /// The innermost part has ended, behind its last letter.
    fn close(&mut self) {
        if self.frames.len() == 1 {
            return self.top().new_command();
        }
        let Some(closed) = self.frames.pop() else { return };
        match closed.opened {
            Some(opened) => self.opaque.push(opened..self.at),
            // A group is a command of its own.
            None => self.top().new_command(),
        }
    }

    fn expansion(&mut self, byte: u8) {
        match byte {
            b'\\' => self.at += 1,
            b'\'' => self.top().quote = Some(Quote::Single),
            b'"' => self.top().quote = Some(Quote::Double),
            b'$' | b'`' => return self.dollar(byte),
            b'}' => {
                self.at += 1;
                return self.close();
            }
            _ => {}
        }
        self.at += 1;
    }

    fn unquoted(&mut self, byte: u8, at: usize) {
        match byte {
            b' ' | b'\t' => self.end_word(),
            b'\n' | b';' => self.end_command(),
            b'|' => self.end_command(),
            b'&' if self.peek(1) != b'>' => self.end_command(),
            b'&' => {}
            b'<' | b'>' => return self.redirection(byte),
            b'(' => return self.parenthesis(at),
            b')' => {
                let is_arithmetic = self.top().inside == Inside::Pattern && self.peek(1) == b')';
                let opened = self.top().opened;
                let double = opened.is_some_and(|opened| self.text[opened..].starts_with(b"$(("));
                self.end_word();
                self.at += if is_arithmetic && double { 2 } else { 1 };
                return self.close();
            }
            b'\\' => {
                self.top().word.get_or_insert(at);
                self.at += 1;
            }
            b'\'' | b'"' => {
                let quote = if byte == b'"' { Quote::Double } else { Quote::Single };
                self.top().word.get_or_insert(at);
                self.top().quote = Some(quote);
            }
            b'$' => return self.dollar(byte),
            b'`' => return self.dollar(byte),
            _ => {
                self.top().word.get_or_insert(at);
            }
        }
        self.at += 1;
    }

    fn parenthesis(&mut self, at: usize) {
        let word = self.top().word;
        let before = at.checked_sub(1).map_or(b' ', |before| self.text[before]);
        match word {
            _ if self.fish => {
                self.top().word.get_or_insert(at);
                self.open(Inside::Commands, 1);
            }
            Some(_) if before == b'=' => {
                self.open(Inside::Commands, 1);
                self.top().is_array = true;
            }
            // The definition of a function.
            Some(_) if self.peek(1) == b')' => {
                self.at += 2;
                self.top().new_command();
            }
            Some(_) => self.open(Inside::Pattern, 1),
            None => {
                self.frames.push(Frame::new(Inside::Commands, None));
                self.at += 1;
            }
        }
    }

    fn redirection(&mut self, byte: u8) {
        let at = self.at;
        if self.peek(1) == b'(' && !self.fish {
            self.top().word.get_or_insert(at);
            return self.open(Inside::Commands, 2);
        }
        let text = self.text;
        let top = self.top();
        // A number before it is no word.
        if top.word.is_some_and(|word| text[word..at].iter().all(u8::is_ascii_digit)) {
            top.word = None;
        }
        self.end_word();
        while self.at < self.text.len() && (matches!(self.peek(0), b'<' | b'>' | b'&' | b'|' | b'!')) {
            self.at += 1;
        }
        // What follows a here-string is an argument as any other.
        self.top().redirects = !(byte == b'<' && self.text[at..].starts_with(b"<<<"));
    }

    fn end_word(&mut self) {
        let (text, end) = (self.text, self.at);
        let top = self.top();
        let Some(start) = top.word.take() else { return };
        if std::mem::take(&mut top.redirects) || top.inside == Inside::Pattern {
            return;
        }
        let word = &text[start..end];
        let begins = top.words.is_empty() && !top.is_array;
        let is_reserved = BEFORE_COMMANDS.iter().any(|reserved| reserved.as_bytes() == word);
        if !(begins && (is_reserved || value_of(word).is_some())) {
            top.words.push(start..end);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let top = self.top();
        if top.inside != Inside::Pattern && !top.is_array {
            top.new_command();
        }
    }
}
