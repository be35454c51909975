//! Folders that a client watches, and commands that wait for input.

use std::path::Path;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::resuming::Resuming;
use crate::server::TestServer;

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

/// Has a folder watched, and gives the number of the watch.
async fn watch(client: &mut TestClient, folder: &Path) -> Value {
    let answer = ask(client, "watch", json!({"path": folder})).await;
    assert_eq!((&answer["result"], &answer["path"]), (&json!("ok"), &json!(folder)), "{answer}");
    answer["watch"].clone()
}

async fn told(client: &mut TestClient, kind: &str) -> Value {
    let fits = |message: &Value| message["type"] == "notification" && message["payload"]["kind"] == kind;
    client.next_where(fits).await["payload"].take()
}

/// Hears of a watched folder until each of the names had that change.
async fn until_changed(client: &mut TestClient, watch: &Value, changes: &[(&str, &str)]) {
    let mut missing: Vec<_> = changes.to_vec();
    while !missing.is_empty() {
        let news = told(client, "folderChanged").await;
        assert_eq!(&news["watch"], watch, "{news}");
        for change in news["changes"].as_array().unwrap() {
            missing.retain(|(name, what)| change != &json!({"name": name, "change": what}));
        }
    }
}

fn folder(server: &TestServer, name: &str) -> std::path::PathBuf {
    let folder = server.folder.path().canonicalize().unwrap().join(name);
    std::fs::create_dir(&folder).unwrap();
    folder
}

#[tokio::test]
async fn a_client_is_told_of_what_changes_in_a_folder_until_it_says_that_it_is_enough() {
    let server = TestServer::start().await;
    let folder = folder(&server, "watched");
    std::fs::write(folder.join("old"), "x").unwrap();
    let mut client = server.client_with(&["notifications"]).await;
    let watch = watch(&mut client, &folder).await;
    std::fs::write(folder.join("new"), "x").unwrap();
    until_changed(&mut client, &watch, &[("new", "created")]).await;
    std::fs::write(folder.join("old"), "more").unwrap();
    std::fs::remove_file(folder.join("new")).unwrap();
    until_changed(&mut client, &watch, &[("old", "changed"), ("new", "removed")]).await;
    std::fs::rename(folder.join("old"), folder.join("other")).unwrap();
    until_changed(&mut client, &watch, &[("old", "removed"), ("other", "created")]).await;
    let answer = ask(&mut client, "unwatch", json!({"watch": watch})).await;
    assert_eq!(answer, json!({"result": "ok", "watch": watch}));
    assert_eq!(ask(&mut client, "unwatch", json!({"watch": watch})).await["code"], "no-such-watch");
    // A second watch hears of what comes; the first one does not.
    let second = self::watch(&mut client, &folder).await;
    std::fs::write(folder.join("last"), "x").unwrap();
    until_changed(&mut client, &second, &[("last", "created")]).await;
}

