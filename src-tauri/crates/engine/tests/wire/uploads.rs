//! Uploads: files that come in parts, have their name once they are whole, and replace nothing unasked.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::TestClient;
use crate::files::{ask, in_a_folder, names};
use crate::server::TestServer;

async fn begin(client: &mut TestClient, path: &str, size: usize) -> Value {
    let answer = ask(client, json!({"type": "upload", "path": path, "size": size})).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    answer["upload"].clone()
}

async fn part(client: &mut TestClient, upload: &Value, offset: usize, bytes: &[u8]) -> Value {
    let data = BASE64_STANDARD.encode(bytes);
    ask(client, json!({"type": "part", "upload": upload, "offset": offset, "data": data})).await
}

async fn finish(client: &mut TestClient, upload: &Value) -> Value {
    ask(client, json!({"type": "finish", "upload": upload})).await
}

#[tokio::test]
async fn a_file_has_its_name_once_it_is_whole_and_the_usual_permissions() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let content: Vec<u8> = (0..100_000u32).map(|number| (number % 253) as u8).collect();
    let upload = begin(&mut client, "data.bin", content.len()).await;
    for (number, bytes) in content.chunks(30_000).enumerate() {
        let early = finish(&mut client, &upload).await;
        assert_eq!(early["code"], "upload-incomplete");
        let seen = ask(&mut client, json!({"type": "stat", "path": "data.bin"})).await;
        assert_eq!(seen["code"], "no-such-file");
        let taken = part(&mut client, &upload, number * 30_000, bytes).await;
        assert_eq!(taken["received"], (number * 30_000 + bytes.len()) as u64, "{taken}");
    }
    let done = finish(&mut client, &upload).await;
    assert_eq!((&done["type"], &done["entry"]["size"]), (&json!("finish"), &json!(100_000)));
    assert_eq!(done["path"], folder.join("data.bin").to_str().unwrap());
    assert!(fs::read(folder.join("data.bin")).unwrap() == content);
    let umask = client.run("touch usual; stat -c %a usual data.bin").await.stdout;
    let modes: Vec<_> = umask.lines().collect();
    assert_eq!(modes[0], modes[1]);
    assert_eq!(
        names(&ask(&mut client, json!({"type": "list", "path": ".", "hidden": true})).await),
        ["data.bin", "usual"]
    );
    assert_eq!(finish(&mut client, &upload).await["code"], "no-such-upload");
}

#[tokio::test]
async fn an_empty_file_needs_no_part() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let upload = begin(&mut client, "~/empty", 0).await;
    assert_eq!(finish(&mut client, &upload).await["entry"]["size"], 0);
    assert!(names(&ask(&mut client, json!({"type": "list", "path": folder})).await).is_empty());
}

#[tokio::test]
async fn what_has_the_name_is_replaced_only_when_that_is_said() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let path = folder.join("a.txt");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
    let taken = ask(&mut client, json!({"type": "upload", "path": "a.txt", "size": 3})).await;
    assert_eq!(taken["code"], "file-exists", "{taken}");
    // The name may be taken while the file comes.
    let upload = begin(&mut client, "b.txt", 3).await;
    part(&mut client, &upload, 0, b"new").await;
    symlink("a.txt", folder.join("b.txt")).unwrap();
    assert_eq!(finish(&mut client, &upload).await["code"], "file-exists");
    let replace = json!({"type": "finish", "upload": upload, "overwrite": true});
    assert_eq!(ask(&mut client, replace.clone()).await["code"], "wrong-kind");
    fs::rename(&path, folder.join("b.txt")).unwrap();
    assert_eq!(fs::read(folder.join("b.txt")).unwrap(), b"old");
    assert_eq!(ask(&mut client, replace).await["result"], "ok");
    assert_eq!(fs::read(folder.join("b.txt")).unwrap(), b"new");
    assert_eq!(fs::metadata(folder.join("b.txt")).unwrap().permissions().mode() & 0o777, 0o750);
}

#[tokio::test]
async fn parts_come_in_frames_in_any_order_and_again() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files", "binary"]).await;
    let content: Vec<u8> = (0..1_000_000u32).map(|number| (number * 31 % 255) as u8).collect();
    let upload = begin(&mut client, "big", content.len()).await.as_u64().unwrap();
    let parts: Vec<_> = content.chunks(90_000).enumerate().collect();
    let mut awaited = 0;
    for (number, bytes) in parts.iter().rev().chain(&parts[2..4]) {
        let mut frame = vec![1, 17, 0, 0];
        frame.extend((*number as u32 + 1).to_be_bytes());
        frame.extend(upload.to_be_bytes());
        frame.extend((*number as u64 * 90_000).to_be_bytes());
        frame.extend([0; 8]);
        frame.extend_from_slice(bytes);
        client.socket.send(Message::binary(frame)).await.unwrap();
        awaited += 1;
    }
    let mut received = 0;
    for _ in 0..awaited {
        let answer = client.next_where(|message| message["type"] == "files").await["payload"].clone();
        assert_eq!(answer["result"], "ok", "{answer}");
        let client_id = answer["clientId"].as_u64().unwrap();
        assert_eq!(answer["offset"], (client_id - 1) * 90_000);
        received = received.max(answer["received"].as_u64().unwrap());
    }
    assert_eq!(received, 1_000_000);
    assert_eq!(finish(&mut client, &json!(upload)).await["result"], "ok");
    assert!(fs::read(folder.join("big")).unwrap() == content);
}

