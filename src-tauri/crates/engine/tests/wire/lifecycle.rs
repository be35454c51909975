//! What the owner of the engine sees, ends and stops.

use crate::server::TestServer;

#[tokio::test]
async fn activity_shows_clients_and_commands_and_kills_one_command() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("echo busy; sleep 1000").await;
    let server_id = answer["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |stdout| stdout == "busy\n").await;
    let snapshot = server.engine.activity().snapshot();
    assert_eq!(snapshot.clients.len(), 1);
    assert_eq!(snapshot.commands[0].command, "echo busy; sleep 1000");
    assert_eq!(snapshot.commands[0].tail.trim_end(), "busy");
    assert!(server.engine.kill(snapshot.commands[0].id));
    let finished = client.finish(answer).await;
    assert_eq!(finished.last["payload"]["status"], "completed");
    assert!(!server.engine.kill(snapshot.commands[0].id));
}

#[tokio::test]
async fn a_disconnected_client_is_told_so_and_its_session_stays() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    client.run("cd /usr").await;
    let id = server.engine.activity().snapshot().clients[0].id;
    assert!(server.engine.disconnect(id));
    assert!(client.closed().await.unwrap().reason.contains("owner"));
    let mut again = server.connect().await;
    again.rehydrate(&client.session_token).await;
    assert_eq!(again.run("pwd").await.stdout, "<a href=\"/usr\">/usr</a>\n");
}

#[tokio::test]
async fn a_stopping_engine_says_goodbye_and_leaves_no_process() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("echo $$; exec sleep 1000").await;
    let server_id = answer["payload"]["serverId"].clone();
    let pid = client.until_stdout(&server_id, |stdout| stdout.ends_with('\n')).await;
    server.engine.stop().await;
    assert!(client.closed().await.unwrap().reason.contains("stopping"));
    assert!(!std::path::Path::new(&format!("/proc/{}", pid.trim())).exists());
}

#[tokio::test]
async fn a_taken_port_is_refused_in_one_sentence_that_names_it() {
    let server = TestServer::start().await;
    let port = server.engine.address().port();
    let mut settings = engine::Settings::new(server.folder.path().join("other"));
    settings.port = port;
    settings.token_store = engine::TokenStoreKind::Memory;
    let error = engine::Engine::start(settings).await.err().unwrap().to_string();
    assert!(error.contains(&port.to_string()) && error.contains("--port"), "{error}");
}
