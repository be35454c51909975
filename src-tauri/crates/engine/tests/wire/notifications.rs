//! Notifications: what changes on the server is told to the clients that want to know, and to no other.

use std::time::Duration;

use engine::control::Client;
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const ALL: [&str; 13] = [
    "clientJoined",
    "clientLeft",
    "commandStarted",
    "commandEnded",
    "commandKilled",
    "tokenRotated",
    "sessionEnding",
    "engineStopping",
    "preferenceChanged",
    "noteChanged",
    "inputAwaited",
    "commandsForgotten",
    "folderChanged",
];

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

/// A client that wants to be told of these kinds.
async fn subscribed(server: &TestServer, kinds: &[&str], every_session: bool) -> TestClient {
    let mut client = server.client_with(&["notifications", "notes", "preferences", "history"]).await;
    let payload = json!({"kinds": kinds, "everySession": every_session});
    let answer = ask(&mut client, "notifications", payload).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    client
}

async fn told(client: &mut TestClient) -> Value {
    let mut told = client.next_where(|message| message["type"] == "notification").await["payload"].take();
    assert!(told["time"].take().as_str().unwrap().ends_with('Z'));
    told.as_object_mut().unwrap().remove("time");
    told
}

async fn number(client: &mut TestClient) -> Value {
    ask(client, "history", json!({})).await["session"].take()
}

#[tokio::test]
async fn clients_and_commands_of_every_session_are_told_to_who_wants_to_know() {
    let server = TestServer::start().await;
    let kinds = ["commandEnded", "clientJoined", "clientLeft", "commandStarted"];
    let mut watching = subscribed(&server, &kinds, true).await;
    let mut own = subscribed(&server, &kinds, false).await;
    let mut other = server.client_with(&["history"]).await;
    let session = number(&mut other).await;
    for _ in 0..2 {
        // The second client of those that want to know, and the one that does not.
        let joined = told(&mut watching).await;
        assert_eq!((&joined["kind"], &joined["client"]), (&json!("clientJoined"), &json!("test 1")));
    }
    let ran = other.run("echo out; (exit 3)").await;
    let id = ran.answer["payload"]["serverId"].clone();
    let text = "echo out; (exit 3)";
    assert_eq!(
        told(&mut watching).await,
        json!({"kind": "commandStarted", "session": session, "serverId": id, "command": text, "client": "test 1"})
    );
    let mut ended = told(&mut watching).await;
    assert!(ended["durationMs"].take().is_u64());
    assert_eq!(
        ended,
        json!({"kind": "commandEnded", "session": session, "serverId": id, "command": text, "exitCode": 3,
            "durationMs": null})
    );
    drop(other);
    assert_eq!(
        told(&mut watching).await,
        json!({"kind": "clientLeft", "session": session, "client": "test 1"})
    );
    // Of its own session alone.
    own.run("true").await;
    own.send_text("{}".to_owned()).await;
    let mut kinds = Vec::new();
    loop {
        let message = own.next().await;
        match message["type"].as_str().unwrap() {
            "notification" => kinds.push(message["payload"]["kind"].as_str().unwrap().to_owned()),
            "error" => break,
            _ => {}
        }
    }
    assert!(kinds.iter().all(|kind| kind.starts_with("command")), "{kinds:?}");
}

#[tokio::test]
async fn who_ends_a_command_is_told_whether_client_tray_or_command_line() {
    let server = TestServer::start().await;
    let mut client = subscribed(&server, &["commandKilled"], false).await;
    let mut ids = Vec::new();
    for n in 1..=4 {
        let answer = client.start(&format!("sleep 10{n}")).await;
        ids.push(answer["payload"]["serverId"].clone());
    }
    client.signal(&ids[0], 9).await;
    let killed = told(&mut client).await;
    assert_eq!(
        (&killed["serverId"], &killed["signal"], &killed["by"], &killed["command"]),
        (&ids[0], &json!(9), &json!("test 1"), &json!("sleep 101"))
    );
    // Stopping and going on ends nothing.
    client.signal(&ids[1], 18).await;
    let running = |server: &TestServer, text: &str| {
        let commands = server.engine.activity().snapshot().commands;
        commands.iter().find(|command| command.command == text).unwrap().id
    };
    assert!(server.engine.kill(running(&server, "sleep 102")));
    let killed = told(&mut client).await;
    assert_eq!((&killed["serverId"], &killed["by"]), (&ids[1], &json!("the tray")));
    let mut control = Client::connect(&server.folder.path().join("data")).await.unwrap();
    assert!(control.kill(running(&server, "sleep 103")).await.unwrap());
    let killed = told(&mut client).await;
    assert_eq!((&killed["serverId"], &killed["by"]), (&ids[2], &json!("the command line")));
    control.kill_everything().await.unwrap();
    loop {
        let killed = told(&mut client).await;
        if killed["serverId"] == ids[3] {
            assert_eq!((&killed["signal"], &killed["by"]), (&json!(15), &json!("the command line")));
            break;
        }
    }
}