#[tokio::test]
async fn an_upload_goes_on_over_a_lost_connection_and_is_nobody_elses() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let upload = begin(&mut client, "a", 6).await;
    part(&mut client, &upload, 0, b"one").await;
    let mut stranger = server.client_with(&["files"]).await;
    for answer in [
        part(&mut stranger, &upload, 3, b"two").await,
        finish(&mut stranger, &upload).await,
        ask(&mut stranger, json!({"type": "abort", "upload": upload})).await,
    ] {
        assert_eq!(answer["code"], "no-such-upload", "{answer}");
    }
    let session_token = client.session_token.clone();
    drop(client);
    let mut client = server.connect().await;
    client
        .send(json!({"type": "authentication", "payload": {"sessionToken": session_token, "features": ["files"]}}))
        .await;
    assert_eq!(client.next().await["payload"]["result"], "ok");
    part(&mut client, &upload, 3, b"two").await;
    assert_eq!(finish(&mut client, &upload).await["result"], "ok");
    assert_eq!(fs::read(folder.join("a")).unwrap(), b"onetwo");
}

#[tokio::test]
async fn an_aborted_or_abandoned_upload_leaves_nothing() {
    let server = TestServer::with(|settings| {
        settings.limits.rounds = Duration::from_millis(20);
        settings.limits.upload_idle = Duration::from_millis(50);
    })
    .await;
    let (mut client, _) = in_a_folder(&server, &["files"]).await;
    let aborted = begin(&mut client, "a", 6).await;
    let answer = ask(&mut client, json!({"type": "abort", "upload": aborted})).await;
    assert_eq!(answer["result"], "ok");
    assert_eq!(part(&mut client, &aborted, 0, b"one").await["code"], "no-such-upload");
    // An abandoned one gives its place back after a while; nothing else is seen of that.
    for number in 0..20 {
        let upload = loop {
            let payload = json!({"type": "upload", "path": format!("b{number}"), "size": 6});
            let answer = ask(&mut client, payload).await;
            if answer["result"] == "ok" {
                break answer["upload"].clone();
            }
            assert_eq!(answer["code"], "too-many-uploads");
        };
        part(&mut client, &upload, 0, b"one").await;
    }
    let listed = ask(&mut client, json!({"type": "list", "path": ".", "hidden": true})).await;
    assert!(names(&listed).iter().all(|name| name.starts_with(".porthole-upload-")), "{listed}");
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_at_the_beginning() {
    let server = TestServer::with(|settings| {
        settings.limits.upload_size = 1 << 62;
        settings.limits.uploads_a_session = 2;
    })
    .await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::create_dir(folder.join("sub")).unwrap();
    for (payload, code) in [
        (json!({"path": "a", "size": 1u64 << 63}), "too-large"),
        (json!({"path": "a", "size": 1u64 << 61}), "disk-full"),
        (json!({"path": "none/a", "size": 1}), "no-such-file"),
        (json!({"path": "sub", "size": 1}), "file-exists"),
        (json!({"path": "sub", "size": 1, "overwrite": true}), "wrong-kind"),
        (json!({"path": "..", "size": 1}), "bad-message"),
        (json!({"path": "/", "size": 1}), "bad-message"),
        (json!({"path": "a\0", "size": 1}), "bad-message"),
        (json!({"path": "a", "size": -1}), "bad-message"),
        (json!({"path": "a"}), "bad-message"),
    ] {
        let mut payload = payload;
        payload["type"] = json!("upload");
        let answer = ask(&mut client, payload.clone()).await;
        assert_eq!(answer["code"], code, "{payload}: {answer}");
    }
    for path in ["/proc/a", "/proc/self/fd/a", "/sys/a"] {
        let answer = ask(&mut client, json!({"type": "upload", "path": path, "size": 1})).await;
        assert_eq!(answer["result"], "error", "{path}");
    }
    let upload = begin(&mut client, "a", 6).await;
    begin(&mut client, "b", 6).await;
    let third = ask(&mut client, json!({"type": "upload", "path": "c", "size": 6})).await;
    assert_eq!(third["code"], "too-many-uploads");
    assert_eq!(part(&mut client, &upload, 4, b"xyz").await["code"], "bad-range");
    assert_eq!(part(&mut client, &upload, usize::MAX, b"x").await["code"], "bad-range");
    let answer = ask(&mut client, json!({"type": "part", "upload": upload, "offset": 0, "data": "*"})).await;
    assert_eq!(answer["code"], "bad-message");
    assert_eq!(part(&mut client, &upload, 0, b"").await["received"], 0);
}

/// A disk may take longer for the end of an upload than its client waits.
#[tokio::test]
async fn an_upload_whose_end_came_too_late_for_its_client_takes_no_place() {
    let server = TestServer::with(|settings| {
        settings.limits.upload_end = Duration::ZERO;
        settings.limits.uploads_a_session = 1;
    })
    .await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    for name in ["a", "b", "c"] {
        let upload = begin(&mut client, name, 4).await;
        part(&mut client, &upload, 0, b"text").await;
        // In so little time it may not even begin.
        let mut end = finish(&mut client, &upload).await;
        while end["code"] == "too-slow" {
            end = finish(&mut client, &upload).await;
        }
        assert!(end["result"] == "ok" || end["code"] == "no-such-upload", "{end}");
        assert_eq!(fs::read(folder.join(name)).unwrap(), b"text");
    }
}
