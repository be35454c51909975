//! What a POSIX shell told, which completes nothing itself: its aliases, its variables, its PATH.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::candidates::Candidates;
use super::files;
use super::line::Place;
use super::told::Told;
use super::typed::Typed;
use crate::protocol::CompletionKind;

const BUILTINS: [&str; 37] = [
    ".", ":", "alias", "bg", "break", "cd", "command", "continue", "echo", "eval", "exec", "exit", "export",
    "false", "fg", "getopts", "hash", "jobs", "kill", "printf", "pwd", "read", "readonly", "return", "set",
    "shift", "test", "times", "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "wait", "[",
];
const KEYWORDS: [&str; 13] =
    ["if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in"];

/// Adds what was told of the word.
pub(super) fn gather(found: &mut Candidates<'_>, typed: &Typed<'_>, told: &Told<'_>) {
    match typed.line.place {
        Place::Command => {
            let aliases =
                told.all("aliases").filter_map(|line| name(line.strip_prefix(b"alias ").unwrap_or(line)));
            found.add_names(typed, aliases, CompletionKind::Alias);
            commands(found, typed, told.first("path"));
            found.sort();
        }
        Place::Variable(begins) => {
            found.add_variables(typed, begins, told.all("variables").filter_map(name));
            found.sort();
        }
        Place::User => users(found, typed),
        Place::Argument | Place::File | Place::Nothing => {}
    }
}

/// Adds what every POSIX shell has, and the programs of a PATH.
pub(super) fn commands(found: &mut Candidates<'_>, typed: &Typed<'_>, path: Option<&[u8]>) {
    found.add_names(typed, BUILTINS.map(str::as_bytes), CompletionKind::Builtin);
    found.add_names(typed, KEYWORDS.map(str::as_bytes), CompletionKind::Keyword);
    let Some(beginning) = &typed.beginning else { return };
    let path = OsStr::from_bytes(path.unwrap_or_default());
    let (programs, cut) = files::programs(path, beginning, found.around.most, found.around.deadline);
    found.cut |= cut;
    found.add_names(typed, programs.iter().map(|program| program.name.as_slice()), CompletionKind::Command);
}

/// Adds the users of this system.
pub(super) fn users(found: &mut Candidates<'_>, typed: &Typed<'_>) {
    let users = std::fs::read("/etc/passwd").unwrap_or_default();
    let names = users.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b':').next());
    found.add_users(typed, names.filter(|name| !name.is_empty()));
}

/// The name before the first `=`, if there is one: a value may have lines of its own.
fn name(line: &[u8]) -> Option<&[u8]> {
    let name = line.split(|byte| *byte == b'=').next().filter(|name| name.len() < line.len())?;
    name.iter().all(|byte| byte.is_ascii_graphic() && !b"'\"$`\\".contains(byte)).then_some(name)
}
