//! What a bash tells of its jobs, as at a prompt.

use crate::fixture::{BASH, Session};
use engine::protocol::Streams;

/// The lines of what was printed, with every number of a process as `pid`.
fn lines(printed: &str) -> Vec<String> {
    let words = |line: &str| {
        let word = |word: &str| if word.parse::<u32>().is_ok() { "pid".to_owned() } else { word.to_owned() };
        line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
    };
    printed.lines().map(words).collect()
}

#[tokio::test]
async fn jobs_that_begin_are_told_by_their_number_and_last_process() {
    let session = Session::new(BASH).await;
    let printed = session.says("sleep 100 &").await;
    assert_eq!(lines(&printed), ["[1] pid"]);
    assert_eq!(printed, format!("[1] {}", session.says("echo $!").await));
    let printed = session.says("for i in 1 2; do sleep 100 | cat & done; echo on").await;
    assert_eq!(lines(&printed), ["on", "[2] pid", "[3] pid"]);
    assert!(printed.ends_with(&session.says("echo \"[3] $!\"").await), "{printed}");
    // One that has ended meanwhile is told of once, and what a signal of no consequence went to is not.
    let printed = session.says("sleep 0 & while kill -0 $! 2>/dev/null; do :; done").await;
    assert_eq!(printed, "[4]+  Done                    sleep 0\n");
    assert_eq!(session.says("kill -0 %1 && echo there").await, "there\n");
    // Nothing of what runs in the foreground.
    assert_eq!(session.says("(sleep 100 & echo within)").await, "within\n");
    assert_eq!(session.says("/bin/echo a | cat").await, "a\n");
}

#[tokio::test]
async fn jobs_that_end_or_are_stopped_are_told_of_after_the_next_command() {
    let session = Session::new(BASH).await;
    let stopped = session.says("sh -c 'kill -STOP $$'").await;
    assert_eq!(stopped, "\n[1]+  Stopped                 sh -c 'kill -STOP $$'\n");
    session.says("sleep 100 &").await;
    let killed = session.says("kill %2; while kill -0 %2 2>/dev/null; do :; done; echo on").await;
    assert_eq!(killed, "on\n[2]-  Terminated              sleep 100\n");
    assert_eq!(session.says("echo next").await, "next\n");
    // What was brought back to the foreground is seen to end there.
    assert_eq!(session.says("fg").await, "sh -c 'kill -STOP $$'\n");
    assert_eq!(session.says("echo last").await, "last\n");
}

#[tokio::test]
async fn jobs_are_told_of_after_a_program_beside_which_nothing_runs() {
    let session = Session::new(BASH).await;
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&script, "kill -STOP $$\n").unwrap();
    let program = format!("/bin/sh {}", script.path().display());
    session.says("unset PROMPT_COMMAND").await;
    assert_eq!(session.says(&program).await, format!("\n[1]+  Stopped                 {program}\n"));
    session.says("kill -KILL %1; while kill -0 %1 2>/dev/null; do :; done").await;
    session.says("sleep 100 &").await;
    std::fs::write(
        &script,
        "until pkill -P $PPID -x sleep; do :; done; while pgrep -P $PPID -x sleep; do :; done\n",
    )
    .unwrap();
    assert_eq!(session.says(&program).await, "[1]+  Terminated              sleep 100\n");
    assert_eq!(session.says("/bin/echo next").await, "next\n");
}

#[tokio::test]
async fn what_is_told_of_jobs_is_on_stderr_and_none_of_it_comes_to_a_command_without_a_terminal() {
    let session = Session::new(BASH).await;
    let printed = session.run("sleep 100 & echo on", Streams::Split).await;
    assert_eq!((printed.out.as_str(), lines(&printed.err)), ("on\r\n", vec!["[1] pid".to_owned()]));
    let printed = session.run("sleep 100 >&- 2>&- & kill %1; echo on", Streams::Pipes).await;
    assert_eq!((printed.out.as_str(), printed.err.as_str()), ("on\n", ""));
}
