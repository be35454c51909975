//! How each tapped stage ended, as the kernel or the shell tells it.

use serde_json::{Value, json};

use crate::client::Finished;
use crate::server::TestServer;

const FEATURES: [&str; 4] = ["breakpoints", "details", "format", "streams"];

/// The status that was told last of a run of a stage.
fn status(finished: &Finished, location: u64, run: u64) -> Option<i64> {
    let of_it = |stage: &&Value| stage["location"] == location && stage["run"] == run;
    finished.stages.iter().rev().find(of_it).and_then(|stage| stage["status"].as_i64())
}

/// Whether the kernel tells how a process ended to those who are not its parent: Linux 6.15 and later.
fn the_kernel_tells() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    let version: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    version >= (6, 15)
}

async fn server(shell: &str) -> TestServer {
    TestServer::with(|settings| settings.shell = Some(shell.into())).await
}

#[tokio::test]
async fn each_stage_of_the_last_pipeline_has_the_status_that_the_shell_tells() {
    let commands = [
        "sh -c 'exit 3' | sh -c 'cat; exit 4' | cat",
        "true; echo a | sh -c 'kill -TERM $$' | cat",
        "yes | head -1",
        "false | true | sh -c 'exit 9'",
    ];
    for shell in ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"] {
        let server = server(shell).await;
        let mut client = server.client_with(&FEATURES).await;
        for command in commands {
            let pipes: Vec<usize> = (0..command.matches('|').count()).collect();
            let finished = client.run_with(command, json!({"breakpoints": pipes})).await;
            let told = finished.last["payload"]["pipeStatus"].as_array().unwrap();
            let available = finished.answer["payload"]["breakpoints"].as_array().unwrap();
            for (pipe, answer) in available.iter().enumerate().filter(|(_, answer)| answer["result"] == "ok")
            {
                let location = answer["location"].as_u64().unwrap();
                let expected = told[pipe].as_i64();
                assert_eq!(status(&finished, location, 0), expected, "{shell}: {command}: {finished:?}");
            }
        }
    }
}

#[tokio::test]
async fn stages_that_no_shell_tells_of_have_a_status_where_the_kernel_tells() {
    if !the_kernel_tells() {
        return;
    }
    for shell in ["/bin/bash", "/bin/dash", "/usr/bin/zsh"] {
        let server = server(shell).await;
        let mut client = server.client_with(&FEATURES).await;
        let command = "for i in 1 2 0; do sh -c \"exit $i\" | cat; done; (exec sh -c 'exit 5' | cat) | cat";
        let finished = client.run_with(command, json!({"breakpoints": [0, 1, 2]})).await;
        let runs = [0, 1, 2].map(|run| status(&finished, 0, run));
        assert_eq!(runs, [Some(1), Some(2), Some(0)], "{shell}: {finished:?}");
        assert_eq!([status(&finished, 1, 0), status(&finished, 2, 0)], [Some(5), Some(0)], "{shell}");
        let left =
            "{ echo a; set -e; false; echo b; } | cat; { echo c; exit 7; } | cat; echo d | { exit 8; } | cat";
        let finished = client.run_with(left, json!({"breakpoints": [0, 1, 3]})).await;
        let ends = [0, 1, 3].map(|location| status(&finished, location, 0));
        assert_eq!(ends, [Some(1), Some(7), Some(8)], "{shell}: {finished:?}");
    }
}

#[tokio::test]
async fn a_stage_that_runs_has_no_status() {
    let server = server("/bin/bash").await;
    let mut client = server.client_with(&FEATURES).await;
    let answer = client.start_with("{ echo a; read x; exit 6; } | cat", json!({"breakpoints": [0]})).await;
    let server_id = answer["payload"]["serverId"].clone();
    let shown = client.next_where(|message| message["payload"]["stages"][0]["bytes"] == 2).await;
    assert_eq!(shown["payload"]["stages"][0]["status"], Value::Null);
    client.stdin(&server_id, "go\n").await;
    let finished = client.finish(answer).await;
    assert_eq!(status(&finished, 0, 0), Some(6));
}

#[tokio::test]
async fn without_details_nothing_is_told_of_stages() {
    let server = server("/bin/bash").await;
    let mut client = server.client().await;
    let finished = client.run_with("false | cat", json!({"breakpoints": [0]})).await;
    assert!(finished.stages.is_empty());
    assert_eq!(finished.last["payload"]["pipeStatus"], Value::Null);
}
