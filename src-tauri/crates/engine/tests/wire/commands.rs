//! Commands: answers, ids, limits, and what cannot be run.

use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn a_command_is_answered_with_its_ids_and_updated_as_the_specification_shows() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client
        .send(json!({"type": "command", "sessionToken": client.session_token,
            "payload": {"command": "echo hi", "clientId": 1}}))
        .await;
    assert_eq!(
        client.next().await,
        json!({"type": "command", "payload": {
            "result": "ok", "command": "echo hi", "clientId": 1, "serverId": 1}})
    );
    let mut output = String::new();
    let last = loop {
        let update = client.next().await;
        assert_eq!(update["type"], "update");
        let payload = update["payload"].as_object().unwrap();
        let mut keys: Vec<_> = payload.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["begin", "command", "end", "output", "serverId", "status"]);
        assert_eq!(payload["output"]["stdin"], payload["output"]["stdout"]);
        assert_eq!(payload["output"]["stdin"], payload["output"]["combined"]);
        assert_eq!(payload["output"]["stderr"], "");
        output += payload["output"]["combined"].as_str().unwrap();
        if payload["status"] == "completed" {
            break update;
        }
        assert_eq!(payload["status"], "running");
        assert_eq!(payload["end"], "");
    };
    assert_eq!(output, "hi\n");
    let rfc3339 = |value: &serde_json::Value| {
        let text = value.as_str().unwrap();
        text.len() == "2026-01-01T00:00:00.000Z".len() && text.ends_with('Z')
    };
    assert!(rfc3339(&last["payload"]["begin"]), "{last}");
    assert!(rfc3339(&last["payload"]["end"]), "{last}");
}

#[tokio::test]
async fn the_working_directory_is_kept_between_commands() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client.run("cd /usr/share").await;
    assert_eq!(client.run("pwd").await.stdout, "<a href=\"/usr/share\">/usr/share</a>\n");
}

#[tokio::test]
async fn the_same_client_id_and_text_run_once() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let file = server.folder.path().join("runs");
    let command = format!("echo ran >> {}", file.display());
    let message = json!({"type": "command", "payload": {"command": command, "clientId": 5}});
    client.send(message.clone()).await;
    let first = client.next_where(|message| message["type"] == "command").await;
    client.finish(first.clone()).await;
    client.send(message).await;
    let second = client.next_where(|message| message["type"] == "command").await;
    assert_eq!(first, second);
    client.run("true").await;
    assert_eq!(std::fs::read_to_string(file).unwrap(), "ran\n");
}

#[tokio::test]
async fn the_same_client_id_with_another_text_is_an_error() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let message = |command: &str| json!({"type": "command", "payload": {"command": command, "clientId": 5}});
    client.send(message("echo one")).await;
    client.next_where(|message| message["type"] == "command").await;
    client.send(message("echo two")).await;
    let answer = client.next_where(|message| message["type"] == "command").await;
    assert_eq!(answer["payload"]["code"], "client-id-reused");
    assert_eq!(answer["payload"]["clientId"], 5);
}

#[tokio::test]
async fn a_command_without_a_client_id_is_answered_without_one() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client.send(json!({"type": "command", "payload": {"command": "true"}})).await;
    assert_eq!(
        client.next().await,
        json!({"type": "command", "payload": {"result": "ok", "command": "true", "serverId": 1}})
    );
}

#[tokio::test]
async fn a_command_that_cannot_be_run_is_refused_with_a_reason() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    for command in ["", "   \n", "echo a\0b", &"x".repeat(300_000)] {
        let answer = client.start(command).await;
        assert_eq!(answer["payload"]["code"], "bad-command", "{answer}");
    }
    assert_eq!(client.run("echo alive").await.stdout, "alive\n");
}

#[tokio::test]
async fn a_session_runs_as_many_commands_as_its_limit_and_refuses_the_next() {
    let server = TestServer::with(|settings| settings.limits.commands_a_session = 2).await;
    let mut client = server.client().await;
    let first = client.start("sleep 1000").await;
    client.start("sleep 1000").await;
    let refused = client.start("sleep 1000").await;
    assert_eq!(refused["payload"]["code"], "too-many-commands");
    client.signal(&first["payload"]["serverId"], 15).await;
    client.finish(first).await;
    assert_eq!(client.start("true").await["payload"]["result"], "ok");
}

#[tokio::test]
async fn all_sessions_together_run_as_many_commands_as_their_limit() {
    let server = TestServer::with(|settings| settings.limits.commands = 1).await;
    let (mut one, mut other) = (server.client().await, server.client().await);
    let first = one.start("sleep 1000").await;
    assert_eq!(other.start("true").await["payload"]["code"], "too-many-commands");
    one.signal(&first["payload"]["serverId"], 15).await;
    one.finish(first).await;
    assert_eq!(other.start("true").await["payload"]["result"], "ok");
}

#[tokio::test]
async fn a_breakpoint_on_a_pipe_that_is_not_there_is_an_error_that_counts_the_pipes() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start_with("ls | grep png", json!({"breakpoints": [1]})).await;
    assert_eq!(answer["payload"]["code"], "no-such-pipe");
    let message = answer["payload"]["message"].as_str().unwrap();
    assert!(message.contains("no pipe 1") && message.contains("the command has 1"), "{message}");
}

#[tokio::test]
async fn hostile_markup_in_output_stays_text() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let output = client.run("printf '<script>alert(1)</script>&\\n'").await;
    assert_eq!(output.combined, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;\n");
}

#[tokio::test]
async fn names_in_the_working_directory_are_links_as_the_specification_shows() {
    let server = TestServer::start().await;
    let folder = server.folder.path().join("pictures");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("bui.png"), "").unwrap();
    let mut client = server.client().await;
    client.run(&format!("cd {}", folder.display())).await;
    let output = client.run("ls | cat").await;
    assert_eq!(output.combined, "<a href=\"./bui.png\">bui.png</a>\n");
}
