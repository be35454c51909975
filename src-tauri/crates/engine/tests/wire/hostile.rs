//! Every request with every field as it should not be: each is answered, and what others keep stays as it is.

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const FEATURES: [&str; 14] = [
    "breakpoints",
    "complete",
    "details",
    "files",
    "format",
    "history",
    "notes",
    "notifications",
    "preferences",
    "processes",
    "resize",
    "screens",
    "stdinFrom",
    "streams",
];

/// Requests that can be understood; none of them changes what the other client keeps.
fn requests() -> Vec<(&'static str, Value)> {
    vec![
        (
            "command",
            json!({"command": " true", "clientId": 9, "format": "text", "streams": "pipes",
                           "size": {"cols": 80, "rows": 24}, "breakpoints": [0], "stdinFrom": {"serverId": 1, "location": 0}}),
        ),
        ("update", json!({"type": "stdin", "serverId": 999_999, "clientId": 3, "input": "x", "end": true})),
        ("update", json!({"type": "signal", "serverId": 999_999, "signal": 15})),
        ("update", json!({"type": "resize", "serverId": 999_999, "cols": 80, "rows": 24})),
        (
            "update",
            json!({"type": "breakpoint", "serverId": 999_999, "location": 0, "action": "step", "lines": 1}),
        ),
        ("ack", json!({"seq": 1})),
        ("pipes", json!({"command": "a | b"})),
        ("complete", json!({"line": "ls ", "cursor": 3})),
        (
            "history",
            json!({"query": "x", "fuzzy": true, "distinct": true, "cwd": "/", "exitCode": 0,
                           "sessionOnly": true, "before": "1", "limit": 10}),
        ),
        ("importHistory", json!({"file": "/nothing/there"})),
        ("processes", json!({"serverId": 999_999})),
        ("kill", json!({"pid": 2_147_483_647, "started": 1, "signal": 15})),
        ("files", json!({"type": "list", "path": "/nothing", "hidden": true, "after": "a", "serverId": 1})),
        ("files", json!({"type": "read", "path": "/nothing", "offset": 0, "length": 10})),
        ("files", json!({"type": "upload", "path": "/nothing/a", "size": 1, "overwrite": false})),
        ("files", json!({"type": "part", "upload": 999, "offset": 0, "data": "eA=="})),
        ("files", json!({"type": "finish", "upload": 999, "overwrite": false})),
        ("forget", json!({"serverIds": [999_999]})),
        ("forget", json!({"ids": [999_999]})),
        ("forget", json!({"session": 999_999})),
        ("notes", json!({})),
        ("setNote", json!({"serverId": 999_999, "location": 0, "text": "x"})),
        ("deleteNote", json!({"serverId": 999_999, "location": 0})),
        ("notifications", json!({"kinds": [], "everySession": false})),
        ("watch", json!({"path": "/nothing", "serverId": 999_999})),
        ("unwatch", json!({"watch": 999_999})),
        ("preferences", json!({})),
        ("setPreferences", json!({"values": {"fontSize": 0}, "own": {}})),
    ]
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

fn bad_values() -> Vec<Value> {
    vec![
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("%_[a-z]*'\";--\\"),
        json!("\u{202e}\u{feff}\u{1f600}"),
        json!("x".repeat(100_000)),
        json!([]),
        json!([-1]),
        json!([u64::MAX]),
        json!([null]),
        deep(100),
        json!({}),
        json!({"": {"": null}}),
        json!(null),
        json!(true),
    ]
}

/// Asks, and gives the answer: one of the request's type, or an error without one.
async fn ask(client: &mut TestClient, kind: &str, payload: &Value) -> Value {
    let mut payload = payload.clone();
    if payload.get("clientId").is_none() {
        payload["clientId"] = json!(5);
    }
    client.send(json!({"type": kind, "payload": payload})).await;
    let is_answer = |message: &Value| {
        message["type"] == "error" || message["type"] == kind && !message["payload"]["result"].is_null()
    };
    client.next_where(is_answer).await["payload"].take()
}

#[tokio::test]
async fn every_request_with_a_field_as_it_should_not_be_is_answered_and_harms_nobody() {
    let server = TestServer::start().await;
    let mut owner = server.client_with(&FEATURES).await;
    let kept = owner.run("echo kept").await.answer["payload"]["serverId"].clone();
    assert_eq!(ask(&mut owner, "setNote", &json!({"serverId": kept, "text": "mine"})).await["result"], "ok");
    let mut client = server.client_with(&FEATURES).await;
    client.run("true").await;
    for (kind, base) in requests() {
        let fields: Vec<String> = base.as_object().unwrap().keys().cloned().collect();
        for field in &fields {
            for bad in bad_values() {
                let mut payload = base.clone();
                payload[field] = bad;
                // Whoever gives no number of his own is told of failures alone.
                let is_silent = kind == "update" || kind == "ack";
                if is_silent && payload["serverId"] != base["serverId"] && payload["serverId"].is_null() {
                    payload["serverId"] = json!(-1);
                }
                let answer = ask(&mut client, kind, &payload).await;
                if answer["result"] == "error" {
                    let message = answer["message"].as_str().unwrap();
                    assert!(message.ends_with('.') && message.len() < 2000, "{kind} {payload}: {message}");
                }
            }
        }
    }
    for text in [
        r#"{"type":"setNote","payload":{"text":"a","text":"b","serverId":999999}}"#,
        r#"{"type":"forget","type":"notes","payload":{}}"#,
        r#"{"type":"history","payload":{"limit":1},"payload":{"limit":2}}"#,
    ] {
        client.send_text(text.to_owned()).await;
        client.next_where(|message| !message["payload"]["result"].is_null()).await;
    }
    assert!(client.run("echo alive").await.stdout.starts_with("alive"));
    let notes = ask(&mut owner, "notes", &json!({})).await;
    assert_eq!(notes["notes"][0]["text"], "mine", "{notes}");
    let history = ask(&mut owner, "history", &json!({"query": "kept"})).await;
    assert_eq!(history["commands"][0]["command"], "echo kept", "{history}");
    assert!(owner.run("echo alive").await.stdout.starts_with("alive"));
}
