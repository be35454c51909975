//! Limits: malformed, oversized, too many, too slow.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::resuming::Resuming;
use crate::server::TestServer;

#[tokio::test]
async fn malformed_messages_are_answered_and_the_connection_goes_on() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let cases = [
        ("", "error", "bad-json"),
        ("{", "error", "bad-json"),
        ("[]", "error", "bad-message"),
        ("null", "error", "bad-message"),
        ("{\"payload\":{}}", "error", "bad-message"),
        ("{\"type\":7,\"payload\":{}}", "error", "bad-message"),
        ("{\"type\":\"dance\",\"payload\":{}}", "error", "unknown-type"),
        ("{\"type\":\"command\"}", "command", "bad-message"),
        ("{\"type\":\"command\",\"payload\":[]}", "command", "bad-message"),
        ("{\"type\":\"command\",\"payload\":{}}", "command", "bad-message"),
        ("{\"type\":\"command\",\"payload\":{\"command\":7}}", "command", "bad-message"),
        (
            "{\"type\":\"command\",\"sessionToken\":7,\"payload\":{\"command\":\"ls\"}}",
            "command",
            "bad-message",
        ),
        ("{\"type\":\"command\",\"payload\":{\"command\":\"ls\",\"clientId\":-1}}", "command", "bad-message"),
        ("{\"type\":\"update\",\"payload\":{}}", "update", "bad-message"),
    ];
    for (text, kind, code) in cases {
        client.send_text(text.to_owned()).await;
        let answer = client.next().await;
        assert_eq!(answer["type"], kind, "{text} -> {answer}");
        assert_eq!(answer["payload"]["result"], "error", "{text} -> {answer}");
        assert_eq!(answer["payload"]["code"], code, "{text} -> {answer}");
        assert!(answer["payload"]["message"].as_str().unwrap().ends_with('.'), "{answer}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    client.send_text(deep).await;
    assert_eq!(client.next().await["payload"]["code"], "bad-json");
    client.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(client.next().await["payload"]["code"], "bad-message");
    assert_eq!(client.run("echo alive").await.stdout, "alive\n");
}

#[tokio::test]
async fn an_oversized_message_is_closed_with_a_reason_and_others_go_on() {
    let server = TestServer::start().await;
    let mut other = server.client().await;
    let mut client = server.client().await;
    let _ = client.socket.send(Message::text("x".repeat(2 << 20))).await;
    let frame = client.closed().await.unwrap();
    assert!(frame.reason.contains("larger"), "{frame:?}");
    assert_eq!(other.run("echo alive").await.stdout, "alive\n");
}

#[tokio::test]
async fn a_client_beyond_the_number_of_clients_is_told_so() {
    let server = TestServer::with(|settings| settings.limits.connections = 1).await;
    let _first = server.client().await;
    let mut second = server.connect().await;
    second.send(json!({"type": "authentication", "payload": {"token": server.token()}})).await;
    assert!(second.closed().await.unwrap().reason.contains("close one"));
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_let_go_and_holds_no_other_up() {
    let server = TestServer::with(|settings| settings.limits.send = Duration::from_millis(200)).await;
    let mut deaf = server.client().await;
    deaf.start("yes").await;
    let mut changed = server.engine.activity().changed();
    while server.engine.activity().snapshot().clients.len() == 1 {
        changed.changed().await.unwrap();
    }
    let mut other = server.client().await;
    assert_eq!(other.run("echo alive").await.stdout, "alive\n");
    server.engine.kill_everything();
}

#[tokio::test]
async fn a_slow_client_holds_the_program_back_and_loses_nothing() {
    let server = TestServer::with(|settings| {
        settings.limits.output_window = 64 << 10;
        settings.limits.output_ring = 256 << 10;
    })
    .await;
    let mut client = server.client_with(&["chunks", "format", "streams"]).await;
    let more = json!({"format": "text", "streams": "pipes"});
    let finished = client.run_with("seq 1 300000", more).await;
    let expected: String = (1..=300_000).map(|i| format!("{i}\n")).collect();
    assert!(finished.stdout == expected, "{} of {} bytes", finished.stdout.len(), expected.len());
}

#[tokio::test]
async fn what_a_slow_client_has_not_read_of_a_pipe_outlives_the_beginning_of_the_next_command() {
    let server = TestServer::with(|settings| settings.limits.output_window = 64 << 10).await;
    let mut client = Resuming::connected(&server, &["chunks", "format", "streams"]).await;
    client.acknowledge_after = None;
    let flag = server.folder.path().join("flag");
    let pipes = json!({"format": "text", "streams": "pipes"});
    // More than the window, and as much as the window and a pipe hold.
    let first = client.start(&format!("seq 1 300000; : > {}", flag.display()), pipes.clone()).await;
    while !flag.exists() {
        // The last of what is sent may come before the file is there.
        let _ = tokio::time::timeout(Duration::from_millis(20), client.hear()).await;
    }
    let second = client.start("echo next", pipes).await;
    client.acknowledge_after = Some(50_000);
    client.acknowledge().await.unwrap();
    client.until(|came| came.has_ended(first) && came.has_ended(second)).await;
    let expected: String = (1..=300_000).map(|i| format!("{i}\n")).collect();
    let stdout = client.came.stdout(first);
    assert!(stdout == expected.as_bytes(), "{} of {} bytes", stdout.len(), expected.len());
    assert_eq!(client.came.stdout(second), b"next\n");
}
