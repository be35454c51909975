//! `porthole serve`: what it says, what it refuses, and how it ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::process::{Ended, Serving, finished, porthole, signal, wait};

#[test]
fn the_first_line_says_where_it_listens_and_a_signal_ends_it_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let serving = Serving::start();
        let line = &serving.first_line;
        let wss = line["wss"].as_str().unwrap();
        assert!(wss.starts_with("wss://127.0.0.1:") && wss.ends_with('/'), "{line}");
        assert_eq!(line["https"].as_str().unwrap(), wss.replace("wss:", "https:"));
        assert!(line["token"].as_str().unwrap().starts_with("ph1_"));
        let fingerprint = line["fingerprint"].as_str().unwrap();
        assert!(fingerprint.starts_with("sha256:") && fingerprint.len() == 71, "{fingerprint}");
        assert_eq!(line["pid"], serving.child.0.id());
        let socket = serving.data_dir().join("control.sock");
        assert!(socket.exists());
        serving.signal(signal);
        let token = line["token"].as_str().unwrap().to_owned();
        let (code, stderr) = serving.ended();
        assert_eq!(code, Some(0), "{stderr}");
        assert!(!stderr.contains(&token));
        assert!(!socket.exists());
    }
}

#[test]
fn token_and_certificate_stay_over_a_restart() {
    let serving = Serving::with(&["--token-store", "file"]);
    let before = serving.first_line.clone();
    serving.signal(Signal::TERM);
    let home = TempDir::new().unwrap();
    let data_dir = serving.data_dir();
    let kept = home.path().join("kept");
    let mut serving = serving;
    assert!(wait(&mut serving.child.0).success());
    fs::rename(&data_dir, &kept).unwrap();
    for file in ["token", "certificate.pem"] {
        assert_eq!(fs::metadata(kept.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let mut command = porthole(home.path());
    command.args(["serve", "--port", "0", "--json", "--token-store", "file", "--data-dir"]).arg(&kept);
    let again = Serving::spawn(&mut command, home);
    assert_eq!(again.first_line["token"], before["token"]);
    assert_eq!(again.first_line["fingerprint"], before["fingerprint"]);
}

#[test]
fn a_person_is_told_where_to_go_and_how_to_see_the_token_but_not_the_token() {
    let home = TempDir::new().unwrap();
    let mut command = porthole(home.path());
    command.args(["serve", "--port", "0", "--token-store", "file"]);
    let mut child = Ended(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    for part in ["https://127.0.0.1:", "sha256:", "porthole token"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("ph1_"), "{text}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let home = TempDir::new().unwrap();
    let mut command = porthole(home.path());
    command.args(["serve", "--port", "0", "--token-store", "memory"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Ended(child);
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();

    // While this command ignores TERM, the end in order takes until the grace is over.
    let mut run = porthole(home.path());
    run.args(["run", "trap '' TERM; echo ready; for _ in {1..300}; do sleep 0.1; done"]);
    let mut run =
        Ended(run.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    BufReader::new(run.0.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();

    signal(&child, Signal::INT);
    let mut stderr = BufReader::new(child.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("again ends it at once") {
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{line}");
    }
    signal(&child, Signal::INT);
    assert_eq!(wait(&mut child.0).code(), Some(130));
}

#[test]
fn a_port_that_is_taken_is_said_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = TempDir::new().unwrap();
    let (code, stdout, stderr) =
        finished(porthole(home.path()).args(["serve", "--json", "--token-store", "memory", "--port", &port]));
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains(&port) && stderr.contains("taken") && stderr.contains("--port"), "{stderr}");
    #[cfg(target_os = "linux")]
    assert!(stderr.contains(&format!("process {}", std::process::id())), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_second_engine_on_the_same_folder_is_refused_and_names_the_first() {
    let serving = Serving::start();
    let pid = serving.child.0.id().to_string();
    let (code, _, stderr) =
        finished(&mut serving.porthole(&["serve", "--port", "0", "--token-store", "memory", "--json"]));
    assert_eq!(code, 1);
    assert!(stderr.contains(&pid), "{stderr}");
    assert_eq!(finished(&mut serving.porthole(&["status"])).0, 0);
}

#[test]
fn what_cannot_be_served_is_said_in_one_sentence_with_exit_code_1() {
    let home = TempDir::new().unwrap();
    let writable = home.path().join("writable");
    fs::create_dir(&writable).unwrap();
    fs::set_permissions(&writable, fs::Permissions::from_mode(0o777)).unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let (writable, file) = (writable.to_str().unwrap(), file.to_str().unwrap());
    for (arguments, part) in [
        (&["--data-dir", writable][..], "chmod"),
        (&["--data-dir", file], "not a folder"),
        (&["--shell", "/no/such/shell"], "/no/such/shell"),
        (&["--bind", "192.0.2.1"], "192.0.2.1"),
    ] {
        let mut command = porthole(home.path());
        command.args(["serve", "--port", "0", "--token-store", "memory", "--json"]).args(arguments);
        let (code, stdout, stderr) = finished(&mut command);
        assert_eq!((code, stdout.as_str()), (1, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(part), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().filter(|line| line.starts_with("porthole:")).count(), 1, "{stderr}");
    }
}
