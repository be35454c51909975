//! Rewriting: the text in which the chosen stages write to the engine instead of to the next stage.

mod fish;
mod restore;

pub(super) use restore::restore;

use super::means::Means;
use super::scanner::{Dialect, Pipe, PipeOperator};

/// How the rewritten text calls the helper.
pub(super) struct Call<'a> {
    /// The helper's path.
    pub(super) helper: &'a str,
    /// The folder of the command's taps.
    pub(super) folder: &'a str,
    /// By which descriptor a stage's stdout is handed to the helper, where that cannot find it by itself.
    pub(super) handed: Option<char>,
}

impl Call<'_> {
    /// A word that the stage's shell replaces by the path to write to. The helper's own stderr is hidden, so that
    /// `set -x` shows nothing of it, and it ends with the status that it is given, so that `$?` stays what it was.
    fn word(&self, dialect: Dialect, channel: char, location: usize) -> String {
        let Self { helper, folder, handed } = self;
        if dialect == Dialect::Fish {
            return format!("({helper} {folder} {channel} {location} $status)");
        }
        let Some(handed) = handed else {
            return format!("\"$({{ exec {helper} {folder} {channel} {location} $?; }} 3>&2 2>/dev/null)\"");
        };
        let stream = if channel == 'o' { *handed } else { '2' };
        format!(
            "\"$({{ exec {helper} {folder} {channel} {location} $? 3; }} 3>&{stream} {handed}>&- 2>/dev/null)\""
        )
    }

    /// The file that fish opens just before the path of a stage.
    fn marker(&self, location: usize) -> String {
        let Self { folder, .. } = self;
        match folder.strip_suffix('\'') {
            Some(open) => format!("{open}/g{location}'"),
            None => format!("{folder}/g{location}"),
        }
    }
}

/// Why the pipe cannot be tapped without a change of the command's result, if so.
pub(super) fn obstacle(text: &str, pipe: &Pipe, dialect: Dialect, means: Means) -> Option<&'static str> {
    if pipe.ambiguous_stage {
        return Some("the stage begins with `time`, which shells called sh read in two ways");
    }
    if pipe.backticks > 1 {
        return Some("the pipe is in backticks inside of backticks");
    }
    if pipe.backticks > 0 && pipe.in_here_document {
        return Some("the pipe is in backticks inside of a here-document");
    }
    if pipe.in_function && !restore::is_possible(text, pipe, dialect) {
        return Some("the pipe is in a function, which would stay tapped when the command has ended");
    }
    match dialect {
        Dialect::Zsh if pipe.redirects_stdout => {
            Some("the stage writes to a file as well, which zsh does for pipes in its own way")
        }
        Dialect::Fish if means != Means::Linux => Some("pipes of fish can be tapped on Linux only"),
        Dialect::Fish => fish::obstacle(pipe),
        _ => None,
    }
}

/// A descriptor that the text does not use, as far as the text tells.
pub(super) fn unused_descriptor(text: &str) -> char {
    let is_used = |digit: &char| {
        let near = |(at, _): (usize, &str)| {
            text[..at].ends_with(['&', ' ']) || text[at + 1..].starts_with(['<', '>'])
        };
        text.match_indices(*digit).any(near)
    };
    ('4'..='9').rev().find(|digit| !is_used(digit)).unwrap_or('9')
}

/// What a tap of the pipe does not show, and why, if so.
pub(super) fn unseen(pipe: &Pipe, dialect: Dialect) -> Option<&'static str> {
    if dialect == Dialect::Fish { fish::unseen(pipe) } else { None }
}

/// What is put in at an offset, in the order of the text that results.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Edit {
    /// Closes a stage that began at the given offset: the innermost, which began last, comes first.
    Close(std::cmp::Reverse<usize>),
    /// Opens a stage that ends at the given offset: the outermost, which ends last, comes first.
    Open(std::cmp::Reverse<usize>),
    /// Drops the second byte of `|&`.
    Drop,
}

/// The text with the stages before the pipes of these `locations` tapped.
pub(super) fn rewrite(
    text: &str,
    dialect: Dialect,
    pipes: &[Pipe],
    locations: &[usize],
    call: &Call<'_>,
) -> String {
    let mut edits: Vec<(usize, Edit, String)> = Vec::with_capacity(locations.len() * 3);
    for &location in locations {
        let pipe = &pipes[location];
        if dialect == Dialect::Fish {
            let close = Edit::Close(std::cmp::Reverse(pipe.stage.start));
            edits.push((pipe.redirections, close, fish::redirections(pipe, location, call)));
            continue;
        }
        let is_subshell = text[pipe.stage.clone()].starts_with('(');
        let (mut before, mut after) = around(dialect, pipe, location, call);
        if dialect == Dialect::Sh && is_subshell {
            // dash takes a group of nothing but a subshell for the subshell, and its redirections for all there are.
            before.push_str("case . in (.) ");
            after.insert_str(0, ";; esac");
        }
        edits.push((pipe.stage.start, Edit::Open(std::cmp::Reverse(pipe.stage.end)), before));
        edits.push((pipe.stage.end, Edit::Close(std::cmp::Reverse(pipe.stage.start)), after));
        if pipe.operator == PipeOperator::OutAndErr {
            edits.push((pipe.operator_range().end - 1, Edit::Drop, String::new()));
        }
    }
    edits.sort();
    let mut rewritten =
        String::with_capacity(text.len() + edits.iter().map(|edit| edit.2.len()).sum::<usize>());
    let mut from = 0;
    for (offset, edit, insertion) in edits {
        rewritten.push_str(&text[from..offset]);
        rewritten.push_str(&insertion);
        from = if edit == Edit::Drop { offset + 1 } else { offset };
    }
    rewritten.push_str(&text[from..]);
    rewritten
}

/// What stands before and after the stage.
fn around(dialect: Dialect, pipe: &Pipe, location: usize, call: &Call<'_>) -> (String, String) {
    let out = call.word(dialect, 'o', location);
    let streams = match pipe.operator {
        // The shell itself redirects stderr after the stage's own redirections, as `|&` does.
        PipeOperator::OutAndErr => format!("; }} >>{out}"),
        _ => format!("; }} >>{out} 2>>{}", call.word(dialect, 'e', location)),
    };
    // Open for the helper, closed for the stage.
    let (open, close, shut) = match call.handed {
        Some(handed) => ("{ ", format!("; }} {handed}>&1"), format!(" {handed}>&-")),
        None => ("", String::new(), String::new()),
    };
    let join = if pipe.operator == PipeOperator::OutAndErr { " 2>&1" } else { "" };
    match dialect {
        // Beside a redirection zsh would feed the pipe as well (MULTIOS): the pipe's group is another one.
        Dialect::Zsh => (format!("{open}{{ {{ "), format!("{join}{streams}{shut}; }}{close}")),
        _ => (format!("{open}{{ "), format!("{join}{streams}{shut}{close}")),
    }
}
