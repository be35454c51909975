//! Binary frames: output as it was printed, and input that is no text.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Heard, TestClient};
use crate::server::TestServer;

const FEATURES: [&str; 7] = ["binary", "screens", "chunks", "format", "resize", "streams", "details"];
const REPLAY: u16 = 1;
const SNAPSHOT: u16 = 2;

/// A frame of the server, read letter by letter.
#[derive(Debug, Clone)]
struct Frame {
    kind: u8,
    flags: u16,
    location: u32,
    run: u32,
    server_id: u64,
    position: u64,
    payload: Vec<u8>,
}

impl Frame {
    fn read(bytes: &[u8]) -> Self {
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
        };
        assert_eq!(bytes[0], 1, "the version");
        assert_eq!(number(28, 32), 0);
        Self {
            kind: bytes[1],
            flags: number(2, 4) as u16,
            location: number(4, 8) as u32,
            server_id: number(8, 16),
            position: number(16, 24),
            run: number(24, 28) as u32,
            payload: bytes[32..].to_vec(),
        }
    }
}

fn stdin(server_id: &Value, number: u64, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![1, 16, 0, flags, 0, 0, 0, 0];
    frame.extend(server_id.as_u64().unwrap().to_be_bytes());
    frame.extend(number.to_be_bytes());
    frame.extend([0; 8]);
    frame.extend(payload);
    frame
}

/// What came of a raw command until its end.
#[derive(Debug, Default)]
struct Came {
    frames: Vec<Frame>,
    updates: Vec<Value>,
}

impl Came {
    async fn until(&mut self, client: &mut TestClient, fits: impl Fn(&Self) -> bool) {
        while !fits(self) {
            match client.hear().await {
                Heard::Frame(frame) => {
                    let frame = Frame::read(&frame);
                    assert!(self.is_running(), "a frame after the end");
                    self.frames.push(frame);
                }
                Heard::Message(message) if message["type"] == "update" => {
                    self.updates.push(message["payload"].clone())
                }
                Heard::Message(_) => {}
            }
        }
    }

    fn is_running(&self) -> bool {
        self.updates.last().is_none_or(|update| update["status"] == "running")
    }

    fn of_kind(&self, kind: u8) -> Vec<u8> {
        self.frames
            .iter()
            .filter(|frame| frame.kind == kind)
            .flat_map(|frame| frame.payload.clone())
            .collect()
    }
}

async fn run(client: &mut TestClient, command: &str, more: Value) -> Value {
    let mut more = more;
    more["format"] = json!("raw");
    let answer = client.start_with(command, more).await;
    assert_eq!(answer["payload"]["result"], "ok", "{answer}");
    answer["payload"]["serverId"].clone()
}

#[tokio::test]
async fn output_comes_as_it_was_printed_between_its_begin_and_its_end() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let id = run(&mut client, r"printf 'a\377\000\342\202b\n'; exit 3", json!({"streams": "pipes"})).await;
    let mut came = Came::default();
    came.until(&mut client, |came| !came.is_running()).await;
    assert_eq!(came.of_kind(1), b"a\xff\0\xe2\x82b\n");
    assert!(came.frames.iter().all(|frame| frame.server_id == id.as_u64().unwrap() && frame.flags == 0));
    assert!(came.updates.iter().all(|update| update["output"] == json!({"chunks": []})));
    assert_eq!(came.updates[0]["status"], "running");
    assert_eq!(came.updates.last().unwrap()["exitCode"], 3);
}

#[tokio::test]
async fn positions_count_every_byte_and_no_frame_is_larger_than_it_may_be() {
    let server = TestServer::with(|settings| settings.limits.binary_frame = 10_000).await;
    let mut client = server.client_with(&FEATURES).await;
    run(&mut client, "head -c 3000000 /dev/urandom | tee >(sha256sum >&2)", json!({"streams": "pipes"}))
        .await;
    let mut came = Came::default();
    came.until(&mut client, |came| !came.is_running()).await;
    let mut position = 0;
    for frame in &came.frames {
        assert_eq!(frame.position, position);
        assert!(!frame.payload.is_empty() && frame.payload.len() <= 10_000);
        position += frame.payload.len() as u64;
    }
    assert_eq!(came.of_kind(1).len(), 3_000_000);
    assert_eq!(came.of_kind(2).len(), "  -\n".len() + 64);
}

