//! What survives from command to command, by shell and kind of state.

use crate::fixture::{BASH, DASH, FISH, Session, ZSH, installed};

/// A kind of state: commands that set it, a command that shows it, what that prints.
struct Kind {
    name: &'static str,
    set: &'static [&'static str],
    show: &'static str,
    expected: &'static str,
}

const fn kind(
    name: &'static str,
    set: &'static [&'static str],
    show: &'static str,
    expected: &'static str,
) -> Kind {
    Kind { name, set, show, expected }
}

const POSIX: &[Kind] = &[
    kind("cwd", &["cd /usr"], "pwd", "/usr\n"),
    kind("variable", &["x='a  b'"], "echo \"$x\"", "a  b\n"),
    kind("exported variable", &["export E=1"], "sh -c 'echo $E'", "1\n"),
    kind("unset variable", &["u=1", "unset u"], "echo \"[${u-none}]\"", "[none]\n"),
    kind("function", &["f() { echo in f; }"], "f", "in f\n"),
    kind("alias", &["alias hi='echo hello'"], "hi", "hello\n"),
    kind(
        "option",
        &["set -C"],
        "f=/tmp/porthole-$$; echo >$f; (echo >$f) 2>/dev/null || echo kept; rm -f $f",
        "kept\n",
    ),
    kind("umask", &["umask 027"], "umask | tail -c 4", "027\n"),
    kind("status", &["(exit 7)"], "echo $?", "7\n"),
    kind("last background job", &["sleep 50 & p=$!"], "[ \"$p\" = \"$!\" ] && echo same", "same\n"),
    kind("jobs", &["sleep 50 &"], "kill -0 %1 && echo there", "there\n"),
    kind(
        "descriptor",
        &["exec 5>/tmp/porthole-test-$$", "echo in file >&5"],
        "cat /tmp/porthole-test-$$; rm /tmp/porthole-test-$$",
        "in file\n",
    ),
    kind("trap", &["trap 'echo got it' USR1"], "kill -USR1 $$; :", "got it\n"),
    kind("positional parameters", &["set -- a b c"], "echo ${#}${2}", "3b\n"),
    kind("unset function", &["g() { :; }", "unset -f g"], "g 2>/dev/null || echo none", "none\n"),
    kind("removed alias", &["alias hi='echo hello'", "unalias hi"], "hi 2>/dev/null || echo none", "none\n"),
    kind("value of several lines", &["x='a\n\"b\nX=1'"], "echo \"$x$X\"", "a\n\"b\nX=1\n"),
    kind("field separators", &["IFS=:"], "echo \"[$IFS]\"", "[:]\n"),
    kind("former directory", &["cd /usr", "cd /etc"], "cd - >/dev/null; pwd", "/usr\n"),
    kind("several lines", &["a=1\nb=2\n# a comment\n"], "echo $a$b", "12\n"),
    kind("here-document", &["cat <<E >/dev/null\nx\nE"], "cat <<E\n$((1+1))\nE", "2\n"),
];

const BASH_AND_ZSH: &[Kind] = &[
    kind("array", &["a=(x 'y z')"], "echo \"${a[@]}\" ${#a[@]}", "x y z 2\n"),
    kind("associative array", &["declare -A m; m[k]=v"], "echo ${m[k]}", "v\n"),
    kind("directory stack", &["cd /usr; pushd /etc >/dev/null"], "popd >/dev/null; pwd", "/usr\n"),
    kind("rc file", &[], "from_rc", "alias from rc\n"),
    kind("history", &["echo remembered >/dev/null"], "fc -l | grep -c '[e]cho remembered'", "1\n"),
    kind("readonly", &["readonly r=1"], "echo $r", "1\n"),
    kind("trace", &["set -x", "set +x"], "echo quiet", "quiet\n"),
    kind("stray break", &["break", "continue"], "echo on", "on\n"),
];

const BASH_ONLY: &[Kind] = &[
    kind(
        "completion",
        &["complete -W 'one two' program"],
        "complete -p program",
        "complete -W 'one two' program\n",
    ),
    kind("integer", &["declare -i n=1"], "n+=1; echo $n", "2\n"),
    kind("reference", &["declare -n r=x; x=1"], "echo $r", "1\n"),
    kind("set of options", &["set -o pipefail -u"], "false | true; echo $? ${none-}", "1\n"),
    kind("shopt", &["shopt -s nullglob"], "echo x no*such", "x\n"),
    kind(
        "options switched off",
        &["shopt -u promptvars; set +o braceexpand"],
        "echo {a,b}; shopt -q promptvars || echo off",
        "{a,b}\noff\n",
    ),
    kind("exported function", &["g() { echo g; }; export -f g"], "bash -c g", "g\n"),
];

const ZSH_ONLY: &[Kind] = &[
    kind("option of its own", &["setopt nullglob extendedglob"], "echo x no*such^x", "x\n"),
    kind("named directory", &["hash -d here=/usr"], "cd ~here; pwd", "/usr\n"),
    kind("style", &["zstyle ':a' b c"], "zstyle -L ':a'", "zstyle :a b c\n"),
    kind("suffix alias", &["alias -s txt=echo"], "a.txt", "a.txt\n"),
    kind("integer", &["integer n=1"], "n+=1; echo $n", "2\n"),
    kind("tied", &["typeset -T T t", "T=a:b"], "echo $t[2]", "b\n"),
    kind(
        "completion",
        &["autoload -U compinit; compinit -D -u; compdef _ls program"],
        "echo $_comps[program]",
        "_ls\n",
    ),
];

