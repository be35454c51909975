//! What ends or goes with time: by time that passes, whatever the system's clock is set to.

use std::os::unix::fs::DirBuilderExt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use engine::{Settings, TimeSource, TokenStoreKind};
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A time that stands until the test moves it.
#[derive(Debug)]
pub(crate) struct TimeByHand(Mutex<(SystemTime, Duration)>);

impl TimeByHand {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((SystemTime::now(), Duration::ZERO))))
    }

    /// Lets time pass, on the system's clock too.
    pub(crate) fn pass(&self, time: Duration) {
        let mut state = self.0.lock().unwrap();
        *state = (state.0 + time, state.1 + time);
    }

    /// Sets the system's clock forward by so many days, or back.
    fn set_by(&self, days: i64) {
        let mut state = self.0.lock().unwrap();
        let by = DAY * u32::try_from(days.abs()).unwrap();
        state.0 = if days < 0 { state.0 - by } else { state.0 + by };
    }
}

impl TimeSource for TimeByHand {
    fn system(&self) -> SystemTime {
        self.0.lock().unwrap().0
    }

    fn passed(&self) -> Duration {
        self.0.lock().unwrap().1
    }
}

pub(crate) async fn server(time: &Arc<TimeByHand>) -> TestServer {
    server_with(time, |_| {}).await
}

async fn server_with(time: &Arc<TimeByHand>, change: impl FnOnce(&mut Settings)) -> TestServer {
    let time = Arc::clone(time);
    TestServer::with(|settings| {
        settings.token_store = TokenStoreKind::File;
        settings.limits.rounds = Duration::from_millis(20);
        settings.limits.sweep = Duration::from_millis(20);
        settings.time = time;
        change(settings);
    })
    .await
}

/// Leaves a session without a client, and gives its token.
async fn leave(server: &TestServer, client: TestClient) -> String {
    let session = client.session_token.clone();
    drop(client);
    server.until_left().await;
    session
}

async fn come_back(server: &TestServer, session: &str) -> Result<TestClient, Value> {
    let mut client = server.connect().await;
    let answer = client.rehydrate(session).await["payload"].take();
    if answer["result"] == "ok" { Ok(client) } else { Err(answer["code"].clone()) }
}

async fn history(client: &mut TestClient) -> Vec<String> {
    client.send(json!({"type": "history", "payload": {}})).await;
    let answer = client.next_where(|message| message["type"] == "history").await;
    let commands = answer["payload"]["commands"].as_array().unwrap();
    commands.iter().map(|command| command["command"].as_str().unwrap().to_owned()).collect()
}

/// Returns when that command is in the history no more, with what is.
async fn until_gone(client: &mut TestClient, command: &str) -> Vec<String> {
    loop {
        let left = history(client).await;
        if !left.iter().any(|text| text == command) {
            return left;
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_set_ends_no_session_and_keeps_none_for_longer() {
    let time = TimeByHand::new();
    let server = server(&time).await;
    let mut session = leave(&server, server.client().await).await;
    for days in [3650, -7300, 3650] {
        time.set_by(days);
        let client = come_back(&server, &session).await.unwrap();
        session = leave(&server, client).await;
    }
    time.pass(23 * HOUR);
    time.set_by(-20);
    let client = come_back(&server, &session).await.unwrap();
    session = leave(&server, client).await;
    time.pass(DAY);
    time.set_by(-20);
    assert_eq!(come_back(&server, &session).await.err().unwrap(), "wrong-session");
}

#[tokio::test]
async fn a_running_command_keeps_its_session_for_days_and_the_time_counts_from_its_end() {
    let time = TimeByHand::new();
    let server = server(&time).await;
    let mut client = server.client().await;
    let flag = server.folder.path().join("flag");
    client.start(&format!("until test -e {}; do sleep 0.02; done; echo done", flag.display())).await;
    let session = leave(&server, client).await;
    for _ in 0..5 {
        time.pass(25 * HOUR);
        let client = come_back(&server, &session).await.unwrap();
        leave(&server, client).await;
    }
    time.pass(25 * HOUR);
    std::fs::write(flag, "").unwrap();
    let mut changed = server.engine.activity().changed();
    while server.engine.activity().snapshot().commands[0].exit_code.is_none() {
        changed.changed().await.unwrap();
    }
    time.pass(23 * HOUR);
    let mut client = come_back(&server, &session).await.unwrap();
    let update = client.next_where(|message| message["payload"]["status"] == "completed").await;
    assert!(update["payload"]["output"]["stdout"].as_str().unwrap().ends_with("done\n"), "{update}");
    leave(&server, client).await;
    time.pass(25 * HOUR);
    assert_eq!(come_back(&server, &session).await.err().unwrap(), "wrong-session");
}

/// What a crash would leave now, in a folder of its own.
fn remains(server: &TestServer) -> std::path::PathBuf {
    let remains = server.folder.path().join("remains");
    std::fs::DirBuilder::new().mode(0o700).create(&remains).unwrap();
    for entry in std::fs::read_dir(server.folder.path().join("data")).unwrap().flatten() {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), remains.join(entry.file_name())).unwrap();
        }
    }
    remains
}

#[tokio::test]
async fn a_session_in_use_is_kept_after_a_crash_however_long_it_was_in_use() {
    let time = TimeByHand::new();
    let crashed = server(&time).await;
    let client = crashed.client().await;
    let used = || {
        let store = rusqlite::Connection::open(crashed.folder.path().join("data/store.db")).unwrap();
        store.query_row("SELECT used FROM sessions", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let first = used();
    time.pass(3 * DAY);
    while used() == first {
        tokio::task::yield_now().await;
    }
    let remains = remains(&crashed);
    let server = server_with(&time, |settings| settings.data_dir = remains).await;
    assert!(come_back(&server, &client.session_token).await.is_ok());
}

#[tokio::test]
async fn history_grows_old_by_time_that_passes_and_not_by_a_clock_that_is_set() {
    let time = TimeByHand::new();
    let server = server(&time).await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo old").await;
    time.pass(340 * DAY);
    client.run("echo young").await;
    time.set_by(9000);
    client.run("echo from the future").await;
    time.set_by(-18_000);
    client.run("echo from the past").await;
    time.pass(26 * DAY);
    let mut left = until_gone(&mut client, "echo old").await;
    left.sort();
    assert_eq!(left, ["echo from the future", "echo from the past", "echo young"]);
    time.pass(340 * DAY);
    assert!(until_gone(&mut client, "echo from the future").await.is_empty());
}

#[tokio::test]
async fn over_a_restart_a_clock_that_was_set_back_counts_as_no_time_and_one_far_ahead_as_a_month() {
    let time = TimeByHand::new();
    let server = server(&time).await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo old").await;
    time.pass(340 * DAY);
    client.run("echo young").await;
    let session = leave(&server, client).await;

    time.set_by(-9000);
    let server = server.restarted().await;
    let client = come_back(&server, &session).await.unwrap();
    leave(&server, client).await;

    time.set_by(18_000);
    let server = server.restarted().await;
    assert_eq!(come_back(&server, &session).await.err().unwrap(), "wrong-session");
    let mut client = server.client_with(&["history"]).await;
    assert_eq!(until_gone(&mut client, "echo old").await, ["echo young"]);
}
