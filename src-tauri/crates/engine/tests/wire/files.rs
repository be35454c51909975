//! Files: folders in pages, what a name stands for, ranges of content, and what is no file at all.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::client::{Heard, TestClient};
use crate::server::TestServer;

/// Asks one thing about files and gives the answer's payload.
pub(crate) async fn ask(client: &mut TestClient, payload: Value) -> Value {
    client.send(json!({"type": "files", "payload": payload})).await;
    client.next_where(|message| message["type"] == "files").await["payload"].clone()
}

fn text(data: &Value) -> String {
    String::from_utf8(BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap()).unwrap()
}

pub(crate) fn names(answer: &Value) -> Vec<&str> {
    answer["entries"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

/// A client with the feature whose shell is in an empty folder.
pub(crate) async fn in_a_folder(server: &TestServer, features: &[&str]) -> (TestClient, std::path::PathBuf) {
    let mut client = server.client_with(features).await;
    let folder = server.folder.path().join("work");
    fs::create_dir(&folder).unwrap();
    client.run(&format!("cd '{}'", folder.display())).await;
    (client, folder)
}

#[tokio::test]
async fn a_folder_is_listed_where_the_shell_is_with_kinds_sizes_and_times() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    client
        .run("printf 12345 > b.txt; chmod 640 b.txt; touch -d 2024-05-06T07:08:09.125Z b.txt; mkdir a; ln -s b.txt c; ln -s nowhere d; mkfifo e; touch .hidden")
        .await;
    let answer = ask(&mut client, json!({"type": "list", "path": ".", "clientId": 5})).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    assert_eq!((&answer["type"], &answer["clientId"]), (&json!("list"), &json!(5)));
    assert_eq!(answer["path"], folder.to_str().unwrap());
    assert_eq!(names(&answer), ["a", "b.txt", "c", "d", "e"]);
    assert!(answer.get("next").is_none(), "{answer}");
    let entries = &answer["entries"];
    assert_eq!(
        entries[1],
        json!({"name": "b.txt", "kind": "file", "size": 5, "modified": "2024-05-06T07:08:09.125Z", "mode": 0o640})
    );
    assert_eq!(entries[0]["kind"], "directory");
    assert_eq!(entries[2]["link"], json!({"to": "b.txt", "kind": "file", "size": 5}));
    assert_eq!(entries[3]["link"], json!({"to": "nowhere"}));
    assert_eq!(entries[4]["kind"], "fifo");
    let all = ask(&mut client, json!({"type": "list", "path": "", "hidden": true})).await;
    assert_eq!(names(&all)[0], ".hidden");
}

#[tokio::test]
async fn a_big_folder_comes_in_pages_that_miss_and_double_nothing() {
    let server = TestServer::with(|settings| settings.limits.folder_page = 100).await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    for number in 0..950 {
        fs::write(folder.join(format!("f{number:03}")), "").unwrap();
    }
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page =
            ask(&mut client, json!({"type": "list", "path": ".", "after": after, "limit": 5000})).await;
        assert!(names(&page).len() <= 100, "{page}");
        seen.extend(names(&page).iter().map(|name| (*name).to_owned()));
        // What comes and goes between two pages moves no other entry.
        fs::remove_file(folder.join(&seen[0])).ok();
        match page.get("next") {
            Some(next) => after = next.clone(),
            None => break,
        }
    }
    let expected: Vec<_> = (0..950).map(|number| format!("f{number:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_path_may_begin_at_the_root_the_home_the_session_or_a_command() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let first =
        client.run("echo in work > here; echo home > ~/at-home").await.answer["payload"]["serverId"].clone();
    client.run("mkdir sub; cd sub; echo in sub > here").await;
    let read = async |client: &mut TestClient, path: &str, server_id: &Value| {
        let answer = ask(client, json!({"type": "read", "path": path, "serverId": server_id})).await;
        assert_eq!(answer["result"], "ok", "{answer}");
        text(&answer["data"])
    };
    let none = Value::Null;
    assert_eq!(read(&mut client, "here", &none).await, "in sub\n");
    assert_eq!(read(&mut client, "./here", &first).await, "in work\n");
    assert_eq!(read(&mut client, "../here", &none).await, "in work\n");
    assert_eq!(read(&mut client, folder.join("here").to_str().unwrap(), &none).await, "in work\n");
    assert_eq!(read(&mut client, "~/at-home", &none).await, "home\n");
    let unknown = ask(&mut client, json!({"type": "stat", "path": "here", "serverId": 99})).await;
    assert_eq!(unknown["code"], "unknown-command");
}

#[tokio::test]
async fn a_name_that_is_no_text_is_read_by_its_bytes() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::write(folder.join(name), "latin").unwrap();
    let listed = ask(&mut client, json!({"type": "list", "path": "."})).await;
    let entry = &listed["entries"][0];
    assert_eq!(entry["name"], "caf\u{fffd}");
    let path = json!({"base64": entry["base64"]});
    let answer = ask(&mut client, json!({"type": "read", "path": path})).await;
    assert_eq!(text(&answer["data"]), "latin");
}

#[tokio::test]
async fn a_file_is_read_in_ranges_that_add_up_to_it() {
    let server = TestServer::with(|settings| settings.limits.file_range = 1000).await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let content: Vec<u8> = (0..4321u32).map(|number| (number * 7 % 251) as u8).collect();
    fs::write(folder.join("data"), &content).unwrap();
    let mut read = Vec::new();
    loop {
        let answer = ask(&mut client, json!({"type": "read", "path": "data", "offset": read.len()})).await;
        assert_eq!((&answer["offset"], &answer["size"]), (&json!(read.len()), &json!(4321)));
        let bytes = BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
        assert!(bytes.len() <= 1000 && answer["length"] == bytes.len());
        read.extend(bytes);
        if answer["end"] == true {
            break;
        }
    }
    assert!(read == content);
    let part = ask(&mut client, json!({"type": "read", "path": "data", "offset": 10, "length": 3})).await;
    assert_eq!(BASE64_STANDARD.decode(part["data"].as_str().unwrap()).unwrap(), content[10..13]);
    for offset in [4321, u64::MAX] {
        let beyond = ask(&mut client, json!({"type": "read", "path": "data", "offset": offset})).await;
        assert_eq!((&beyond["length"], &beyond["end"]), (&json!(0), &json!(true)), "{beyond}");
    }
}

#[tokio::test]
async fn under_binary_the_bytes_come_in_a_frame_before_the_answer() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files", "binary"]).await;
    fs::write(folder.join("data"), b"\x00\xff\x01bytes").unwrap();
    client
        .send(
            json!({"type": "files", "payload": {"type": "read", "path": "data", "offset": 1, "clientId": 7}}),
        )
        .await;
    let Heard::Frame(frame) = client.hear().await else { panic!("no frame") };
    assert_eq!(frame[..8], [1, 5, 0, 0, 0, 0, 0, 0]);
    assert_eq!(frame[8..16], 7u64.to_be_bytes());
    assert_eq!(frame[16..24], 1u64.to_be_bytes());
    assert_eq!(&frame[32..], b"\xff\x01bytes");
    let answer = client.next().await["payload"].clone();
    assert_eq!((&answer["clientId"], &answer["length"]), (&json!(7), &json!(7)));
    assert!(answer.get("data").is_none(), "{answer}");
}

