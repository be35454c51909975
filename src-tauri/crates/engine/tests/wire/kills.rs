//! Kill: TERM to all that a command has started, KILL after the grace, and nothing left of a session that ends.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::client::TestClient;
use crate::server::TestServer;

/// Starts 200 pairs of processes that leave their group, session and parent, and are deaf to TERM and HUP.
const DAEMONS: &str = "for i in $(seq 200); do \
    (trap '' TERM HUP; setsid sh -c \"trap '' TERM HUP; sleep MARK & exec sleep MARK\" >/dev/null 2>&1 &) \
    done; while [ $(pgrep -fxc 'sleep MARK') -lt 400 ]; do sleep 0.05; done; echo ready";

/// The folders in /proc of what runs as `sleep MARK`.
fn sleepers(mark: &str) -> Vec<PathBuf> {
    let wanted = format!("sleep\0{mark}\0");
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let is_meant =
        |path: &PathBuf| std::fs::read(path.join("cmdline")).is_ok_and(|line| line == wanted.as_bytes());
    processes.filter(is_meant).collect()
}

fn left(mark: &str) -> usize {
    sleepers(mark).len()
}

/// Whether what runs as `sleep MARK` has its terminal; not so while the shell's child has not become it yet.
fn is_in_foreground(mark: &str) -> bool {
    let [sleeper] = &sleepers(mark)[..] else { return false };
    let stat = std::fs::read_to_string(sleeper.join("stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    // Its process group, and that which its terminal has in the foreground.
    fields[2] == fields[5]
}

/// The end of a process of no one's child is told to nobody, so it is looked for.
async fn gone(mark: &str) {
    let wait = async {
        while left(mark) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::client::PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("{} left", left(mark)));
}

async fn daemons(client: &mut TestClient, mark: &str) {
    let finished = client.run_with(&DAEMONS.replace("MARK", mark), json!({"format": "text"})).await;
    assert_eq!(finished.stdout, "ready\n", "{finished:?}");
    assert_eq!(left(mark), 400);
    assert_eq!(finished.last["payload"]["background"], 400);
}

#[tokio::test]
async fn a_killed_command_gets_term_and_after_the_grace_kill_with_its_whole_tree() {
    assert_eq!(engine::Limits::default().kill_grace, Duration::from_secs(2));
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details", "format", "streams"]).await;
    // Whose children begin while the next command runs, and which was started in the same moment as that.
    client.run("sleep 5001 & (while :; do sleep 0.01; done; sleep 5004) &").await;
    let deaf = r#"bash -c 'trap "echo heard TERM" TERM; (trap "" TERM; sleep 5002 & sleep 5002 & wait) & echo ready; while :; do sleep 5003; done'"#;
    let answer = client.start_with(deaf, json!({"format": "text"})).await;
    let id = answer["payload"]["serverId"].clone();
    client.until_stdout(&id, |stdout| stdout == "ready\n").await;
    while left("5002") < 2 {
        tokio::task::yield_now().await;
    }
    let running = server.engine.activity().snapshot().commands[0].id;
    assert!(server.engine.kill(running));
    let finished = client.finish(answer).await;
    assert!(finished.stdout.contains("heard TERM"), "{finished:?}");
    assert_eq!(finished.last["payload"]["exitCode"], 137, "{finished:?}");
    assert_eq!(finished.last["payload"]["signal"], 9, "{finished:?}");
    gone("5002").await;
    gone("5003").await;
    assert_eq!(left("5001"), 1, "what an earlier command left goes on");
    assert_eq!(client.run("jobs -pr | wc -l").await.stdout.trim(), "2");
    assert_eq!(client.run("echo alive").await.stdout, "alive\n");
}

#[tokio::test]
async fn a_command_that_heeds_term_is_not_killed_any_harder() {
    for shell in ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"] {
        let server = TestServer::with(|settings| {
            settings.shell = Some(shell.into());
            settings.limits.kill_grace = Duration::from_secs(3600);
        })
        .await;
        let mut client = server.client_with(&["details", "format", "streams"]).await;
        let polite =
            "bash -c 'trap \"sleep 0.2; echo saved; exit 5\" TERM; echo ready; while :; do sleep 0.05; done'";
        for text in [polite.to_owned(), format!("{polite}; sleep 5031")] {
            let answer = client.start_with(&text, json!({"format": "text", "streams": "exact"})).await;
            client.until_stdout(&answer["payload"]["serverId"], |stdout| stdout == "ready\n").await;
            assert_eq!(server.engine.kill_everything(), 1);
            let finished = client.finish(answer).await;
            assert!(finished.stdout.contains("saved\n"), "{shell}: {finished:?}");
        }
        assert_eq!(client.run("echo alive").await.stdout, "alive\n", "{shell}");
    }
}

#[tokio::test]
async fn a_kill_ends_the_job_that_the_command_brought_to_the_foreground_and_no_other() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details", "format", "streams"]).await;
    client.run("(while :; do sleep 5041; done) & sleep 5042 & sleep 5043 & :").await;
    let answer = client.start_with("echo ready; fg %2", json!({"format": "text"})).await;
    client.until_stdout(&answer["payload"]["serverId"], |stdout| stdout.contains("sleep 5042")).await;
    while !is_in_foreground("5042") {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.engine.kill_everything(), 1);
    let finished = client.finish(answer).await;
    assert_eq!(finished.last["payload"]["exitCode"], 143, "{finished:?}");
    gone("5042").await;
    assert_eq!((left("5041"), left("5043")), (1, 1), "what earlier commands left goes on");
    assert_eq!(client.run("jobs -pr | wc -l").await.stdout.trim(), "2");
}

#[tokio::test]
async fn what_a_program_starts_to_tidy_up_is_not_asked_to_end() {
    let server = TestServer::with(|settings| settings.limits.kill_grace = Duration::from_secs(3600)).await;
    let mut client = server.client_with(&["details", "format", "streams"]).await;
    let tidy =
        "bash -c 'trap \"sleep 0.3 && echo saved; exit 5\" TERM; echo ready; while :; do sleep 0.01; done'";
    let answer = client.start_with(tidy, json!({"format": "text"})).await;
    client.until_stdout(&answer["payload"]["serverId"], |stdout| stdout == "ready\n").await;
    assert_eq!(server.engine.kill_everything(), 1);
    let finished = client.finish(answer).await;
    assert!(finished.stdout.contains("saved\n"), "{finished:?}");
    assert_eq!(finished.last["payload"]["exitCode"], 5, "{finished:?}");
}

#[tokio::test]
async fn a_session_that_makes_room_for_another_leaves_none_of_200_deaf_daemons() {
    let server = TestServer::with(|settings| settings.limits.sessions = 1).await;
    let mut client = server.client_with(&["details", "format"]).await;
    daemons(&mut client, "5011").await;
    drop(client);
    server.until_left().await;
    let mut next = server.client().await;
    assert_eq!(next.run("echo alive").await.stdout, "alive\n");
    gone("5011").await;
}

#[tokio::test]
async fn an_engine_that_stops_leaves_none_of_200_deaf_daemons() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details", "format"]).await;
    daemons(&mut client, "5021").await;
    server.engine.stop().await;
    assert_eq!(left("5021"), 0);
}
