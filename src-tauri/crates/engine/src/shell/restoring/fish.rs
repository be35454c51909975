//! The state of a fish: what `set -guL`, `set -gxL` and `functions` print.

use super::{Code, Snapshot};
use crate::shell::saved::{Saved, is_among, lines};
use std::collections::BTreeMap;

/// Parts of what it tells.
const PLAIN: usize = 0;
const EXPORTED: usize = 1;

/// Parts of its definitions.
const FUNCTIONS: usize = 0;
const ERASED: usize = 1;
/// Abbreviations and completions.
const OTHERS: usize = 2;
/// Which function is called by which event.
pub(in crate::shell) const HANDLERS: usize = 3;

/// Variables that are the shell's own.
const LEFT_OUT: [&str; 22] = [
    "__porthole*",
    "_",
    "argv",
    "status",
    "status_generation",
    "pipestatus",
    "PWD",
    "SHLVL",
    "COLUMNS",
    "LINES",
    "CMD_DURATION",
    "EUID",
    "version",
    "FISH_VERSION",
    "fish_pid",
    "last_pid",
    "hostname",
    "history",
    "umask",
    "fish_kill_signal",
    "fish_killring",
    "fish_terminal_color_theme",
];

pub(super) fn write(code: &mut Code, wanted: &Snapshot, own: &Snapshot) {
    for part in [FUNCTIONS, ERASED] {
        if wanted.definitions.part(part) != own.definitions.part(part) {
            code.line(&[wanted.definitions.part(part)]);
        }
    }
    let there = lines(own.definitions.part(OTHERS));
    for line in lines(wanted.definitions.part(OTHERS)) {
        if !there.contains(&line) {
            code.line(&[line]);
        }
    }
    let (variables, own_variables) = (variables(&wanted.state), variables(&own.state));
    let meant = |name: &[u8]| !is_among(&LEFT_OUT, name);
    for name in own_variables.keys().filter(|name| meant(name) && !variables.contains_key(*name)) {
        code.line(&[b"set -eg ", name]);
    }
    for (name, value) in &variables {
        if meant(name) && own_variables.get(name) != Some(value) {
            let (scope, value) = value;
            code.line(&[b"set ", scope, b" ", name, b" ", value]);
        }
    }
    let value = |name: &[u8]| variables.get(name).map_or(b"".as_slice(), |(_, value)| value);
    code.line(&[b"umask ", value(b"umask")]);
    // `cd` notes where it came from.
    code.line(&[b"builtin cd ", value(b"PWD")]);
    for name in [b"dirprev".as_slice(), b"dirnext"] {
        code.line(&[b"set -g ", name, b" ", value(name)]);
    }
    code.line(&[b"set -g __porthole_status ", wanted.status.to_string().as_bytes()]);
}

/// Variables by their names: how they are set, and the words of their value.
fn variables(state: &Saved) -> BTreeMap<&[u8], (&'static [u8], &[u8])> {
    let mut variables = BTreeMap::new();
    for (part, scope) in [(PLAIN, b"-gu".as_slice()), (EXPORTED, b"-gx")] {
        for line in lines(state.part(part)) {
            let (name, value) = match line.iter().position(|byte| *byte == b' ') {
                Some(space) => (&line[..space], &line[space + 1..]),
                None => (line, b"".as_slice()),
            };
            // A single empty word is printed as nothing.
            let value = if value.is_empty() && name.len() < line.len() { b"''".as_slice() } else { value };
            variables.insert(name, (scope, value));
        }
    }
    variables
}
