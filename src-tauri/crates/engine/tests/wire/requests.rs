//! Requests: messages with one answer each, told apart by the client's own number.

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

fn pipes(client_id: u64, command: &str) -> Value {
    json!({"type": "pipes", "payload": {"clientId": client_id, "command": command}})
}

async fn answers(client: &mut TestClient, count: usize) -> Vec<Value> {
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(client.next_where(|message| message["type"] == "pipes").await["payload"].clone());
    }
    answers.sort_by_key(|answer| answer["clientId"].as_u64());
    answers
}

#[tokio::test]
async fn the_pipes_of_a_text_are_told_without_running_it() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["breakpoints"]).await;
    client.send(pipes(1, "touch ran; ls | wc |& cat")).await;
    let expected = json!([{"index": 0, "offset": 14, "op": "|"}, {"index": 1, "offset": 19, "op": "|&"}]);
    assert_eq!(answers(&mut client, 1).await, [json!({"result": "ok", "clientId": 1, "pipes": expected})]);
    assert_eq!(client.run("ls ran").await.stdout, "");
}

#[tokio::test]
async fn each_of_many_requests_at_once_gets_its_answer() {
    let server = TestServer::with(|settings| settings.limits.requests = 2).await;
    let mut client = server.client_with(&["breakpoints"]).await;
    for client_id in 0..100 {
        client.send(pipes(client_id, "a | b")).await;
    }
    let answers = answers(&mut client, 100).await;
    let ids: Vec<_> = answers.iter().filter_map(|answer| answer["clientId"].as_u64()).collect();
    assert_eq!(ids, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_request_without_its_feature_or_field_is_refused_under_its_number() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details"]).await;
    client.send(pipes(1, "a | b")).await;
    client.send(json!({"type": "pipes", "payload": {"clientId": 2}})).await;
    let answers = answers(&mut client, 2).await;
    assert_eq!(answers[0]["code"], "feature-missing");
    assert_eq!(answers[1]["code"], "bad-message");
}
