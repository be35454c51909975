//! Commands through the shell interface, as the engine uses it.
#![allow(clippy::unwrap_used)]

use engine::Limits;
use engine::protocol::{Size, Streams};
use engine::shell::{Ending, Event, Request, Running, SessionShell, Shells, StreamKind};

fn request(text: &str, streams: Streams) -> Request {
    Request { text: text.into(), streams, size: Size::default() }
}

async fn finish(running: &mut Running) -> (String, String, Ending) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; 4096];
    loop {
        match running.next(&mut buffer).await {
            Event::Output(StreamKind::Stdout, n) => out.extend_from_slice(&buffer[..n]),
            Event::Output(StreamKind::Stderr, n) => err.extend_from_slice(&buffer[..n]),
            Event::Ended(ending) => {
                let text = |bytes| String::from_utf8(bytes).unwrap();
                return (text(out), text(err), ending);
            }
            Event::Closed => panic!("closed without an end"),
        }
    }
}

async fn run(shell: &SessionShell, text: &str, streams: Streams) -> (String, String, Ending) {
    finish(&mut shell.run(request(text, streams)).await.unwrap()).await
}

async fn session(program: &str) -> (tempfile::TempDir, Shells, SessionShell) {
    let folder = tempfile::tempdir().unwrap();
    let shells = Shells::start(Some(program.into()), folder.path(), &Limits::default()).await.unwrap();
    let session = shells.session().await.unwrap();
    (folder, shells, session)
}

#[tokio::test]
async fn a_command_ends_with_its_output_its_code_and_its_folder() {
    let (_folder, _shells, shell) = session("/bin/bash").await;
    let (out, err, ending) = run(&shell, "echo hi; cd /tmp; (exit 3)", Streams::Exact).await;
    assert_eq!((out.as_str(), err.as_str()), ("hi\r\n", ""));
    assert_eq!((ending.exit_code, ending.cwd.to_str()), (3, Some("/tmp")));
    let (out, _, _) = run(&shell, "pwd", Streams::Pipes).await;
    assert_eq!(out, "/tmp\n");
}

#[tokio::test]
async fn every_stream_mode_shows_programs_the_terminals_it_promises() {
    let (_folder, _shells, shell) = session("/bin/bash").await;
    let text = "test -t 0; a=$?; test -t 1; echo $a $?; echo e >&2";
    assert_eq!(run(&shell, text, Streams::Exact).await.0, "0 0\r\ne\r\n");
    let (out, err, _) = run(&shell, text, Streams::Split).await;
    assert_eq!((out.as_str(), err.trim_end()), ("0 0\r\n", "e"));
    let (out, err, _) = run(&shell, text, Streams::Pipes).await;
    assert_eq!((out.as_str(), err.as_str()), ("1 1\n", "e\n"));
}

#[tokio::test]
async fn typed_input_and_signals_reach_the_command() {
    let (_folder, _shells, shell) = session("/bin/bash").await;
    let mut running =
        shell.run(request("read -r x; echo got $x; exec sleep 100", Streams::Exact)).await.unwrap();
    running.control().write(b"hello\n").await.unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 512];
    while !seen.windows(9).any(|w| w == b"got hello") {
        match running.next(&mut buffer).await {
            Event::Output(_, n) => seen.extend_from_slice(&buffer[..n]),
            other => panic!("{other:?}"),
        }
    }
    running.control().signal(15).unwrap();
    let (_, _, ending) = finish(&mut running).await;
    assert_eq!((ending.exit_code, ending.signal), (143, Some(15)));
}
