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
        &["set -C", "echo > /tmp/porthole-$$"],
        "(echo > /tmp/porthole-$$) 2>/dev/null || echo kept; rm -f /tmp/porthole-$$",
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
    kind("shopt", &["shopt -s nullglob"], "echo x no*such", "x\n"),
    kind("exported function", &["g() { echo g; }; export -f g"], "bash -c g", "g\n"),
];

const FISH_ONLY: &[Kind] = &[
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
