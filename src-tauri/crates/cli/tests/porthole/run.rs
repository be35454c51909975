//! `porthole run`: streams, exit code, signals and terminal are those of the command.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::Signal;

use crate::process::{Ended, Serving, finished, finished_with, signal, wait};

#[test]
fn output_error_and_exit_code_are_the_command_s_own() {
    let serving = Serving::start();
    let (code, stdout, stderr) =
        finished(&mut serving.porthole(&["run", "echo out; echo err >&2; (exit 7)"]));
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (7, "out\n", "err\n"));
}

#[test]
fn a_command_runs_in_the_folder_it_is_typed_in() {
    let serving = Serving::start();
    let folder = serving.home().join("it's a folder");
    std::fs::create_dir(&folder).unwrap();
    let (code, stdout, stderr) = finished(serving.porthole(&["run", "pwd"]).current_dir(&folder));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout, format!("{}\n", folder.canonicalize().unwrap().display()));
}

#[test]
fn much_input_and_output_comes_through_whole_and_the_end_of_input_is_seen() {
    let serving = Serving::start();
    let input: String = (0..200_000).map(|number| format!("{number} é\n")).collect();
    let (code, stdout, stderr) = finished_with(&mut serving.porthole(&["run", "cat"]), input.as_bytes());
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout == input, "{} bytes instead of {}", stdout.len(), input.len());
}

#[test]
fn input_that_is_no_text_is_refused_and_the_command_ended() {
    let serving = Serving::start();
    let binary = [b"text\n".repeat(50_000), vec![0xff]].concat();
    let (code, stdout, stderr) = finished_with(&mut serving.porthole(&["run", "sleep 1000"]), &binary);
    assert_eq!((code, stdout.as_str()), (255, ""));
    assert!(stderr.contains("UTF-8"), "{stderr}");
}

#[test]
fn an_interrupt_reaches_the_command() {
    let serving = Serving::start();
    let mut command = serving.porthole(&[
        "run",
        "bash -c 'trap \"echo caught; exit 5\" INT; echo ready; while :; do sleep 0.05; done'",
    ]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut child = Ended(child);
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    assert_eq!(text, "ready\n");
    signal(&child, Signal::INT);
    stdout.read_line(&mut text).unwrap();
    assert_eq!(text, "ready\ncaught\n");
    assert_eq!(wait(&mut child.0).code(), Some(5));
}

#[test]
fn a_pipe_that_does_not_exist_is_said_and_nothing_runs() {
    let serving = Serving::start();
    let (code, stdout, stderr) = finished(&mut serving.porthole(&["run", "echo ran", "--breakpoint", "2"]));
    assert_eq!((code, stdout.as_str()), (255, ""));
    assert!(stderr.contains("pipe"), "{stderr}");
}

#[test]
fn of_a_pipe_that_is_watched_every_byte_is_shown_or_counted() {
    let serving = Serving::start();
    let watched = ["run", "--breakpoint", "0", "seq 1000000 | wc -c"];
    let (code, stdout, stderr) = finished(&mut serving.porthole(&watched));
    assert_eq!(code, 0, "{}", &stderr[..stderr.len().min(1000)]);
    let shown: usize =
        stderr.lines().filter_map(|line| line.strip_prefix("[0] ")).map(|line| line.len() + 1).sum();
    let told = stderr.lines().last().and_then(|line| line.strip_prefix("porthole: "));
    let dropped = told.map_or(0, |sentence| sentence.split(' ').next().unwrap().parse().unwrap());
    assert_eq!(stdout.trim(), (shown + dropped).to_string(), "{dropped} dropped");
    assert!(stderr.contains("[0] 1000000\n"));
}

#[test]
fn at_a_terminal_the_command_has_a_terminal_of_the_same_size() {
    let serving = Serving::start();
    // script(1) gives porthole a terminal.
    let mut script = std::process::Command::new("script");
    for (name, value) in serving.porthole(&[]).get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let binary = env!("CARGO_BIN_EXE_porthole");
    let inner =
        format!("stty cols 111 rows 33; exec '{binary}' run 'tty -s && stty size; test -t 2 && echo both'");
    let (code, stdout, stderr) = finished(script.args(["-qec", &inner, "/dev/null"]));
    assert_eq!(code, 0, "{stdout} {stderr}");
    assert!(stdout.contains("33 111\r\n") && stdout.contains("both\r\n"), "{stdout:?}");
}

#[test]
fn an_engine_that_ends_is_an_error_of_run_and_not_a_success() {
    let serving = Serving::start();
    let mut command = serving.porthole(&["run", "echo ready; sleep 1000"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut child = Ended(child);
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    serving.signal(Signal::TERM);
    assert_eq!(serving.ended().0, Some(0));
    assert!(wait(&mut child.0).code().is_some_and(|code| code != 0));
}