const FISH_ONLY: &[Kind] = &[
    kind("list that is empty", &["set -g e"], "set -q e; and count $e", "0\n"),
    kind("value of several lines", &["set -g x 'a\n\"b' ''"], "echo \"$x[1]\"; count $x", "a\n\"b\n2\n"),
    kind(
        "completion",
        &["complete -c program -a one"],
        "complete -c program | cat",
        "complete program -a one\n",
    ),
    kind("abbreviation", &["abbr --add short long"], "abbr --show | grep -c short", "1\n"),
    kind("erased variable", &["set -g u 1", "set -e u"], "set -q u; or echo none", "none\n"),
    // One that fish brings with it, whose file a shell that does not know of that would read again.
    kind(
        "erased function",
        &["functions -e cdh", "function f; end"],
        "functions -q cdh; or echo none",
        "none\n",
    ),
    kind("directories", &["cd /usr", "cd /etc"], "prevd; pwd", "/usr\n"),
    kind("umask", &["umask 027"], "umask", "0027\n"),
    kind("redefined function", &["function from_rc; echo mine; end"], "from_rc", "mine\n"),
    kind("cwd", &["cd /usr"], "pwd", "/usr\n"),
    kind("variable", &["set x a 'b  c'"], "echo $x[2]", "b  c\n"),
    kind("exported variable", &["set -gx E 1"], "sh -c 'echo $E'", "1\n"),
    kind("function", &["function f; echo in f $x; end; set x 1"], "f", "in f 1\n"),
    kind("status", &["sh -c 'exit 7'"], "echo $status", "7\n"),
    kind("rc file", &[], "from_rc", "alias from rc\n"),
    kind("jobs", &["sleep 50 &"], "jobs | grep -c sleep", "1\n"),
    kind("stray break", &["break"], "echo on", "on\n"),
    kind("several lines", &["set a 1\nset b 2\n"], "echo $a$b", "12\n"),
];

/// What belongs to the process, and what a shell cannot tell.
const LOST_WITH_THE_SHELL: [&str; 4] = ["last background job", "jobs", "descriptor", "trace"];

async fn check_restored(shell: &str, kinds: &[Kind], lost: &[&str]) {
    let mut wrong = Vec::new();
    for kind in kinds.iter().filter(|kind| !lost.contains(&kind.name)) {
        let session = Session::new(shell).await;
        for text in kind.set {
            session.exact(text).await;
        }
        session.exact(if shell == FISH { "kill -9 $fish_pid" } else { "kill -9 $$" }).await;
        let printed = session.says(kind.show).await;
        if printed != kind.expected {
            wrong.push(format!("{}: {printed:?} instead of {:?}", kind.name, kind.expected));
        }
        session.shell.stop().await;
    }
    assert!(wrong.is_empty(), "{shell}: {wrong:#?}");
}

async fn check(shell: &str, kinds: &[Kind]) {
    let mut wrong = Vec::new();
    for kind in kinds {
        let session = Session::new(shell).await;
        for text in kind.set {
            session.exact(text).await;
        }
        let printed = session.says(kind.show).await;
        if printed != kind.expected {
            wrong.push(format!("{}: {printed:?} instead of {:?}", kind.name, kind.expected));
        }
        session.shell.stop().await;
    }
    assert!(wrong.is_empty(), "{shell}: {wrong:#?}");
}

#[tokio::test]
async fn every_kind_of_state_survives_in_bash() {
    check(BASH, POSIX).await;
    check(BASH, BASH_AND_ZSH).await;
    check(BASH, BASH_ONLY).await;
}

#[tokio::test]
async fn every_kind_of_state_survives_in_zsh() {
    for shell in installed(&[ZSH]) {
        check(shell, POSIX).await;
        check(shell, BASH_AND_ZSH).await;
        check(shell, ZSH_ONLY).await;
    }
}

#[tokio::test]
async fn every_kind_of_state_survives_in_a_posix_shell() {
    for shell in installed(&[DASH]) {
        check(shell, POSIX).await;
    }
}

#[tokio::test]
async fn every_kind_of_state_survives_in_fish() {
    for shell in installed(&[FISH]) {
        check(shell, FISH_ONLY).await;
    }
}

#[tokio::test]
async fn every_kind_of_state_outlives_a_killed_bash() {
    let lost = LOST_WITH_THE_SHELL;
    check_restored(BASH, POSIX, &lost).await;
    check_restored(BASH, BASH_AND_ZSH, &lost).await;
    check_restored(BASH, BASH_ONLY, &lost).await;
}

#[tokio::test]
async fn every_kind_of_state_outlives_a_killed_zsh() {
    for shell in installed(&[ZSH]) {
        check_restored(shell, POSIX, &LOST_WITH_THE_SHELL).await;
        check_restored(shell, BASH_AND_ZSH, &LOST_WITH_THE_SHELL).await;
        check_restored(shell, ZSH_ONLY, &LOST_WITH_THE_SHELL).await;
    }
}

#[tokio::test]
async fn every_kind_of_state_but_functions_outlives_a_killed_posix_shell() {
    for shell in installed(&[DASH]) {
        let lost = [&LOST_WITH_THE_SHELL[..], &["function"]].concat();
        check_restored(shell, POSIX, &lost).await;
    }
}

#[tokio::test]
async fn every_kind_of_state_outlives_a_killed_fish() {
    for shell in installed(&[FISH]) {
        check_restored(shell, FISH_ONLY, &LOST_WITH_THE_SHELL).await;
    }
}