#[tokio::test]
async fn notes_and_preferences_that_change_are_told_as_well() {
    let server = TestServer::start().await;
    let mut client = subscribed(&server, &["noteChanged", "preferenceChanged"], false).await;
    let id = client.run("a=1 | cat").await.answer["payload"]["serverId"].clone();
    let session = number(&mut client).await;
    ask(&mut client, "setNote", json!({"serverId": id, "location": 0, "text": "x"})).await;
    let expected = json!({"kind": "noteChanged", "session": session, "serverId": id, "location": 0});
    assert_eq!(told(&mut client).await, expected);
    let mut other = server.client_with(&["preferences"]).await;
    ask(&mut other, "setPreferences", json!({"values": {"theme": "dark", "fontSize": 9}})).await;
    assert_eq!(told(&mut client).await, json!({"kind": "preferenceChanged", "names": ["fontSize", "theme"]}));
}

#[tokio::test]
async fn a_rotated_token_the_end_of_a_session_and_of_the_engine_are_told_before_the_connection_closes() {
    let server = TestServer::start().await;
    let mut client = subscribed(&server, &ALL, false).await;
    let session = number(&mut client).await;
    server.engine.rotate_token().await.unwrap();
    assert_eq!(told(&mut client).await, json!({"kind": "tokenRotated"}));
    assert_eq!(
        told(&mut client).await,
        json!({"kind": "sessionEnding", "session": session, "reason": "tokenRotated"})
    );
    assert!(client.closed().await.is_some());
    let mut client = subscribed(&server, &["engineStopping"], false).await;
    server.engine.stop().await;
    assert_eq!(told(&mut client).await, json!({"kind": "engineStopping"}));
    assert!(client.closed().await.is_some());
}

#[tokio::test]
async fn a_session_that_ends_because_nobody_uses_it_or_another_needs_its_place_is_told() {
    let server = TestServer::with(|settings| {
        settings.limits.sessions = 2;
        settings.limits.detached_session = Duration::from_millis(300);
        settings.limits.rounds = Duration::from_millis(50);
    })
    .await;
    let mut watching = subscribed(&server, &["sessionEnding"], true).await;
    let mut idle = server.client_with(&["history"]).await;
    let session = number(&mut idle).await;
    drop(idle);
    assert_eq!(
        told(&mut watching).await,
        json!({"kind": "sessionEnding", "session": session, "reason": "idle"})
    );
    let server = TestServer::with(|settings| settings.limits.sessions = 2).await;
    let mut watching = subscribed(&server, &["sessionEnding", "clientLeft"], true).await;
    drop(server.client().await);
    assert_eq!(told(&mut watching).await["kind"], "clientLeft");
    let _new = server.client().await;
    assert_eq!(told(&mut watching).await["reason"], "crowded");
}

#[tokio::test]
async fn a_subscription_is_replaced_by_the_next_one_and_a_kind_that_is_none_is_refused() {
    let server = TestServer::start().await;
    let mut client = subscribed(&server, &["commandEnded"], false).await;
    let bad = ask(&mut client, "notifications", json!({"kinds": ["commandEnded", "moonrise"]})).await;
    assert_eq!(bad["code"], "bad-message");
    assert!(bad["message"].as_str().unwrap().contains("moonrise"), "{bad}");
    client.run("true").await;
    let answer =
        ask(&mut client, "notifications", json!({"kinds": ["commandStarted", "commandStarted"]})).await;
    assert_eq!((&answer["kinds"], &answer["everySession"]), (&json!(["commandStarted"]), &json!(false)));
    let ran = client.start("echo second").await;
    let seen = told(&mut client).await;
    // That of the command before was on its way.
    let seen = if seen["kind"] == "commandEnded" { told(&mut client).await } else { seen };
    assert_eq!((&seen["kind"], &seen["serverId"]), (&json!("commandStarted"), &ran["payload"]["serverId"]));
    let answer = ask(&mut client, "notifications", json!({"kinds": []})).await;
    assert_eq!(answer["kinds"], json!([]));
    client.run("true").await;
    client.send_text("{}".to_owned()).await;
    let next = client.next_where(|message| message["type"] != "update").await;
    assert_eq!(next["type"], "error", "{next}");
    let mut bare = server.client().await;
    assert_eq!(ask(&mut bare, "notifications", json!({"kinds": []})).await["code"], "feature-missing");
}

#[tokio::test]
async fn a_client_that_takes_nothing_misses_the_oldest_and_is_told_how_many() {
    let server = TestServer::with(|settings| settings.limits.notices = 10).await;
    let mut client = server.connect().await;
    let authentication = |resume: Value| {
        let mut payload = json!({"features": ["notifications", "resume"], "resume": resume});
        payload["token"] = json!(server.token());
        json!({"type": "authentication", "payload": payload})
    };
    client.send(authentication(Value::Null)).await;
    let answer = client.next().await["payload"].take();
    ask(&mut client, "notifications", json!({"kinds": ["commandStarted"], "everySession": true})).await;
    drop(client);
    let mut other = server.client().await;
    for n in 0..25 {
        other.run(&format!("echo {n}")).await;
    }
    let mut again = server.connect().await;
    again
        .send(json!({"type": "authentication", "payload": {
            "sessionToken": answer["sessionToken"], "features": ["notifications", "resume"],
            "resume": {"stream": answer["resume"]["stream"], "seq": 0}}}))
        .await;
    assert_eq!(again.next().await["payload"]["resume"]["resumed"], true);
    let missed = again.next_where(|message| message["type"] == "missed").await;
    assert_eq!(missed["payload"]["missed"], 15, "{missed}");
    for n in 15..25 {
        assert_eq!(told(&mut again).await["command"], format!("echo {n}"));
    }
}
