//! The state of a POSIX shell: what `set`, `export -p`, `readonly -p`, `alias`, `trap` and `umask` print, and `$-`.

use super::{Code, Snapshot, changes};
use crate::shell::ShellKind;
use crate::shell::dialect::quoted;
use crate::shell::saved::{Entries, Saved, assigned, entries, lines};

/// Parts of what it tells; the positional parameters follow.
const VARIABLES: usize = 0;
const EXPORTED: usize = 1;
const READONLY: usize = 2;
const ALIASES: usize = 3;
const OTHERS: usize = 4;
const OPTIONS: usize = 5;

/// Variables that are the shell's own, or restored in another way.
const LEFT_OUT: [&str; 9] = ["__porthole*", "PPID", "PWD", "OLDPWD", "OPTIND", "PS1", "PS2", "_", "LINENO"];

/// Options that can be changed in a shell that takes commands.
const CHANGEABLE: &[u8] = b"aCefnuvb";

pub(super) fn write(code: &mut Code, wanted: &Snapshot, own: &Snapshot) {
    let state = &wanted.state;
    code.line(&[b"unalias -a"]);
    let (variables, own_variables) = (variables(state), variables(&own.state));
    let (exported, own_exported) = (declared(state, EXPORTED), declared(&own.state, EXPORTED));
    let changes = changes(&variables, &own_variables, &LEFT_OUT);
    for name in changes
        .gone
        .into_iter()
        .chain(own_exported.keys().filter(|name| !exported.contains_key(*name)).copied())
    {
        code.line(&[b"unset ", name]);
    }
    for (name, entry) in &variables {
        if changes.set.iter().any(|(changed, ..)| changed == name)
            || (own_exported.contains_key(name) && !exported.contains_key(name))
        {
            code.line(&[entry]);
        }
    }
    for name in exported.keys().filter(|name| !own_exported.contains_key(*name)) {
        code.line(&[b"export ", name]);
    }
    for name in declared(state, READONLY).keys() {
        code.line(&[b"readonly ", name]);
    }
    for line in lines(state.part(ALIASES)) {
        code.line(&[b"alias ", line.strip_prefix(b"alias ").unwrap_or(line)]);
    }
    code.line(&[state.part(OTHERS)]);
    for (name, command) in [("PWD", b"cd ".as_slice()), ("OLDPWD", b"OLDPWD=")] {
        if let Some(entry) = variables.get(name.as_bytes()) {
            code.line(&[command, &entry[name.len() + 1..]]);
        }
    }
    let own_status = wanted.status.to_string();
    code.line(&[b"__porthole_status=", own_status.as_bytes()]);
    if let Some(trace) = variables.get(b"__porthole_trace".as_slice()) {
        code.line(&[trace]);
    }
    write_parameters(code, state);
    for option in CHANGEABLE {
        let is_on = |state: &Saved| state.part(OPTIONS).contains(option);
        if is_on(state) != is_on(&own.state) {
            code.line(&[if is_on(state) { b"set -" } else { b"set +" }, &[*option]]);
        }
    }
}

fn variables(state: &Saved) -> Entries<'_> {
    entries(state.part(VARIABLES), |entry| entry.contains(&b'=').then(|| assigned(entry))?)
}

/// The names after `export` or `readonly`.
fn declared(state: &Saved, part: usize) -> Entries<'_> {
    let mut names = entries(state.part(part), |entry| {
        entry.split(|byte| *byte == b' ').skip(1).find(|word| !word.starts_with(b"-")).and_then(assigned)
    });
    names.retain(|name, _| !super::is_among(&LEFT_OUT, name));
    names
}

fn write_parameters(code: &mut Code, state: &Saved) {
    let mut line = b"set --".to_vec();
    for index in OPTIONS + 1..state.parts() {
        let parameter = String::from_utf8_lossy(state.part(index));
        line.push(b' ');
        line.extend_from_slice(quoted(ShellKind::Posix, &parameter).as_bytes());
    }
    code.line(&[&line]);
}
