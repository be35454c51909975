//! Forgetting: what the user wants gone is in no file, no list and no memory afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use engine::TokenStoreKind;
use engine::control::Client;
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

async fn server() -> TestServer {
    TestServer::with(|settings| settings.token_store = TokenStoreKind::File).await
}

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

async fn texts(client: &mut TestClient) -> Vec<String> {
    let answer = ask(client, "history", json!({})).await;
    let commands = answer["commands"].as_array().unwrap();
    commands.iter().map(|command| command["command"].as_str().unwrap().to_owned()).collect()
}

/// The files under a folder that have these bytes in them.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files_with(&entry.path(), text));
        } else if kind.is_file() {
            let content = fs::read(entry.path()).unwrap_or_default();
            if content.windows(text.len()).any(|part| part == text.as_bytes()) {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Files of the store that have these bytes in them.
fn stored(server: &TestServer, text: &str) -> Vec<PathBuf> {
    let mut files = files_with(&server.folder.path().join("data"), text);
    files.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("store."));
    files
}

#[tokio::test]
async fn a_forgotten_command_is_in_no_file_and_no_list_and_the_others_stay() {
    let server = server().await;
    let mut client = server.client_with(&["history", "details"]).await;
    client.run("echo kept-one").await;
    // Long enough to have pages of its own.
    let secret = client.run("for i in $(seq 2000); do echo out-$((i*1))-secret; done; cd /usr").await;
    client.run("echo kept-two").await;
    assert!(!stored(&server, "-secret").is_empty() && !stored(&server, "out-1999-secret").is_empty());

    let answer =
        ask(&mut client, "forget", json!({"serverIds": [secret.answer["payload"]["serverId"]]})).await;
    assert_eq!((&answer["result"], &answer["forgotten"]), (&json!("ok"), &json!(1)), "{answer}");
    assert_eq!(stored(&server, "secret"), Vec::<PathBuf>::new());
    assert_eq!(stored(&server, "kept-two").len(), 1);
    assert_eq!(texts(&mut client).await, ["echo kept-two", "echo kept-one"]);
    let shown = server.engine.activity().snapshot();
    assert!(shown.commands.iter().all(|command| !command.command.contains("secret")), "{shown:?}");
    let mut again = server.connect().await;
    let answer = again.rehydrate(&client.session_token).await;
    assert_eq!(answer["payload"]["commands"].as_array().unwrap().len(), 2, "{answer}");

    let server = server.restarted().await;
    let mut client = server.client_with(&["history"]).await;
    assert_eq!(texts(&mut client).await, ["echo kept-two", "echo kept-one"]);
    assert_eq!(stored(&server, "secret"), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_command_that_runs_can_be_forgotten_and_does_not_come_back_with_its_end() {
    let server = server().await;
    let mut client = server.client_with(&["history"]).await;
    let running = client.start("read line; echo secret-$line").await;
    let server_id = running["payload"]["serverId"].clone();
    assert_eq!(ask(&mut client, "forget", json!({"serverIds": [server_id]})).await["forgotten"], 1);
    // It goes on, and its client sees it to its end.
    client.stdin(&server_id, "through\n").await;
    assert!(client.finish(running).await.stdout.ends_with("secret-through\n"));
    client.run("echo after").await;
    assert_eq!(texts(&mut client).await, ["echo after"]);
    let mut again = server.connect().await;
    let answer = again.rehydrate(&client.session_token).await;
    assert_eq!(answer["payload"]["commands"].as_array().unwrap().len(), 1, "{answer}");
    let commands = server.engine.activity().snapshot().commands;
    assert!(commands.iter().all(|command| !command.tail.contains("secret")), "{commands:?}");
    assert_eq!(stored(&server, "secret"), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_session_or_everything_is_forgotten_and_new_commands_are_kept_again() {
    let server = server().await;
    let mut first = server.client_with(&["history"]).await;
    first.run("echo first-secret").await;
    let mut second = server.client_with(&["history"]).await;
    second.run("echo second-secret").await;
    let file = server.folder.path().join("history");
    fs::write(&file, "third-secret\n").unwrap();
    ask(&mut first, "importHistory", json!({"file": file})).await;
    let number = ask(&mut first, "history", json!({})).await["session"].clone();

    assert_eq!(ask(&mut second, "forget", json!({"session": number})).await["forgotten"], 1);
    assert_eq!(texts(&mut second).await, ["echo second-secret", "third-secret"]);
    assert_eq!(stored(&server, "first-secret"), Vec::<PathBuf>::new());

    assert_eq!(ask(&mut first, "forget", json!({"everything": true})).await["forgotten"], 2);
    assert_eq!(texts(&mut second).await, Vec::<String>::new());
    assert_eq!(stored(&server, "secret"), Vec::<PathBuf>::new());

    second.run("echo new").await;
    assert_eq!(texts(&mut first).await, ["echo new"]);
    // It was forgotten that the file was taken over.
    assert_eq!(ask(&mut first, "importHistory", json!({"file": file})).await["imported"], 1);
}

#[tokio::test]
async fn a_request_that_names_nothing_or_two_things_forgets_nothing() {
    let server = server().await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo kept").await;
    for payload in [
        json!({}),
        json!({"everything": false}),
        json!({"everything": true, "session": 1}),
        json!({"ids": [1], "serverIds": [1]}),
        json!({"ids": "all"}),
    ] {
        assert_eq!(ask(&mut client, "forget", payload.clone()).await["code"], "bad-message", "{payload}");
    }
    for payload in [
        json!({"ids": [987_654, 18_446_744_073_709_551_615_u64]}),
        json!({"serverIds": [99]}),
        json!({"session": 99}),
    ] {
        assert_eq!(ask(&mut client, "forget", payload.clone()).await["forgotten"], 0, "{payload}");
    }
    assert_eq!(texts(&mut client).await, ["echo kept"]);
    let mut bare = server.client().await;
    assert_eq!(ask(&mut bare, "forget", json!({"everything": true})).await["code"], "feature-missing");
}

#[tokio::test]
async fn the_oldest_commands_go_when_there_are_too_many_or_they_are_too_old() {
    let server = TestServer::with(|settings| {
        settings.token_store = TokenStoreKind::File;
        settings.limits.stored_commands = 3;
    })
    .await;
    let mut client = server.client_with(&["history"]).await;
    for n in 1..=5 {
        client.run(&format!("echo {n}")).await;
    }
    let mut former = server.client_with(&[]).await;
    former.start("sleep 55").await;
    // The sweep comes with the start, and by itself after a while.
    let server = server.restarted().await;
    let mut client = server.client_with(&["history"]).await;
    let kept = loop {
        let kept = texts(&mut client).await;
        if kept.len() <= 3 {
            break kept;
        }
    };
    assert_eq!(kept, ["sleep 55", "echo 5", "echo 4"]);

    let file = server.folder.path().join("history");
    fs::write(&file, "#1000000000\nin 2001\n").unwrap();
    let server = TestServer::with(|settings| {
        settings.limits.stored_days = 0;
        settings.limits.sweep = std::time::Duration::from_millis(50);
    })
    .await;
    let mut client = server.client_with(&["history"]).await;
    client.start("sleep 66").await;
    client.run("echo old").await;
    ask(&mut client, "importHistory", json!({"file": file})).await;
    // What runs is kept however old it is.
    while texts(&mut client).await != ["sleep 66"] {}
}

/// A small disk of its own, or the reason why there is none.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs"]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => Ok(Self(folder)),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn the_terminal_goes_on_when_the_disk_is_full_and_says_so() {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(reason) => return eprintln!("skipped: no small disk can be mounted here: {reason}"),
    };
    let data_dir = disk.0.path().join("data");
    let server = TestServer::with(|settings| settings.data_dir.clone_from(&data_dir)).await;
    let mut client = server.client_with(&["history", "details"]).await;
    client.run("echo before; VALUE=kept").await;
    let filler = disk.0.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}

    let mut changed = server.engine.activity().changed();
    let mut runs = 0;
    while server.engine.activity().snapshot().problem.is_none() {
        let finished = client.run("seq 1 10000; echo $VALUE").await;
        assert!(finished.stdout.ends_with("10000\nkept\n"), "{finished:?}");
        runs += 1;
        assert!(runs < 200, "the disk has to be full");
    }
    let problem = server.engine.activity().snapshot().problem.unwrap();
    assert!(problem.contains("full"), "{problem}");
    let status = Client::connect(&data_dir).await.unwrap().status().await.unwrap();
    assert_eq!(status.problem.as_ref(), Some(&problem));
    // Not even the state of the shell suffers, and shells start for more commands and for another session, too.
    let running = client.start("read line; echo $line").await;
    for _ in 0..3 {
        client.start("sleep 60").await;
        assert_eq!(client.run("echo beside, $VALUE").await.stdout, "beside, kept\n");
    }
    assert_eq!(server.client().await.run("echo elsewhere").await.stdout, "elsewhere\n");
    client.stdin(&running["payload"]["serverId"], "through\n").await;
    assert!(client.finish(running).await.stdout.ends_with("through\n"));
    let answer = ask(&mut client, "history", json!({})).await;
    assert_eq!(answer["result"], "ok", "{answer}");

    drop(file);
    fs::remove_file(filler).unwrap();
    client.run("echo after").await;
    while server.engine.activity().snapshot().problem.is_some() {
        changed.changed().await.unwrap();
    }
    assert_eq!(texts(&mut client).await[0], "echo after");
    server.engine.stop().await;
}

async fn told(client: &mut TestClient) -> (Value, Value) {
    let told = client.next_where(|message| message["payload"]["kind"] == "commandsForgotten").await;
    (told["payload"]["session"].clone(), told["payload"]["serverIds"].clone())
}

#[tokio::test]
async fn every_client_is_told_what_was_forgotten_whoever_did_it_and_of_what_runs_when_it_has_ended() {
    let server = server().await;
    let mut watching = Vec::new();
    let mut first = server.client_with(&["history"]).await;
    for _ in 0..2 {
        let mut client = server.connect().await;
        let payload = json!({"sessionToken": first.session_token, "features": ["notifications"]});
        client.send(json!({"type": "authentication", "payload": payload})).await;
        assert_eq!(client.next().await["payload"]["result"], "ok");
        watching.push(client);
    }
    watching.push(server.client_with(&["notifications"]).await);
    for client in &mut watching {
        let kinds = json!({"kinds": ["commandsForgotten"]});
        assert_eq!(ask(client, "notifications", kinds).await["result"], "ok");
    }
    let session = ask(&mut first, "history", json!({})).await["session"].clone();
    let done = first.run("echo done").await.answer["payload"]["serverId"].clone();
    let running = first.start("read line").await;
    let runs = running["payload"]["serverId"].clone();
    assert_eq!(ask(&mut first, "forget", json!({"serverIds": [runs, done]})).await["forgotten"], 2);
    for client in &mut watching {
        assert_eq!(told(client).await, (session.clone(), json!([done])));
    }
    first.stdin(&runs, "x\n").await;
    first.finish(running).await;
    for client in &mut watching {
        assert_eq!(told(client).await, (session.clone(), json!([runs])));
    }
    let file = server.folder.path().join("history");
    fs::write(&file, "ls\n").unwrap();
    ask(&mut first, "importHistory", json!({"file": file})).await;
    let id = ask(&mut first, "history", json!({})).await["commands"][0]["id"].clone();
    ask(&mut first, "forget", json!({"ids": [id]})).await;
    ask(&mut first, "forget", json!({"session": session})).await;
    for client in &mut watching {
        assert_eq!(told(client).await, (json!(0), Value::Null));
        assert_eq!(told(client).await, (session.clone(), Value::Null));
    }
    let mut control = Client::connect(&server.folder.path().join("data")).await.unwrap();
    let everything = engine::protocol::ForgetRequest {
        ids: None,
        server_ids: None,
        session: None,
        everything: Some(true),
    };
    control.forget(everything).await.unwrap();
    for client in &mut watching {
        let mut sessions = Vec::new();
        for _ in 0..3 {
            let (session, ids) = told(client).await;
            assert_eq!(ids, Value::Null);
            sessions.push(session.as_u64().unwrap());
        }
        sessions.sort_unstable();
        assert_eq!(sessions[0], 0);
        assert!(sessions.contains(&session.as_u64().unwrap()), "{sessions:?}");
    }
}
