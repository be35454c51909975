//! Commands that ask or tell the engine that runs: status, token, sessions, kill.

use serde_json::Value;

use crate::process::{Ended, Serving, finished};

fn json(serving: &Serving, arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = finished(&mut serving.porthole(arguments));
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn status_says_what_the_first_line_said_but_for_the_token() {
    let serving = Serving::start();
    let status = json(&serving, &["status", "--json"]);
    for field in ["wss", "https", "fingerprint", "pid"] {
        assert_eq!(status[field], serving.first_line[field], "{field}");
    }
    assert_eq!((&status["clients"], &status["running"]), (&Value::from(0), &Value::from(0)));
    let token = serving.first_line["token"].as_str().unwrap();
    let (_, stdout, stderr) = finished(&mut serving.porthole(&["status"]));
    assert!(stdout.contains(status["https"].as_str().unwrap()), "{stdout}");
    assert!(!stdout.contains(token) && !stderr.contains(token) && !status.to_string().contains(token));
}

#[test]
fn the_token_is_shown_alone_and_rotating_makes_another_one() {
    let serving = Serving::with(&["--token-store", "file"]);
    let first = serving.first_line["token"].as_str().unwrap().to_owned();
    assert_eq!(finished(&mut serving.porthole(&["token"])).1, format!("{first}\n"));
    let (code, rotated, _) = finished(&mut serving.porthole(&["token", "--rotate"]));
    assert_eq!(code, 0);
    assert_ne!(rotated.trim_end(), first);
    assert_eq!(finished(&mut serving.porthole(&["token"])).1, rotated);
    assert_eq!(std::fs::read_to_string(serving.data_dir().join("token")).unwrap(), rotated.trim_end());
}

#[test]
fn a_running_command_is_listed_and_killed_from_another_terminal() {
    let serving = Serving::start();
    let mut command = serving.porthole(&["run", "sleep 1000"]);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let mut running = Ended(command.spawn().unwrap());
    let id = loop {
        let sessions = json(&serving, &["sessions", "--json"]);
        let commands = sessions["commands"].as_array().unwrap();
        if let Some(sleep) = commands.iter().find(|command| command["command"] == "sleep 1000") {
            assert_eq!(sleep["status"], "running");
            break sleep["id"].as_str().unwrap().to_owned();
        }
    };
    let (_, listed, _) = finished(&mut serving.porthole(&["sessions"]));
    assert!(
        listed.contains(&id) && listed.contains("porthole run") && listed.contains("sleep 1000"),
        "{listed}"
    );
    let (code, _, stderr) = finished(&mut serving.porthole(&["kill", &id]));
    assert_eq!(code, 0, "{stderr}");
    assert!(crate::process::wait(&mut running.0).code().is_some_and(|code| code > 128), "a signal ended it");
    let (code, _, stderr) = finished(&mut serving.porthole(&["kill", &id]));
    assert_eq!(code, 1);
    assert!(stderr.contains(&id) && stderr.contains("porthole sessions"), "{stderr}");
}

#[test]
fn everything_is_killed_at_once() {
    let serving = Serving::start();
    let (_, stdout, _) = finished(&mut serving.porthole(&["kill", "--all"]));
    assert_eq!(stdout, "No command was running.\n");
    let mut command = serving.porthole(&["run", "sleep 1000"]);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let mut running = Ended(command.spawn().unwrap());
    while finished(&mut serving.porthole(&["kill", "--all"])).1 == "No command was running.\n" {}
    // What was said to be ended is the only command that there ever was.
    assert!(crate::process::wait(&mut running.0).code().is_some_and(|code| code > 128), "a signal ended it");
}

#[test]
fn the_list_can_be_read_by_a_program_that_stops_reading() {
    let serving = Serving::start();
    let binary = env!("CARGO_BIN_EXE_porthole");
    let mut shell = std::process::Command::new("bash");
    shell.env("HOME", serving.home()).env_remove("XDG_DATA_HOME");
    shell.args(["-c", &format!("set -o pipefail; '{binary}' sessions | true")]);
    let (code, _, stderr) = finished(&mut shell);
    assert_eq!((code, stderr.as_str()), (0, ""));
}
