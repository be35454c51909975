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
