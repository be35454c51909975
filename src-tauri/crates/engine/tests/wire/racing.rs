//! Connections that cross: late messages of one that was left, and clients that act on one session at the same moment.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::proxy::{End, Fate, Proxy};
use crate::resuming::Resuming;
use crate::server::TestServer;

const FEATURES: [&str; 4] = ["chunks", "format", "streams", "details"];

fn command(client_id: u64, text: &str) -> Value {
    let payload = json!({"command": text, "clientId": client_id, "format": "text", "streams": "pipes"});
    json!({"type": "command", "payload": payload})
}

/// The server ids by which that client id was answered.
fn answers(client: &Resuming, client_id: u64) -> BTreeSet<u64> {
    let own =
        client.came.others.iter().filter(|message| {
            message["type"] == "command" && message["payload"]["clientId"] == json!(client_id)
        });
    own.filter_map(|message| message["payload"]["serverId"].as_u64()).collect()
}

#[tokio::test]
async fn what_comes_late_on_a_connection_that_was_left_runs_once_and_disturbs_nothing() {
    let server = TestServer::start().await;
    let late = Fate { after: u64::MAX, end: End::Close, delay: Duration::from_millis(60) };
    let proxy = Proxy::start(server.engine.address(), move || late).await;
    let ran = server.folder.path().join("ran");
    let text = |id: u64| format!("echo {id} >> {}", ran.display());
    let mut client = Resuming::new(&server, &FEATURES);
    let (mut left, mut ids) = (Vec::new(), 0);
    for _ in 0..5 {
        client.by(proxy.address);
        client.connect().await.unwrap();
        let first = ids + 1;
        for _ in 0..4 {
            ids += 1;
            client.send(command(ids, &text(ids))).await;
        }
        // An acknowledgement that comes after a newer one of the other connection.
        client.acknowledge().await.unwrap();
        left.push(client.leave_hanging());
        client.by(server.engine.address());
        client.connect().await.unwrap();
        assert!(client.answer["resume"].get("missing").is_none());
        for id in first..=ids {
            client.send(command(id, &text(id))).await;
        }
        let is_over = |client: &Resuming, id| {
            answers(client, id).first().is_some_and(|server_id| client.came.has_ended(*server_id))
        };
        while !(first..=ids).all(|id| is_over(&client, id)) {
            client.hear().await.unwrap();
        }
        client.acknowledge().await.unwrap();
        client.leave_hanging();
    }
    drop((left, proxy));
    for id in 1..=ids {
        assert_eq!(answers(&client, id).len(), 1, "command {id} has one number");
    }
    let ran = std::fs::read_to_string(ran).unwrap();
    let mut ran: Vec<u64> = ran.lines().map(|line| line.parse().unwrap()).collect();
    ran.sort_unstable();
    assert_eq!(ran, (1..=ids).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_command_that_two_clients_send_at_once_under_one_id_runs_once() {
    let server = TestServer::start().await;
    let ran = server.folder.path().join("ran");
    let mut one = Resuming::connected(&server, &FEATURES).await;
    let mut other = one.beside(&server).await;
    for id in 1..=20 {
        let message = command(id, &format!("echo {id} >> {}", ran.display()));
        let (first, second) = tokio::join!(one.try_send(message.clone()), other.try_send(message));
        assert!(first.is_ok() && second.is_ok());
        let mut numbers = BTreeSet::new();
        for client in [&mut one, &mut other] {
            while answers(client, id).is_empty() {
                client.hear().await.unwrap();
            }
            numbers.extend(answers(client, id));
        }
        assert_eq!(numbers.len(), 1, "{numbers:?}");
        for client in [&mut one, &mut other] {
            client.until(|came| numbers.iter().all(|number| came.has_ended(*number))).await;
        }
    }
    let ran = std::fs::read_to_string(ran).unwrap();
    assert_eq!(ran, (1..=20).map(|id| format!("{id}\n")).collect::<String>());
}

/// Everything that a client can do to a command and its session, many times, without waiting.
async fn act(client: &mut TestClient, name: &str, server_id: &Value, rounds: u64) {
    for round in 0..rounds {
        for message in [
            json!({"type": "update", "payload": {"type": "resize", "serverId": server_id,
                   "cols": 40 + round, "rows": 20}}),
            json!({"type": "update", "payload": {"type": "stdin", "serverId": server_id, "input": format!("{name}\n")}}),
            json!({"type": "setNote", "payload": {"serverId": server_id, "text": format!("{name} {round}")}}),
            json!({"type": "setPreferences", "payload": {"values": {"fontSize": 10 + round % 9}}}),
            json!({"type": "deleteNote", "payload": {"serverId": server_id}}),
            json!({"type": "setNote", "payload": {"text": format!("{name} {round}")}}),
            json!({"type": "forget", "payload": {"serverIds": [server_id]}}),
        ] {
            client.send(message).await;
        }
        // All but the resize and the input are answered.
        for _ in 0..5 {
            let is_answer =
                |message: &Value| message["type"] != "update" && !message["payload"]["result"].is_null();
            client.next_where(is_answer).await;
        }
    }
}

async fn ask(client: &mut TestClient, kind: &str) -> Value {
    client.send(json!({"type": kind, "payload": {"clientId": 777}})).await;
    let is_answer = |message: &Value| message["type"] == kind && message["payload"]["clientId"] == 777;
    client.next_where(is_answer).await["payload"].take()
}

#[tokio::test]
async fn clients_that_change_everything_at_once_agree_afterwards() {
    let server = TestServer::start().await;
    let features = ["details", "resize", "notes", "preferences", "history"];
    let mut one = server.client_with(&features).await;
    let mut other = server.connect().await;
    let payload = json!({"sessionToken": one.session_token, "features": features});
    other.send(json!({"type": "authentication", "payload": payload})).await;
    assert_eq!(other.next().await["payload"]["result"], "ok");
    for _ in 0..5 {
        let running = one.start("cat > /dev/null").await;
        let server_id = running["payload"]["serverId"].clone();
        tokio::join!(act(&mut one, "one", &server_id, 5), act(&mut other, "other", &server_id, 5));
        tokio::join!(one.signal(&server_id, 9), other.signal(&server_id, 15));
        let ended = |message: &Value| {
            message["payload"]["serverId"] == server_id && message["payload"]["status"] == "completed"
        };
        one.next_where(ended).await;
        for kind in ["notes", "preferences"] {
            let (mine, theirs) = (ask(&mut one, kind).await, ask(&mut other, kind).await);
            assert_eq!(mine["result"], "ok", "{mine}");
            assert_eq!(mine["notes"], theirs["notes"]);
            assert_eq!(mine["values"], theirs["values"]);
        }
    }
    assert_eq!(one.run("echo still there").await.stdout.trim(), "still there");
    assert_eq!(ask(&mut one, "history").await["commands"].as_array().unwrap().len(), 1);
}
