//! The pipe scanner: the byte offset, the operator and the feeding stage of every pipe in a command's text.
//!
//! Pure and linear: every step costs one unit of a fuel that is proportional to the text, nesting is held in a bounded
//! stack, and what the scanner does not know for sure it refuses.

mod brace;
mod bracket;
mod compound;
mod cursor;
mod fish;
mod frame;
mod here_document;
mod list;
mod operator;
mod pipeline;
mod posix;
mod word;

pub(super) use pipeline::last_pipeline;

use std::fmt;
use std::ops::Range;

/// The shell language that a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// GNU bash.
    Bash,
    /// A POSIX shell (dash, ash, bash as `sh`); what these read differently is refused.
    Sh,
    /// zsh with its default options.
    Zsh,
    /// fish.
    Fish,
}

impl Dialect {
    /// The dialect of the shell program with this file name (`bash`, `sh`, `dash`, `ash`, `zsh`, `fish`), if it is known.
    #[must_use]
    pub fn of_program(name: &str) -> Option<Self> {
        match name {
            "bash" => Some(Self::Bash),
            "sh" | "dash" | "ash" => Some(Self::Sh),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            _ => None,
        }
    }
}

/// How a pipe is written, and with that which streams enter it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PipeOperator {
    /// `|`: stdout.
    Out,
    /// `|&` in bash and zsh: stdout and stderr.
    OutAndErr,
    /// `&|` in fish: stdout and stderr.
    FishOutAndErr,
    /// `2>|` in fish: stderr.
    FishErr,
}

impl PipeOperator {
    /// The operator as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Out => "|",
            Self::OutAndErr => "|&",
            Self::FishOutAndErr => "&|",
            Self::FishErr => "2>|",
        }
    }
}

impl fmt::Display for PipeOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One pipe of a text. Offsets are bytes of the text as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipe {
    /// Where the operator's bar is.
    pub offset: usize,
    /// The operator.
    pub operator: PipeOperator,
    /// The command that feeds the pipe, without the blanks around it and without `!`, `time`, `not`, `and`, `or`.
    pub stage: Range<usize>,
    /// How many constructs (groups, loops, substitutions, quotes ...) enclose it.
    pub depth: usize,
    /// It is in the body of a function that the text defines.
    pub in_function: bool,
    /// The definitions of functions in whose bodies it is, innermost first; not told in backticks.
    pub definitions: Vec<Range<usize>>,
    /// It is in the body of a here-document.
    pub in_here_document: bool,
    /// How many levels of backticks enclose it.
    pub backticks: usize,
    /// The stage itself sends its stdout somewhere (`>file`, `>&2`, `&>file`).
    pub redirects_stdout: bool,
    /// The stage itself sends its stderr somewhere; told in fish only.
    pub redirects_stderr: bool,
    /// It is in a block (`begin`, `if`, `for` ...) whose streams may be redirected at its end; told in fish only.
    pub in_block: bool,
    /// Where the stage's own redirections begin; told in fish only, and elsewhere the stage's end.
    pub redirections: usize,
    /// The stage begins with a word that some shells take as a keyword of the whole pipeline and others as a command.
    pub ambiguous_stage: bool,
}

impl Pipe {
    /// The bytes of the operator.
    #[must_use]
    pub fn operator_range(&self) -> Range<usize> {
        let start = match self.operator {
            PipeOperator::Out | PipeOperator::OutAndErr => self.offset,
            PipeOperator::FishOutAndErr | PipeOperator::FishErr => {
                self.offset + 1 - self.operator.as_str().len()
            }
        };
        start..start + self.operator.as_str().len()
    }
}

/// Why a text was not scanned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (at byte {offset})")]
pub struct Refusal {
    /// The byte at which the scanner stopped.
    pub offset: usize,
    /// One sentence without its final dot.
    pub reason: &'static str,
}

/// Finds every pipe of `text`, in the order of their offsets: a pipe's place in the answer is its breakpoint index.
///
/// # Errors
/// A [`Refusal`] where the text is not complete, not valid, nested too deeply, or could be read in two ways.
pub fn scan(text: &str, dialect: Dialect) -> Result<Vec<Pipe>, Refusal> {
    let mut fuel = cursor::Fuel::for_length(text.len());
    let mut pipes = match dialect {
        Dialect::Fish => fish::scan(text.as_bytes(), &mut fuel)?,
        _ => posix::scan(text.as_bytes(), dialect, &mut fuel)?,
    };
    pipes.sort_by_key(|pipe| pipe.offset);
    Ok(pipes)
}
