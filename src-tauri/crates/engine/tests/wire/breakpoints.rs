//! Breakpoints over the wire: the cases, what they show, and what their captures feed.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Finished, TestClient};
use crate::server::TestServer;

const CASES: &str = include_str!("../cases/pipe_taps.json");
/// Cases whose breakpoint is refused, with a reason; they run as they would have.
const UNAVAILABLE: [&str; 1] = ["zsh_multios"];
const FEATURES: [&str; 3] = ["details", "format", "streams"];

#[derive(Deserialize)]
struct Case {
    name: String,
    shell: String,
    command: String,
    pipes: Option<Vec<usize>>,
    breakpoints: Vec<usize>,
    stdin: Option<String>,
    expected_stdout: Option<String>,
    expected_stderr: Option<String>,
    exit_code: Option<i64>,
    expected_taps: Vec<Tap>,
    nondeterministic_stderr_order: bool,
}

#[derive(Deserialize)]
struct Tap {
    location: usize,
    stdout: Option<String>,
    stderr: Option<String>,
    stdout_prefix: Option<String>,
}

/// The text of a case as it comes over the wire.
fn wire(text: &str) -> String {
    match text.strip_prefix("hex:") {
        None => text.to_owned(),
        Some(hex) => {
            let bytes: Vec<u8> = (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

/// The lines of a trace in any order, however deep the shell says that it is: a session evaluates what it is sent.
fn trace(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().map(|line| line.trim_start_matches('+')).collect();
    lines.sort_unstable();
    lines
}

impl Case {
    /// The cases were recorded with a script and a file as stdin. What a session does otherwise without breakpoints,
    /// it is to do with them, too: `head` cannot give back to a socket what it read too much, an interactive shell has
    /// job control and so no `lastpipe`, and its lines are counted otherwise.
    fn is_otherwise_in_a_session(&self) -> bool {
        ["stdin_shared", "lastpipe", "lineno"].contains(&self.name.as_str())
    }
}

/// The stdout of a case without its breakpoints.
async fn untapped(server: &TestServer, directory: &str, case: &Case) -> String {
    let mut client = server.client_with(&FEATURES).await;
    client.run(directory).await;
    let answer = client.start_with(&case.command, json!({"streams": "pipes", "format": "raw"})).await;
    let server_id = answer["payload"]["serverId"].clone();
    client.last_stdin(&server_id, case.stdin.as_deref().unwrap_or_default()).await;
    client.finish(answer).await.stdout
}

/// Runs one case and says what was not as expected.
async fn check(server: &TestServer, case: &Case) -> Result<(), String> {
    let folder = tempfile::TempDir::new().unwrap();
    for name in ["a.png", "b.txt"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let mut client = server.client_with(&FEATURES).await;
    let directory = match case.shell.as_str() {
        "fish" => format!("set -gx DIR {}", folder.path().display()),
        _ => format!("export DIR={}", folder.path().display()),
    };
    client.run(&directory).await;
    let fields = json!({"breakpoints": case.breakpoints, "streams": "pipes", "format": "raw"});
    let answer = client.start_with(&case.command, fields).await;
    let payload = &answer["payload"];
    let available = |breakpoint: &Value| breakpoint["result"] == "ok";
    let breakpoints = payload["breakpoints"].as_array().ok_or_else(|| answer.to_string())?;
    if breakpoints.iter().all(available) == UNAVAILABLE.contains(&case.name.as_str()) {
        return Err(answer.to_string());
    }
    if let Some(pipes) = &case.pipes {
        let offsets: Vec<_> = payload["pipes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pipe| pipe["offset"].as_u64().unwrap() as usize)
            .collect();
        expect("pipes", pipes, &offsets)?;
    }
    let server_id = payload["serverId"].clone();
    client.last_stdin(&server_id, case.stdin.as_deref().unwrap_or_default()).await;
    let finished = client.finish(answer).await;
    if let Some(stdout) = &case.expected_stdout {
        let expected = match case.is_otherwise_in_a_session() {
            true => untapped(server, &directory, case).await,
            false => wire(stdout),
        };
        expect("stdout", &expected, &finished.stdout)?;
    }
    if let Some(stderr) = &case.expected_stderr {
        if case.nondeterministic_stderr_order {
            expect("stderr", &trace(stderr), &trace(&finished.stderr))?;
        } else {
            expect("stderr", &wire(stderr), &finished.stderr)?;
        }
    }
    if let Some(code) = case.exit_code {
        expect("exit code", &json!(code), &finished.last["payload"]["exitCode"])?;
    }
    for (index, tap) in case.expected_taps.iter().enumerate() {
        // Several taps of one location are its runs, in order.
        let run = case.expected_taps[..index].iter().filter(|other| other.location == tap.location).count();
        let (stdout, stderr) = finished.taps.get(&(tap.location, run)).cloned().unwrap_or_default();
        if case.name == "lineno" {
            // The tap shows the session's line number, as stdout does.
            continue;
        }
        if UNAVAILABLE.contains(&case.name.as_str()) {
            expect("nothing tapped", "", stdout.as_str())?;
        } else if let Some(prefix) = &tap.stdout_prefix {
            expect(&format!("tap {} begins", tap.location), &true, &stdout.starts_with(prefix))?;
        } else if let Some(expected) = &tap.stdout {
            expect(&format!("tap {}", tap.location), &wire(expected), &stdout)?;
        }
        if let Some(expected) = &tap.stderr {
            expect(&format!("tap {} stderr", tap.location), &wire(expected), &stderr)?;
        }
    }
    Ok(())
}

fn expect<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, expected: &T, seen: &T) -> Result<(), String> {
    if expected == seen { Ok(()) } else { Err(format!("{what}: expected {expected:?}, saw {seen:?}")) }
}

async fn check_all(shell: &str, program: &str) {
    assert!(Path::new(program).exists(), "{program} is needed; `cargo xtask test` installs it");
    let server = TestServer::with(|settings| settings.shell = Some(program.into())).await;
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.shell == shell) {
        if let Err(reason) = check(&server, case).await {
            wrong.push(format!("{}: {reason}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_tapped_pipeline_of_bash_runs_as_it_would_have() {
    check_all("bash", "/bin/bash").await;
}

#[tokio::test]
async fn every_tapped_pipeline_of_sh_runs_as_it_would_have() {
    check_all("sh", "/bin/dash").await;
}

#[tokio::test]
async fn every_tapped_pipeline_of_zsh_runs_as_it_would_have() {
    check_all("zsh", "/usr/bin/zsh").await;
}

#[tokio::test]
async fn every_tapped_pipeline_of_fish_runs_as_it_would_have() {
    check_all("fish", "/usr/bin/fish").await;
}

#[tokio::test]
async fn the_specifications_own_breakpoint_shows_what_enters_grep() {
    let server = TestServer::start().await;
    let folder = server.folder.path().join("pictures");
    std::fs::create_dir(&folder).unwrap();
    for name in ["bui.png", "notes.txt"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    let mut client = server.client().await;
    client.run(&format!("cd {}", folder.display())).await;
    let finished = client.run_with("ls | grep \"png\"", json!({"breakpoints": [0]})).await;
    assert_eq!(finished.answer["payload"]["breakpoints"], json!([{"location": 0, "result": "ok"}]));
    let (stdout, stderr) = &finished.taps[&(0, 0)];
    assert_eq!(stdout, "<a href=\"./bui.png\">bui.png</a>\n<a href=\"./notes.txt\">notes.txt</a>\n");
    assert_eq!(stderr, "");
    assert!(finished.stdout.contains("bui.png"), "{finished:?}");
    assert!(!finished.stdout.contains("notes.txt"), "{finished:?}");
}

#[tokio::test]
async fn a_breakpoint_does_not_take_the_terminal_from_a_stages_stderr() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let command = "{ test -t 2 && echo tty || echo no; } | cat";
    let plain = client.run_with(command, json!({})).await;
    let tapped = client.run_with(command, json!({"breakpoints": [0]})).await;
    assert_eq!(plain.stdout, tapped.stdout);
}

#[tokio::test]
async fn details_count_what_a_stage_wrote_and_tell_its_runs_apart() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let command = "for i in 1 2; do seq $i; done | cat; for i in 1 2 3; do printf %s $i | cat; done";
    let finished = client.run_with(command, json!({"breakpoints": [0, 1], "format": "raw"})).await;
    let count = |location: u64, run: u64| -> Value {
        let stages = finished.stages.iter().rev();
        let stage = stages.into_iter().find(|stage| stage["location"] == location && stage["run"] == run);
        stage.map_or(Value::Null, |stage| stage["bytes"].clone())
    };
    assert_eq!(count(0, 0), 6, "{:?}", finished.stages);
    assert_eq!([count(1, 0), count(1, 1), count(1, 2)], [1, 1, 1], "{:?}", finished.stages);
}

#[tokio::test]
async fn what_a_breakpoint_captured_feeds_another_command() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["stdinFrom", "details"]).await;
    let marks = server.folder.path().join("marks");
    let command = format!("{{ echo ran >> {}; seq 1 5; }} | tail -1", marks.display());
    let first = client.run_with(&command, json!({"breakpoints": [0]})).await;
    let server_id = first.answer["payload"]["serverId"].clone();
    let from = json!({"stdinFrom": {"serverId": server_id, "location": 0}});
    let second = client.run_with("sort -r | head -2", from).await;
    assert_eq!(second.stdout, "5\n4\n");
    assert_eq!(std::fs::read_to_string(marks).unwrap(), "ran\n");
}

#[tokio::test]
async fn a_capture_that_was_cut_feeds_a_command_only_where_that_is_said() {
    let server = TestServer::with(|settings| {
        settings.limits.tap_head = 100;
        settings.limits.tap_tail = 100;
    })
    .await;
    let mut client = server.client_with(&["stdinFrom", "details"]).await;
    let first = client.run_with("seq 1 100000 | wc -l", json!({"breakpoints": [0]})).await;
    let server_id = first.answer["payload"]["serverId"].clone();
    let from = |more: Value| {
        let mut from = json!({"serverId": server_id, "location": 0});
        from.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"stdinFrom": from})
    };
    let refused = client.start_with("head -1", from(json!({}))).await;
    assert_eq!(refused["payload"]["code"], "capture-cut", "{refused}");
    let partial = client.run_with("head -1", from(json!({"partial": true}))).await;
    assert_eq!(partial.stdout, "1\n");
    for wrong in [json!({"location": 7}), json!({"serverId": 999}), json!({"run": 9})] {
        let refused = client.start_with("cat", from(wrong)).await;
        assert_eq!(refused["payload"]["code"], "no-capture", "{refused}");
    }
}

#[tokio::test]
async fn a_client_that_reads_nothing_does_not_hold_a_tapped_pipeline_up() {
    let server = TestServer::with(|settings| settings.limits.send = Duration::from_secs(60)).await;
    let mark = server.folder.path().join("mark");
    let mut deaf = server.client_with(&FEATURES).await;
    let command = format!("seq 1 3000000 | wc -l > {}", mark.display());
    deaf.start_with(&command, json!({"breakpoints": [0]})).await;
    let mut changed = server.engine.activity().changed();
    while server.engine.activity().snapshot().commands[0].exit_code.is_none() {
        changed.changed().await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(mark).unwrap(), "3000000\n");
}

#[tokio::test]
async fn an_interrupt_ends_a_tapped_pipeline() {
    let server = TestServer::start().await;
    let mut client: TestClient = server.client_with(&FEATURES).await;
    let answer =
        client.start_with("while echo y; do :; done | cat > /dev/null", json!({"breakpoints": [0]})).await;
    let server_id = answer["payload"]["serverId"].clone();
    client.next_where(|message| message["payload"]["output"]["breakpoints"].is_array()).await;
    client.stdin(&server_id, "\u{3}").await;
    let finished: Finished = client.finish(answer).await;
    assert_eq!(finished.last["payload"]["status"], "completed");
}

#[tokio::test]
async fn a_function_that_outlives_its_command_has_no_tap_in_it() {
    for shell in ["/bin/bash", "/usr/bin/zsh"] {
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let mut client = server.client_with(&FEATURES).await;
        let command = "f() { echo in f | cat; }; f; (exit 3)";
        let defined = client.run_with(command, json!({"breakpoints": [0]})).await;
        assert_eq!(defined.answer["payload"]["breakpoints"][0]["result"], "ok", "{defined:?}");
        assert_eq!(client.run("echo $?").await.stdout, "3\n");
        let called = client.run("f; typeset -f f").await;
        assert!(called.stdout.starts_with("in f\n"), "{called:?}");
        assert!(!called.stdout.contains("/run/"), "{called:?}");
        assert_eq!(called.stderr, "");
    }
}

#[tokio::test]
async fn a_pipe_that_is_not_there_is_named_with_how_many_there_are() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    for (command, location, told) in [
        ("echo a | cat", 1, "There is no pipe 1: the command has 1 (its index is 0)."),
        ("echo a | cat | cat", 7, "There is no pipe 7: the command has 2 (their indexes are 0 to 1)."),
        ("echo a", 0, "There is no pipe 0: the command has 0 (it needs no breakpoint)."),
    ] {
        let answer = client.start_with(command, json!({"breakpoints": [location]})).await;
        assert_eq!(answer["payload"]["code"], "no-such-pipe", "{answer}");
        assert_eq!(answer["payload"]["message"], told);
    }
}

#[tokio::test]
async fn a_pipe_that_cannot_be_tapped_says_why_and_the_command_runs() {
    for (shell, command, stdout, why) in [
        ("/bin/dash", "f() { echo in f | cat; }; f", "in f\n", "is in a function"),
        ("/bin/dash", "time() { echo t; }; time x | cat", "t\n", "begins with `time`"),
        ("/bin/bash", "echo `echo \\`echo a | cat\\``", "a\n", "backticks inside of backticks"),
        ("/usr/bin/zsh", "echo a >/dev/null | cat", "a\n", "writes to a file as well"),
        ("/usr/bin/fish", "echo a >/dev/null | cat", "", "writes to a file"),
    ] {
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let mut client = server.client_with(&FEATURES).await;
        let finished = client.run_with(command, json!({"breakpoints": [0], "streams": "pipes"})).await;
        let breakpoint = &finished.answer["payload"]["breakpoints"][0];
        assert_eq!(
            (&breakpoint["location"], &breakpoint["result"]),
            (&json!(0), &json!("error")),
            "{command}"
        );
        assert!(breakpoint["message"].as_str().unwrap().contains(why), "{shell}: {breakpoint}");
        assert_eq!(finished.stdout, stdout, "{shell}: {command}");
        assert!(finished.taps.is_empty(), "{shell}: {command}");
    }
}

#[tokio::test]
async fn a_tap_that_does_not_show_everything_says_so() {
    let server = TestServer::with(|settings| settings.shell = Some("/usr/bin/fish".into())).await;
    let mut client = server.client_with(&FEATURES).await;
    for (command, told) in [
        ("begin; echo a | cat; end", "where those of a block go, only fish knows"),
        ("echo a 2>/dev/null | cat", "it redirects them itself"),
    ] {
        let finished = client.run_with(command, json!({"breakpoints": [0], "streams": "pipes"})).await;
        let breakpoint = &finished.answer["payload"]["breakpoints"][0];
        assert_eq!(breakpoint["result"], "ok", "{command}");
        assert!(breakpoint["message"].as_str().unwrap().contains(told), "{command}: {breakpoint}");
        assert_eq!((finished.stdout.as_str(), finished.taps[&(0, 0)].0.as_str()), ("a\n", "a\n"));
    }
    let whole = client.run_with("echo a | cat", json!({"breakpoints": [0]})).await;
    assert_eq!(whole.answer["payload"]["breakpoints"], json!([{"location": 0, "result": "ok"}]));
}
