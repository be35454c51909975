//! The state of a zsh: what `typeset -p`, `setopt`, `trap`, `alias -L` and `hash -dL` print.

use super::{Code, Snapshot, changes};
use crate::shell::ShellKind;
use crate::shell::dialect::quoted;
use crate::shell::saved::{Entries, Saved, assigned, entries, lines};

/// Parts of what it tells.
const OPTIONS: usize = 0;
const VARIABLES: usize = 1;
const OTHERS: usize = 2;
const TRAPS: usize = 3;

/// Parts of its definitions.
const FUNCTIONS: usize = 0;
const STYLES: usize = 1;

/// Variables that are the shell's own, or restored in another way.
const LEFT_OUT: [&str; 30] = [
    "__porthole*",
    "_",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "COLUMNS",
    "LINES",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "HISTCMD",
    "EPOCH*",
    "TTY*",
    "PPID",
    "UID",
    "EUID",
    "GID",
    "EGID",
    "status",
    "pipestatus",
    "argv",
    "ARGC",
    "TRY_BLOCK*",
    "OPTIND",
    "OPTARG",
    "ZSH_EVAL_CONTEXT",
    "ZSH_SUBSHELL",
    "KEYBOARD_HACK",
    "dirstack",
    "USERNAME",
];

/// Options that belong to how the shell was started, or that would be in the engine's way.
const OPTIONS_LEFT_OUT: [&[u8]; 11] = [
    b"interactive",
    b"monitor",
    b"zle",
    b"shinstdin",
    b"login",
    b"singlecommand",
    b"privileged",
    b"restricted",
    b"exec",
    b"xtrace",
    b"promptsp",
];

pub(super) fn write(code: &mut Code, wanted: &Snapshot, own: &Snapshot) {
    // What follows is written in the shell's own language, whatever its rc files chose.
    code.line(&[b"builtin emulate zsh"]);
    code.line(&[b"builtin unalias -m '*'"]);
    write_definitions(code, &wanted.definitions, &own.definitions);
    let variables = variables(&wanted.state);
    write_variables(code, &variables, &super::zsh::variables(&own.state));
    code.line(&[wanted.state.part(OTHERS)]);
    for text in &wanted.history {
        code.line(&[b"builtin print -s -r -- ", quoted(ShellKind::Zsh, text).as_bytes()]);
    }
    // `cd -` knows where it came from, whatever the variable says.
    for name in ["OLDPWD", "PWD"] {
        if let Some(value) = variables.get(name.as_bytes()).and_then(|entry| value(entry)) {
            code.line(&[b"builtin cd -q -- ", value]);
        }
    }
    // Hooks and aliases may be others now.
    code.line(&[b"__porthole_quick=0"]);
    code.line(&[b"__porthole_status=", wanted.status.to_string().as_bytes()]);
    for name in ["__porthole_trace", "__porthole_preexec_functions"] {
        if let Some(entry) = variables.get(name.as_bytes()) {
            code.line(&[entry]);
        }
    }
    // Late, because they would notice everything that follows; at once they are as they are between two commands.
    if !own.state.part(TRAPS).trim_ascii().is_empty() {
        code.line(&[b"builtin trap -"]);
    }
    code.line(&[wanted.state.part(TRAPS)]);
    code.line(&[b"builtin eval \"$__porthole_away\""]);
    write_options(code, &wanted.state);
}

fn variables(state: &Saved) -> Entries<'_> {
    entries(state.part(VARIABLES), |entry| {
        let mut words = entry.split(|byte| *byte == b' ');
        matches!(words.next()?, b"typeset" | b"export").then_some(())?;
        // Of two that are tied, the scalar one gives the other its value.
        let is_tied_array =
            words.clone().any(|word| word.starts_with(b"-") && word.contains(&b'a') && word.contains(&b'T'));
        (!is_tied_array).then_some(())?;
        words
            .find(|word| !word.starts_with(b"-") && !word.is_empty() && !word[0].is_ascii_digit())
            .and_then(assigned)
    })
}

fn write_variables(code: &mut Code, wanted: &Entries<'_>, own: &Entries<'_>) {
    let changes = changes(wanted, own, &LEFT_OUT);
    for name in changes.gone {
        code.line(&[b"[[ ${parameters[", name, b"]-} == *special* ]] || builtin unset ", name]);
    }
    for (name, entry, was_there) in changes.set {
        code.line(&[b"{"]);
        if was_there {
            code.line(&[b"[[ ${parameters[", name, b"]-} == *special* ]] || builtin unset ", name]);
        }
        code.line(&[b"", entry]);
        code.line(&[b"} always { TRY_BLOCK_ERROR=0 }"]);
    }
}

fn write_definitions(code: &mut Code, wanted: &Saved, own: &Saved) {
    if wanted.part(FUNCTIONS) != own.part(FUNCTIONS) {
        code.line(&[b"for __porthole_text in ${(k)functions}; do \
              [[ $__porthole_text == __porthole* ]] || builtin unfunction -- $__porthole_text; done"]);
        code.line(&[wanted.part(FUNCTIONS)]);
    }
    if wanted.part(STYLES) != own.part(STYLES) {
        code.line(&[wanted.part(STYLES)]);
    }
}

/// The name of the emulation, and the options that are not as it has them.
fn options(state: &Saved) -> (&[u8], Vec<&[u8]>) {
    let mut lines = lines(state.part(OPTIONS)).into_iter();
    let emulation = lines.next().unwrap_or(b"zsh");
    (emulation, lines.filter_map(told_option).filter(|option| !is_left_out(option)).collect())
}

/// The option of a line. As a ksh would, the shell tells all of them, each with `on` or `off` behind it: whether it is
/// another than the emulation has.
fn told_option(line: &[u8]) -> Option<&[u8]> {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let option = words.next()?;
    (words.next() != Some(b"off")).then_some(option)
}

fn is_left_out(option: &[u8]) -> bool {
    OPTIONS_LEFT_OUT.contains(&option.strip_prefix(b"no").unwrap_or(option))
}

/// Written last, since no other code can be sure of what it means to the user's options.
fn write_options(code: &mut Code, wanted: &Saved) {
    let (emulation, options) = options(wanted);
    code.line(&[b"builtin emulate -R ", emulation]);
    for option in options {
        code.line(&[b"builtin setopt ", option]);
    }
}

fn value(entry: &[u8]) -> Option<&[u8]> {
    let equals = entry.iter().position(|byte| *byte == b'=')?;
    Some(&entry[equals + 1..])
}