#[tokio::test]
async fn what_is_no_regular_file_is_an_error_and_never_a_hang() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    client.run("mkfifo fifo; mkdir folder; ln -s /dev/zero zero; ln -s fifo link; ln -s loop loop").await;
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
    let kernel = ["/proc/kmsg", "/proc/self/status", "/sys/kernel/uevent_seqnum"];
    let kernel = kernel.into_iter().filter(|path| Path::new(path).exists());
    let others = ["fifo", "folder", "zero", "link", "socket", "/dev/zero", "/dev/tty", "/dev/null"];
    for path in others.into_iter().chain(kernel) {
        let answer = ask(&mut client, json!({"type": "read", "path": path})).await;
        assert_eq!(answer["result"], "error", "{path}: {answer}");
        let code = answer["code"].as_str().unwrap();
        // Who is not root may not even open some of what the kernel makes.
        let refused = code == "wrong-kind" || code == "not-permitted" && path.starts_with("/proc");
        assert!(refused, "{path}: {answer}");
    }
    for (path, code) in [("none", "no-such-file"), ("loop", "file-failed"), ("fifo/x", "wrong-kind")] {
        let answer = ask(&mut client, json!({"type": "read", "path": path})).await;
        assert_eq!(answer["code"], code, "{path}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(path), "{answer}");
    }
    let listed = ask(&mut client, json!({"type": "list", "path": "fifo"})).await;
    assert_eq!(listed["code"], "wrong-kind");
}

