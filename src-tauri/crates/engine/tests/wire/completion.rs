//! Completions of the line at the cursor, from the session's own shell and from files where that cannot tell.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const SHELLS: [&str; 4] = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"];

/// A server of that shell whose completions may take the time that a busy machine needs.
async fn server(shell: &str) -> TestServer {
    TestServer::with(|settings| {
        settings.shell = Some(shell.into());
        settings.limits.completion = Duration::from_secs(20);
    })
    .await
}

/// A client whose shell is in a folder with these files; those that end with a slash are folders.
async fn client_in(server: &TestServer, files: &[&str]) -> TestClient {
    let folder = server.folder.path().join("files");
    std::fs::create_dir(&folder).unwrap();
    for file in files {
        match file.strip_suffix('/') {
            Some(name) => std::fs::create_dir(folder.join(name)).unwrap(),
            None => std::fs::write(folder.join(file), "").unwrap(),
        }
    }
    let mut client = server.client_with(&["complete", "details"]).await;
    client.run(&format!("cd '{}'", folder.display())).await;
    client
}

async fn ask(client: &mut TestClient, line: &str, cursor: usize) -> Value {
    client
        .send(json!({"type": "complete", "payload": {"clientId": 1, "line": line, "cursor": cursor}}))
        .await;
    client.next_where(|message| message["type"] == "complete").await["payload"].take()
}

/// The answer for a line whose cursor is at the `^`.
async fn complete(client: &mut TestClient, line: &str) -> Value {
    let cursor = line.find('^').unwrap_or(line.len());
    let answer = ask(client, &line.replacen('^', "", 1), cursor).await;
    assert_eq!(answer["result"], "ok", "{line}: {answer}");
    answer
}

/// The lines that come of the completions.
async fn lines(client: &mut TestClient, line: &str) -> Vec<String> {
    let answer = complete(client, line).await;
    assert_eq!(answer["source"], "shell", "{line}: {answer}");
    let whole = line.replacen('^', "", 1);
    let at = |name: &str| answer[name].as_u64().unwrap() as usize;
    let (before, behind) = (&whole[..at("from")], &whole[at("to")..]);
    let completions = answer["completions"].as_array().unwrap();
    let accepted = |completion: &Value| format!("{before}{}{behind}", completion["text"].as_str().unwrap());
    completions.iter().map(accepted).collect()
}

fn exists(shell: &str) -> bool {
    let exists = Path::new(shell).exists();
    if !exists {
        eprintln!("skipped: there is no {shell} here");
    }
    exists
}

#[tokio::test]
async fn files_complete_wherever_an_argument_can_be() {
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let files = ["alpha.txt", "beta", "dir/", ".hidden"];
        let mut client = client_in(&server, &files).await;
        std::fs::write(server.folder.path().join("files/dir/deep"), "").unwrap();
        for (line, expected) in [
            ("cat al^", &["cat alpha.txt"][..]),
            ("cat d^", &["cat dir/"]),
            ("cat dir/^", &["cat dir/deep"]),
            ("cat ./al^", &["cat ./alpha.txt"]),
            ("cat .h^", &["cat .hidden"]),
            ("cat al^ beta", &["cat alpha.txt beta"]),
            ("true; cat al^", &["true; cat alpha.txt"]),
            ("true | cat al^", &["true | cat alpha.txt"]),
            ("true && cat al^", &["true && cat alpha.txt"]),
            ("cat <al^", &["cat <alpha.txt"]),
            ("echo x >al^", &["echo x >alpha.txt"]),
            ("echo x > al^", &["echo x > alpha.txt"]),
            ("echo x 2>>al^", &["echo x 2>>alpha.txt"]),
            ("cat \"al^", &["cat \"alpha.txt\""]),
            ("cat \"al^\"", &["cat \"alpha.txt\""]),
            ("cat 'al^' beta", &["cat 'alpha.txt' beta"]),
            ("cat $PWD/al^", &["cat $PWD/alpha.txt"]),
            ("cat nothing-like-it^", &[]),
        ] {
            assert_eq!(lines(&mut client, line).await, expected, "{shell}: {line}");
        }
    }
}
