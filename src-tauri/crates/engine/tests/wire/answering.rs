//! What programs ask their terminal: of all clients that draw a raw command one answers.

use serde_json::{Value, json};

use crate::client::{Heard, TestClient};
use crate::server::TestServer;

const FEATURES: [&str; 6] = ["screens", "chunks", "format", "resize", "streams", "details"];
const BINARY: [&str; 7] = ["binary", "screens", "chunks", "format", "resize", "streams", "details"];

/// Asks what terminal this is, three times: at once, after a line of input, and once there is a file.
fn asking(flag: &str) -> String {
    let ask = |name: &str| format!(r"printf '{name}\033[c\n'");
    let (one, two, three) = (ask("one"), ask("two"), ask("three"));
    format!("{one}; read -r line; {two}; until test -e {flag}; do sleep 0.02; done; {three}")
}

/// Reads on until a text has come, and tells whether that is for this client to answer.
async fn answers(client: &mut TestClient, text: &str) -> bool {
    loop {
        match client.hear().await {
            Heard::Frame(frame) if frame[32..].windows(text.len()).any(|bytes| bytes == text.as_bytes()) => {
                return frame[3] & 1 == 0;
            }
            Heard::Message(update) => {
                let chunks = update["payload"]["output"]["chunks"].as_array();
                let has = |chunk: &Value| chunk["data"].as_str().unwrap().contains(text);
                if chunks.into_iter().flatten().any(has) {
                    return update["payload"]["replay"] != true;
                }
            }
            Heard::Frame(_) => {}
        }
    }
}

async fn in_the_session_of(server: &TestServer, other: &TestClient, features: &[&str]) -> TestClient {
    let mut client = server.connect().await;
    let request = json!({"sessionToken": other.session_token, "features": features});
    client.send(json!({"type": "authentication", "payload": request})).await;
    assert_eq!(client.next().await["payload"]["result"], "ok");
    client
}

#[tokio::test]
async fn a_question_is_for_the_client_that_started_the_command_then_for_the_one_that_typed_last() {
    for features in [&FEATURES[..], &BINARY[..]] {
        let server = TestServer::start().await;
        let mut first = server.client_with(features).await;
        let mut second = in_the_session_of(&server, &first, &FEATURES).await;
        // A client is there from its first update on.
        first.run("echo here").await;
        second.next_where(|message| message["payload"]["status"] == "completed").await;
        let flag = server.folder.path().join("flag");
        let more = json!({"format": "raw", "streams": "exact"});
        let answer = first.start_with(&asking(&flag.to_string_lossy()), more).await;
        let id = answer["payload"]["serverId"].clone();
        assert!(answers(&mut first, "one").await);
        assert!(!answers(&mut second, "one").await);
        second.stdin(&id, "\n").await;
        assert!(answers(&mut second, "two").await);
        assert!(!answers(&mut first, "two").await);
        // Nobody types: who is left answers.
        drop(second);
        server.until_clients(1).await;
        std::fs::write(flag, "").unwrap();
        assert!(answers(&mut first, "three").await);
    }
}

#[tokio::test]
async fn a_client_that_began_to_answer_later_answers_nothing_that_another_one_had() {
    let server = TestServer::start().await;
    let mut first = server.client_with(&FEATURES).await;
    let mut second = in_the_session_of(&server, &first, &FEATURES).await;
    first.run("echo here").await;
    second.next_where(|message| message["payload"]["status"] == "completed").await;
    let command = r"printf 'asked\033[c'; read -r line; echo got $line";
    let answer = first.start_with(command, json!({"format": "raw", "streams": "exact"})).await;
    assert!(answers(&mut first, "asked").await);
    // It has read nothing of it yet.
    second.stdin(&answer["payload"]["serverId"], "typed\n").await;
    assert!(!answers(&mut second, "asked").await);
    assert!(answers(&mut second, "got typed").await);
}
