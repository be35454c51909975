//! What a fish reads.

use super::{Put, Redirections, Written, pipeline, quoted};
use crate::shell::ShellKind;

/// Builtins that change nothing, unless a function has their name.
const HARMLESS: [&str; 5] = [":", "echo", "false", "pwd", "true"];

/// A fish reads one byte first. Where an interrupt comes after that, it is the next one that is read so.
pub(super) fn code(code: &str) -> Written {
    Written::to_fifo(format!("\n\n{code}\0"))
}

/// What it is given for a command.
pub(super) fn command(put: &Put<'_>, text: &str, redirections: &Redirections) -> Written {
    let &Put { id, ref plain, before, statuses } = put;
    // For what the text starts and fish does not redirect with it.
    let stderr = redirections.stderr.as_deref().unwrap_or_default();
    let to = redirections.written();
    let quoted = |text: &str| quoted(ShellKind::Fish, text);
    let noted = quoted(&format!("{text}\n__porthole_note $status $pipestatus"));
    let begin = format!("set -g __porthole_stderr {stderr}; {before}");
    let code = if !plain.is_empty() {
        let harmless: Vec<_> = plain.iter().map(|name| is_harmless(name, quoted)).collect();
        let run = if plain.len() == 1 {
            // There is no pipeline to be noted.
            format!(
                "eval {}{to}; set -g __porthole_status $status; __porthole_tell 1 $__porthole_status",
                quoted(text)
            )
        } else {
            format!("set -g __porthole_same 1; eval {noted}{to}")
        };
        let harmless = harmless.join("; and ");
        format!("if {harmless}; {run}; else; {begin}__porthole_back; eval {noted}{to}; end")
    } else {
        let back = match statuses.len() {
            0 | 1 => "__porthole_back".to_owned(),
            _ => pipeline(statuses),
        };
        format!("{begin}{back}; eval {noted}{to}")
    };
    self::code(&format!("set -g __porthole_id {id}; {code}"))
}

/// Code that succeeds where the first word of a stage stands for a program, or for a builtin that changes nothing.
fn is_harmless(name: &str, quoted: impl Fn(&str) -> String) -> String {
    let word = quoted(name);
    if name.contains('/') {
        format!("test -f {word}")
    } else if HARMLESS.contains(&name) {
        format!("not builtin functions -q -- {word}")
    } else {
        format!("not builtin functions -q -- {word}; and not builtin -q -- {word}; and command -sq -- {word}")
    }
}
