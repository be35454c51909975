//! Sizes: however much output becomes, each message that tells of it is bounded.

use serde_json::{Value, json};

use crate::client::{Finished, TestClient};
use crate::server::TestServer;

/// Everything that a command's stdout becomes, with no message of it above `most` bytes.
async fn stdout_in_messages_of(
    client: &mut TestClient,
    command: &str,
    more: Value,
    most: usize,
) -> (String, usize) {
    let answer = client.start_with(command, more).await;
    let server_id = answer["payload"]["serverId"].clone();
    let (mut stdout, mut messages) = (String::new(), 0);
    loop {
        let update = client.next_where(|message| message["payload"]["serverId"] == server_id).await;
        messages += 1;
        let size = update.to_string().len();
        assert!(size < most, "{size} bytes");
        let mut finished = Finished::default();
        finished.take(&update);
        stdout += &finished.stdout;
        if update["payload"]["status"] == "completed" {
            return (stdout, messages);
        }
    }
}

#[tokio::test]
async fn output_that_becomes_hundreds_of_times_as_much_comes_in_messages_of_bounded_size() {
    let server = TestServer::start().await;
    let folder = server.folder.path().display();
    let hostile = "&\x1b[256b".repeat(2 << 10);
    std::fs::write(server.folder.path().join("hostile"), hostile + "\n").unwrap();
    let command = format!("cat {folder}/hostile");
    let expected = "&amp;".repeat((2 << 10) * 257);
    for features in [&[][..], &["chunks"]] {
        let mut client = server.client_with(features).await;
        let (stdout, messages) = stdout_in_messages_of(&mut client, &command, json!({}), 768 << 10).await;
        // Millions of bytes: lines are broken where they are too long.
        assert!(stdout.replace('\n', "") == expected, "{} of {}", stdout.len(), expected.len());
        assert!(messages > expected.len() / (512 << 10), "{messages}");
    }
}

#[tokio::test]
async fn raw_controls_and_the_rows_of_a_large_screen_come_in_messages_of_bounded_size() {
    let server = TestServer::start().await;
    let folder = server.folder.path().display();
    std::fs::write(server.folder.path().join("controls"), "\x01".repeat(300_000)).unwrap();
    let mut client = server.client_with(&["format"]).await;
    let raw = json!({"format": "raw"});
    let (stdout, _) =
        stdout_in_messages_of(&mut client, &format!("cat {folder}/controls"), raw, 768 << 10).await;
    assert_eq!(stdout, "\x01".repeat(300_000));
    // Every cell of the screen in a colour of its own.
    let row = |row: usize| {
        (0..400).map(move |column| format!("\x1b[38;2;{row};{};{};48;2;1;2;3mx", column % 200, column / 200))
    };
    let screen: String =
        (0..100).flat_map(|at| std::iter::once(format!("\x1b[{};1H", at + 1)).chain(row(at))).collect();
    std::fs::write(server.folder.path().join("screen"), format!("\x1b[?1049h{screen}")).unwrap();
    let mut client = server.client_with(&["screens", "chunks", "resize"]).await;
    let size = json!({"size": {"cols": 400, "rows": 100}});
    let answer = client.start_with(&format!("cat {folder}/screen; read -r line"), size).await;
    let server_id = answer["payload"]["serverId"].clone();
    let mut rows = vec![String::new(); 100];
    let mut messages = 0;
    while rows.iter().any(|row| row.matches("</span>").count() < 400) {
        let update = client.next_where(|message| message["payload"]["serverId"] == server_id).await;
        let screen = &update["payload"]["output"]["screen"];
        assert!(update.to_string().len() < 768 << 10);
        messages += usize::from(screen.is_object());
        for line in screen["lines"].as_array().into_iter().flatten() {
            rows[line["row"].as_u64().unwrap() as usize] = line["data"].as_str().unwrap().to_owned();
        }
    }
    assert!(messages > 3, "{messages}");
    client.signal(&server_id, 9).await;
    client.finish(answer).await;
}