#[tokio::test]
async fn what_flows_through_a_tapped_pipe_comes_with_its_place_and_run() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let more = json!({"streams": "pipes", "breakpoints": [0]});
    run(&mut client, r"for i in 1 2; do printf '\377'$i | wc -c; done", more).await;
    let mut came = Came::default();
    came.until(&mut client, |came| !came.is_running()).await;
    let mut taps: Vec<_> = came.frames.iter().filter(|frame| frame.kind == 3).collect();
    taps.sort_by_key(|frame| frame.run);
    let taps: Vec<_> = taps.iter().map(|frame| (frame.location, frame.run, &frame.payload[..])).collect();
    assert_eq!(taps, [(0, 0, &b"\xff1"[..]), (0, 1, &b"\xff2"[..])]);
    assert_eq!(came.of_kind(1), b"2\n2\n");
}

#[tokio::test]
async fn commands_of_another_format_stay_in_messages() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    assert_eq!(client.run("echo '<b>'").await.stdout, "&lt;b&gt;\n");
}

#[tokio::test]
async fn input_that_is_no_text_reaches_the_program_whole_and_ends() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let id = run(&mut client, "cat", json!({"streams": "pipes"})).await;
    let mut came = Came::default();
    let pieces: Vec<_> = bytes.chunks(50_000).collect();
    for (number, piece) in pieces.iter().enumerate() {
        let flags = if number + 1 == pieces.len() { 8 } else { 0 };
        let frame = stdin(&id, number as u64 + 1, flags, piece);
        client.socket.send(Message::binary(frame)).await.unwrap();
        let number = number as u64 + 1;
        came.until(&mut client, |came| came.updates.iter().any(|update| update["clientId"] == number)).await;
        let taken = came.updates.iter().position(|update| update["clientId"] == number).unwrap();
        assert_eq!(came.updates.remove(taken), json!({"result": "ok", "serverId": id, "clientId": number}));
    }
    came.until(&mut client, |came| !came.is_running()).await;
    assert!(came.of_kind(1) == bytes, "{} bytes", came.of_kind(1).len());
}

#[tokio::test]
async fn a_malformed_frame_is_answered_and_the_connection_goes_on() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let id = run(&mut client, "cat", json!({})).await;
    let good = stdin(&id, 5, 0, b"x");
    let changed = |at: usize, value: u8| {
        let mut frame = good.clone();
        frame[at] = value;
        frame
    };
    for (frame, kind, code) in [
        (Vec::new(), "error", "bad-message"),
        (vec![1; 31], "error", "bad-message"),
        (changed(0, 2), "error", "bad-message"),
        (changed(1, 1), "error", "bad-message"),
        (changed(2, 1), "error", "bad-message"),
        (changed(7, 1), "error", "bad-message"),
        (changed(31, 1), "error", "bad-message"),
        (changed(15, 200), "update", "unknown-command"),
    ] {
        client.socket.send(Message::binary(frame.clone())).await.unwrap();
        let answer = loop {
            if let Heard::Message(message) = client.hear().await
                && message["payload"]["result"] == "error"
            {
                break message;
            }
        };
        assert_eq!((&answer["type"], &answer["payload"]["code"]), (&json!(kind), &json!(code)), "{frame:?}");
        assert!(answer["payload"]["message"].as_str().unwrap().ends_with('.'), "{answer}");
    }
    let mut bare = server.client().await;
    bare.socket.send(Message::binary(good)).await.unwrap();
    assert_eq!(bare.next().await["payload"]["code"], "feature-missing");
    assert_eq!(bare.run("echo alive").await.stdout, "alive\n");
}

#[tokio::test]
async fn a_client_that_comes_back_to_a_screen_gets_a_repaint_in_place_of_what_drew_it() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let command = r"printf 'old\033[?1049h\033[?2004h\033[6n'; for i in $(seq 2000); do printf '\033[Hdraw %s' $i; done; printf '\033[3;3Hdone'; read -r line; printf '\033[4;1Hgot %s' $line; read -r line";
    let id = run(&mut client, command, json!({"streams": "exact", "size": {"cols": 80, "rows": 24}})).await;
    let mut came = Came::default();
    came.until(&mut client, |came| String::from_utf8_lossy(&came.of_kind(1)).contains("done")).await;
    assert!(came.frames.iter().all(|frame| frame.flags == 0));
    let end = came.frames.iter().map(|frame| frame.position + frame.payload.len() as u64).max().unwrap();
    let session = client.session_token.clone();
    let mut second = server.connect().await;
    for (client, is_back) in [(&mut second, false), (&mut server.connect().await, true)] {
        let request = json!({"sessionToken": session, "features": FEATURES});
        client.send(json!({"type": "authentication", "payload": request})).await;
        let mut came = Came::default();
        came.until(client, |came| !came.frames.is_empty()).await;
        let first = &came.frames[0];
        assert_eq!((first.flags, first.position), (REPLAY | SNAPSHOT, end), "back: {is_back}");
        let text = String::from_utf8_lossy(&first.payload).into_owned();
        assert!(
            text.starts_with("\x1bc") && text.contains("draw 2000") && text.contains("\x1b[?2004h"),
            "{text:?}"
        );
        assert!(!text.contains("draw 1999") && !text.contains("[6n"), "{text:?}");
    }
    second.stdin(&id, "typed\n").await;
    let mut came = Came::default();
    came.until(&mut second, |came| String::from_utf8_lossy(&came.of_kind(1)).contains("got typed")).await;
    assert_eq!(came.frames[0].flags, 0);
    assert_eq!(came.frames[0].position, end);
}

