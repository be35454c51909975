//! Ends of the engine at any moment: what a client was told is there afterwards.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use rusqlite::{Connection, OpenFlags};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::client::TestClient;
use crate::process::{Serving, porthole, wait};

/// Kills of one test run; the variable `PORTHOLE_KILLS` says another number.
const KILLS: usize = 20;

/// Commands whose answers a client waits for at once.
const OUTSTANDING: usize = 6;

/// What a client was told of its commands: text, and the exit code once it was told that, too.
#[derive(Default)]
struct Told(BTreeMap<u64, (String, Option<i64>)>);

fn serve(home: TempDir) -> Serving {
    let mut command = porthole(home.path());
    command.args(["serve", "--port", "0", "--json", "--token-store", "file"]);
    Serving::spawn(&mut command, home)
}

async fn attach(serving: &Serving, session: Option<&str>) -> (TestClient, Value) {
    let wss = serving.first_line["wss"].as_str().unwrap();
    let address: SocketAddr = wss.trim_start_matches("wss://").trim_end_matches('/').parse().unwrap();
    let mut client = TestClient::connect(address).await;
    let mut payload = json!({"features": ["details"]});
    match session {
        Some(session) => payload["sessionToken"] = json!(session),
        None => payload["token"] = serving.first_line["token"].clone(),
    }
    client.send(json!({"type": "authentication", "payload": payload})).await;
    let answer = client.next().await["payload"].clone();
    assert_eq!(answer["result"], "ok", "{answer}");
    (client, answer)
}

impl Told {
    /// Sends commands one after the other and reads what is told, until the socket breaks.
    async fn load(&mut self, client: &mut TestClient, round: usize) {
        let mut sent = 0;
        let mut open = 0;
        loop {
            while open < OUTSTANDING {
                let text = format!("echo round {round} command {sent}; (exit {})", sent % 7);
                let message = json!({"type": "command", "payload": {"command": text}});
                let text = Message::text(message.to_string());
                if futures_util::SinkExt::send(&mut client.socket, text).await.is_err() {
                    return;
                }
                (sent, open) = (sent + 1, open + 1);
            }
            let read = timeout(Duration::from_secs(60), client.socket.next()).await;
            let Ok(Some(Ok(message))) = read else { return };
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            let payload = &message["payload"];
            let server_id = payload["serverId"].as_u64();
            match (message["type"].as_str().unwrap(), server_id) {
                ("command", Some(server_id)) => {
                    let text = payload["command"].as_str().unwrap().to_owned();
                    self.0.insert(server_id, (text, None));
                }
                ("update", Some(server_id)) if payload["status"] == "completed" => {
                    let ended = payload["exitCode"].as_i64();
                    if let Some(told) = self.0.get_mut(&server_id)
                        && told.1.is_none()
                    {
                        told.1 = ended;
                        open -= 1;
                    }
                }
                // Too many at once: the next end makes room.
                ("command", None) => open -= 1,
                _ => {}
            }
        }
    }

    /// Every command that was answered is listed, and every end that was told is as it was.
    fn check(&self, answer: &Value) {
        let listed: BTreeMap<_, _> = answer["commands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|command| (command["serverId"].as_u64().unwrap(), command))
            .collect();
        // The engine gives back the newest 200.
        let oldest = listed.keys().next().copied().unwrap_or_default();
        assert!(listed.len() >= self.0.len().min(200), "{} of {}", listed.len(), self.0.len());
        for (server_id, (text, exit_code)) in self.0.range(oldest..) {
            let command = listed.get(server_id).unwrap_or_else(|| panic!("{server_id} is lost: {text}"));
            assert_eq!(command["command"], *text);
            assert_eq!(command["status"], "completed", "{command}");
            if let Some(exit_code) = exit_code {
                assert_eq!(command["exitCode"], *exit_code, "{command}");
            }
        }
    }
}

fn check_integrity(data_dir: &Path) {
    let store = data_dir.join("store.db");
    let connection = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

#[test]
fn nothing_that_a_client_was_told_is_lost_when_the_engine_is_killed_under_load() {
    let kills = std::env::var("PORTHOLE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let runtime = Runtime::new().unwrap();
    let mut home = TempDir::new().unwrap();
    let mut session: Option<String> = None;
    let mut told = Told::default();
    for round in 0..kills {
        let mut serving = serve(home);
        let (mut client, answer) = runtime.block_on(attach(&serving, session.as_deref()));
        if session.is_some() {
            told.check(&answer);
            check_integrity(&serving.data_dir());
        }
        session = Some(answer["sessionToken"].as_str().unwrap().to_owned());
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let moment = Duration::from_micros(u64::from(clock.subsec_micros()) % 250_000);
        runtime.block_on(async {
            let killing = async {
                tokio::time::sleep(moment).await;
                serving.signal(Signal::KILL);
            };
            tokio::join!(told.load(&mut client, round), killing);
        });
        wait(&mut serving.child.0);
        check_integrity(&serving.data_dir());
        home = serving.into_home();
    }
    let serving = serve(home);
    let (_, answer) = runtime.block_on(attach(&serving, session.as_deref()));
    told.check(&answer);
    let ends = told.0.values().filter(|(_, end)| end.is_some()).count();
    println!("{kills} kills, {} commands answered, {ends} ends told", told.0.len());
    assert!(ends > 0);
}

#[test]
fn a_command_that_ran_when_the_engine_was_killed_is_lost_and_one_that_ran_at_its_orderly_end_is_not() {
    let runtime = Runtime::new().unwrap();
    for (number, lost) in [(Signal::KILL, json!(true)), (Signal::TERM, Value::Null)] {
        let mut serving = serve(TempDir::new().unwrap());
        let session = runtime.block_on(async {
            let (mut client, answer) = attach(&serving, None).await;
            let running = client.start("cd /usr; echo ready; sleep 1000").await;
            client.until_stdout(&running["payload"]["serverId"], |stdout| stdout == "ready\n").await;
            answer["sessionToken"].as_str().unwrap().to_owned()
        });
        serving.signal(number);
        wait(&mut serving.child.0);
        let serving = serve(serving.into_home());
        let (mut client, answer) = runtime.block_on(attach(&serving, Some(&session)));
        let command = &answer["commands"][0];
        assert_eq!((&command["status"], &command["lost"]), (&json!("completed"), &lost), "{answer}");
        assert_ne!(command["end"], "");
        if lost == true {
            let fits = |message: &Value| message["type"] == "update";
            let update = runtime.block_on(client.next_where(fits))["payload"].clone();
            assert_eq!((&update["lost"], &update["status"]), (&lost, &json!("completed")), "{update}");
            assert!(update.get("exitCode").is_none(), "{update}");
        }
    }
}
