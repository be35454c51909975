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
    for name in ["__porthole_status", "__porthole_trace", "__porthole_preexec_functions"] {
        if let Some(entry) = variables.get(name.as_bytes()) {
            code.line(&[entry]);
        }
    }
    write_options(code, &wanted.state, &own.state);
    // Last, because they would notice everything that follows; at once they are as they are between two commands.
    if !own.state.part(TRAPS).trim_ascii().is_empty() {
        code.line(&[b"builtin trap -"]);
    }
    code.line(&[wanted.state.part(TRAPS)]);
    code.line(&[b"builtin eval \"$__porthole_away\""]);
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

/// The options that are not as the emulation has them, after its name.
fn options(state: &Saved) -> (&[u8], Vec<&[u8]>) {
    let mut lines = lines(state.part(OPTIONS)).into_iter();
    let emulation = lines.next().unwrap_or(b"zsh");
    (emulation, lines.map(|line| line.trim_ascii()).filter(|line| !is_left_out(line)).collect())
}

fn is_left_out(option: &[u8]) -> bool {
    OPTIONS_LEFT_OUT.contains(&option.strip_prefix(b"no").unwrap_or(option))
}

fn write_options(code: &mut Code, wanted: &Saved, own: &Saved) {
    let ((emulation, wanted), (own_emulation, own)) = (options(wanted), options(own));
    if emulation != own_emulation {
        code.line(&[b"builtin emulate ", emulation]);
    }
    for option in own.iter().filter(|option| !wanted.contains(option)) {
        code.line(&[b"builtin unsetopt ", option]);
    }
    for option in wanted {
        code.line(&[b"builtin setopt ", option]);
    }
}

fn value(entry: &[u8]) -> Option<&[u8]> {
    let equals = entry.iter().position(|byte| *byte == b'=')?;
    Some(&entry[equals + 1..])
}