#[tokio::test]
async fn what_was_printed_before_a_client_came_is_marked_so() {
    let server = TestServer::start().await;
    let mut first = server.client_with(&FEATURES).await;
    let id =
        run(&mut first, r"printf 'old\033[c'; read -r line; echo new", json!({"streams": "exact"})).await;
    let mut came = Came::default();
    came.until(&mut first, |came| came.of_kind(1).ends_with(b"\x1b[c")).await;
    let (mut second, mut third) = (server.connect().await, server.connect().await);
    for (second, features) in [(&mut second, &FEATURES[..]), (&mut third, &FEATURES[1..])] {
        let request = json!({"sessionToken": first.session_token, "features": features});
        second.send(json!({"type": "authentication", "payload": request})).await;
        let mut came = Came::default();
        if features[0] == "binary" {
            came.until(second, |came| !came.frames.is_empty()).await;
            assert_eq!((came.frames[0].flags, &came.frames[0].payload[..]), (REPLAY, &b"old\x1b[c"[..]));
        } else {
            came.until(second, |came| {
                came.updates.iter().any(|update| update["output"]["chunks"][0].is_object())
            })
            .await;
            let update = came.updates.last().unwrap();
            assert_eq!(
                (&update["replay"], &update["output"]["chunks"][0]["data"]),
                (&json!(true), &json!("old\u{1b}[c"))
            );
        }
    }
    first.stdin(&id, "\n").await;
    came.until(&mut first, |came| !came.is_running()).await;
    assert!(came.frames.iter().all(|frame| frame.flags == 0), "{:?}", came.frames);
}

#[tokio::test]
async fn a_gap_is_marked_and_positions_tell_how_much_is_gone() {
    let server = TestServer::with(|settings| {
        settings.limits.output_window = 4 << 10;
        settings.limits.output_ring = 64 << 10;
    })
    .await;
    let mut client = server.client_with(&FEATURES).await;
    let session = client.session_token.clone();
    let flag = server.folder.path().join("flag");
    let command = format!("until test -e {}; do sleep 0.02; done; seq 1 200000; echo done", flag.display());
    run(&mut client, &command, json!({"streams": "pipes"})).await;
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
    let request = json!({"sessionToken": session, "features": FEATURES});
    again.send(json!({"type": "authentication", "payload": request})).await;
    let mut came = Came::default();
    came.until(&mut again, |came| !came.is_running()).await;
    let first = &came.frames[0];
    assert_eq!(first.flags & 4, 4, "{}", first.flags);
    let dropped: u64 = came.updates.iter().filter_map(|update| update["dropped"].as_u64()).sum();
    assert_eq!(first.position, dropped);
    assert!(came.of_kind(1).ends_with(b"200000\ndone\n"));
}

#[tokio::test]
async fn a_tapped_command_of_which_nothing_is_kept_any_more_is_over_for_a_client_that_comes_late() {
    let server = TestServer::with(|settings| settings.limits.session_output = 0).await;
    let features = [&FEATURES[..], &["breakpoints"]].concat();
    let mut client = server.client_with(&features).await;
    run(&mut client, "seq 1 1000 | wc -l", json!({"breakpoints": [0], "streams": "pipes"})).await;
    Came::default().until(&mut client, |came| !came.is_running()).await;
    // What is kept is looked through when another one begins.
    run(&mut client, "true", json!({})).await;
    Came::default().until(&mut client, |came| !came.is_running()).await;
    let mut late = server.connect().await;
    let request = json!({"sessionToken": client.session_token, "features": features});
    late.send(json!({"type": "authentication", "payload": request})).await;
    let mut updates = Vec::new();
    while updates.iter().filter(|update: &&Value| update["status"] == "completed").count() < 2 {
        if let Heard::Message(message) = late.hear().await {
            updates.push(message["payload"].clone());
        }
    }
    let tapped = updates.iter().find(|update| update["stages"].is_array()).unwrap();
    assert_eq!(
        (&tapped["stages"][0]["bytes"], &tapped["stages"][0]["dropped"]),
        (&json!(3893), &json!(3893))
    );
}
