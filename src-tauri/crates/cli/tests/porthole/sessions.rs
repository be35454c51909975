//! Sessions of a real server: nothing of them outlives it, nothing piles up in it, and a missing home is said.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::client::TestClient;
use crate::process::{PATIENCE, Serving, finished, porthole, wait};

/// Starts 200 pairs of processes that leave their group, session and parent, and are deaf to TERM and HUP.
const DAEMONS: &str = "for i in $(seq 200); do \
    (trap '' TERM HUP; setsid sh -c \"trap '' TERM HUP; sleep MARK & exec sleep MARK\" >/dev/null 2>&1 &) \
    done; while [ $(pgrep -fxc 'sleep MARK') -lt 400 ]; do sleep 0.05; done; echo ready";

async fn attach(serving: &Serving) -> TestClient {
    let wss = serving.first_line["wss"].as_str().unwrap();
    let address: SocketAddr = wss.trim_start_matches("wss://").trim_end_matches('/').parse().unwrap();
    let mut client = TestClient::connect(address).await;
    let token = serving.first_line["token"].as_str().unwrap();
    client.authenticate(token, &["details", "format", "streams", "processes"]).await;
    client
}

fn left(mark: &str) -> usize {
    let wanted = format!("sleep\0{mark}\0");
    let lines = fs::read_dir("/proc").unwrap();
    lines
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| line == wanted.as_bytes())
        .count()
}

#[test]
fn a_server_that_ends_or_is_killed_leaves_none_of_200_deaf_daemons() {
    let runtime = Runtime::new().unwrap();
    for (mark, number) in [("6001", Signal::TERM), ("6002", Signal::KILL)] {
        let mut serving = Serving::start();
        runtime.block_on(async {
            let mut client = attach(&serving).await;
            let daemons = DAEMONS.replace("MARK", mark);
            let finished = client.run_with(&daemons, json!({"format": "text"})).await;
            assert_eq!(finished.stdout, "ready\n", "{finished:?}");
        });
        assert_eq!(left(mark), 400);
        serving.signal(number);
        wait(&mut serving.child.0);
        // The keepers outlive a server that was killed for as long as they need to end what is left.
        let begin = std::time::Instant::now();
        while left(mark) > 0 {
            assert!(begin.elapsed() < PATIENCE, "{} are left", left(mark));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn memory(process: &Path) -> u64 {
    let status = fs::read_to_string(process.join("status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

fn descriptors(process: &Path) -> usize {
    fs::read_dir(process.join("fd")).unwrap().count()
}

#[test]
fn two_thousand_commands_of_one_session_leave_memory_and_descriptors_as_they_were() {
    let serving = Serving::start();
    let server = Path::new("/proc").join(serving.child.0.id().to_string());
    Runtime::new().unwrap().block_on(async {
        let mut client = attach(&serving).await;
        // Counted by the shell itself: right after the end of a command it still has its state to tell.
        let (of_shell, exact) = ("echo /proc/$$/fd/*", json!({"format": "text", "streams": "exact"}));
        let mut before = None;
        for number in 0..2000 {
            let mode = ["split", "exact", "pipes"][number % 3];
            let text = format!("echo {number}; echo {number} >&2; x={number}; sh -c 'exit 3'");
            let finished = client.run_with(&text, json!({"format": "text", "streams": mode})).await;
            assert_eq!(finished.stdout.lines().next(), Some(number.to_string().as_str()), "{finished:?}");
            assert_eq!(finished.last["payload"]["exitCode"], 3, "{finished:?}");
            // By then as many completed commands are kept as may be.
            if number == 500 {
                let of_shell = client.run_with(of_shell, exact.clone()).await.stdout;
                before = Some((memory(&server), descriptors(&server), of_shell));
            }
        }
        let (memory_before, descriptors_before, of_shell_before) = before.unwrap();
        let grown = memory(&server).saturating_sub(memory_before);
        println!("{memory_before} KiB at 500 commands, {grown} KiB more at 2,000");
        assert!(grown < 4096, "{memory_before} KiB became {grown} KiB more");
        assert!(descriptors(&server) <= descriptors_before + 4, "{descriptors_before} became more");
        assert_eq!(client.run_with(of_shell, exact).await.stdout, of_shell_before);
        client.send(json!({"type": "processes", "payload": {}})).await;
        let left = client.next_where(|message| message["type"] == "processes").await;
        assert_eq!(left["payload"]["total"], 0, "{left}");
    });
}

#[test]
fn a_home_that_is_not_there_is_said_when_the_server_starts_and_when_a_session_does() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    let data_dir = folder.path().join("data");
    let serve = || {
        let mut command = porthole(&home);
        command
            .args(["serve", "--port", "0", "--json", "--token-store", "memory", "--data-dir"])
            .arg(&data_dir);
        command
    };
    let (code, stdout, stderr) = finished(&mut serve());
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains(home.to_str().unwrap()) && stderr.lines().count() == 1, "{stderr}");

    fs::create_dir(&home).unwrap();
    let serving = Serving::spawn(&mut serve(), folder);
    Runtime::new().unwrap().block_on(async {
        let mut first = attach(&serving).await;
        first.run("cd /usr").await;
        fs::remove_dir_all(&home).unwrap();
        let mut second = attach(&serving).await;
        let refused = second.start("echo hi").await;
        assert_eq!(refused["payload"]["code"], "shell-failed", "{refused}");
        assert!(
            refused["payload"]["message"].as_str().unwrap().contains(home.to_str().unwrap()),
            "{refused}"
        );
        let more = json!({"format": "text"});
        assert_eq!(first.run_with("pwd", more.clone()).await.stdout, "/usr\n", "what had begun goes on");
        fs::create_dir(&home).unwrap();
        let begun: Value = second.start_with("pwd", more).await;
        assert_eq!(second.finish(begun).await.stdout.trim_end(), home.to_str().unwrap());
    });
}
