//! Streams that go on where a lost connection ended.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::resuming::Resuming;
use crate::server::TestServer;

const FEATURES: [&str; 4] = ["chunks", "format", "streams", "details"];

fn text() -> Value {
    json!({"format": "text", "streams": "pipes"})
}

fn lines(to: usize) -> String {
    (1..=to).map(|line| format!("{line}\n")).collect()
}

/// The text of a command that waits for a file and then does `then`.
fn once(flag: &std::path::Path, then: &str) -> String {
    format!("until test -e {}; do sleep 0.02; done; {then}", flag.display())
}

#[tokio::test]
async fn every_message_has_a_number_where_that_was_asked_for_and_else_none() {
    let server = TestServer::start().await;
    let mut bare = server.client_with(&FEATURES).await;
    let finished = bare.run_with("echo one", text()).await;
    assert!(finished.answer.get("seq").is_none() && finished.last.get("seq").is_none());
    let mut client = Resuming::connected(&server, &FEATURES).await;
    assert_eq!(client.answer["resume"]["resumed"], false);
    assert_eq!(client.answer["limits"]["window"], 1 << 20);
    let id = client.start("echo one; echo two", text()).await;
    assert!(client.seq > 0, "the answer has a number");
    let before = client.seq;
    client.until(|came| came.has_ended(id)).await;
    assert!(client.seq > before, "and so have updates");
}

#[tokio::test]
async fn what_was_sent_and_did_not_arrive_comes_again_and_nothing_else() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    let id = client.start("seq 1 200000", text()).await;
    let mut cuts = 0;
    while !client.came.has_ended(id) {
        client.hear().await.unwrap();
        if client.came.stdout(id).len() / 200_000 > cuts {
            cuts += 1;
            client.cut();
            client.connect().await.unwrap();
            assert_eq!(client.answer["resume"]["resumed"], true);
            assert!(client.answer["resume"].get("missing").is_none());
        }
    }
    assert!(cuts >= 6, "{cuts}");
    assert!(client.came.stdout(id) == lines(200_000).as_bytes());
    assert_eq!((client.came.commands[&id].dropped, client.came.commands[&id].ends), (0, 1));
}

#[tokio::test]
async fn an_answer_that_was_on_its_way_comes_on_the_next_connection() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    client.send(json!({"type": "command", "payload": {"command": "echo ran >&2", "clientId": 9}})).await;
    client.cut();
    client.connect().await.unwrap();
    // Sent again, since the client cannot know whether it had arrived.
    client.send(json!({"type": "command", "payload": {"command": "echo ran >&2", "clientId": 9}})).await;
    client.until(|came| !came.others.is_empty()).await;
    let id = client.came.others[0]["payload"]["serverId"].as_u64().unwrap();
    client.until(|came| came.has_ended(id)).await;
    assert_eq!(client.came.commands[&id].stderr, b"ran\n");
    assert_eq!(client.came.commands.len(), 1, "it ran once");
}

#[tokio::test]
async fn a_cursor_from_the_future_or_between_messages_is_refused_and_harms_nothing() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    let id = client.start("echo one; read line", text()).await;
    client.until(|came| came.stdout(id) == b"one\n").await;
    let mut other = server.connect().await;
    for seq in [client.seq + 1, u64::MAX, client.seq - 1] {
        other
            .send(json!({"type": "authentication", "payload": {
                "sessionToken": client.session_token, "features": [FEATURES[0], FEATURES[1], FEATURES[2],
                FEATURES[3], "resume"], "resume": {"stream": client.stream, "seq": seq}}}))
            .await;
        let answer = other.next().await;
        assert_eq!(answer["payload"]["code"], "bad-cursor", "{seq}: {answer}");
    }
    other
        .send(json!({"type": "authentication", "payload": {
        "sessionToken": client.session_token, "resume": client.cursor()}}))
        .await;
    assert_eq!(other.next().await["payload"]["code"], "feature-missing");
    client.cut();
    client.connect().await.unwrap();
    assert_eq!(client.answer["resume"]["resumed"], true);
    client.send(json!({"type": "ack", "payload": {"seq": client.seq + 7}})).await;
    let heard = client.came.others.len();
    client.until(|came| came.others.len() > heard).await;
    let refused = &client.came.others[heard];
    assert_eq!((&refused["type"], &refused["payload"]["code"]), (&json!("ack"), &json!("bad-cursor")));
    client
        .send(json!({"type": "update", "payload": {"type": "stdin", "serverId": id, "input": "\n", "end": true}}))
        .await;
    client.until(|came| came.has_ended(id)).await;
}

