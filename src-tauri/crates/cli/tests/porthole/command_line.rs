//! The command line itself: help, mistakes, completions, and no engine to talk to.

use tempfile::TempDir;

use crate::process::{finished, porthole};

fn run(arguments: &[&str]) -> (i32, String, String) {
    let home = TempDir::new().unwrap();
    finished(porthole(home.path()).args(arguments))
}

#[test]
fn help_has_examples_and_exit_codes() {
    let (code, stdout, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for part in
        ["serve", "token", "status", "sessions", "kill", "run", "completions", "Examples:", "Exit codes:"]
    {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    for command in ["serve", "token", "status", "sessions", "kill", "run", "completions"] {
        let (code, stdout, _) = run(&[command, "--help"]);
        assert_eq!(code, 0);
        assert!(stdout.contains("Examples:"), "{stdout}");
    }
}

#[test]
fn a_wrong_command_line_is_exit_code_2_and_says_what_is_wrong() {
    for (arguments, part) in [
        (&["serve", "--port", "x"][..], "--port"),
        (&["serve", "--port", "70000"], "--port"),
        (&["serve", "--bind", "nowhere"], "--bind"),
        (&["serve", "--token-store", "cloud"], "keychain"),
        (&["serve", "--no-such-flag"], "--no-such-flag"),
        (&["no-such-command"], "no-such-command"),
        (&["kill"], "<ID>"),
        (&["kill", "12"], "3.12"),
        (&["run"], "<CMD>"),
        (&["run", "ls", "--breakpoint", "-1"], "-1"),
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert_eq!(stdout, "");
        assert!(stderr.contains(part), "{arguments:?}: {stderr}");
    }
    assert_eq!(run(&[]).0, 2);
}

#[test]
fn without_an_engine_every_question_is_answered_by_how_to_start_one() {
    for (arguments, expected) in [
        (&["status"][..], 4),
        (&["status", "--json"], 4),
        (&["token"], 4),
        (&["sessions"], 4),
        (&["kill", "3.12"], 4),
        (&["run", "true"], 255),
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!(code, expected, "{arguments:?}");
        assert_eq!(stdout, "");
        assert!(stderr.contains("not running") && stderr.contains("porthole serve"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn completions_are_printed_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = run(&["completions", shell]);
        assert_eq!(code, 0);
        assert!(stdout.contains("token-store"), "{shell}");
    }
    let home = TempDir::new().unwrap();
    let script = run(&["completions", "bash"]).1;
    let path = home.path().join("script");
    std::fs::write(&path, script).unwrap();
    let (code, _, stderr) = finished(std::process::Command::new("bash").arg("-n").arg(&path));
    assert_eq!((code, stderr.as_str()), (0, ""));
}
