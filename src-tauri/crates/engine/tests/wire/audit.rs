//! The audit trail: who came in or was turned away, and who ended or changed something, and no secret of it.

use std::time::Duration;

use engine::audit::{AuditEntry, AuditEvent, AuditTrail};
use engine::control::Client;
use engine::protocol::ForgetRequest;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::ageing::{self, TimeByHand};
use crate::client::TestClient;
use crate::server::TestServer;

async fn trail(server: &TestServer) -> AuditTrail {
    server.engine.audit(1000).await.unwrap()
}

fn only(trail: &AuditTrail, event: AuditEvent) -> Vec<&AuditEntry> {
    trail.entries.iter().filter(|entry| entry.act.event == event).collect()
}

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

async fn control(server: &TestServer) -> Client {
    Client::connect(&server.folder.path().join("data")).await.unwrap()
}

#[tokio::test]
async fn who_comes_in_and_who_does_not_is_noted_with_where_they_came_from() {
    let server = TestServer::start().await;
    let with_origin = |origin: &'static str| {
        TestClient::connect_as(server.engine.address(), move |request| {
            request.headers_mut().insert("Origin", HeaderValue::from_static(origin));
            request.headers_mut().insert("User-Agent", HeaderValue::from_static("Browser/1"));
        })
    };
    assert!(with_origin("https://evil.example").await.is_err());
    let own = server.engine.page_url();
    let mut client = TestClient::connect_as(server.engine.address(), |request| {
        request.headers_mut().insert("Origin", own.trim_end_matches('/').parse().unwrap());
        request.headers_mut().insert("User-Agent", HeaderValue::from_static("Browser/1"));
    })
    .await
    .unwrap();
    client.send(json!({"type": "authentication", "payload": {"token": "ph1_wrong"}})).await;
    assert_eq!(client.next().await["payload"]["code"], "wrong-token");
    client.authenticate(&server.token(), &["history"]).await;
    let mut again = server.connect().await;
    again.rehydrate(&client.session_token).await;
    again.run("true").await;
    let trail = trail(&server).await;
    let turned_away = &only(&trail, AuditEvent::TurnedAway)[0].act;
    assert_eq!(turned_away.origin.as_deref(), Some("https://evil.example"));
    let refused = &only(&trail, AuditEvent::Refused)[0].act;
    assert_eq!(refused.detail.as_deref(), Some("wrong-token"));
    let paired = &only(&trail, AuditEvent::Paired)[0].act;
    assert_eq!(
        (paired.who.as_deref(), paired.origin.as_deref()),
        (Some("test 1"), Some(own.trim_end_matches('/')))
    );
    assert!(paired.address.as_deref().is_some_and(|address| address.starts_with("127.0.0.1:")));
    assert_eq!(only(&trail, AuditEvent::Resumed)[0].act.session, paired.session);
    assert_eq!(only(&trail, AuditEvent::Started).len(), 1);
    let known = trail.clients.iter().find(|known| known.agent == "Browser/1").unwrap();
    assert_eq!((known.name.as_str(), known.address.as_str(), known.connections), ("test 1", "127.0.0.1", 1));
    let told = serde_json::to_string(&trail).unwrap();
    assert!(
        !told.contains("ph1_") && !told.contains("phs1_") && !told.contains(&client.session_token),
        "{told}"
    );
}

#[tokio::test]
async fn kills_tokens_settings_and_what_is_forgotten_are_noted_with_who_did_it() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["history", "preferences"]).await;
    let id = client.start("sleep 1000").await;
    client.signal(&id["payload"]["serverId"], 15).await;
    client.finish(id).await;
    assert_eq!(
        ask(&mut client, "setPreferences", json!({"values": {"theme": "dark"}})).await["result"],
        "ok"
    );
    assert_eq!(ask(&mut client, "forget", json!({"serverIds": [1]})).await["forgotten"], 1);
    let number = server.engine.activity().snapshot().clients[0].id;
    assert!(control(&server).await.disconnect(number).await.unwrap());
    server.until_left().await;
    control(&server).await.rotate_token().await.unwrap();
    let trail = control(&server).await.audit(1000).await.unwrap();
    for (event, who, detail) in [
        (AuditEvent::Killed, "test 1", Some("15")),
        (AuditEvent::PreferencesChanged, "test 1", Some("theme")),
        (AuditEvent::Forgot, "test 1", Some("commands: 1 commands")),
        (AuditEvent::Disconnected, "the command line", Some("test 1")),
        (AuditEvent::TokenRotated, "the command line", None),
    ] {
        let act = &only(&trail, event)[0].act;
        assert_eq!((act.who.as_deref(), act.detail.as_deref()), (Some(who), detail), "{event:?}");
    }
    assert!(trail.entries.is_sorted_by(|a, b| a.id > b.id), "the newest first");
    assert_eq!(control(&server).await.audit(2).await.unwrap().entries.len(), 2);
}

#[tokio::test]
async fn forgetting_everything_takes_nothing_from_the_trail() {
    let time = TimeByHand::new();
    let server = ageing::server(&time).await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo secret-argument").await;
    let before = trail(&server).await;
    let answer = ask(&mut client, "forget", json!({"everything": true})).await;
    assert_eq!(answer["forgotten"], 1, "{answer}");
    let everything = ForgetRequest { ids: None, server_ids: None, session: None, everything: Some(true) };
    control(&server).await.forget(everything).await.unwrap();
    // What a client likes takes nothing from it, either.
    let mut other = server.client_with(&["preferences"]).await;
    ask(&mut other, "setPreferences", json!({"values": {"retentionDays": 1}})).await;
    time.pass(Duration::from_secs(2 * 24 * 3600));
    other.run("echo old").await;
    time.pass(Duration::from_secs(2 * 24 * 3600));
    let mut history = server.client_with(&["history"]).await;
    while ask(&mut history, "history", json!({})).await["commands"] != json!([]) {}
    let after = trail(&server).await;
    let kept = after.entries.len() - before.entries.len();
    assert_eq!(after.entries[kept..], before.entries[..]);
    let forgot: Vec<_> = only(&after, AuditEvent::Forgot);
    let told = |entry: &AuditEntry| (entry.act.who.clone().unwrap(), entry.act.detail.clone().unwrap());
    assert_eq!(told(forgot[0]), ("the command line".to_owned(), "everything: 0 commands".to_owned()));
    assert_eq!(told(forgot[1]), ("test 1".to_owned(), "everything: 1 commands".to_owned()));
    assert!(after.clients.iter().any(|client| client.name == "test 1"), "{after:?}");
    assert!(after.entries.iter().all(|entry| !format!("{entry:?}").contains("secret")), "{after:?}");
    time.pass(Duration::from_secs(365 * 24 * 3600));
    while !only(&trail(&server).await, AuditEvent::Forgot).is_empty() {}
}