#[tokio::test]
async fn a_cursor_before_what_was_acknowledged_is_told_how_many_bytes_are_gone() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    client.acknowledge_after = None;
    let id = client.start("seq 1 1000; read line", text()).await;
    let early = client.seq;
    client.until(|came| came.stdout(id).ends_with(b"1000\n")).await;
    client.acknowledge().await.unwrap();
    let acknowledged = client.seq;
    // Its answer comes after the acknowledgement was read.
    client.start("echo later", text()).await;
    client.cut();
    client.seq = early;
    client.connect().await.unwrap();
    let stream = &client.answer["resume"];
    assert_eq!(stream["resumed"], true);
    assert_eq!(stream["missing"].as_u64().unwrap(), acknowledged - early);
    assert_eq!(stream["seq"].as_u64().unwrap(), acknowledged);
    client.until(|came| came.commands.len() == 2 && came.others.len() == 3).await;
}

#[tokio::test]
async fn a_client_that_comes_back_takes_its_stream_from_the_connection_that_hangs() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    let id = client.start("seq 1 1000; read line; seq 1001 2000", text()).await;
    client.until(|came| came.stdout(id).ends_with(b"1000\n")).await;
    let mut hanging = client.leave_hanging();
    client.connect().await.unwrap();
    client
        .send(json!({"type": "update", "payload": {"type": "stdin", "serverId": id, "input": "\n", "end": true}}))
        .await;
    client.until(|came| came.has_ended(id)).await;
    assert_eq!(client.came.stdout(id), lines(2000).as_bytes());
    let mut told = Vec::new();
    while let Some(Ok(message)) = hanging.next().await {
        told.push(message);
    }
    let [Message::Text(error), Message::Close(Some(close))] = &told[..] else { panic!("{told:?}") };
    let error: Value = serde_json::from_str(error).unwrap();
    assert_eq!((&error["type"], &error["payload"]["code"]), (&json!("error"), &json!("superseded")));
    assert!(close.reason.contains("another connection"), "{close:?}");
}

#[tokio::test]
async fn a_stream_that_is_not_there_begins_anew_with_all_that_is_kept() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    let id = client.start("echo one", text()).await;
    client.until(|came| came.has_ended(id)).await;
    client.cut();
    client.stream = Some("unheard-of".to_owned());
    client.connect().await.unwrap();
    assert_eq!(client.answer["resume"]["resumed"], false);
    assert_ne!(client.answer["resume"]["stream"], "unheard-of");
    client.until(|came| came.has_ended(id)).await;
    assert_eq!(client.came.stdout(id), b"one\n");
}

#[tokio::test]
async fn no_more_than_the_window_is_sent_before_it_is_acknowledged() {
    let window = 100_000;
    let server = TestServer::with(|settings| {
        settings.limits.window = window;
        settings.limits.update = 8 << 10;
        settings.limits.output_window = 64 << 10;
    })
    .await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    client.acknowledge_after = None;
    let id = client.start("seq 1 100000", text()).await;
    let full = |client: &Resuming| client.seq >= window as u64;
    while !full(&client) {
        client.hear().await.unwrap();
    }
    // What else it asks for is answered, and nothing comes before that.
    let had = client.came.stdout(id).len();
    client.send(json!({"type": "update", "payload": {"type": "signal", "serverId": 99, "signal": 1}})).await;
    client.hear().await.unwrap();
    assert_eq!(client.came.others.last().unwrap()["payload"]["code"], "unknown-command");
    assert_eq!(client.came.stdout(id).len(), had);
    client.acknowledge().await.unwrap();
    client.acknowledge_after = Some(20_000);
    client.until(|came| came.has_ended(id)).await;
    assert!(client.came.stdout(id) == lines(100_000).as_bytes());
}

#[tokio::test]
async fn a_client_that_asks_on_and_never_acknowledges_is_let_go_and_may_come_back() {
    let server = TestServer::with(|settings| settings.limits.unacknowledged = 20_000).await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    client.acknowledge_after = None;
    for _ in 0..200 {
        let asked = json!({"type": "update", "payload": {"type": "signal", "serverId": 99, "signal": 1}});
        if client.try_send(asked).await.is_err() {
            break;
        }
    }
    while client.hear().await.is_ok() {}
    assert_eq!(client.came.others.last().unwrap()["payload"]["code"], "unacknowledged");
    client.connect().await.unwrap();
    assert_eq!(client.answer["resume"]["resumed"], true);
    let id = client.start("echo back", text()).await;
    client.until(|came| came.has_ended(id)).await;
}

