//! The scanner holds its promises on generated texts; `PORTHOLE_FUZZ_SECONDS` sets for how long it is tried, and
//! `cargo xtask fuzz scanner` goes on from there with the branches that inputs take.

#![allow(clippy::unwrap_used)]

#[path = "fuzz/mutation.rs"]
mod mutation;
#[path = "breakpoints/scanned.rs"]
mod scanned;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use engine::breakpoints::{Dialect, Pipe, scan};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

const FRAGMENTS: &[&str] = &[
    "a",
    "b",
    "echo",
    "x=1",
    "cat",
    "|",
    " | ",
    "|&",
    "||",
    " && ",
    "&",
    ";",
    ";;",
    "\n",
    " ",
    "\t",
    "\\\n",
    "\\",
    "\\|",
    "'",
    "''",
    "'|'",
    "\"",
    "\"|\"",
    "`",
    "\\`",
    "$",
    "$(",
    "$((",
    "((",
    "(",
    ")",
    "))",
    "${",
    "${x:-",
    "}",
    "{",
    "{ ",
    "; }",
    "[[",
    " ]]",
    "[",
    "]",
    "#",
    " # ",
    "<",
    ">",
    ">>",
    ">|",
    "<<EOF",
    "<<-'E'",
    "\nEOF\n",
    "\n\tE\n",
    "<<<",
    "<(",
    ">(",
    "=(",
    "2>",
    "2>&1",
    "&>",
    "&|",
    "2>|",
    "if ",
    " then ",
    "; then ",
    " else ",
    "; fi",
    "while ",
    "; do ",
    "; done",
    "for i in 1; do ",
    "case x in ",
    "a|b) ",
    ";; esac",
    "esac",
    "f() { ",
    "f ()",
    "function f { ",
    "function f; ",
    "begin; ",
    "; end",
    "switch x; case y; ",
    "not ",
    "and ",
    "! ",
    "time ",
    "@(a|b)",
    "!(a)",
    "*(a|b)",
    "a=(b c)",
    "$'\\''",
    "$\"",
    "$[",
    "é",
    "\u{1F600}",
    "\0",
    "=~",
    "always",
    "foreach i (1 2) ",
    "for i (1 2) ",
    "repeat 2 ",
    "coproc ",
    "else if ",
    "{a,b}",
    "$x[1]",
    "<1-9>",
    "&!",
    ";|",
    "=",
];

const DIALECTS: &[(Dialect, &str)] =
    &[(Dialect::Bash, "bash"), (Dialect::Sh, "dash"), (Dialect::Zsh, "zsh"), (Dialect::Fish, "fish")];

fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        12 => proptest::sample::select(FRAGMENTS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[ -~]{1,6}",
    ];
    proptest::collection::vec(fragment, 0..40).prop_map(|parts| parts.concat())
}

/// Texts that a shell of the Bourne family accepts more often than not.
fn commands() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(
        &[
            "a",
            "'|'",
            "\"b|c\"",
            "\\|",
            "x",
            "${y:-z}",
            "\"${y:-'}\"",
            "$((1|2))",
            "a#b",
            "$x",
            "{a,b}",
            "\"`p | q`\"",
            "`r | s`",
        ][..],
    );
    let simple = proptest::collection::vec(word, 1..4).prop_map(|words| format!("echo {}", words.join(" ")));
    simple.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} | {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}|{b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} || {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}; {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} |\n# | c\n {b}")),
            inner.clone().prop_map(|a| format!("( {a} )")),
            inner
                .clone()
                .prop_filter("bash reads quotes wrongly in a here-document after `((`", |a| !a.contains("<<"))
                .prop_map(|a| format!("((({a}) ) )")),
            inner.clone().prop_map(|a| format!("{{ {a}; }}")),
            inner.clone().prop_map(|a| format!("x=$({a})")),
            inner.clone().prop_map(|a| format!("echo \"$({a}) |\"")),
            inner.clone().prop_map(|a| format!("echo $(({a}) )")),
            inner.clone().prop_map(|a| format!("! {a}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("if {a}; then {b}; else {a}; fi")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("while {a}; do {b}; done")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("for i in 1 '|'; do {a}; done | {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("case x in a|b) {a};; (c) {b} ;; esac")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("f() {{ {a}; }}; {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} & {b}")),
            inner.prop_map(|a| format!("cat <<'E' | {a}\n a | b\nE\n")),
        ]
    })
}

/// The Bourne family's text as fish writes it, where it can be.
fn in_fish(text: &str) -> String {
    text.replace("${y:-z}", "$y")
        .replace("${y:-'}", "$y")
        .replace("{ ", "begin; ")
        .replace("; }", "; end")
        .replace("then ", "")
        .replace("; fi", "; end")
        .replace("do ", "")
        .replace("done", "end")
        .replace("x=$(", "echo (")
}

