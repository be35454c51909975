//! Bad input: each is answered with a code and a sentence, and breaks nothing.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const FEATURES: [&str; 5] = ["details", "format", "resize", "streams", "processes"];

/// The refusal that a message gets, a sentence for a person.
async fn refused(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload.clone()})).await;
    let answer = client.next_where(|message| message["payload"]["result"] == "error").await;
    assert_eq!(answer["type"], kind, "{payload} -> {answer}");
    let sentence = answer["payload"]["message"].as_str().unwrap();
    assert!(
        sentence.starts_with(|first: char| first.is_uppercase() || first == '"'),
        "{payload} -> {answer}"
    );
    assert!(sentence.ends_with('.') && sentence.len() < 300, "{payload} -> {answer}");
    answer["payload"].clone()
}

#[tokio::test]
async fn an_update_for_a_command_that_is_not_there_or_has_ended_is_refused() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let ended = {
        client.run("cd /usr").await;
        client.run("false").await.answer
    }["payload"]["serverId"]
        .clone();
    let mut other = server.client_with(&FEATURES).await;
    other.run("true").await;
    let foreign = other.start("sleep 1000").await["payload"]["serverId"].clone();
    assert_eq!(foreign, ended, "each session counts for itself");
    let updates = |id: &Value| {
        [
            json!({"type": "stdin", "serverId": id, "input": "x"}),
            json!({"type": "stdin", "serverId": id, "input": "", "end": true}),
            json!({"type": "signal", "serverId": id, "signal": 15}),
            json!({"type": "resize", "serverId": id, "cols": 80, "rows": 24}),
        ]
    };
    for (id, code) in
        [(json!(99), "unknown-command"), (json!(0), "unknown-command"), (ended, "command-ended")]
    {
        for update in updates(&id) {
            let answer = refused(&mut client, "update", update.clone()).await;
            assert_eq!((&answer["code"], &answer["serverId"]), (&json!(code), &id), "{update}");
            assert!(answer["message"].as_str().unwrap().contains(&id.to_string()), "{answer}");
        }
    }
    for id in [json!(-1), json!("1"), json!(1.5), Value::Null] {
        for update in updates(&id) {
            assert_eq!(refused(&mut client, "update", update).await["code"], "bad-message");
        }
    }
    assert_eq!(client.run_with("pwd", json!({"format": "text"})).await.stdout, "/usr\n");
}

#[tokio::test]
async fn what_is_no_signal_and_no_size_is_refused_and_the_command_goes_on() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let size = json!({"format": "text", "size": {"cols": 80, "rows": 24}});
    let answer = client.start_with("read -r line; echo \"$line\" $(stty size)", size).await;
    let id = answer["payload"]["serverId"].clone();
    for signal in [0, 65, -1, i64::MAX, i64::MIN] {
        let update = json!({"type": "signal", "serverId": id, "signal": signal});
        assert_eq!(refused(&mut client, "update", update).await["code"], "bad-signal", "{signal}");
    }
    for (cols, rows, code) in [
        (0, 0, "bad-size"),
        (0, 24, "bad-size"),
        (80, 0, "bad-size"),
        (4097, 24, "bad-size"),
        (65_535, 65_535, "bad-size"),
        (65_536, 24, "bad-message"),
        (80, 65_536, "bad-message"),
        (-1, -1, "bad-message"),
    ] {
        let update = json!({"type": "resize", "serverId": id, "cols": cols, "rows": rows});
        assert_eq!(refused(&mut client, "update", update).await["code"], code, "{cols} x {rows}");
        let command = json!({"command": "echo no", "size": {"cols": cols, "rows": rows}, "clientId": 5});
        let answer = refused(&mut client, "command", command).await;
        assert_eq!((&answer["code"], &answer["clientId"]), (&json!(code), &json!(5)), "{cols} x {rows}");
    }
    client.stdin(&id, "still here\n").await;
    assert!(client.finish(answer).await.stdout.ends_with("still here 24 80\n"));
    // The clientId of what was refused is free, and no number was used up by it.
    client.send(json!({"type": "command", "payload": {"command": "echo yes", "clientId": 5}})).await;
    let answer = client.next_where(|message| message["type"] == "command").await;
    assert_eq!((&answer["payload"]["result"], &answer["payload"]["serverId"]), (&json!("ok"), &json!(2)));
}

#[tokio::test]
async fn a_shell_that_is_gone_is_said_to_be_and_sessions_that_have_one_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let shell = folder.path().join("bash");
    let install = || {
        std::fs::copy("/bin/bash", &shell).unwrap();
        std::fs::set_permissions(&shell, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    install();
    let server = TestServer::with(|settings| settings.shell = Some(shell.clone())).await;
    let mut first = server.client_with(&FEATURES).await;
    first.run("cd /usr").await;
    std::fs::remove_file(&shell).unwrap();
    let mut second = server.client_with(&FEATURES).await;
    let answer = refused(&mut second, "command", json!({"command": "echo hi", "clientId": 1})).await;
    assert_eq!(answer["code"], "shell-failed", "{answer}");
    assert!(answer["message"].as_str().unwrap().contains(shell.to_str().unwrap()), "{answer}");
    std::fs::write(&shell, "no program").unwrap();
    let answer = refused(&mut second, "command", json!({"command": "echo hi", "clientId": 1})).await;
    assert!(answer["message"].as_str().unwrap().contains("not an executable"), "{answer}");
    assert_eq!(first.run_with("pwd", json!({"format": "text"})).await.stdout, "/usr\n");
    std::fs::remove_file(&shell).unwrap();
    install();
    assert_eq!(second.run("echo hi").await.stdout, "hi\n");
}
