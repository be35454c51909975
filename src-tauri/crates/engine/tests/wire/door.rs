//! The door: hosts, origins, paths, pages, and garbage on the port.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;

use crate::client::{TestClient, tls};
use crate::server::TestServer;

async fn get(server: &TestServer, head: &str) -> String {
    let mut stream = tls(server.engine.address()).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_page_is_served_with_its_protecting_headers() {
    let server = TestServer::start().await;
    let host = server.engine.address();
    let answer = get(&server, &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: DENY",
        "referrer-policy: no-referrer",
    ] {
        assert!(answer.to_lowercase().contains(&header.to_lowercase()), "{header} in {answer}");
    }
}

#[tokio::test]
async fn a_request_under_a_foreign_host_name_is_turned_away() {
    let server = TestServer::start().await;
    let port = server.engine.address().port();
    let head = format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\nConnection: close\r\n\r\n");
    assert!(get(&server, &head).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn a_foreign_origin_is_turned_away_before_the_upgrade() {
    let server = TestServer::start().await;
    let refused = TestClient::connect_as(server.engine.address(), |request| {
        request.headers_mut().insert("Origin", "https://evil.example".parse().unwrap());
    })
    .await;
    match refused {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 403),
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn an_origin_that_the_user_allowed_comes_in_and_is_shown() {
    let server = TestServer::with(|settings| {
        settings.origins = vec!["https://terminal.example".into()];
    })
    .await;
    let mut client = TestClient::connect_as(server.engine.address(), |request| {
        request.headers_mut().insert("Origin", "https://terminal.example".parse().unwrap());
    })
    .await
    .unwrap();
    client.authenticate(&server.token(), &[]).await;
    let clients = server.engine.activity().snapshot().clients;
    assert_eq!(clients[0].origin.as_deref(), Some("https://terminal.example"));
}

#[tokio::test]
async fn the_websocket_is_at_the_root_and_at_ws_and_nowhere_else() {
    let server = TestServer::start().await;
    for (path, there) in [("/", true), ("/ws", true), ("/other", false)] {
        let connected = TestClient::connect_as(server.engine.address(), |request| {
            *request.uri_mut() = format!("wss://{}{path}", server.engine.address()).parse().unwrap();
        })
        .await;
        assert_eq!(connected.is_ok(), there, "{path}");
    }
}

#[tokio::test]
async fn plain_http_is_sent_to_https_and_a_plain_websocket_is_refused() {
    let server = TestServer::start().await;
    let address = server.engine.address();
    let ask = async |extra: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nHost: {address}\r\n{extra}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let redirected = ask("").await;
    assert!(redirected.starts_with("HTTP/1.1 308"), "{redirected}");
    assert!(redirected.contains(&format!("location: https://{address}/")), "{redirected}");
    let refused = ask("Connection: Upgrade\r\nUpgrade: websocket\r\n").await;
    assert!(refused.starts_with("HTTP/1.1 426"), "{refused}");
}

#[tokio::test]
async fn garbage_on_the_port_hurts_nobody() {
    let server = TestServer::start().await;
    for garbage in [&b"\x16\x03\x01garbage"[..], b"\0\0\0\0", b"GET / HTTP/9.9\r\n\r\n", b"\xff"] {
        let mut stream = TcpStream::connect(server.engine.address()).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
    assert_eq!(server.client().await.run("echo alive").await.stdout, "alive\n");
}
