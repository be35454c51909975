//! Sessions that outlive their connections.

use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn a_session_token_gives_the_session_back_with_its_commands_and_what_was_missed() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client.run("cd /usr; echo first").await;
    let flag = server.folder.path().join("flag");
    let command = format!("echo before; until test -e {}; do sleep 0.02; done; echo after", flag.display());
    let running = client.start(&command).await;
    let server_id = running["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |stdout| stdout == "before\n").await;
    let session = client.session_token.clone();
    drop(client);

    let mut changed = server.engine.activity().changed();
    while !server.engine.activity().snapshot().clients.is_empty() {
        changed.changed().await.unwrap();
    }
    std::fs::write(flag, "").unwrap();
    let mut again = server.connect().await;
    let answer = again.rehydrate(&session).await;
    assert_eq!(answer["payload"]["result"], "ok");
    let commands = answer["payload"]["commands"].as_array().unwrap();
    assert_eq!(commands.len(), 2);
    assert_eq!(commands[0]["command"], "cd /usr; echo first");
    assert_eq!(commands[0]["status"], "completed");
    assert_eq!(commands[1]["serverId"], server_id);
    assert_eq!(commands[1]["clientId"], running["payload"]["clientId"]);
    let finished = again.finish(running).await;
    assert_eq!(finished.stdout, "after\n");
    assert_eq!(again.run("pwd").await.stdout, "/usr\n");
}

#[tokio::test]
async fn two_clients_of_one_session_see_the_same_output() {
    let server = TestServer::start().await;
    let mut first = server.client().await;
    let mut second = server.connect().await;
    second.rehydrate(&first.session_token).await;
    let answer = first.start("seq 1 100").await;
    let (seen_first, seen_second) = (first.finish(answer.clone()).await, second.finish(answer).await);
    assert_eq!(seen_first.stdout, seen_second.stdout);
}

#[tokio::test]
async fn a_detached_command_never_stalls() {
    let server = TestServer::with(|settings| {
        settings.limits.output_window = 4 << 10;
        settings.limits.output_ring = 64 << 10;
    })
    .await;
    let mut client = server.client_with(&["details"]).await;
    let session = client.session_token.clone();
    let flag = server.folder.path().join("flag");
    let command = format!("until test -e {}; do sleep 0.02; done; seq 1 200000; echo done", flag.display());
    let running = client.start(&command).await;
    drop(client);
    let mut changed = server.engine.activity().changed();
    while !server.engine.activity().snapshot().clients.is_empty() {
        changed.changed().await.unwrap();
    }
    std::fs::write(flag, "").unwrap();
    while server.engine.activity().snapshot().commands[0].exit_code.is_none() {
        changed.changed().await.unwrap();
    }
    let mut again = server.connect().await;
    again
        .send(json!({"type": "authentication", "payload": {
            "sessionToken": session, "features": ["details"]}}))
        .await;
    again.next().await;
    let mut dropped = 0;
    let mut stdout = String::new();
    loop {
        let update = again
            .next_where(|message| message["payload"]["serverId"] == running["payload"]["serverId"])
            .await;
        dropped += update["payload"]["dropped"].as_u64().unwrap_or_default();
        stdout += update["payload"]["output"]["stdout"].as_str().unwrap();
        if update["payload"]["status"] == "completed" {
            break;
        }
    }
    assert!(dropped > 0);
    assert!(stdout.ends_with("200000\ndone\n"), "{stdout}");
}

#[tokio::test]
async fn an_unknown_session_token_is_refused() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let answer = client.rehydrate("phs1_nothing").await;
    assert_eq!(answer["payload"]["code"], "wrong-session");
}
