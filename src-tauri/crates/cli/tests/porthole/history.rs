//! What ran, listed and forgotten from the command line.

use std::fs;

use serde_json::Value;

use crate::process::{Serving, finished};

fn run(serving: &Serving, command: &str) -> i32 {
    finished(&mut serving.porthole(&["run", command])).0
}

fn found(serving: &Serving, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["history", "--json"], arguments].concat();
    let (code, stdout, stderr) = finished(&mut serving.porthole(&arguments));
    assert_eq!(code, 0, "{stderr}");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    answer["commands"].as_array().unwrap().clone()
}

fn texts(commands: &[Value]) -> Vec<&str> {
    commands.iter().map(|command| command["command"].as_str().unwrap()).collect()
}

#[test]
fn what_ran_is_listed_and_found_by_text_folder_and_exit_code() {
    let serving = Serving::start();
    assert_eq!(run(&serving, "echo Alpha"), 0);
    assert_eq!(run(&serving, "exit 3"), 3);
    let (code, listed, stderr) = finished(&mut serving.porthole(&["history"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(listed.contains("echo Alpha") && listed.contains("exit 3"), "{listed}");
    assert_eq!(texts(&found(&serving, &["alpha"])), ["echo Alpha"]);
    assert_eq!(texts(&found(&serving, &["--fuzzy", "ecal"])), ["echo Alpha"]);
    assert_eq!(texts(&found(&serving, &["--exit-code", "3"])), ["exit 3"]);
    assert_eq!(found(&serving, &["--cwd", "/nowhere"]).len(), 0);
    assert_eq!(found(&serving, &["--limit", "1"]).len(), 1);
    let (code, listed, _) = finished(&mut serving.porthole(&["history", "nothing like it"]));
    assert_eq!((code, listed.as_str()), (0, "Nothing was found.\n"));
}

#[test]
fn commands_are_forgotten_by_their_ids_or_all_together() {
    let serving = Serving::start();
    for command in ["echo one", "echo two", "echo three"] {
        run(&serving, command);
    }
    let id = found(&serving, &["echo two"])[0]["id"].to_string();
    let (code, told, stderr) = finished(&mut serving.porthole(&["forget", &id]));
    assert_eq!((code, told.as_str()), (0, "One command is forgotten.\n"), "{stderr}");
    assert_eq!(texts(&found(&serving, &["echo"])), ["echo three", "echo one"]);
    let (code, _, stderr) = finished(&mut serving.porthole(&["forget", &id]));
    assert_eq!(code, 1);
    assert!(stderr.contains("porthole history"), "{stderr}");
    assert_eq!(finished(&mut serving.porthole(&["forget"])).0, 2);
    assert_eq!(finished(&mut serving.porthole(&["forget", "--everything"])).0, 0);
    assert_eq!(found(&serving, &[]).len(), 0);
}

#[test]
fn the_shell_s_own_history_is_taken_over_once() {
    let serving = Serving::start();
    let file = serving.home().join("old");
    fs::write(&file, "ls -l\n cd /\nmake\n").unwrap();
    let arguments = ["history", "--import", file.to_str().unwrap()];
    let (code, told, stderr) = finished(&mut serving.porthole(&arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(told.contains("2 commands taken over, 1 left out"), "{told}");
    let (_, told, _) = finished(&mut serving.porthole(&arguments));
    assert!(told.contains("taken over before"), "{told}");
    assert_eq!(texts(&found(&serving, &[])), ["make", "ls -l"]);
    let (code, _, stderr) = finished(&mut serving.porthole(&["history", "--import", "/nowhere"]));
    assert_eq!(code, 1);
    assert!(stderr.contains("/nowhere"), "{stderr}");
}

#[test]
fn the_audit_trail_is_listed_for_people_and_programs_and_has_no_token() {
    let serving = Serving::start();
    assert_eq!(run(&serving, "true"), 0);
    let (code, listed, stderr) = finished(&mut serving.porthole(&["audit"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        listed.starts_with("TIME") && listed.contains("paired") && listed.contains("started"),
        "{listed}"
    );
    let (code, json, _) = finished(&mut serving.porthole(&["audit", "--json", "--limit", "1"]));
    let trail: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, trail["entries"].as_array().unwrap().len()), (0, 1), "{json}");
    let (_, clients, _) = finished(&mut serving.porthole(&["audit", "--clients"]));
    assert!(clients.contains("porthole run") || clients.contains("127.0.0.1"), "{clients}");
    assert!(![listed, json, clients].concat().contains("ph1_"));
}
