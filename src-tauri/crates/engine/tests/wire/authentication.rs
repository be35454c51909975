//! Getting in: tokens, session tokens, features, and what happens before.

use std::time::Duration;

use engine::Limits;
use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn the_right_token_is_answered_with_exactly_a_result_and_a_session_token() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(json!({"type": "authentication", "payload": {"token": server.token()}})).await;
    let answer = client.next().await;
    let token = answer["payload"]["sessionToken"].as_str().unwrap();
    assert!(token.len() >= 40, "{answer}");
    assert_eq!(answer, json!({"type": "authentication", "payload": {"result": "ok", "sessionToken": token}}));
}

#[tokio::test]
async fn a_wrong_token_is_answered_and_the_right_one_may_follow() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(json!({"type": "authentication", "payload": {"token": "ph1_wrong"}})).await;
    let answer = client.next().await;
    assert_eq!(answer["type"], "authentication");
    assert_eq!(answer["payload"]["result"], "error");
    assert_eq!(answer["payload"]["code"], "wrong-token");
    assert!(answer["payload"]["message"].as_str().unwrap().contains("tray"), "{answer}");
    client.authenticate(&server.token(), &[]).await;
}

#[tokio::test]
async fn nothing_but_authentication_is_done_before_it() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(json!({"type": "command", "payload": {"command": "echo hi", "clientId": 7}})).await;
    let answer = client.next().await;
    assert_eq!(answer["type"], "command");
    assert_eq!(answer["payload"]["code"], "not-authenticated");
    assert_eq!(answer["payload"]["clientId"], 7);
    assert!(server.engine.activity().snapshot().commands.is_empty());
}

#[tokio::test]
async fn a_client_that_says_nothing_is_closed_with_a_reason() {
    let server = TestServer::with(|settings| {
        settings.limits.authentication = Duration::from_millis(50);
    })
    .await;
    let mut client = server.connect().await;
    let frame = client.closed().await.unwrap();
    assert!(frame.reason.contains("authentication"), "{frame:?}");
}

#[tokio::test]
async fn a_large_frame_before_authentication_is_closed_with_a_reason() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send_text(format!("{{\"type\":\"{}\"}}", "x".repeat(5000))).await;
    let frame = client.closed().await.unwrap();
    assert!(frame.reason.contains("4096"), "{frame:?}");
}

#[tokio::test]
async fn authenticating_twice_is_an_error_and_the_session_goes_on() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client.send(json!({"type": "authentication", "payload": {"token": server.token()}})).await;
    assert_eq!(client.next().await["payload"]["code"], "already-authenticated");
    assert_eq!(client.run("echo on").await.stdout, "on\n");
}

#[tokio::test]
async fn a_message_with_another_session_token_is_refused_and_with_its_own_accepted() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let message =
        |token: &str| json!({"type": "command", "sessionToken": token, "payload": {"command": "echo hi"}});
    client.send(message("phs1_other")).await;
    assert_eq!(client.next().await["payload"]["code"], "wrong-session");
    let own = client.session_token.clone();
    client.send(message(&own)).await;
    assert_eq!(client.next().await["payload"]["result"], "ok");
}

#[tokio::test]
async fn features_are_granted_by_name_and_unknown_ones_passed_over() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let answer = client.authenticate(&server.token(), &["chunks", "telepathy", "details"]).await;
    assert_eq!(answer["payload"]["features"], json!(["details", "chunks"]));
    assert!(answer["payload"]["server"].as_str().unwrap().starts_with("Porthole "));
    assert_eq!(answer["payload"]["limits"]["frame"], Limits::default().frame);
}

#[tokio::test]
async fn wrong_tokens_are_answered_the_later_the_more_of_them_come() {
    let server = TestServer::with(|settings| {
        settings.limits.wrong_tokens_a_minute = 2;
        settings.limits.wrong_token_pause = Duration::from_millis(600);
        settings.limits.authentication = Duration::from_secs(60);
    })
    .await;
    let mut client = server.connect().await;
    let mut took = Vec::new();
    for _ in 0..4 {
        let start = std::time::Instant::now();
        client.send(json!({"type": "authentication", "payload": {"token": "ph1_wrong"}})).await;
        assert_eq!(client.next().await["payload"]["code"], "wrong-token");
        took.push(start.elapsed());
    }
    assert!(took[3] > 2 * took[0], "{took:?}");
    client.authenticate(&server.token(), &[]).await;
}