#[tokio::test]
async fn bad_paths_and_fields_are_refused_each_with_its_answer() {
    let server = TestServer::start().await;
    let (mut client, _) = in_a_folder(&server, &["files"]).await;
    let long = "x/".repeat(4000);
    for (payload, code) in [
        (json!({"type": "stat", "path": "a\0b"}), "bad-message"),
        (json!({"type": "stat", "path": {"base64": "*"}}), "bad-message"),
        (json!({"type": "stat", "path": 5}), "bad-message"),
        (json!({"type": "stat"}), "bad-message"),
        (json!({"type": "dance", "path": "a"}), "bad-message"),
        (json!({"path": "a"}), "bad-message"),
        (json!({"type": "read", "path": "a", "offset": -1}), "bad-message"),
        (json!({"type": "read", "path": "a", "offset": 1.5}), "bad-message"),
        (json!({"type": "stat", "path": long}), "file-failed"),
    ] {
        let mut payload = payload;
        payload["clientId"] = json!(3);
        let answer = ask(&mut client, payload.clone()).await;
        assert_eq!(answer["code"], code, "{payload}: {answer}");
        assert_eq!(answer["clientId"], 3, "{payload}");
        assert!(answer["message"].as_str().unwrap().len() < 600, "{answer}");
    }
    let mut bare = server.client().await;
    let answer = ask(&mut bare, json!({"type": "list", "path": "/"})).await;
    assert_eq!(answer["code"], "feature-missing");
}

#[tokio::test]
async fn a_folder_that_may_be_read_but_not_entered_tells_names() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let closed = folder.join("closed");
    fs::create_dir(&closed).unwrap();
    symlink("x", closed.join("name")).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o400)).unwrap();
    let answer = ask(&mut client, json!({"type": "list", "path": "closed"})).await;
    assert_eq!(names(&answer), ["name"]);
    // Root may enter whatever the bits say.
    let kind = &answer["entries"][0]["kind"];
    assert!(*kind == "unknown" || *kind == "symlink", "{answer}");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[tokio::test]
async fn answers_that_nobody_takes_hold_only_their_own_client_back() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::write(folder.join("big"), vec![b'x'; 1 << 20]).unwrap();
    for client_id in 0..40 {
        client
            .send(json!({"type": "files", "payload": {"type": "read", "path": "big", "clientId": client_id}}))
            .await;
    }
    // The other client is served while 10 MB wait for the first one.
    let mut other = server.client_with(&["files"]).await;
    let path = folder.join("big");
    let answer = ask(&mut other, json!({"type": "stat", "path": path})).await;
    assert_eq!(answer["entry"]["size"], 1 << 20);
    let mut seen = Vec::new();
    while seen.len() < 40 {
        let answer = client.next_where(|message| message["type"] == "files").await;
        seen.push(answer["payload"]["clientId"].as_u64().unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..40).collect::<Vec<_>>());
}