#[tokio::test]
async fn what_a_detached_command_drops_is_a_gap_of_so_many_bytes() {
    let server = TestServer::with(|settings| {
        settings.limits.output_ring = 64 << 10;
        settings.limits.output_window = 16 << 10;
    })
    .await;
    for features in [&FEATURES[..], &FEATURES[..3]] {
        let mut client = Resuming::connected(&server, features).await;
        let flag = server.folder.path().join(format!("flag-{}", features.len()));
        let id = client.start(&once(&flag, "seq 1 100000"), text()).await;
        client.cut();
        server.until_left().await;
        std::fs::write(&flag, "").unwrap();
        let mut changed = server.engine.activity().changed();
        while server.engine.activity().snapshot().commands.iter().any(|command| command.exit_code.is_none()) {
            changed.changed().await.unwrap();
        }
        client.connect().await.unwrap();
        client.until(|came| came.has_ended(id)).await;
        let output = &client.came.commands[&id];
        let all = lines(100_000);
        assert!(output.dropped > 0);
        assert_eq!(output.dropped + output.stdout.len() as u64, all.len() as u64);
        assert!(all.as_bytes().ends_with(&output.stdout));
        client.cut();
        server.until_left().await;
    }
}

#[tokio::test]
async fn several_clients_have_a_stream_each_and_see_the_same() {
    let server = TestServer::start().await;
    let mut first = Resuming::connected(&server, &FEATURES).await;
    let early = first.start("echo early", text()).await;
    first.until(|came| came.has_ended(early)).await;
    let mut second = first.beside(&server).await;
    assert_ne!(first.stream, second.stream);
    let id = first.start("seq 1 50000", text()).await;
    while !(first.came.has_ended(id) && second.came.has_ended(id)) {
        for (client, cut_at) in [(&mut first, 150_000), (&mut second, 90_000)] {
            if client.came.has_ended(id) {
                continue;
            }
            let before = client.came.stdout(id).len();
            client.hear().await.unwrap();
            if before < cut_at && client.came.stdout(id).len() >= cut_at {
                client.cut();
                client.connect().await.unwrap();
                assert_eq!(client.answer["resume"]["resumed"], true);
            }
        }
    }
    for client in [&first, &second] {
        assert!(client.came.stdout(id) == lines(50_000).as_bytes());
        assert_eq!(client.came.stdout(early), b"early\n");
    }
}

#[tokio::test]
async fn streams_that_wait_for_their_clients_are_bounded_and_the_oldest_goes_first() {
    let server = TestServer::with(|settings| settings.limits.detached_streams = 2).await;
    let mut clients = vec![Resuming::connected(&server, &FEATURES).await];
    for _ in 0..2 {
        let next = clients[0].beside(&server).await;
        clients.push(next);
    }
    for (left, client) in clients.iter_mut().enumerate() {
        client.cut();
        let mut changed = server.engine.activity().changed();
        while server.engine.activity().snapshot().clients.len() > 2 - left {
            changed.changed().await.unwrap();
        }
    }
    for (resumed, client) in [false, true, true].into_iter().zip(&mut clients) {
        client.connect().await.unwrap();
        assert_eq!(client.answer["resume"]["resumed"], resumed);
    }
}

#[tokio::test]
async fn a_connection_that_takes_nothing_gives_its_stream_to_its_client_at_once() {
    // Far longer than the test may take: only the client's return can end the old connection.
    let server = TestServer::with(|settings| settings.limits.send = Duration::from_secs(3600)).await;
    let mut client = Resuming::connected(&server, &["binary", "format", "streams", "details"]).await;
    client.acknowledge_after = None;
    let raw = json!({"format": "raw", "streams": "pipes"});
    let id = client.start("head -c 30000000 /dev/zero; echo end", raw).await;
    let _hanging = client.leave_hanging();
    client.acknowledge_after = Some(100_000);
    client.connect().await.unwrap();
    assert_eq!(client.answer["resume"]["resumed"], true);
    client.until(|came| came.has_ended(id)).await;
    assert_eq!(client.came.stdout(id).len(), 30_000_004);
}
