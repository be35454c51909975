//! Frames: the constructs that are open at a position, innermost last.

/// An open construct, and the list of commands in it where it holds one.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Where the construct begins.
    pub(super) start: usize,
    /// It is, or is inside, the body of a function.
    pub(super) in_function: bool,
    pub(super) list: List,
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The whole text.
    Top,
    /// The unquoted body of a here-document.
    HereDocument,
    /// `( ... )` as a command.
    Subshell,
    /// `{ ...; }`.
    Brace { body: bool },
    /// `$( ... )`, `<( ... )`, `>( ... )`, `=( ... )`.
    Substitution,
    /// `if`; `condition` until `then`.
    If { condition: bool },
    /// `while`, `until`, `for`, `select`, `repeat`, `foreach`.
    Loop { phase: Phase, header: bool, closer: &'static [u8] },
    /// `case`.
    Case { brace: bool },
    /// `" ... "`.
    DoubleQuote,
    /// `${ ... }`; `quotes` tells whether a single quote quotes in it.
    Parameter { quoted: bool, quotes: bool },
    /// `(( ... ))` and `$(( ... ))`, with the parentheses open in it.
    Arithmetic { depth: usize, pipes: usize, owner: Owner },
    /// `$[ ... ]`.
    BracketArithmetic { depth: usize },
    /// `@( ... )`, and in zsh `( ... )` in a word.
    Glob { depth: usize },
    /// `name=( ... )`.
    Array,
    /// `[[ ... ]]`.
    Test { regex: bool },
}

/// Where a loop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// In the condition of `while`, or between the header of `for` and its body.
    Head,
    /// In the body.
    Body,
}

/// What an arithmetic construct is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A command of its own.
    Command,
    /// A word: `$(( ... ))`.
    Word,
    /// The header of `for ((...))`.
    For,
}

/// Where a list of commands is.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) expect: Expect,
    /// Where the current stage begins.
    pub(super) stage: Option<usize>,
    /// Where its last token ends.
    pub(super) last_end: usize,
    /// Words of the current simple command.
    pub(super) words: usize,
    pub(super) redirects_stdout: bool,
    pub(super) ambiguous_stage: bool,
    /// The next compound command is the body of a function.
    pub(super) function: bool,
    /// The current command defines a function.
    pub(super) defines: bool,
    /// A pipe or `&&`, `||` waits for its command.
    pub(super) dangling: bool,
    pub(super) redirection: Redirection,
    pub(super) word: Option<Word>,
}

/// What a list takes next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// A command, or a keyword.
    #[default]
    Start,
    /// A command's name after assignments or redirections: no keyword.
    Prefix,
    /// Arguments.
    Arguments,
    /// Redirections after a compound command.
    AfterCompound,
    /// After zsh's `if ... { ... }`: `else`, `elif`, or the end.
    AfterBody,
    /// The brace after zsh's `if ... { ... } else`.
    AfterElse,
    /// The name after `for`, `select`, `foreach`.
    LoopName,
    /// `in`, `;`, or `do`.
    LoopIn,
    /// The words after `in`.
    LoopWords,
    /// The words of zsh's `for name ( ... )`.
    LoopParenthesis,
    /// The word after `repeat`.
    RepeatCount,
    /// The word after `case`.
    CaseWord,
    /// `in` after it.
    CaseIn,
    /// A pattern; `open` after its optional parenthesis, `started` after its first word.
    CasePattern { open: bool, started: bool },
    /// The name after `function`.
    FunctionName,
}

/// What the next word is to a redirection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirection {
    /// Nothing.
    #[default]
    None,
    /// Its target.
    Target,
    /// The delimiter of a here-document, whose leading tabs are stripped or not.
    HereDocument { strip: bool },
}

/// A word that is being read.
#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) start: usize,
    /// Its first bytes as long as they are plain, without line continuations.
    pub(super) literal: Vec<u8>,
    /// Nothing but plain bytes so far.
    pub(super) plain: bool,
    /// Open braces and brackets in it.
    pub(super) braces: usize,
    pub(super) brackets: usize,
}

/// Bytes of a word that are kept to know it: longer than every keyword.
const LITERAL: usize = 256;

impl Word {
    pub(super) fn at(start: usize) -> Self {
        Self { start, plain: true, ..Self::default() }
    }

    pub(super) fn push(&mut self, byte: u8) {
        if self.plain && self.literal.len() < LITERAL {
            self.literal.push(byte);
        } else {
            self.plain = false;
        }
    }

    /// Whether it is an assignment: `name=`, `name+=`, `name[...]=`.
    pub(super) fn is_assignment(&self) -> bool {
        let name =
            self.literal.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let named = name > 0 && !self.literal[0].is_ascii_digit();
        named && matches!(&self.literal[name..], [b'=', ..] | [b'+', b'=', ..] | [b'[', ..])
    }

    /// Whether it is the number of a file descriptor.
    pub(super) fn is_number(&self) -> bool {
        self.plain && !self.literal.is_empty() && self.literal.iter().all(u8::is_ascii_digit)
    }
}
