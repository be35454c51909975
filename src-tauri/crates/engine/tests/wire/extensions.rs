//! Extensions: what each feature adds.

use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn details_tell_how_a_command_ended() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details"]).await;
    let finished = client.run("cd /tmp; (exit 3)").await;
    let payload = &finished.last["payload"];
    assert_eq!(payload["exitCode"], 3);
    assert_eq!(payload["cwd"], "/tmp");
    assert!(payload["durationMs"].is_u64(), "{payload}");
    let pipes = client.start("ls | wc -l |& cat").await["payload"]["pipes"].clone();
    assert_eq!(pipes, json!([{"index": 0, "offset": 3, "op": "|"}, {"index": 1, "offset": 11, "op": "|&"}]));
}

#[tokio::test]
async fn chunks_carry_each_byte_once_and_redraw_the_unfinished_line() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["chunks", "streams", "details"]).await;
    let answer = client
        .start_with("printf 'one\\n10%%'; read -r x; printf '\\r99%%\\n'", json!({"streams": "exact"}))
        .await;
    let server_id = answer["payload"]["serverId"].clone();
    let mut lines = Vec::new();
    let mut shown = String::new();
    while shown != "10%" {
        let update = client.next_where(|message| message["type"] == "update").await;
        for chunk in update["payload"]["output"]["chunks"].as_array().unwrap() {
            lines.push(chunk["data"].as_str().unwrap().to_owned());
            shown = chunk["line"].as_str().unwrap_or_default().to_owned();
        }
    }
    assert_eq!(lines.concat(), "one\n");
    client.stdin(&server_id, "\n").await;
    let finished = client.finish(answer).await;
    assert!(finished.stdout.ends_with("99%\n"), "{finished:?}");
}

#[tokio::test]
async fn text_and_raw_are_formats_of_a_command() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["format", "chunks"]).await;
    let command = "printf '\\033[31mred\\033[0m <b>\\n'";
    let text = client.run_with(command, json!({"format": "text"})).await;
    assert_eq!(text.stdout, "red <b>\n");
    let raw = client.run_with(command, json!({"format": "raw"})).await;
    assert!(raw.stdout.contains("\u{1b}[31mred\u{1b}[0m <b>"), "{raw:?}");
}

#[tokio::test]
async fn a_terminal_has_the_size_that_was_asked_for_and_changes_it() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["resize"]).await;
    let command = "trap 'stty size; exit' WINCH; stty size; while :; do sleep 0.05; done";
    let answer = client
        .start_with(&format!("bash -c \"{command}\""), json!({"size": {"cols": 111, "rows": 33}}))
        .await;
    let server_id = answer["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |stdout| stdout.contains("33 111\n")).await;
    client
        .send(json!({"type": "update", "payload": {
            "type": "resize", "serverId": server_id, "cols": 90, "rows": 40}}))
        .await;
    let finished = client.finish(answer).await;
    assert!(finished.stdout.ends_with("40 90\n"), "{finished:?}");
}

#[tokio::test]
async fn streams_decide_what_is_a_terminal() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["streams"]).await;
    let command = "for fd in 0 1 2; do test -t $fd && echo tty || echo no; done";
    for (streams, expected) in
        [("split", "tty\ntty\ntty\n"), ("exact", "tty\ntty\ntty\n"), ("pipes", "no\nno\nno\n")]
    {
        let finished = client.run_with(command, json!({"streams": streams})).await;
        assert_eq!(finished.stdout, expected, "{streams}");
    }
}

#[tokio::test]
async fn one_terminal_for_both_streams_keeps_their_order() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["streams", "details"]).await;
    let command = "for i in $(seq 200); do echo o$i; echo e$i >&2; done";
    let finished = client.run_with(command, json!({"streams": "exact"})).await;
    let expected: String = (1..=200).map(|i| format!("o{i}\ne{i}\n")).collect();
    assert_eq!(finished.combined, expected);
    assert_eq!(finished.last["payload"]["order"], "exact");
}

#[tokio::test]
async fn a_field_of_a_feature_that_was_not_asked_for_is_an_error_that_names_it() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    for (field, value, feature) in [
        ("format", json!("raw"), "format"),
        ("streams", json!("exact"), "streams"),
        ("size", json!({"cols": 80, "rows": 24}), "resize"),
    ] {
        let answer = client.start_with("true", json!({field: value})).await;
        assert_eq!(answer["payload"]["code"], "feature-missing");
        let message = answer["payload"]["message"].as_str().unwrap();
        assert!(message.contains(feature), "{message}");
    }
}

#[tokio::test]
async fn a_program_on_pipes_sees_the_end_of_its_input() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["chunks", "format", "streams", "details"]).await;
    let answer = client.start_with("sort; echo end", json!({"streams": "pipes", "format": "raw"})).await;
    let server_id = answer["payload"]["serverId"].clone();
    let input = |input: &str, end: bool| json!({"type": "update", "payload": {"type": "stdin", "serverId": server_id, "input": input, "end": end}});
    client.send(input("b\n", false)).await;
    client.send(input("a\n", true)).await;
    let finished = client.finish(answer).await;
    assert_eq!(finished.stdout, "a\nb\nend\n");
}

#[tokio::test]
async fn input_that_ends_before_the_shell_looks_at_it_is_not_lost() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["chunks", "format", "streams"]).await;
    for number in 0..20 {
        let answer = client.start_with("cat", json!({"streams": "pipes", "format": "raw"})).await;
        let server_id = answer["payload"]["serverId"].clone();
        let input = number.to_string();
        client
            .send(json!({"type": "update", "payload": {
                "type": "stdin", "serverId": server_id, "input": input, "end": true}}))
            .await;
        assert_eq!(client.finish(answer).await.stdout, input);
    }
}

#[tokio::test]
async fn input_with_a_client_id_is_answered_when_it_is_taken_and_when_it_is_not() {
    let server = TestServer::with(|settings| settings.limits.stdin_queue = 1000).await;
    let mut client = server.client().await;
    let answer = client.start("sleep 60").await;
    let server_id = answer["payload"]["serverId"].clone();
    let input = |client_id: u64, bytes: usize| {
        json!({"type": "update", "payload": {
            "type": "stdin", "serverId": server_id, "clientId": client_id, "input": "x".repeat(bytes)}})
    };
    client.send(input(7, 1)).await;
    let taken = client.next_where(|message| message["payload"]["result"].is_string()).await;
    assert_eq!(taken["payload"], json!({"result": "ok", "serverId": server_id, "clientId": 7}));
    client.send(input(8, 2000)).await;
    let refused = client.next_where(|message| message["payload"]["result"].is_string()).await;
    assert_eq!(refused["payload"]["code"], "input-full");
    assert_eq!(refused["payload"]["clientId"], 8);
}

#[tokio::test]
async fn input_that_ends_before_the_program_reads_it_is_read_whole_and_ends() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["streams"]).await;
    for round in 0..10 {
        for (input, expected) in [("", "0\n"), ("four", "4\n")] {
            let answer = client.start_with("wc -c", json!({"streams": "pipes"})).await;
            client.last_stdin(&answer["payload"]["serverId"], input).await;
            assert_eq!(client.finish(answer).await.stdout, expected, "round {round}");
        }
    }
}
