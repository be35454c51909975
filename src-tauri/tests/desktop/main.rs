//! The desktop app on a real desktop: display, bus, keyring, tray and window, with a real client of its engine.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod client;
mod display;
mod keyring;
mod panel;
mod session;
mod window;

use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncBufReadExt as _;
use tokio::net::unix::pipe;

use client::Client;
use display::Display;
use panel::{Icon, Panel};
use session::{Group, Session};
use window::Window;

/// The app.
pub(crate) const APP: &str = env!("CARGO_BIN_EXE_porthole-app");

/// How long anything may take; only what is broken takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for `future`, and fails with `what` when it takes too long.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// The address in the menu's first line, once the engine runs.
async fn address(icon: &Icon) -> String {
    icon.menu_where("the address", |items| {
        items.iter().find_map(|item| item.label.strip_prefix("Running at ").map(str::to_owned))
    })
    .await
}

/// Makes a named pipe, to hear from a script.
fn listen(path: &Path) -> pipe::Receiver {
    rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).unwrap();
    pipe::OpenOptions::new().open_receiver(path).unwrap()
}

/// The next line; "" once nobody holds the pipe's other end.
async fn line(pipe: &mut pipe::Receiver) -> String {
    let mut line = String::new();
    within("a line", tokio::io::BufReader::new(pipe).read_line(&mut line)).await.unwrap();
    line.trim().to_owned()
}

#[tokio::test]
async fn a_clients_command_is_in_menu_and_window_and_is_killed_from_the_tray() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let data_dir = session.folder("data");
    let window = Window::open(&session, &["--port=0", &format!("--data-dir={}", data_dir.display())]).await;
    let icon = panel.icon().await;
    let address = address(&icon).await;
    icon.shows("tray-idle-on-dark").await;
    icon.item("0 clients, 0 commands").await;

    let token = keyring::token(&session.bus, &data_dir).await;
    assert_eq!(window.invoke("reveal_token", json!({})).await.unwrap(), json!(token));
    assert!(!window.reads(&address).await.contains(&token), "the token is hidden until it is asked for");
    let state = window.invoke("state", json!({})).await.unwrap();
    assert_eq!((&state["running"], &state["error"]), (&json!(true), &json!(null)));
    assert!(state["fingerprint"].as_str().unwrap().starts_with("sha256:"), "{state}");

    let mut client = Client::pair(&address, &data_dir, &token).await;
    let server_id = client.run("sleep 1000", 1).await;
    icon.item("1 client, 1 command").await;
    icon.shows("tray-running-on-dark").await;
    assert!(window.reads("sleep 1000").await.contains(client::NAME));
    window.picture("window.png").await;

    icon.choose("Kill: sleep 1000").await;
    client.completed(server_id).await;
    icon.item("1 client, 0 commands").await;
    icon.no_item("Kill:").await;
    icon.shows("tray-idle-on-dark").await;

    let state = window.invoke("state", json!({})).await.unwrap();
    window.invoke("disconnect_client", json!({ "id": state["clients"][0]["id"] })).await.unwrap();
    client.closed().await;
    icon.item("0 clients, 0 commands").await;
    assert!(window.reads("the tray disconnected").await.contains("came in with the token"));
}

#[tokio::test]
async fn kill_everything_ends_every_command_and_quit_ends_the_app_with_its_commands() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let data_dir = session.folder("data");
    let mut app = start(&session, &data_dir, &[]);
    let icon = panel.icon().await;
    let address = address(&icon).await;
    let token = keyring::token(&session.bus, &data_dir).await;
    let mut client = Client::pair(&address, &data_dir, &token).await;

    let first = client.run("sleep 1001", 1).await;
    let second = client.run("sleep 1002 && echo a_b", 2).await;
    icon.item("1 client, 2 commands").await;
    let commands: Vec<_> = icon
        .items()
        .await
        .into_iter()
        .map(|item| item.label)
        .filter(|label| label.starts_with("Kill: "))
        .collect();
    assert_eq!(commands, ["Kill: sleep 1001", "Kill: sleep 1002 && echo a_b"]);
    icon.choose("Kill everything").await;
    // In whichever order they end.
    icon.item("1 client, 0 commands").await;
    assert_ne!(first, second);

    // Deaf to the hangup that the end of any terminal brings, so that only an orderly end reaches it.
    let held = session.folder("held");
    let mut holder = listen(&held);
    client
        .run(&format!("sh -c 'trap \"\" HUP; exec 3> {}; echo runs >&3; exec sleep 120'", held.display()), 3)
        .await;
    assert_eq!(line(&mut holder).await, "runs");
    icon.choose("Quit Porthole").await;
    client.closed().await;
    let status = within("the app's end", app.process().wait()).await.unwrap();
    assert!(status.success(), "{status}");
    assert_eq!(line(&mut holder).await, "", "the command is gone and lets go of the pipe");
    assert!(keyring::token(&session.bus, &data_dir).await == token, "the token outlives the app");
}

#[tokio::test]
async fn closing_the_window_leaves_the_tray_and_a_second_start_shows_it_again() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let mut display = Display::of(&session);
    let data_dir = session.folder("data");
    let mut app = start(&session, &data_dir, &[]);
    let icon = panel.icon().await;
    // A first start shows the window.
    display.shows_window().await;
    address(&icon).await;

    display.close_window();
    display.shows_no_window().await;
    icon.choose("Show window").await;
    display.shows_window().await;

    display.close_window();
    display.shows_no_window().await;
    let mut second = start(&session, &data_dir, &[]);
    let status = within("the second start's end", second.process().wait()).await.unwrap();
    assert!(status.success(), "{status}");
    display.shows_window().await;
    assert!(app.process().try_wait().unwrap().is_none(), "the first one goes on");
}

