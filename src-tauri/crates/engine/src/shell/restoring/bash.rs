//! The state of a bash: what `declare -p`, `trap -p`, `alias -p` and `umask -p` print, of an old one also `shopt -p` and
//! `set +o`.

use super::{Code, Snapshot, changes};
use crate::shell::ShellKind;
use crate::shell::dialect::quoted;
use crate::shell::saved::{Entries, Saved, assigned, entries, lines};

/// Parts of what it tells.
const VARIABLES: usize = 0;
/// Empty where BASHOPTS and SHELLOPTS, among the variables, tell them.
const OPTIONS: usize = 1;
const OTHERS: usize = 2;
/// Those that a function does not see; where none was ever set they are not told.
const TRAPS: usize = 3;

/// Parts of its definitions.
const FUNCTIONS: usize = 0;
const COMPLETIONS: usize = 1;

/// Variables that are the shell's own, or restored in another way.
const LEFT_OUT: [&str; 30] = [
    "__porthole*",
    "BASH",
    "BASH_*",
    "BASHPID",
    "BASHOPTS",
    "SHELLOPTS",
    "EUID",
    "UID",
    "PPID",
    "GROUPS",
    "DIRSTACK",
    "FUNCNAME",
    "PIPESTATUS",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "EPOCH*",
    "LINENO",
    "HISTCMD",
    "_",
    "COMP_CWORD",
    "COMP_KEY",
    "COMP_LINE",
    "COMP_POINT",
    "COMP_TYPE",
    "COMP_WORDS",
    "READLINE*",
    "PWD",
    "OLDPWD",
    "SHLVL",
];

/// Options that a shell started by the engine has anyway, or that would be in its way.
const OPTIONS_LEFT_OUT: [&str; 7] =
    ["interactive-comments", "history", "monitor", "noexec", "onecmd", "privileged", "xtrace"];

pub(super) fn write(code: &mut Code, wanted: &Snapshot, own: &Snapshot) {
    let (variables, own_variables) = (variables(&wanted.state), variables(&own.state));
    let options = lines(wanted.state.part(OPTIONS));
    let (shopt, set): (Vec<&[u8]>, _) = options.iter().partition(|line| line.starts_with(b"shopt "));
    // Some functions cannot be read without them.
    shopt.iter().for_each(|line| code.line(&[b"\\builtin ", line]));
    write_changed(code, b"BASHOPTS", [b"shopt -s ", b"shopt -u "], &variables, &own_variables);
    code.line(&[b"\\builtin unalias -a"]);
    write_definitions(code, &wanted.definitions, &own.definitions);
    write_variables(code, &variables, &own_variables);
    code.line(&[b"__porthole_status=", wanted.status.to_string().as_bytes()]);
    code.line(&[b"\\builtin trap -"]);
    code.line(&[wanted.state.part(OTHERS)]);
    for text in &wanted.history {
        code.line(&[b"\\builtin history -s -- ", quoted(ShellKind::Bash, text).as_bytes()]);
    }
    write_folders(code, &variables);
    for line in set {
        let option = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        if !is_left_out(option) {
            code.line(&[b"\\builtin ", line]);
        }
    }
    write_changed(code, b"SHELLOPTS", [b"set -o ", b"set +o "], &variables, &own_variables);
    // Last, because they would notice everything that follows.
    let traps = wanted.state.part(TRAPS);
    if !traps.is_empty() {
        code.line(&[b"__porthole_traps=1"]);
        code.line(&[traps]);
    }
}

fn is_left_out(option: &[u8]) -> bool {
    OPTIONS_LEFT_OUT.iter().any(|name| name.as_bytes() == option)
}

/// Switches options on and off that a variable lists, where the two shells differ. A shell that has not got that
/// variable told them as code.
fn write_changed(
    code: &mut Code,
    name: &[u8],
    [on, off]: [&[u8]; 2],
    wanted: &Entries<'_>,
    own: &Entries<'_>,
) {
    let (Some(wanted), Some(own)) = (wanted.get(name).map(|entry| listed(entry)), own.get(name)) else {
        return;
    };
    let own = listed(own);
    for option in wanted.iter().filter(|option| !own.contains(option) && !is_left_out(option)) {
        code.line(&[b"\\builtin ", on, option]);
    }
    for option in own.iter().filter(|option| !wanted.contains(option) && !is_left_out(option)) {
        code.line(&[b"\\builtin ", off, option]);
    }
}

/// The words between colons in the value of a variable.
fn listed(entry: &[u8]) -> Vec<&[u8]> {
    let value = value(entry).unwrap_or_default();
    let words = value.split(|byte| matches!(byte, b':' | b'"'));
    words.filter(|word| !word.is_empty()).collect()
}

fn variables(state: &Saved) -> Entries<'_> {
    entries(state.part(VARIABLES), |entry| {
        let mut words = entry.splitn(3, |byte| *byte == b' ');
        (words.next()? == b"declare").then_some(())?;
        words.next()?;
        assigned(words.next()?)
    })
}

fn write_variables(code: &mut Code, wanted: &Entries<'_>, own: &Entries<'_>) {
    let changes = changes(wanted, own, &LEFT_OUT);
    for name in changes.gone {
        code.line(&[b"\\builtin unset -v ", name]);
    }
    for (name, entry, was_there) in changes.set {
        // Unset once, it would mean nothing to bash any more.
        if was_there && name != b"COMP_WORDBREAKS" {
            code.line(&[b"\\builtin unset -v ", name]);
        }
        code.line(&[entry]);
    }
    for name in ["__porthole_trace", "__porthole_arguments"] {
        if let Some(entry) = wanted.get(name.as_bytes()) {
            code.line(&[entry]);
        }
    }
    code.line(&[b"\\builtin set -- \"${__porthole_arguments[@]}\""]);
}

fn write_definitions(code: &mut Code, wanted: &Saved, own: &Saved) {
    if wanted.part(FUNCTIONS) != own.part(FUNCTIONS) {
        code.line(&[
            b"for __porthole_text in $(\\builtin compgen -A function); do case $__porthole_text in \
              __porthole*) ;; *) \\builtin unset -f \"$__porthole_text\" ;; esac; done",
        ]);
        code.line(&[wanted.part(FUNCTIONS)]);
    }
    if wanted.part(COMPLETIONS) != own.part(COMPLETIONS) {
        code.line(&[b"\\builtin complete -r"]);
        code.line(&[wanted.part(COMPLETIONS)]);
    }
}

/// The working directory, the stack of directories, and the former one.
fn write_folders(code: &mut Code, variables: &Entries<'_>) {
    if let Some(stack) = variables.get(b"DIRSTACK".as_slice()).and_then(|entry| value(entry)) {
        code.line(&[b"__porthole_text=", stack]);
        code.line(&[b"\\builtin cd -- \"${__porthole_text[0]}\"; \\builtin dirs -c; \
              for ((__porthole_id = ${#__porthole_text[@]} - 1; __porthole_id > 0; __porthole_id--)); do \
              \\builtin pushd -n -- \"${__porthole_text[__porthole_id]}\"; done; \
              __porthole_id=; \\builtin unset -v __porthole_text"]);
    }
    if let Some(former) = variables.get(b"OLDPWD".as_slice()) {
        code.line(&[former]);
    }
}

fn value(entry: &[u8]) -> Option<&[u8]> {
    let equals = entry.iter().position(|byte| *byte == b'=')?;
    Some(&entry[equals + 1..])
}