#[test]
fn no_text_makes_it_panic_and_every_answer_is_well_formed() {
    let started = Instant::now();
    let budget = mutation::budget(Duration::from_secs(2));
    let mut runner = TestRunner::new(Config::default());
    let strategy = prop_oneof![3 => fragments(), 1 => commands(), 1 => any::<String>()];
    while started.elapsed() < budget {
        scanned::check(strategy.new_tree(&mut runner).unwrap().current().as_bytes());
    }
}

#[test]
fn commands_that_are_known_and_changed_at_random_are_scanned_well_too() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("cases/pipe_positions.json")).unwrap();
    let corpus: Vec<Vec<u8>> =
        cases.iter().map(|case| case["command"].as_str().unwrap().as_bytes().to_vec()).collect();
    let tokens: Vec<&[u8]> = FRAGMENTS.iter().map(|fragment| fragment.as_bytes()).collect();
    mutation::run(Duration::from_secs(2), &corpus, &tokens, scanned::check);
}

#[test]
fn hostile_texts_take_linear_time() {
    for unit in [
        "(",
        "((",
        "$((",
        "`",
        "\\`",
        "\"$(",
        "${x:-",
        "<<A\n",
        "<<A ",
        "a|",
        "{ ",
        "if ",
        "case x in a) ",
        "'",
        "[[ ",
        "=(",
        "@(",
        "\\\n",
        "begin;",
    ] {
        let text = unit.repeat((256 << 10) / unit.len());
        for (dialect, _) in DIALECTS {
            let started = Instant::now();
            let _ = scan(&text, *dialect);
            // A quadratic scan of 256 KiB would take minutes; the bound only has to tell the two apart.
            assert!(started.elapsed() < Duration::from_secs(20), "{unit:?} in {dialect:?}");
        }
    }
}

/// Whether the shell itself takes `text` for complete and valid.
fn accepts(shell: &str, text: &str) -> bool {
    let options: &[&str] = match shell {
        "fish" => &["--no-config", "-n", "/dev/stdin"],
        "zsh" => &["-f", "-n", "/dev/stdin"],
        _ => &["-n"],
    };
    let mut child = Command::new(shell)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A shell that has found its error does not read on.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait().unwrap().success()
}

/// A bar is a pipe where two bars in its place are an error and a semicolon is none.
#[test]
fn the_shells_themselves_see_the_same_pipes() {
    for (dialect, shell) in DIALECTS {
        if Command::new(shell).args(["-c", ":"]).output().is_err() {
            continue;
        }
        let started = Instant::now();
        let budget = mutation::budget(Duration::from_secs(3));
        let mut runner = TestRunner::deterministic();
        let strategy = prop_oneof![4 => commands(), 1 => fragments()];
        let (mut judged, mut refused) = (0, 0);
        while started.elapsed() < budget {
            let mut text = strategy.new_tree(&mut runner).unwrap().current();
            if *dialect == Dialect::Fish {
                text = in_fish(&text);
                // fish does not parse what a substitution holds before it runs.
                if text.contains('(') {
                    continue;
                }
            }
            if text.contains('\0')
                || text.contains("$((")
                || !text.contains('|')
                || text.len() > 4096
                || !accepts(shell, &text)
            {
                continue;
            }
            let Ok(pipes) = scan(&text, *dialect) else {
                refused += 1;
                continue;
            };
            for (offset, _) in text.match_indices('|').take(6) {
                let pipe = pipes.iter().find(|pipe| pipe.operator_range().contains(&offset));
                // What backticks (and in bash `$((a) )`) hold is not parsed before it runs, and what a backslash, `;` or `&` precedes is not judged so.
                let beside =
                    text[..offset].ends_with(['\\', ';', '&', '|']) || text[offset + 1..].starts_with('|');
                let unjudged = pipe.map_or(beside, |pipe| pipe.in_here_document || pipe.backticks > 0);
                if unjudged {
                    continue;
                }
                let operator = pipe.map_or(offset..offset + 1, Pipe::operator_range);
                let with = |new: &str| format!("{}{new}{}", &text[..operator.start], &text[operator.end..]);
                let judge = || !accepts(shell, &with("| |")) && accepts(shell, &with(";"));
                // A shell that the system ended is asked again.
                let agrees = (0..3).any(|_| judge() == pipe.is_some());
                assert!(agrees, "{shell}: the bar at {offset} of {text:?} is wrongly taken: {pipe:?}");
                judged += 1;
            }
        }
        println!("{shell}: {judged} bars judged, {refused} texts refused");
        assert!(judged > 0, "{shell}");
    }
}
