//! Streams, terminals and sizes.

use crate::fixture::{BASH, DASH, FISH, Session, ZSH, finish, installed, until};
use engine::protocol::{Size, Streams};
use engine::shell::{Event, Request};

#[tokio::test]
async fn every_mode_shows_programs_the_terminals_it_promises() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let text = "sh -c 'for n in 0 1 2; do test -t $n && printf y || printf n; done; echo; echo e >&2'";
        for _ in 0..2 {
            let exact = session.run(text, Streams::Exact).await;
            assert_eq!((exact.out.as_str(), exact.err.as_str()), ("yyy\r\ne\r\n", ""), "{shell}");
            let split = session.run(text, Streams::Split).await;
            assert_eq!((split.out.as_str(), split.err.as_str()), ("yyy\r\n", "e\r\n"), "{shell}");
            let pipes = session.run(text, Streams::Pipes).await;
            assert_eq!((pipes.out.as_str(), pipes.err.as_str()), ("nnn\n", "e\n"), "{shell}");
        }
    }
}

#[tokio::test]
async fn stdin_of_a_command_without_a_terminal_ends_when_it_is_closed() {
    let session = Session::new(BASH).await;
    let mut running = session.begin("cat; echo done", Streams::Pipes).await;
    running.control().write(b"input\n").await.unwrap();
    until(&mut running, "input\n").await;
    running.control().close_input();
    assert_eq!(finish(&mut running).await.out, "done\n");
}

#[tokio::test]
async fn a_megabyte_comes_whole_and_in_order_through_every_mode() {
    let session = Session::new(BASH).await;
    for streams in [Streams::Exact, Streams::Split, Streams::Pipes] {
        let printed = session.run("seq 1 150000; echo end", streams).await;
        let lines: Vec<&str> = printed.out.lines().collect();
        assert_eq!(lines.len(), 150_001, "{streams:?}");
        assert!((1..=150_000).all(|n| lines[n - 1] == n.to_string()), "{streams:?}");
    }
    let text = "for ((i = 0; i < 5000; i++)); do echo out $i; echo err $i >&2; done";
    let printed = session.exact(text).await;
    let expected: String = (0..5000).map(|i| format!("out {i}\r\nerr {i}\r\n")).collect();
    assert!(printed.out == expected, "both streams in the order in which they were written");
}

#[tokio::test]
async fn the_size_is_there_at_the_start_and_changes_are_told() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let text =
            "sh -c 'stty size; trap \"stty size; exit\" WINCH; echo ready; while :; do sleep 0.01; done'";
        let size = Size { cols: 101, rows: 33 };
        let request = Request { text: text.into(), streams: Streams::Split, size };
        let mut running = session.shell.run(request).await.unwrap();
        assert!(until(&mut running, "ready").await.starts_with("33 101\r\n"), "{shell}");
        running.control().resize(Size { cols: 55, rows: 22 }).unwrap();
        assert!(finish(&mut running).await.out.contains("22 55\r\n"), "{shell}");
    }
}

#[tokio::test]
async fn the_environment_is_that_of_a_terminal_without_the_engines_own_variables() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let environment = session.run("env", Streams::Pipes).await.out;
        assert!(environment.contains("TERM=xterm-256color\n"), "{shell}: {environment}");
        assert!(environment.contains("COLORTERM=truecolor\n"), "{shell}: {environment}");
        assert!(environment.contains(&format!("SHELL={shell}\n")), "{shell}: {environment}");
        for name in ["CARGO", "PORTHOLE", "RUST_", "__porthole"] {
            assert!(!environment.contains(name), "{shell}: {environment}");
        }
    }
}

#[tokio::test]
async fn a_password_is_not_echoed_and_a_repl_can_be_typed_to() {
    let session = Session::new(BASH).await;
    let mut running = session.begin("read -s -p 'Password: ' p; echo; echo \"[$p]\"", Streams::Exact).await;
    until(&mut running, "Password: ").await;
    running.control().write(b"secret\n").await.unwrap();
    assert_eq!(finish(&mut running).await.out, "\r\n[secret]\r\n");

    let mut running =
        session.begin("exec 3<&0; (while read -r line; do echo \"<$line>\"; done)", Streams::Exact).await;
    running.control().write(b"one\n").await.unwrap();
    until(&mut running, "<one>").await;
    running.control().write(b"two\n\x04").await.unwrap();
    assert!(finish(&mut running).await.out.contains("<two>"));
}

#[tokio::test]
async fn less_takes_its_keys_from_the_users_terminal_in_every_terminal_mode() {
    let session = Session::new(BASH).await;
    for streams in [Streams::Exact, Streams::Split] {
        let mut running = session.begin("seq 1 500 | less", streams).await;
        until(&mut running, ":").await;
        running.control().write(b"q").await.unwrap();
        assert_eq!(finish(&mut running).await.ending.exit_code, 0, "{streams:?}");
    }
}

#[tokio::test]
async fn late_output_of_a_background_job_still_comes() {
    let session = Session::new(BASH).await;
    let mut running =
        session.begin("(read -r x </tmp; sleep 0.3; echo late) & echo first", Streams::Exact).await;
    assert!(finish(&mut running).await.out.contains("first"));
    until(&mut running, "late").await;
    session.exact(":").await;
    let mut buffer = [0; 64];
    assert_eq!(running.next(&mut buffer).await, Event::Closed);
}

#[tokio::test]
async fn two_thousand_commands_leave_nothing_open() {
    let session = Session::new(BASH).await;
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let of_shell = "ls /proc/$$/fd | wc -l";
    session.run("echo warm", Streams::Split).await;
    let (before, shell_before) = (open(), session.says(of_shell).await);
    for number in 0..2000 {
        let streams = [Streams::Exact, Streams::Split, Streams::Pipes][number % 3];
        let printed = session.run(&format!("echo {number}"), streams).await;
        assert_eq!(printed.out.trim_end(), number.to_string());
    }
    assert_eq!(session.says(of_shell).await, shell_before);
    assert!(open() <= before + 4, "{before} descriptors became {}", open());
}
