//! Sessions that outlive their connections.

use std::time::Duration;

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

    server.until_left().await;
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
    assert_eq!(again.run("pwd").await.stdout, "<a href=\"/usr\">/usr</a>\n");
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

#[tokio::test]
async fn under_details_a_session_given_back_tells_all_that_its_page_shows() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["details", "format", "streams"]).await;
    let more = json!({"format": "text", "streams": "pipes", "breakpoints": [0]});
    client.run_with("cd /usr; echo a | cat; (exit 3)", more).await;
    let killed = client.start("sleep 100").await;
    client.signal(&killed["payload"]["serverId"], 9).await;
    client.finish(killed).await;
    client.start("sleep 200").await;
    let mut again = server.connect().await;
    again
        .send(json!({"type": "authentication", "payload": {
            "sessionToken": client.session_token, "features": ["details"]}}))
        .await;
    let answer = again.next().await["payload"].take();
    assert_eq!(answer["cwd"], "/usr");
    let commands = answer["commands"].as_array().unwrap();
    assert_eq!(commands[0]["exitCode"], 3);
    assert_eq!((&commands[0]["format"], &commands[0]["streams"]), (&json!("text"), &json!("pipes")));
    assert_eq!(commands[0]["pipes"], json!([{"index": 0, "offset": 16, "op": "|"}]));
    assert_eq!(commands[0]["breakpoints"], json!([{"location": 0, "result": "ok"}]));
    assert!(commands[0]["durationMs"].is_u64());
    assert_eq!((&commands[1]["exitCode"], &commands[1]["signal"]), (&json!(137), &json!(9)));
    assert_eq!((&commands[2]["format"], &commands[2]["streams"]), (&json!("html"), &json!("split")));
    assert!(commands[2]["exitCode"].is_null() && commands[2]["breakpoints"].is_null());

    let mut bare = server.connect().await;
    let answer = bare.rehydrate(&client.session_token).await;
    let fields = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&answer["payload"]), ["commands", "result", "sessionToken"]);
    let summary = &answer["payload"]["commands"][0];
    assert_eq!(fields(summary), ["begin", "clientId", "command", "end", "serverId", "status"]);
}

#[tokio::test]
async fn a_session_whose_time_is_over_is_refused_but_never_while_a_command_runs() {
    let server = TestServer::with(|settings| settings.limits.detached_session = Duration::ZERO).await;
    let mut client = server.client().await;
    let running = client.start("read line; echo got $line").await;
    let session = client.session_token.clone();
    drop(client);
    server.until_left().await;
    let mut again = server.connect().await;
    assert_eq!(again.rehydrate(&session).await["payload"]["result"], "ok");
    again.stdin(&running["payload"]["serverId"], "through\n").await;
    assert!(again.finish(running).await.stdout.ends_with("got through\n"));
    drop(again);
    server.until_left().await;
    let mut late = server.connect().await;
    let answer = late.rehydrate(&session).await;
    assert_eq!(answer["payload"]["code"], "wrong-session");
    late.authenticate(&server.token(), &[]).await;
}
