//! Downloads: files fetched over HTTP by an address that opens one file, for a short time, while its session lives.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{TestClient, tls};
use crate::files::{ask, in_a_folder};
use crate::server::TestServer;

struct Fetched {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Fetched {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

async fn fetch(server: &TestServer, method: &str, url: &str, extra: &str) -> Fetched {
    let address = server.engine.address();
    let mut stream = tls(address).await;
    let head = format!("{method} {url} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{extra}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8(answer[..end].to_vec()).unwrap();
    Fetched { status: headers[9..12].parse().unwrap(), headers, body: answer[end + 4..].to_vec() }
}

async fn ticket(client: &mut TestClient, path: &str) -> Value {
    let answer = ask(client, json!({"type": "download", "path": path})).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    answer
}

async fn url(client: &mut TestClient, path: &str) -> String {
    ticket(client, path).await["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_large_file_is_fetched_whole_to_be_saved_and_never_shown() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let content: Vec<u8> = (0..3_000_000u32).map(|number| (number * 7 % 255) as u8).collect();
    fs::write(folder.join("evil \"é.html"), &content).unwrap();
    let answer = ticket(&mut client, "evil \"é.html").await;
    assert_eq!((&answer["size"], &answer["seconds"]), (&json!(3_000_000), &json!(60)));
    let url = answer["url"].as_str().unwrap();
    let fetched = fetch(&server, "GET", url, "").await;
    assert_eq!(fetched.status, 200);
    assert!(fetched.body == content);
    for (name, value) in [
        ("content-length", "3000000"),
        ("content-type", "application/octet-stream"),
        (
            "content-disposition",
            "attachment; filename=\"evil __.html\"; filename*=UTF-8''evil%20%22%C3%A9.html",
        ),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(fetched.header(name), Some(value), "{}", fetched.headers);
    }
    let head = fetch(&server, "HEAD", url, "").await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("3000000")));
    assert!(head.body.is_empty());
    assert_eq!(fetch(&server, "POST", url, "").await.status, 405);
}

#[tokio::test]
async fn a_range_goes_on_where_a_download_broke_off_unless_the_file_changed() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::write(folder.join("data"), "0123456789").unwrap();
    let url = url(&mut client, "data").await;
    let part = fetch(&server, "GET", &url, "Range: bytes=4-\r\n").await;
    assert_eq!((part.status, part.header("content-range")), (206, Some("bytes 4-9/10")));
    assert_eq!(part.body, b"456789");
    let tag = part.header("etag").unwrap().to_owned();
    let beyond = fetch(&server, "GET", &url, "Range: bytes=10-\r\n").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */10")));
    let same = fetch(&server, "GET", &url, &format!("Range: bytes=8-\r\nIf-Range: {tag}\r\n")).await;
    assert_eq!((same.status, &same.body[..]), (206, &b"89"[..]));
    fs::write(folder.join("data"), "another text").unwrap();
    let changed = fetch(&server, "GET", &url, &format!("Range: bytes=8-\r\nIf-Range: {tag}\r\n")).await;
    assert_eq!((changed.status, &changed.body[..]), (200, &b"another text"[..]));
}

#[tokio::test]
async fn an_address_opens_one_file_and_nothing_that_took_its_place() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::write(folder.join("a"), "a").unwrap();
    fs::write(folder.join("b"), "b").unwrap();
    let good = url(&mut client, "a").await;
    let other = url(&mut client, "b").await;
    // The signature of one with the content of the other.
    let mixed = format!("{}{}", &good[..60], &other[60..]);
    let cut = &good[..good.len() - 4];
    for url in [&mixed[..], cut, "/download/", "/download/x", &format!("{good}/../b"), &format!("{good}A")] {
        assert_eq!(fetch(&server, "GET", url, "").await.status, 403, "{url}");
    }
    assert_eq!(fetch(&server, "GET", &good, "").await.body, b"a");
    fs::rename(folder.join("b"), folder.join("a")).unwrap();
    assert_eq!(fetch(&server, "GET", &good, "").await.status, 404);
    fs::remove_file(folder.join("a")).unwrap();
    assert_eq!(fetch(&server, "GET", &good, "").await.status, 404);
    for path in ["/dev/zero", "/proc/kmsg", ".", "none"] {
        let answer = ask(&mut client, json!({"type": "download", "path": path})).await;
        assert_eq!(answer["result"], "error", "{path}");
    }
}

#[tokio::test]
async fn an_address_is_over_with_its_time_its_session_or_its_engine() {
    let server = TestServer::with(|settings| {
        settings.limits.download_ticket = Duration::from_millis(200);
    })
    .await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::write(folder.join("a"), "a").unwrap();
    let url_of_old = url(&mut client, "a").await;
    while fetch(&server, "GET", &url_of_old, "").await.status == 200 {}
    assert_eq!(fetch(&server, "GET", &url_of_old, "").await.status, 403);

    let server = TestServer::start().await;
    let mut client = server.client_with(&["files"]).await;
    let path = folder.join("a");
    let url_of_ended = url(&mut client, path.to_str().unwrap()).await;
    assert_eq!(fetch(&server, "GET", &url_of_ended, "").await.status, 200);
    server.engine.rotate_token().await.unwrap();
    assert_eq!(fetch(&server, "GET", &url_of_ended, "").await.status, 403);

    let server = server.restarted().await;
    let mut client = server.client_with(&["files"]).await;
    let fresh = url(&mut client, path.to_str().unwrap()).await;
    assert_eq!(fetch(&server, "GET", &fresh, "").await.status, 200);
    assert_eq!(fetch(&server, "GET", &url_of_ended, "").await.status, 403);
}

#[tokio::test]
async fn a_download_under_way_ends_with_its_session_or_when_nobody_takes_it() {
    let server = TestServer::with(|settings| {
        settings.limits.pages = Duration::from_millis(300);
        settings.limits.downloads = 1;
    })
    .await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    let file = fs::File::create(folder.join("huge")).unwrap();
    file.set_len(1 << 40).unwrap();
    let url = url(&mut client, "huge").await;
    let address = server.engine.address();
    let head = format!("GET {url} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut idle = tls(address).await;
    idle.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 1000];
    idle.read_exact(&mut first).await.unwrap();
    // One at a time; the one that nobody reads gives its place back.
    while fetch(&server, "HEAD", &url, "").await.status == 503 {}
    let mut taken = tls(address).await;
    taken.write_all(head.as_bytes()).await.unwrap();
    taken.read_exact(&mut first).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&first));
    server.engine.rotate_token().await.unwrap();
    let mut rest = vec![0; 1 << 20];
    while !matches!(taken.read(&mut rest).await, Ok(0) | Err(_)) {}
}

#[tokio::test]
async fn the_address_needs_the_feature_and_the_right_host() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::write(folder.join("a"), "a").unwrap();
    let url = url(&mut client, "a").await;
    let mut stream = tls(server.engine.address()).await;
    let head = format!("GET {url} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let mut bare = server.client().await;
    let refused = ask(&mut bare, json!({"type": "download", "path": "/etc/hostname"})).await;
    assert_eq!(refused["code"], "feature-missing");
}
