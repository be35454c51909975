//! No process outlives what it belongs to.

use crate::fixture::{BASH, Session, finish, until};
use engine::Limits;
use engine::protocol::Streams;
use engine::shell::Shells;
use std::time::Duration;

/// Starts 200 processes that leave their process group, session and parent, and ignore TERM and HUP.
const DAEMONS: &str = "for i in $(seq 200); do \
    (trap '' TERM HUP; setsid sh -c \"trap '' TERM HUP; sleep 3MARK & exec sleep 3MARK\" >/dev/null 2>&1 &) \
    done; while [ $(pgrep -fc 'sleep [3]MARK') -lt 400 ]; do sleep 0.05; done; echo ready";

fn count(mark: &str) -> usize {
    let wanted = format!("sleep\x003{mark}\x00");
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| line == wanted.as_bytes())
        .count()
}

async fn gone(mark: &str) {
    for _ in 0..600 {
        if count(mark) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} processes are left", count(mark));
}

fn limits() -> Limits {
    Limits { kill_grace: Duration::from_millis(300), ..Limits::default() }
}

#[tokio::test]
async fn stopping_a_session_ends_daemons_that_ignore_term() {
    let session = Session::with(BASH, &limits()).await;
    let mark = "1001";
    session.exact(&DAEMONS.replace("MARK", mark)).await;
    assert_eq!(count(mark), 400);
    session.shell.stop().await;
    assert_eq!(count(mark), 0);
    session.shells.stop().await;
}

#[tokio::test]
async fn killing_a_command_ends_what_it_left_behind_and_nothing_else() {
    let session = Session::with(BASH, &limits()).await;
    session.exact("sleep 31002 & sleep 0.1").await;
    let mut running =
        session.begin(&format!("{}; sleep 31003", DAEMONS.replace("MARK", "1004")), Streams::Exact).await;
    until(&mut running, "ready").await;
    running.control().kill();
    finish(&mut running).await;
    gone("1004").await;
    gone("1003").await;
    assert_eq!(count("1002"), 1);
    assert_eq!(session.says("echo on").await, "on\n");
    session.shell.stop().await;
    assert_eq!(count("1002"), 0);
}

/// A home whose rc file starts a program that holds a lock, and gives it back when it is told to end.
#[allow(unsafe_code)]
fn home_with_a_lock() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let program = "mkdir ~/lock; trap 'sleep 0.5; rmdir ~/lock; exit' TERM HUP; : >~/started; \
                   while :; do sleep 0.05; done";
    std::fs::write(home.path().join(".bashrc"), format!("sh -c \"{program}\"\n")).unwrap();
    // SAFETY: set before any shell of this process is started; a test has a process of its own.
    unsafe { std::env::set_var("HOME", home.path()) };
    home
}

#[tokio::test]
async fn a_shell_that_is_stopped_within_its_rc_files_gives_its_locks_back() {
    let home = home_with_a_lock();
    let folder = tempfile::tempdir().unwrap();
    let shells = Shells::start(Some(BASH.into()), folder.path(), &Limits::default()).await.unwrap();
    while !home.path().join("started").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(home.path().join("lock").exists());
    shells.stop().await;
    assert!(!home.path().join("lock").exists());
}

#[test]
fn killing_the_engine_ends_every_process_of_its_sessions() {
    let name = "orphans::an_engine_that_waits_to_be_killed";
    let mut engine = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while count("1005") < 400 {
        assert_eq!(engine.try_wait().unwrap(), None);
        std::thread::sleep(Duration::from_millis(20));
    }
    engine.kill().unwrap();
    engine.wait().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(gone("1005"));
}

#[tokio::test]
#[ignore = "the process that another test starts and kills"]
async fn an_engine_that_waits_to_be_killed() {
    let session = Session::new(BASH).await;
    let mut running =
        session.begin(&format!("{}; sleep 60", DAEMONS.replace("MARK", "1005")), Streams::Exact).await;
    finish(&mut running).await;
}
