//! Preferences: typed, kept, and the same for every client.

use engine::TokenStoreKind;
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

async fn server() -> TestServer {
    TestServer::with(|settings| settings.token_store = TokenStoreKind::File).await
}

/// A client of a name, in a session of its own.
async fn named(server: &TestServer, name: &str, features: &[&str]) -> TestClient {
    let mut client = server.connect().await;
    let payload =
        json!({"token": server.token(), "features": features, "client": {"name": name, "version": "2"}});
    client.send(json!({"type": "authentication", "payload": payload})).await;
    assert_eq!(client.next().await["payload"]["result"], "ok");
    client
}

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

async fn set(client: &mut TestClient, values: Value) -> Value {
    ask(client, "setPreferences", json!({"values": values})).await
}

async fn all(client: &mut TestClient) -> Value {
    ask(client, "preferences", json!({})).await
}

async fn changed(client: &mut TestClient) -> Value {
    client.next_where(|message| message["type"] == "preferencesChanged").await["payload"].take()
}

#[tokio::test]
async fn preferences_have_defaults_are_set_and_put_back_and_outlive_the_engine() {
    let server = server().await;
    let mut client = named(&server, "page", &["preferences"]).await;
    let first = all(&mut client).await;
    assert_eq!(
        first["values"],
        json!({"theme": "system", "font": "", "fontSize": 14, "format": "html", "streams": "exact",
            "links": true, "thumbnails": true, "notifications": false, "longCommand": 10,
            "retentionDays": 365, "retentionCommands": 100_000})
    );
    assert_eq!(first["own"], json!({}));
    let answer = set(&mut client, json!({"theme": "dark", "fontSize": 20, "links": false})).await;
    assert_eq!(answer["values"], json!({"theme": "dark", "fontSize": 20, "links": false}), "{answer}");
    let server = server.restarted().await;
    let mut client = named(&server, "page", &["preferences"]).await;
    let values = all(&mut client).await["values"].take();
    assert_eq!(
        (&values["theme"], &values["fontSize"], &values["font"]),
        (&json!("dark"), &json!(20), &json!(""))
    );
    let answer = set(&mut client, json!({"theme": null, "fontSize": null, "links": null})).await;
    assert_eq!(answer["values"], json!({"theme": "system", "fontSize": 14, "links": true}));
    assert_eq!(all(&mut client).await, first);
}

