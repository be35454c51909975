//! Notes on sessions, commands and pipes.

use engine::TokenStoreKind;
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

async fn server() -> TestServer {
    TestServer::with(|settings| settings.token_store = TokenStoreKind::File).await
}

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

async fn changed(client: &mut TestClient) -> Value {
    client.next_where(|message| message["type"] == "noteChanged").await["payload"].take()
}

/// Place and text of each note.
async fn notes(client: &mut TestClient) -> Vec<Value> {
    let answer = ask(client, "notes", json!({})).await;
    let notes = answer["notes"].as_array().unwrap();
    notes.iter().map(|note| json!([note["serverId"], note["location"], note["text"]])).collect()
}

/// Another client of the same session.
async fn beside(server: &TestServer, session: &str, features: &[&str]) -> TestClient {
    let mut client = server.connect().await;
    let payload = json!({"sessionToken": session, "features": features});
    client.send(json!({"type": "authentication", "payload": payload})).await;
    assert_eq!(client.next().await["payload"]["result"], "ok");
    session.clone_into(&mut client.session_token);
    client
}

#[tokio::test]
async fn notes_are_written_listed_replaced_and_deleted_and_outlive_the_engine() {
    let server = server().await;
    let mut client = server.client_with(&["notes"]).await;
    let ran = client.run("echo one | cat | cat").await;
    let id = ran.answer["payload"]["serverId"].clone();
    for (place, text) in [
        (json!({}), "of the session"),
        (json!({"serverId": id, "location": 1}), "of a pipe"),
        (json!({"serverId": id}), "first"),
        (json!({"serverId": id}), "'; DROP TABLE notes; -- \u{1f600}\n<b>"),
    ] {
        let mut payload = place.clone();
        payload["text"] = json!(text);
        let answer = ask(&mut client, "setNote", payload).await;
        assert_eq!((&answer["result"], &answer["text"]), (&json!("ok"), &json!(text)), "{answer}");
        assert_eq!(answer["serverId"], place["serverId"]);
        assert!(answer["changed"].as_str().unwrap().ends_with('Z'));
    }
    let expected = [
        json!([null, null, "of the session"]),
        json!([id, null, "'; DROP TABLE notes; -- \u{1f600}\n<b>"]),
        json!([id, 1, "of a pipe"]),
    ];
    assert_eq!(notes(&mut client).await, expected);
    let session = client.session_token.clone();
    let server = server.restarted().await;
    let mut client = beside(&server, &session, &["notes"]).await;
    assert_eq!(notes(&mut client).await, expected);
    assert_eq!(ask(&mut client, "deleteNote", json!({"serverId": id})).await["deleted"], true);
    assert_eq!(ask(&mut client, "deleteNote", json!({"serverId": id})).await["deleted"], false);
    assert_eq!(ask(&mut client, "deleteNote", json!({})).await["deleted"], true);
    assert_eq!(notes(&mut client).await, [json!([id, 1, "of a pipe"])]);
    let mut elsewhere = server.client_with(&["notes"]).await;
    assert_eq!(notes(&mut elsewhere).await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_client_of_the_session_that_has_the_feature_is_told_of_a_change() {
    let server = server().await;
    let mut first = server.client_with(&["notes", "history"]).await;
    let ran = first.run("true").await;
    let id = ran.answer["payload"]["serverId"].clone();
    let mut second = beside(&server, &first.session_token, &["notes"]).await;
    let mut bare = beside(&server, &first.session_token, &[]).await;
    ask(&mut first, "setNote", json!({"serverId": id, "text": "look"})).await;
    for client in [&mut first, &mut second] {
        let told = changed(client).await;
        assert_eq!((&told["serverId"], &told["text"]), (&id, &json!("look")), "{told}");
    }
    ask(&mut second, "deleteNote", json!({"serverId": id})).await;
    let told = changed(&mut first).await;
    assert!(told["serverId"] == id && told.get("text").is_none(), "{told}");
    // What is forgotten takes its notes along.
    ask(&mut second, "setNote", json!({"serverId": id, "text": "soon gone"})).await;
    ask(&mut second, "setNote", json!({"text": "stays"})).await;
    assert_eq!(changed(&mut first).await["text"], "soon gone");
    assert_eq!(changed(&mut first).await["text"], "stays");
    ask(&mut first, "forget", json!({"serverIds": [id]})).await;
    let told = changed(&mut first).await;
    assert!(told["serverId"] == id && told.get("text").is_none(), "{told}");
    assert_eq!(notes(&mut second).await, [json!([null, null, "stays"])]);
    ask(&mut first, "forget", json!({"everything": true})).await;
    assert!(changed(&mut first).await.get("text").is_none());
    assert_eq!(notes(&mut second).await, Vec::<Value>::new());
    // Nothing of all that reached the client that did not ask for it.
    bare.send(json!({"type": "nonsense", "payload": {}})).await;
    let next = bare.next_where(|message| message["type"] != "update").await;
    assert_eq!(next["type"], "error", "{next}");
}

#[tokio::test]
async fn two_clients_that_write_the_same_note_at_once_agree_on_the_outcome() {
    let server = server().await;
    let mut first = server.client_with(&["notes"]).await;
    let mut second = beside(&server, &first.session_token, &["notes"]).await;
    for n in 0..50 {
        for (name, client) in [("first", &mut first), ("second", &mut second)] {
            let payload = json!({"text": format!("{name} {n}")});
            client.send(json!({"type": "setNote", "payload": payload})).await;
        }
    }
    let mut last = Vec::new();
    for client in [&mut first, &mut second] {
        let mut told = Value::Null;
        for _ in 0..100 {
            told = changed(client).await["text"].take();
        }
        last.push(told);
    }
    assert_eq!(last[0], last[1]);
    assert_eq!(notes(&mut first).await, [json!([null, null, last[0]])]);
}

#[tokio::test]
async fn what_cannot_be_noted_is_refused_and_nothing_is_lost() {
    let server = TestServer::with(|settings| settings.limits.notes_a_session = 2).await;
    let mut client = server.client_with(&["notes"]).await;
    let id = client.run("echo a | cat").await.answer["payload"]["serverId"].clone();
    let hidden = client.run(" echo hidden").await.answer["payload"]["serverId"].clone();
    ask(&mut client, "setNote", json!({"text": "kept"})).await;
    for (payload, code) in [
        (json!({"text": "x".repeat(20_000)}), "too-large"),
        (json!({"text": ""}), "bad-message"),
        (json!({"text": 5}), "bad-message"),
        (json!({}), "bad-message"),
        (json!({"location": 0, "text": "x"}), "bad-message"),
        (json!({"serverId": 99, "text": "x"}), "unknown-command"),
        (json!({"serverId": hidden, "text": "x"}), "unknown-command"),
        (json!({"serverId": id, "location": 1, "text": "x"}), "no-such-pipe"),
        (json!({"serverId": id, "location": -1, "text": "x"}), "bad-message"),
    ] {
        let answer = ask(&mut client, "setNote", payload.clone()).await;
        assert_eq!((&answer["result"], &answer["code"]), (&json!("error"), &json!(code)), "{answer}");
    }
    ask(&mut client, "setNote", json!({"serverId": id, "text": "second"})).await;
    let payload = json!({"serverId": id, "location": 0, "text": "third"});
    assert_eq!(ask(&mut client, "setNote", payload).await["code"], "too-many");
    assert_eq!(ask(&mut client, "setNote", json!({"text": "replaced"})).await["result"], "ok");
    let expected = [json!([null, null, "replaced"]), json!([id, null, "second"])];
    assert_eq!(notes(&mut client).await, expected);
    let mut bare = server.client().await;
    for kind in ["notes", "setNote", "deleteNote"] {
        assert_eq!(ask(&mut bare, kind, json!({"text": "x"})).await["code"], "feature-missing");
    }

    // A note of 10 MB is more than any message may have: that is said before the connection is closed.
    let huge = json!({"type": "setNote", "payload": {"text": "x".repeat(10_000_000)}}).to_string();
    // The server may close before all of it is written.
    let _ =
        futures_util::SinkExt::send(&mut client.socket, tokio_tungstenite::tungstenite::Message::text(huge))
            .await;
    let answer = client.next_where(|message| message["type"] == "error").await;
    assert_eq!(answer["payload"]["code"], "too-large", "{answer}");
    assert!(client.closed().await.is_some());
    let mut again = beside(&server, &client.session_token, &["notes"]).await;
    assert_eq!(notes(&mut again).await, expected);
}

#[tokio::test]
async fn changes_wait_for_a_client_that_comes_back_and_are_numbered_in_its_stream() {
    let server = server().await;
    let first = server.client_with(&["notes"]).await;
    let authentication = |resume: Value| {
        let session = &first.session_token;
        let payload = json!({"sessionToken": session, "features": ["notes", "resume"], "resume": resume});
        json!({"type": "authentication", "payload": payload})
    };
    let mut away = server.connect().await;
    away.send(authentication(Value::Null)).await;
    let stream = away.next().await["payload"]["resume"]["stream"].take();
    let back_at = |seq: u64| authentication(json!({"stream": stream, "seq": seq}));
    ask(&mut away, "setNote", json!({"text": "one"})).await;
    let seen = away.next_where(|message| message["type"] == "noteChanged").await;
    let seq = seen["seq"].as_u64().unwrap();
    drop(away);
    let mut other = beside(&server, &first.session_token, &["notes"]).await;
    for text in ["two", "three"] {
        ask(&mut other, "setNote", json!({"text": text})).await;
    }
    let mut again = server.connect().await;
    again.send(back_at(seq)).await;
    assert_eq!(again.next().await["payload"]["resume"]["resumed"], true);
    let mut last = seq;
    for text in ["two", "three"] {
        let told = again.next_where(|message| message["type"] == "noteChanged").await;
        assert_eq!(told["payload"]["text"], text);
        assert!(told["seq"].as_u64() > Some(last), "{told}");
        last = told["seq"].as_u64().unwrap();
    }
    // Without an acknowledgement they come again.
    drop(again);
    let mut again = server.connect().await;
    again.send(back_at(seq)).await;
    again.next().await;
    let told = again.next_where(|message| message["type"] == "noteChanged").await;
    assert_eq!(told["payload"]["text"], "two");
}