#[tokio::test]
async fn a_start_after_the_first_stays_in_the_tray() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let mut display = Display::of(&session);
    let data_dir = session.folder("data");
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&data_dir).unwrap();
    let _app = start(&session, &data_dir, &[]);
    let icon = panel.icon().await;
    address(&icon).await;
    display.shows_no_window().await;
    icon.choose("Show window").await;
    display.shows_window().await;
}

#[tokio::test]
async fn a_taken_port_is_told_by_tray_and_window_until_retry_finds_it_free() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let data_dir = session.folder("data");
    let args = [format!("--port={port}"), format!("--data-dir={}", data_dir.display())];
    let window = Window::open(&session, &[&args[0], &args[1]]).await;
    let icon = panel.icon().await;
    icon.item("Porthole could not start").await;
    icon.shows("tray-attention-on-dark").await;
    let sentence = format!("Port {port} is taken");
    window.reads(&sentence).await;
    window.picture("window-error.png").await;
    assert!(window.invoke("reveal_token", json!({})).await.unwrap_err().starts_with(&sentence));
    window.invoke("retry", json!({})).await.unwrap();
    icon.shows("tray-attention-on-dark").await;

    drop(taken);
    window.click("[data-testid=retry]").await;
    assert!(address(&icon).await.ends_with(&format!(":{port}")));
    icon.shows("tray-idle-on-dark").await;
    window.reads_no_more(&sentence).await;
}

#[tokio::test]
async fn the_page_is_opened_by_its_address_alone_and_the_token_goes_to_the_clipboard() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let data_dir = session.folder("data");
    let opened = session.folder("opened");
    session.program("xdg-open", &format!("echo \"$@\" > {}", opened.display()));
    let mut browser = listen(&opened);

    let window = Window::open(&session, &["--port=0", &format!("--data-dir={}", data_dir.display())]).await;
    let icon = panel.icon().await;
    let address = address(&icon).await;
    icon.choose("Open web terminal").await;
    assert_eq!(line(&mut browser).await.trim_end_matches('/'), address);

    window.invoke("copy_token", json!({})).await.unwrap();
    window
        .evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
        .await;
    window.type_into("#paste", "\u{e009}v\u{e000}").await;
    let token = keyring::token(&session.bus, &data_dir).await;
    assert_eq!(window.evaluate("return document.getElementById('paste').value").await, json!(token));

    window.invoke("rotate_token", json!({})).await.unwrap();
    let rotated = keyring::token(&session.bus, &data_dir).await;
    assert_ne!(rotated, token);
    assert_eq!(window.invoke("reveal_token", json!({})).await.unwrap(), json!(rotated));
}

#[tokio::test]
async fn without_a_display_it_serves_alone_and_ends_in_order() {
    let session = Session::start().await;
    let data_dir = session.folder("data");
    let mut command = session.command(APP);
    command
        .env_remove("DISPLAY")
        .arg("--port=0")
        .arg("--data-dir")
        .arg(&data_dir)
        .arg("--token-store=memory");
    let mut app = Group::start(command.stdout(Stdio::piped()));
    let mut lines = tokio::io::BufReader::new(app.process().stdout.take().unwrap()).lines();
    let first = within("the message", lines.next_line()).await.unwrap().unwrap();
    assert!(first.starts_with("There is no display here"), "{first}");
    let second = within("the address", lines.next_line()).await.unwrap().unwrap();
    assert!(second.contains("https://"), "{second}");
    ends_at_a_signal(&mut app).await;
}

#[tokio::test]
async fn started_in_a_terminal_it_says_where_the_page_is() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let mut command = session.command(APP);
    command.arg("--port=0").arg("--data-dir").arg(session.folder("data")).stdout(Stdio::piped());
    let mut app = Group::start(&mut command);
    let address = address(&panel.icon().await).await;
    let mut lines = tokio::io::BufReader::new(app.process().stdout.take().unwrap()).lines();
    let told = within("the message", lines.next_line()).await.unwrap().unwrap();
    assert!(told.contains(&address), "{told}");
    ends_at_a_signal(&mut app).await;
}

#[tokio::test]
async fn a_signal_ends_the_app_in_order_even_while_it_starts() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let mut app = start(&session, &session.folder("data"), &[]);
    panel.icon().await;
    ends_at_a_signal(&mut app).await;
}

#[tokio::test]
async fn a_stop_over_the_control_socket_ends_the_app() {
    let session = Session::start().await;
    let mut panel = Panel::open(&session.bus).await;
    let data_dir = session.folder("data");
    let mut app = start(&session, &data_dir, &[]);
    address(&panel.icon().await).await;
    let mut control =
        within("the control socket", engine::control::Client::connect(&data_dir)).await.unwrap();
    within("the answer", control.stop()).await.unwrap();
    let status = within("the app's end", app.process().wait()).await.unwrap();
    assert!(status.success(), "{status}");
}

async fn ends_at_a_signal(app: &mut Group) {
    let pid = rustix::process::Pid::from_raw(app.process().id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let status = within("the app's end", app.process().wait()).await.unwrap();
    assert!(status.success(), "{status}");
}

fn start(session: &Session, data_dir: &Path, args: &[&str]) -> Group {
    Group::start(session.command(APP).arg("--port=0").arg("--data-dir").arg(data_dir).args(args))
}