#[tokio::test]
async fn a_thousand_changes_come_as_a_few_messages_and_the_end_of_the_folder_ends_the_watch() {
    let server = TestServer::start().await;
    let folder = folder(&server, "busy");
    let mut client = server.client_with(&["notifications"]).await;
    let watch = watch(&mut client, &folder).await;
    for number in 0..1000 {
        std::fs::write(folder.join(format!("{number:04}")), "x").unwrap();
    }
    let news = told(&mut client, "folderChanged").await;
    assert!(news["changes"].as_array().unwrap().len() <= 100, "{news}");
    std::fs::remove_dir_all(&folder).unwrap();
    let mut messages = 1;
    while told(&mut client, "folderChanged").await["gone"] != true {
        messages += 1;
    }
    assert!(messages < 200, "{messages}");
    assert_eq!(ask(&mut client, "unwatch", json!({"watch": watch})).await["code"], "no-such-watch");
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_with_its_reason() {
    let server = TestServer::with(|settings| settings.limits.watches_a_client = 2).await;
    let folder = folder(&server, "folder");
    std::fs::write(folder.join("file"), "x").unwrap();
    let mut bare = server.client().await;
    assert_eq!(ask(&mut bare, "watch", json!({"path": "/"})).await["code"], "feature-missing");
    let mut client = server.client_with(&["notifications"]).await;
    for (path, code) in [
        (folder.join("missing"), "no-such-file"),
        (folder.join("file"), "wrong-kind"),
        (folder.join("file/below"), "wrong-kind"),
        ("a\0b".into(), "bad-message"),
    ] {
        let answer = ask(&mut client, "watch", json!({"clientId": 5, "path": path})).await;
        assert_eq!((&answer["code"], &answer["clientId"]), (&json!(code), &json!(5)), "{answer}");
    }
    assert_eq!(ask(&mut client, "watch", json!({"path": 7})).await["code"], "bad-message");
    assert_eq!(ask(&mut client, "unwatch", json!({"watch": 99})).await["code"], "no-such-watch");
    for _ in 0..2 {
        watch(&mut client, &folder).await;
    }
    assert_eq!(ask(&mut client, "watch", json!({"path": folder})).await["code"], "too-many");
    // A client that has gone makes room, and one cannot end the watch of another.
    let mut other = server.client_with(&["notifications"]).await;
    let own = watch(&mut other, &folder).await;
    assert_eq!(ask(&mut client, "unwatch", json!({"watch": own})).await["code"], "no-such-watch");
}

#[tokio::test]
async fn what_changed_while_a_client_with_resume_was_away_is_told_when_it_is_back() {
    let server = TestServer::start().await;
    let folder = folder(&server, "kept");
    let mut client = Resuming::connected(&server, &["notifications"]).await;
    client.send(json!({"type": "watch", "payload": {"path": folder}})).await;
    client.until(|came| came.others.iter().any(|message| message["type"] == "watch")).await;
    client.cut();
    server.until_left().await;
    std::fs::write(folder.join("meanwhile"), "x").unwrap();
    client.connect().await.unwrap();
    let is_it = |message: &Value| message["payload"]["changes"][0]["name"] == "meanwhile";
    client.until(|came| came.others.iter().any(is_it)).await;
}

async fn awaiting(server: &TestServer, every_session: bool) -> TestClient {
    let mut client = server.client_with(&["notifications", "streams", "format"]).await;
    let kinds = json!({"kinds": ["inputAwaited"], "everySession": every_session});
    assert_eq!(ask(&mut client, "notifications", kinds).await["result"], "ok");
    client
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_command_that_waits_for_a_line_is_told_of_once_for_each_line() {
    let server = TestServer::start().await;
    let mut client = awaiting(&server, false).await;
    for command in ["read line; read second; echo $line$second", "head -2 | tr -d '\\n'; echo"] {
        let id = client.start(command).await["payload"]["serverId"].clone();
        for line in ["one\n", "two\n"] {
            let news = told(&mut client, "inputAwaited").await;
            assert_eq!(
                (&news["serverId"], &news["command"], &news["secret"]),
                (&id, &json!(command), &json!(false)),
                "{news}"
            );
            client.stdin(&id, line).await;
        }
        let ended = |message: &Value| {
            message["payload"]["serverId"] == id && message["payload"]["status"] == "completed"
        };
        loop {
            let message = client.next().await;
            assert_ne!(message["type"], "notification", "the same wait is told once: {message}");
            if ended(&message) {
                break;
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_password_is_told_apart_and_busy_or_sleeping_commands_wait_for_nothing() {
    let server = TestServer::start().await;
    let mut client = awaiting(&server, false).await;
    client.start("while :; do :; done").await;
    client.start("sleep 1000").await;
    client.start_with("cat", json!({"streams": "pipes"})).await;
    let id = client.start("read -s password").await["payload"]["serverId"].clone();
    let news = told(&mut client, "inputAwaited").await;
    assert_eq!((&news["serverId"], &news["secret"]), (&id, &json!(true)), "{news}");
    assert!(!news.to_string().contains("one"), "{news}");
}