#[tokio::test]
async fn a_rotated_token_closes_every_socket_and_voids_token_and_session() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let (token, session) = (server.token(), client.session_token.clone());
    server.engine.rotate_token().await.unwrap();
    assert!(client.closed().await.unwrap().reason.contains("owner"));
    let mut again = server.connect().await;
    again.send(json!({"type": "authentication", "payload": {"token": token}})).await;
    assert_eq!(again.next().await["payload"]["code"], "wrong-token");
    assert_eq!(again.rehydrate(&session).await["payload"]["code"], "wrong-session");
    again.authenticate(&server.token(), &[]).await;
}

#[tokio::test]
async fn a_session_begins_in_the_folder_that_its_client_names_and_stays_where_it_went() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("it's \\ $HOME \n here");
    std::fs::create_dir(&odd).unwrap();
    let mut client = server.connect().await;
    let payload = json!({"token": server.token(), "features": ["details", "format"], "cwd": odd});
    client.send(json!({"type": "authentication", "payload": payload})).await;
    let answer = client.next().await;
    assert_eq!(answer["payload"]["cwd"], json!(odd), "{answer}");
    let session_token = answer["payload"]["sessionToken"].as_str().unwrap().to_owned();
    assert_eq!(
        client.run_with("pwd -P", json!({"format": "text"})).await.stdout,
        format!("{}\n", odd.display())
    );
    client.run("cd /").await;
    drop(client);
    let mut again = server.connect().await;
    let payload = json!({"sessionToken": session_token, "features": ["details"], "cwd": odd});
    again.send(json!({"type": "authentication", "payload": payload})).await;
    assert_eq!(again.next().await["payload"]["cwd"], "/");
}

#[tokio::test]
async fn no_session_begins_in_a_folder_that_cannot_be_one() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let gone = folder.path().join("gone");
    for (cwd, code) in [
        (json!(gone), "no-such-file"),
        (json!("relative"), "no-such-file"),
        (json!(""), "no-such-file"),
        (json!("/a\0b"), "no-such-file"),
        (json!(file), "wrong-kind"),
        (json!(7), "bad-message"),
    ] {
        let mut client = server.connect().await;
        let payload = json!({"token": server.token(), "features": ["details"], "cwd": cwd});
        client.send(json!({"type": "authentication", "payload": payload})).await;
        assert_eq!(client.next().await["payload"]["code"], code, "{cwd}");
        client.authenticate(&server.token(), &[]).await;
    }
    // Nobody without the token learns what there is.
    let mut stranger = server.connect().await;
    let payload = json!({"token": "ph1_wrong", "features": ["details"], "cwd": gone});
    stranger.send(json!({"type": "authentication", "payload": payload})).await;
    assert_eq!(stranger.next().await["payload"]["code"], "wrong-token");
    let mut bare = server.connect().await;
    bare.send(json!({"type": "authentication", "payload": {"token": server.token(), "cwd": "/"}})).await;
    assert_eq!(bare.next().await["payload"]["code"], "feature-missing");
}

#[tokio::test]
async fn no_command_runs_elsewhere_where_the_folder_that_was_asked_for_is_gone() {
    let server = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut client = server.connect().await;
    let payload = json!({"token": server.token(), "features": ["details"], "cwd": folder.path()});
    client.send(json!({"type": "authentication", "payload": payload})).await;
    assert_eq!(client.next().await["payload"]["result"], "ok");
    let path = folder.path().to_owned();
    drop(folder);
    let refused = client.start("pwd").await;
    assert_eq!(refused["payload"]["code"], "shell-failed", "{refused}");
    assert!(refused["payload"]["message"].as_str().unwrap().contains(path.to_str().unwrap()), "{refused}");
    std::fs::create_dir(&path).unwrap();
    assert!(client.run("pwd").await.stdout.contains(path.to_str().unwrap()));
    std::fs::remove_dir(&path).unwrap();
}
