//! That something was forgotten reaches every client that asks for it, however late it asks and whatever else it missed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::resuming::Resuming;
use crate::server::TestServer;

const FEATURES: [&str; 3] = ["notifications", "history", "details"];

async fn ask(client: &mut Resuming, kind: &str, mut payload: Value) -> Value {
    payload["clientId"] = json!(9_000 + client.came.others.len());
    let id = payload["clientId"].clone();
    client.send(json!({"type": kind, "payload": payload})).await;
    let is_answer = |message: &Value| message["type"] == kind && message["payload"]["clientId"] == id;
    client.until(|came| came.others.iter().any(is_answer)).await;
    client.came.others.iter().find(|message| is_answer(message)).unwrap()["payload"].clone()
}

async fn subscribe(client: &mut Resuming) {
    let kinds = json!({"kinds": ["commandsForgotten", "commandStarted"], "everySession": true});
    assert_eq!(ask(client, "notifications", kinds).await["result"], "ok");
}

async fn run(client: &mut Resuming, text: &str) -> u64 {
    let id = client.start(text, json!({})).await;
    client.until(|came| came.has_ended(id)).await;
    id
}

/// What was told to be forgotten: session, names, number.
fn told(client: &Resuming) -> Vec<(Value, Value, Value)> {
    let kind = |message: &&Value| message["payload"]["kind"] == "commandsForgotten";
    let told = client.came.others.iter().filter(kind).map(|message| &message["payload"]);
    told.map(|told| (told["session"].clone(), told["serverIds"].clone(), told["upTo"].clone())).collect()
}

/// The names that were told so far.
fn named(client: &Resuming) -> BTreeSet<u64> {
    told(client)
        .iter()
        .flat_map(|(_, ids, _)| ids.as_array().cloned().unwrap_or_default())
        .map(|id| id.as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_client_that_missed_the_rest_is_still_told_what_was_forgotten() {
    let server = TestServer::with(|settings| settings.limits.notices = 4).await;
    let mut away = Resuming::connected(&server, &FEATURES).await;
    subscribe(&mut away).await;
    let session = ask(&mut away, "history", json!({})).await["session"].clone();
    let mut other = away.beside(&server).await;
    away.cut();
    server.until_clients(1).await;
    let (mut gone, mut started) = (BTreeSet::new(), 0_u64);
    for n in 0..12 {
        let id = run(&mut other, &format!("echo {n}")).await;
        started += 1;
        if n % 3 != 0 {
            assert_eq!(ask(&mut other, "forget", json!({"serverIds": [id]})).await["forgotten"], 1);
            gone.insert(id);
        }
    }
    away.connect().await.unwrap();
    assert_eq!(away.answer["resume"]["resumed"], true);
    away.until(|came| came.others.iter().any(|message| message["type"] == "missed")).await;
    let newest = |message: &Value| message["payload"]["command"] == "echo 11";
    away.until(|came| came.others.iter().any(newest)).await;
    while named(&away) != gone {
        away.hear().await.unwrap();
    }
    assert!(told(&away).iter().all(|told| told.0 == session), "{:?}", told(&away));
    // Everything else is counted, and nothing of it twice.
    let kinds =
        |kind: &str| away.came.others.iter().filter(|it| it["payload"]["kind"] == kind).count() as u64;
    let missed: u64 =
        away.came.others.iter().filter_map(|message| message["payload"]["missed"].as_u64()).sum();
    assert_eq!(missed + kinds("commandStarted"), started);
}

#[tokio::test]
async fn what_is_forgotten_before_a_client_asks_to_be_told_is_told_when_it_asks() {
    let server = TestServer::start().await;
    let mut client = Resuming::connected(&server, &FEATURES).await;
    let session = ask(&mut client, "history", json!({})).await["session"].clone();
    let first = run(&mut client, "echo first").await;
    let second = run(&mut client, "echo second").await;
    for id in [second, first] {
        ask(&mut client, "forget", json!({"serverIds": [id]})).await;
    }
    assert_eq!(told(&client), []);
    subscribe(&mut client).await;
    client.until(|came| came.others.iter().any(|it| it["payload"]["kind"] == "commandsForgotten")).await;
    assert_eq!(told(&client), [(session, json!([first, second]), Value::Null)]);
}

#[tokio::test]
async fn a_session_that_was_forgotten_is_told_up_to_its_newest_command_of_then() {
    let server = TestServer::with(|settings| settings.limits.notices = 1).await;
    let mut away = Resuming::connected(&server, &FEATURES).await;
    subscribe(&mut away).await;
    let session = ask(&mut away, "history", json!({})).await["session"].clone();
    let mut other = away.beside(&server).await;
    away.cut();
    server.until_clients(1).await;
    run(&mut other, "echo before").await;
    let last = run(&mut other, "echo last").await;
    ask(&mut other, "forget", json!({"session": session})).await;
    let after = run(&mut other, "echo after").await;
    assert!(after > last);
    away.connect().await.unwrap();
    let newest = |message: &Value| message["payload"]["command"] == "echo after";
    away.until(|came| came.others.iter().any(newest)).await;
    assert_eq!(told(&away), [(session, Value::Null, json!(last))]);
}
