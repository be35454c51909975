//! The ceiling on the output of all sessions together: the oldest goes first, and whoever misses some is told.

use serde_json::{Value, json};

use crate::resuming::Resuming;
use crate::server::TestServer;

const FEATURES: [&str; 4] = ["chunks", "format", "streams", "details"];
const KIB: u64 = 1 << 10;

fn text() -> Value {
    json!({"format": "text", "streams": "pipes"})
}

/// A command that prints so many KiB of lines of a letter.
fn print(letter: char, kib: u64) -> String {
    format!("yes {letter} | head -c {}", kib * KIB)
}

/// What a new client of a session is given of a command: bytes, and bytes that were dropped before them.
async fn kept(server: &TestServer, session_token: &str, id: u64) -> (u64, u64) {
    let mut client = Resuming::new(server, &FEATURES);
    client.session_token = session_token.to_owned();
    client.connect().await.unwrap();
    client.until(|came| came.has_ended(id)).await;
    let came = (client.came.stdout(id).len() as u64, client.came.commands[&id].dropped);
    // The server keeps nothing for it that would make others go.
    client.acknowledge().await.unwrap();
    client.cut();
    server.until_left().await;
    came
}

#[tokio::test]
async fn the_oldest_output_of_any_session_makes_room_and_is_counted() {
    let most = 1024 * KIB;
    let server = TestServer::with(|settings| settings.limits.output_memory = most).await;
    let mut sessions = Vec::new();
    for letter in 'a'..='j' {
        let mut client = Resuming::connected(&server, &FEATURES).await;
        let id = client.start(&print(letter, 300), text()).await;
        client.until(|came| came.has_ended(id)).await;
        let came = &client.came;
        assert_eq!((came.stdout(id).len() as u64, came.commands[&id].dropped), (300 * KIB, 0), "{letter}");
        // Its stream goes on, and owes it nothing.
        client.acknowledge().await.unwrap();
        sessions.push((client.session_token.clone(), id));
    }
    server.until_left().await;
    let mut all = Vec::new();
    for (token, id) in &sessions {
        let (bytes, dropped) = kept(&server, token, *id).await;
        assert_eq!(bytes + dropped, 300 * KIB, "what is missing is counted");
        all.push(bytes);
    }
    assert!(all.iter().sum::<u64>() <= most, "{all:?}");
    // What clients were sent takes its part of the room until their acknowledgement has arrived.
    assert!(all.iter().sum::<u64>() >= most / 3, "{all:?}");
    assert_eq!((all[0], all[9]), (0, 300 * KIB), "the oldest went first: {all:?}");
    assert!(all.is_sorted(), "{all:?}");
}

#[tokio::test]
async fn a_client_that_reads_misses_nothing_while_others_print_more_than_there_is_room_for() {
    let server = TestServer::with(|settings| settings.limits.output_memory = 512 * KIB).await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(Resuming::connected(&server, &FEATURES).await);
    }
    let work = clients.into_iter().map(|mut client| async move {
        let id = client.start("seq 1 100000", text()).await;
        client.until(|came| came.has_ended(id)).await;
        let expected: String = (1..=100_000).map(|line| format!("{line}\n")).collect();
        let command = &client.came.commands[&id];
        let printed = client.came.stdout(id).len() as u64 + command.dropped;
        (printed == expected.len() as u64, command.dropped)
    });
    for (is_whole, dropped) in futures_util::future::join_all(work).await {
        assert!(is_whole, "{dropped}");
    }
}

#[tokio::test]
async fn a_connected_client_is_told_of_what_went_before_it_got_there() {
    let server = TestServer::with(|settings| {
        settings.limits.output_memory = 256 * KIB;
        settings.limits.window = 1024;
    })
    .await;
    let mut slow = Resuming::connected(&server, &FEATURES).await;
    slow.acknowledge_after = None;
    let id = slow.start(&print('x', 200), text()).await;
    slow.until(|came| !came.stdout(id).is_empty()).await;
    // Nothing else is left to drop when this one's window is full, too.
    let mut other = Resuming::connected(&server, &FEATURES).await;
    other.acknowledge_after = None;
    let other_id = other.start(&print('y', 400), text()).await;
    other.until(|came| !came.stdout(other_id).is_empty()).await;
    let mut third = Resuming::connected(&server, &FEATURES).await;
    third.acknowledge_after = Some(1);
    let third_id = third.start(&print('z', 400), text()).await;
    third.until(|came| came.has_ended(third_id)).await;
    for (client, id, printed) in [(&mut slow, id, 200), (&mut other, other_id, 400)] {
        client.acknowledge_after = Some(1);
        client.acknowledge().await.unwrap();
        client.until(|came| came.has_ended(id)).await;
        let (bytes, dropped) = (client.came.stdout(id).len() as u64, client.came.commands[&id].dropped);
        assert_eq!(bytes + dropped, printed * KIB, "{bytes} came");
    }
}