#[tokio::test]
async fn every_client_with_the_feature_is_told_of_a_change_and_of_its_own_values_only() {
    let server = server().await;
    let mut page = named(&server, "page", &["preferences"]).await;
    let mut same = named(&server, "page", &["preferences"]).await;
    let mut other = named(&server, "other", &["preferences"]).await;
    let mut without = named(&server, "page", &["details"]).await;
    let answer = set(&mut page, json!({"theme": "light", "panel": {"open": true, "width": 300}})).await;
    let own = json!({"panel": {"open": true, "width": 300}});
    assert_eq!((&answer["values"], &answer["own"]), (&json!({"theme": "light"}), &own));
    for client in [&mut page, &mut same] {
        assert_eq!(changed(client).await, json!({"values": {"theme": "light"}, "own": own}));
    }
    assert_eq!(changed(&mut other).await, json!({"values": {"theme": "light"}, "own": {}}));
    assert_eq!(all(&mut same).await["own"], own);
    assert_eq!(all(&mut other).await["own"], json!({}));
    set(&mut other, json!({"panel": 5})).await;
    assert_eq!(all(&mut page).await["own"], own);
    // Nothing reached the client that did not ask for it.
    without.send_text("{}".to_owned()).await;
    assert_eq!(without.next_where(|_| true).await["type"], "error");
    let server = server.restarted().await;
    let mut page = named(&server, "page", &["preferences"]).await;
    assert_eq!(all(&mut page).await["own"], own);
    set(&mut page, json!({"panel": null})).await;
    assert_eq!(all(&mut page).await["own"], json!({}));
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_refused_with_what_is_wanted_and_changes_nothing() {
    let server = server().await;
    let mut client = named(&server, "page", &["preferences"]).await;
    let before = all(&mut client).await;
    for (name, value, wanted) in [
        ("fontSize", json!("big"), "a whole number from 6 to 72"),
        ("fontSize", json!(5), "from 6 to 72"),
        ("fontSize", json!(14.5), "a whole number"),
        ("theme", json!("pink"), "\"light\", \"dark\""),
        ("links", json!("yes"), "true or false"),
        ("font", json!("x".repeat(201)), "at most 200 characters"),
        ("retentionDays", json!(-1), "1 to 3650"),
        ("format", json!({"a": 1}), "\"html\", \"text\", \"raw\""),
    ] {
        let mut values = json!({"thumbnails": false, "mine": 1});
        values[name] = value.clone();
        let answer = set(&mut client, values).await;
        assert_eq!((&answer["result"], &answer["code"]), (&json!("error"), &json!("bad-preference")));
        let message = answer["message"].as_str().unwrap();
        let given: String = value.to_string().chars().take(60).collect();
        assert!(message.contains(name) && message.contains(wanted) && message.contains(&given), "{message}");
    }
    for values in [json!(5), json!(null), json!([1])] {
        assert_eq!(set(&mut client, values).await["code"], "bad-message");
    }
    for values in [json!({"x": "y".repeat(70_000)}), json!({"n".repeat(65): 1})] {
        assert_eq!(set(&mut client, values).await["code"], "too-large");
    }
    let many: serde_json::Map<_, _> = (0..257).map(|n| (format!("k{n}"), json!(n))).collect();
    assert_eq!(set(&mut client, Value::Object(many)).await["code"], "too-large");
    assert_eq!(all(&mut client).await, before);
    let mut unnamed = server.client_with(&["preferences"]).await;
    let mut nobody = named(&server, " ", &["preferences"]).await;
    assert_eq!(set(&mut nobody, json!({"them": "dark"})).await["code"], "bad-preference");
    assert_eq!(all(&mut unnamed).await, before);
    let mut bare = server.client().await;
    assert_eq!(all(&mut bare).await["code"], "feature-missing");
    assert_eq!(set(&mut bare, json!({"theme": "dark"})).await["code"], "feature-missing");
}

#[tokio::test]
async fn clients_that_keep_values_of_their_own_are_bounded_in_number() {
    let server = server().await;
    for n in 0..64 {
        let mut client = named(&server, &format!("client {n}"), &["preferences"]).await;
        assert_eq!(set(&mut client, json!({"x": n})).await["result"], "ok");
    }
    let mut client = named(&server, "one more", &["preferences"]).await;
    assert_eq!(set(&mut client, json!({"x": 1})).await["code"], "too-large");
    assert_eq!(set(&mut client, json!({"theme": "dark"})).await["result"], "ok");
    let mut client = named(&server, "client 7", &["preferences"]).await;
    assert_eq!(set(&mut client, json!({"x": null})).await["result"], "ok");
    let mut client = named(&server, "one more", &["preferences"]).await;
    assert_eq!(set(&mut client, json!({"x": 1})).await["result"], "ok");
}

#[tokio::test]
async fn format_and_streams_are_those_that_the_user_likes_for_clients_that_know_of_preferences() {
    let server = server().await;
    let mut client = named(&server, "page", &["preferences", "format", "streams", "details"]).await;
    set(&mut client, json!({"format": "text", "streams": "exact"})).await;
    let ran = client.run("echo '<b>'; echo x >&2").await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("<b>\nx\n", ""));
    let answer = &ran.answer["payload"];
    assert_eq!((&answer["format"], &answer["streams"]), (&json!("text"), &json!("exact")), "{answer}");
    let ran = client.run_with("echo '<b>'; echo x >&2", json!({"format": "html", "streams": "split"})).await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("&lt;b&gt;\n", "x\n"));
    assert!(ran.answer["payload"].get("format").is_none());
    // Who does not know of preferences gets what the reference promises, above all no raw text in place of HTML.
    for features in [&["format", "streams"][..], &[]] {
        let mut client = named(&server, "old page", features).await;
        let ran = client.run("echo '<b>'; echo x >&2").await;
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("&lt;b&gt;\n", "x\n"));
    }
}

#[tokio::test]
async fn what_is_kept_follows_the_preference_at_once_but_for_commands_with_a_note() {
    let server = server().await;
    let mut client = named(&server, "page", &["preferences", "history", "notes"]).await;
    let noted = client.run("echo noted").await.answer["payload"]["serverId"].clone();
    for n in 0..5 {
        client.run(&format!("echo {n}")).await;
    }
    ask(&mut client, "setNote", json!({"serverId": noted, "text": "worth keeping"})).await;
    set(&mut client, json!({"retentionCommands": 2})).await;
    loop {
        let answer = ask(&mut client, "history", json!({})).await;
        let commands = answer["commands"].as_array().unwrap();
        let texts: Vec<_> = commands.iter().map(|command| command["command"].as_str().unwrap()).collect();
        if texts == ["echo 4", "echo 3", "echo noted"] {
            break;
        }
        assert!(texts.len() > 3, "{texts:?}");
    }
}
