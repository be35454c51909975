//! Sessions that outlive their engine.

use engine::TokenStoreKind;
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::resuming::Resuming;
use crate::server::TestServer;

async fn server() -> TestServer {
    TestServer::with(|settings| settings.token_store = TokenStoreKind::File).await
}

async fn rehydrate(server: &TestServer, session: &str) -> (TestClient, Value) {
    let mut client = server.connect().await;
    client
        .send(
            json!({"type": "authentication", "payload": {"sessionToken": session, "features": ["details"]}}),
        )
        .await;
    let answer = client.next().await["payload"].clone();
    (client, answer)
}

#[tokio::test]
async fn a_session_comes_back_with_its_commands_its_directory_and_its_ids() {
    let server = server().await;
    let mut client = server.client_with(&["details"]).await;
    client.run("cd /usr").await;
    let former = client.run_with("echo out; (exit 3)", json!({"clientId": 55})).await;
    let session = client.session_token.clone();
    let server = server.restarted().await;

    let (mut client, answer) = rehydrate(&server, &session).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    let [first, second] = &answer["commands"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!((&first["command"], &first["exitCode"]), (&json!("cd /usr"), &json!(0)));
    assert_eq!((&second["exitCode"], &second["clientId"]), (&json!(3), &json!(55)));
    for name in ["begin", "end"] {
        assert_eq!(second[name], former.last["payload"][name], "{name}");
    }
    assert!(second.get("lost").is_none());
    // The same client id with the same text runs nothing twice.
    let again = client.start_with("echo out; (exit 3)", json!({"clientId": 55})).await;
    assert_eq!(again["payload"]["serverId"], second["serverId"]);
    let next = client.run("pwd").await;
    assert_eq!(next.stdout, "<a href=\"/usr\">/usr</a>\n");
    assert!(next.answer["payload"]["serverId"].as_u64() > second["serverId"].as_u64());
}

#[tokio::test]
async fn output_that_nobody_saw_before_the_restart_is_seen_after_it_and_no_other() {
    let server = TestServer::with(|settings| {
        settings.token_store = TokenStoreKind::File;
        settings.limits.stored_output_tail = 100;
    })
    .await;
    let mut client = server.client().await;
    client.run("echo seen").await;
    let flag = server.folder.path().join("flag");
    let text = format!("until test -e {}; do sleep 0.02; done; seq 1 1000", flag.display());
    let running = client.start(&text).await;
    let session = client.session_token.clone();
    drop(client);
    let mut changed = server.engine.activity().changed();
    while !server.engine.activity().snapshot().clients.is_empty() {
        changed.changed().await.unwrap();
    }
    std::fs::write(flag, "").unwrap();
    while server.engine.activity().snapshot().commands[0].exit_code.is_none() {
        changed.changed().await.unwrap();
    }
    let server = server.restarted().await;

    let (mut client, _) = rehydrate(&server, &session).await;
    let update = client.next_where(|message| message["type"] == "update").await["payload"].clone();
    assert_eq!(update["serverId"], running["payload"]["serverId"]);
    let stdout = update["output"]["stdout"].as_str().unwrap();
    assert!(stdout.ends_with("999\n1000\n"), "{stdout}");
    assert!(stdout.len() <= 100 && update["dropped"].as_u64() > Some(3000), "{update}");
    assert_eq!((&update["status"], &update["exitCode"]), (&json!("completed"), &json!(0)));
    assert_eq!(client.run("echo next").await.stdout, "next\n");
}

#[tokio::test]
async fn a_rotated_token_voids_the_sessions_of_all_engines_before() {
    let server = server().await;
    let session = server.client().await.session_token;
    let server = server.restarted().await;
    server.engine.rotate_token().await.unwrap();
    for _ in 0..2 {
        assert_eq!(rehydrate(&server, &session).await.1["code"], "wrong-session");
    }
    let server = server.restarted().await;
    assert_eq!(rehydrate(&server, &session).await.1["code"], "wrong-session");
}

#[tokio::test]
async fn a_command_that_begins_with_a_space_is_in_no_file() {
    let server = server().await;
    let mut client = server.client().await;
    client.run(" echo unkept-secret; cd /usr").await;
    client.run("echo kept").await;
    let session = client.session_token.clone();
    let server = server.restarted().await;
    let (_, answer) = rehydrate(&server, &session).await;
    let commands = answer["commands"].as_array().unwrap();
    assert_eq!(commands.len(), 1, "{answer}");
    for entry in std::fs::read_dir(server.folder.path().join("data")).unwrap().flatten() {
        let content = std::fs::read(entry.path()).unwrap_or_default();
        let holds = |text: &str| content.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!holds("unkept-secret"), "{entry:?}");
    }
}

#[tokio::test]
async fn a_stream_that_begins_after_the_restart_begins_with_all_that_is_kept() {
    let server = server().await;
    let features = ["chunks", "format", "streams", "details"];
    let mut client = Resuming::connected(&server, &features).await;
    let id = client.start("echo seen", json!({"format": "text"})).await;
    client.until(|came| came.has_ended(id)).await;
    let server = server.restarted().await;
    let mut again = client.after_restart(&server);
    again.connect().await.unwrap();
    assert_eq!(again.answer["resume"]["resumed"], false);
    assert_eq!(again.answer["commands"][0]["exitCode"], 0);
    again.until(|came| came.has_ended(id)).await;
    assert_eq!(again.came.stdout(id), b"seen\n");
}
