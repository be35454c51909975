//! Input that is made to break what is kept: each is answered with an error, and nothing is harmed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

#[tokio::test]
async fn a_query_with_sql_in_it_is_text_and_harms_nothing() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["history", "notes"]).await;
    client.run("echo kept").await;
    for sql in [
        "'; DROP TABLE commands; --",
        "\" OR 1=1 --",
        "%",
        "_",
        "') UNION SELECT token_hash FROM sessions --",
    ] {
        for fuzzy in [false, true] {
            let answer = ask(&mut client, "history", json!({"query": sql, "cwd": sql, "fuzzy": fuzzy})).await;
            assert_eq!((&answer["result"], &answer["commands"]), (&json!("ok"), &json!([])), "{sql}");
        }
        let answer = ask(&mut client, "setNote", json!({"serverId": 1, "text": sql})).await;
        assert_eq!((&answer["result"], &answer["text"]), (&json!("ok"), &json!(sql)));
    }
    let answer = ask(&mut client, "history", json!({"query": "kept"})).await;
    assert_eq!(answer["commands"].as_array().unwrap().len(), 1, "{answer}");
}

#[tokio::test]
async fn a_note_of_ten_megabytes_is_refused_and_other_clients_go_on() {
    let server = TestServer::start().await;
    let mut other = server.client().await;
    let mut client = server.client_with(&["notes"]).await;
    let half = ask(&mut client, "setNote", json!({"clientId": 3, "text": "x".repeat(500_000)})).await;
    assert_eq!((&half["code"], &half["clientId"]), (&json!("too-large"), &json!(3)));
    let text = json!({"type": "setNote", "payload": {"text": "x".repeat(10_000_000)}}).to_string();
    let sent =
        futures_util::SinkExt::send(&mut client.socket, tokio_tungstenite::tungstenite::Message::text(text));
    // The server may close before it has taken all of it.
    let _ = sent.await;
    assert!(client.closed().await.is_none_or(|frame| frame.reason.contains("larger")));
    assert_eq!(other.run("echo alive").await.stdout, "alive\n");
}

#[tokio::test]
async fn a_session_that_is_unknown_or_whose_time_is_over_is_refused_and_a_new_one_begins() {
    let server = TestServer::with(|settings| {
        settings.limits.detached_session = Duration::ZERO;
        settings.limits.rounds = Duration::from_millis(20);
    })
    .await;
    let client = server.client().await;
    let over = client.session_token.clone();
    drop(client);
    server.until_left().await;
    let mut client = server.connect().await;
    for token in [over.as_str(), "phs1_never", "'; --", "\u{0}"] {
        let answer = ask(&mut client, "authentication", json!({"sessionToken": token})).await;
        assert_eq!(answer["code"], "wrong-session", "{token:?}: {answer}");
    }
    client.authenticate(&server.token(), &[]).await;
    assert_eq!(client.run("echo new").await.stdout, "new\n");
}