#[tokio::test]
async fn what_breakpoints_captured_makes_room_too() {
    let server = TestServer::with(|settings| settings.limits.output_memory = 256 * KIB).await;
    let mut client = server.client_with(&["stdinFrom", "details", "streams", "format"]).await;
    let tapped = client.run_with("seq 1 10000 | wc -l", json!({"breakpoints": [0]})).await;
    let from = json!({"stdinFrom": {"serverId": tapped.answer["payload"]["serverId"], "location": 0}});
    assert_eq!(client.run_with("wc -l", from.clone()).await.stdout.trim(), "10000");
    client.run_with(&print('x', 400), text()).await;
    let refused = client.start_with("wc -l", from).await;
    assert_eq!(refused["payload"]["code"], "no-capture", "{refused}");
}

#[tokio::test]
async fn a_stream_that_waits_for_its_client_makes_room_and_the_client_begins_anew() {
    let server = TestServer::with(|settings| settings.limits.output_memory = 256 * KIB).await;
    let mut away = Resuming::connected(&server, &FEATURES).await;
    away.acknowledge_after = None;
    let id = away.start(&print('a', 100), text()).await;
    away.until(|came| came.has_ended(id)).await;
    away.cut();
    server.until_left().await;
    let mut other = Resuming::connected(&server, &FEATURES).await;
    let loud = other.start(&print('b', 600), text()).await;
    other.until(|came| came.has_ended(loud)).await;
    away.connect().await.unwrap();
    assert_eq!(away.answer["resume"]["resumed"], false);
    away.until(|came| came.has_ended(id)).await;
    let (bytes, dropped) = (away.came.stdout(id).len() as u64, away.came.commands[&id].dropped);
    assert!(dropped > 0 && bytes + dropped == 100 * KIB, "{bytes} came, {dropped} dropped");
}

#[tokio::test]
async fn what_a_client_gets_anew_after_the_ceiling_took_its_stream_is_the_end_of_what_was_printed() {
    let server = TestServer::with(|settings| settings.limits.output_memory = 512 * KIB).await;
    let mark = server.folder.path().join("mark");
    let mut away = Resuming::connected(&server, &FEATURES).await;
    away.acknowledge_after = None;
    let command = format!(
        "seq 1 20000; until test -e {0}; do sleep 0.02; done; seq 20001 150000; echo last",
        mark.display()
    );
    let id = away.start(&command, text()).await;
    away.until(|came| came.stdout(id).ends_with(b"20000\n")).await;
    away.cut();
    server.until_left().await;
    // It prints more than there is room for, beside another that does.
    std::fs::write(&mark, "").unwrap();
    let mut other = Resuming::connected(&server, &FEATURES).await;
    let loud = other.start("seq 1 150000", text()).await;
    other.until(|came| came.has_ended(loud)).await;
    away.acknowledge_after = Some(64 * KIB);
    away.connect().await.unwrap();
    assert_eq!(away.answer["resume"]["resumed"], false);
    away.until(|came| came.has_ended(id)).await;
    let whole: String = (1..=150_000).map(|line| format!("{line}\n")).collect::<String>() + "last\n";
    let came = away.came.stdout(id);
    let dropped = away.came.commands[&id].dropped as usize;
    assert!(dropped > 0 && dropped + came.len() == whole.len(), "{} came, {dropped} dropped", came.len());
    assert!(whole.as_bytes().ends_with(came));
}

#[tokio::test]
async fn what_breakpoints_of_a_running_command_hold_counts_and_a_capture_that_went_says_so() {
    let server = TestServer::with(|settings| settings.limits.output_memory = 64 * KIB).await;
    let mut client = server.client_with(&["stdinFrom", "details", "streams", "format"]).await;
    let text = "{ seq 1 20000; read line; } | wc -l";
    let running = client.start_with(text, json!({"breakpoints": [0]})).await;
    let server_id = running["payload"]["serverId"].clone();
    client.next_where(|message| message["payload"]["stages"][0]["bytes"] == 108_894).await;
    let from =
        |partial: bool| json!({"stdinFrom": {"serverId": server_id, "location": 0, "partial": partial}});
    let refused = client.start_with("wc -l", from(false)).await;
    assert_eq!(refused["payload"]["code"], "capture-cut", "{refused}");
    assert_eq!(client.run_with("wc -l", from(true)).await.stdout.trim(), "0");
    // The pipeline itself loses nothing.
    client.stdin(&server_id, "x\n").await;
    assert_eq!(client.finish(running).await.stdout.lines().last().unwrap().trim(), "20000");
}
