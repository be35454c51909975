//! Updates both ways: output, input, signals, sizes.

use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn stderr_comes_apart_from_stdout_and_both_in_combined() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let output = client.run("echo out; echo err >&2").await;
    assert_eq!(output.stdout, "out\n");
    assert_eq!(output.stderr, "err\n");
    let mut lines: Vec<_> = output.combined.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["err", "out"]);
}

#[tokio::test]
async fn input_reaches_the_program_and_its_answer_comes_back() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("read -r line; echo \"got <$line>\"").await;
    let server_id = answer["payload"]["serverId"].clone();
    client.stdin(&server_id, "two wo").await;
    client.stdin(&server_id, "rds\n").await;
    let output = client.finish(answer).await;
    assert!(output.stdout.ends_with("got &lt;two words&gt;\n"), "{output:?}");
}

#[tokio::test]
async fn a_python_session_is_answered_through_stdin() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("python3 -q -i").await;
    let server_id = answer["payload"]["serverId"].clone();
    client.stdin(&server_id, "print(6 * 7)\n").await;
    client.until_stdout(&server_id, |stdout| stdout.contains("42\n")).await;
    client.stdin(&server_id, "exit()\n").await;
    client.finish(answer).await;
}

#[tokio::test]
async fn a_typed_interrupt_ends_the_program() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details"]).await;
    // One program from its first word on: a shell that is about to start another one loses an interrupt now and then.
    let answer = client.start("tail -n +1 -f /etc/passwd").await;
    let server_id = answer["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |stdout| stdout.contains("root:")).await;
    client.stdin(&server_id, "\u{3}").await;
    let output = client.finish(answer).await;
    assert_eq!(output.last["payload"]["exitCode"], 130);
}

#[tokio::test]
async fn a_signal_reaches_the_whole_process_group_by_its_number() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details"]).await;
    let command = "bash -c 'trap \"echo usr1; exit 7\" USR1; echo ready; while :; do sleep 0.05; done'";
    let answer = client.start(command).await;
    let server_id = answer["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |stdout| stdout.contains("ready")).await;
    client.signal(&server_id, 10).await;
    let output = client.finish(answer).await;
    assert!(output.stdout.ends_with("usr1\n"), "{output:?}");
    assert_eq!(output.last["payload"]["exitCode"], 7);
}

#[tokio::test]
async fn a_signal_in_the_specifications_own_form_terminates() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("sleep 1000").await;
    client
        .send(json!({"type": "update", "sessionToken": client.session_token, "payload": {
            "type": "signal", "command": "sleep 1000", "serverId": 1, "clientId": 1, "signal": 15}}))
        .await;
    let output = client.finish(answer).await;
    assert_eq!(output.last["payload"]["status"], "completed");
}

#[tokio::test]
async fn bad_updates_are_answered_and_change_nothing() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["resize", "details"]).await;
    let answer = client.start("echo ready; read -r line; echo \"$line\"").await;
    let server_id = answer["payload"]["serverId"].clone();
    let update = |payload| json!({"type": "update", "payload": payload});
    let cases = [
        (json!({"type": "stdin", "serverId": 999, "input": "x"}), "unknown-command"),
        (json!({"type": "signal", "serverId": server_id, "signal": 0}), "bad-signal"),
        (json!({"type": "signal", "serverId": server_id, "signal": 65}), "bad-signal"),
        (json!({"type": "signal", "serverId": server_id, "signal": -1}), "bad-signal"),
        (json!({"type": "resize", "serverId": server_id, "cols": 0, "rows": 0}), "bad-size"),
        (json!({"type": "resize", "serverId": server_id, "cols": 65535, "rows": 65535}), "bad-size"),
        (json!({"type": "resize", "serverId": server_id, "cols": 70000, "rows": 1}), "bad-message"),
        (json!({"type": "stdin", "serverId": server_id}), "bad-message"),
        (json!({"type": "dance", "serverId": server_id}), "bad-message"),
        (json!({"type": "stdin", "serverId": "1", "input": "x"}), "bad-message"),
    ];
    for (payload, code) in cases {
        client.send(update(payload.clone())).await;
        let refused = client.next_where(|message| message["payload"]["result"] == "error").await;
        assert_eq!(refused["type"], "update");
        assert_eq!(refused["payload"]["code"], code, "{payload} -> {refused}");
    }
    client.stdin(&server_id, "still here\n").await;
    let output = client.finish(answer).await;
    assert!(output.stdout.ends_with("still here\n"), "{output:?}");
}

#[tokio::test]
async fn input_for_an_ended_command_is_an_error() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let finished = client.run("true").await;
    client.stdin(&finished.answer["payload"]["serverId"], "late").await;
    assert_eq!(client.next().await["payload"]["code"], "command-ended");
}

#[tokio::test]
async fn input_beyond_what_a_program_reads_is_refused_and_not_kept() {
    let server = TestServer::with(|settings| settings.limits.stdin_queue = 64 << 10).await;
    let mut client = server.client().await;
    let answer = client.start("sleep 1000").await;
    let server_id = answer["payload"]["serverId"].clone();
    let line = "x".repeat(1000) + "\n";
    for _ in 0..200 {
        client.stdin(&server_id, &line).await;
    }
    let refused = client.next_where(|message| message["payload"]["result"] == "error").await;
    assert_eq!(refused["payload"]["code"], "input-full");
    client.signal(&server_id, 9).await;
    client.finish(answer).await;
}

#[tokio::test]
async fn output_comes_while_a_command_runs_whatever_ran_before_on_its_terminal() {
    let server = TestServer::start().await;
    for _ in 0..15 {
        let mut client = server.client().await;
        client.run("ls /").await;
        client.run("printf 'green\\n'; ls /nowhere").await;
        let answer = client.start("echo listening; sleep 1000").await;
        let server_id = answer["payload"]["serverId"].clone();
        client.until_stdout(&server_id, |stdout| stdout == "listening\n").await;
        client.signal(&server_id, 9).await;
        client.finish(answer).await;
    }
}

#[tokio::test]
async fn a_loop_of_the_shell_itself_that_is_deaf_to_everything_is_killed() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("trap '' INT TERM; echo ready; while :; do sleep 0.1; done").await;
    let server_id = answer["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |stdout| stdout == "ready\n").await;
    assert_eq!(server.engine.kill_everything(), 1);
    client.finish(answer).await;
    assert_eq!(client.run("echo alive").await.stdout, "alive\n");
}
