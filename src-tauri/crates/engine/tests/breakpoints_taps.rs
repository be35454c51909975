//! Taps keep their promises under load, at their bounds, and when either side ends early.

#![allow(clippy::unwrap_used)]

#[path = "breakpoints/shell.rs"]
mod shell;

use std::path::Path;
use std::time::Duration;

use engine::Limits;
use engine::breakpoints::{BreakpointError, Dialect, TapEvent, TapStream, Taps};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use shell::{finish, prepare, program, run, run_tapped, runtime, start};

fn here() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn shells() -> impl Iterator<Item = &'static str> {
    ["bash", "sh", "zsh", "fish"].into_iter().filter(|shell| program(shell).is_some())
}

/// Waits until `done`; the test's own time limit ends it otherwise.
async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn folders(runtime: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(runtime).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "tap").collect()
}

#[tokio::test]
async fn a_pipe_that_does_not_exist_is_named_with_how_many_there_are() {
    let (runtime, limits) = (runtime(), Limits::default());
    let bash = program("bash").unwrap();
    let prepared = Taps::prepare("a | b | c", Dialect::Bash, &bash, &[0, 2], runtime.path(), &limits).await;
    let error = prepared.err().unwrap();
    assert!(matches!(error, BreakpointError::NoSuchPipe { index: 2, count: 2, .. }));
    assert_eq!(error.to_string(), "there is no pipe 2: the command has 2 (their indexes are 0 to 1)");
}

#[tokio::test]
async fn what_cannot_be_tapped_is_left_as_it_is_and_says_why() {
    let runtime = runtime();
    for (shell, text, reason) in [
        ("bash", "echo 'a | b", "not closed"),
        ("bash", "a | b; echo \"$(", "not closed"),
        ("sh", "time a | b", "time"),
        ("zsh", "echo a >f | cat", "file"),
    ] {
        if program(shell).is_none() {
            continue;
        }
        let (rewritten, _, answers) = prepare(shell, text, &[0], runtime.path()).await;
        assert_eq!(rewritten, text);
        let told = answers[0].unavailable.clone().unwrap();
        assert!(told.contains(reason), "{told}");
    }
    assert_eq!(folders(runtime.path()), Vec::<String>::new());
}

#[tokio::test]
async fn the_redirections_of_a_subshell_that_is_a_stage_stay_its_own() {
    let (runtime, folder) = (runtime(), here());
    for shell in shells().filter(|shell| *shell != "fish") {
        let text = "(echo hidden >&2; echo a; exit 3) 2>/dev/null | cat; (echo $?; cat) <<X 2>/dev/null | tr a-z A-Z\nb\nX\n";
        let tapped = run_tapped(shell, text, b"", &[0, 1], folder.path(), runtime.path()).await;
        assert_eq!(tapped.outcome, run(shell, text, b"", folder.path()), "{shell}");
        assert_eq!(tapped.outcome.stdout, b"a\n0\nB\n", "{shell}");
    }
}

#[tokio::test]
async fn a_command_without_breakpoints_is_not_touched() {
    let runtime = runtime();
    let (rewritten, _, answers) = prepare("bash", "echo a | cat", &[], runtime.path()).await;
    assert_eq!((rewritten.as_str(), answers.len()), ("echo a | cat", 0));
    assert_eq!(folders(runtime.path()), Vec::<String>::new());
}

#[tokio::test]
async fn what_flows_is_told_while_it_flows_and_its_end_with_its_length() {
    let (runtime, folder) = (runtime(), here());
    for shell in shells() {
        let text = "sh -c 'echo one; echo two >&2; read x; echo three' < gate | cat";
        let gate = folder.path().join("gate");
        let _ = std::fs::remove_file(&gate);
        rustix::fs::mkfifoat(rustix::fs::CWD, &gate, rustix::fs::Mode::RWXU).unwrap();
        let (rewritten, mut taps, answers) = prepare(shell, text, &[0], runtime.path()).await;
        assert_eq!(answers[0].unavailable, None, "{shell}");
        let child = start(shell, &rewritten, b"", folder.path());
        let key =
            tokio::task::spawn_blocking(move || std::fs::OpenOptions::new().write(true).open(gate).unwrap());
        let mut gate = Some(key.await.unwrap());
        let (mut out, mut err, mut buffer) = (Vec::new(), Vec::new(), [0; 3]);
        let ended = loop {
            match taps.next(&mut buffer).await {
                TapEvent::Output { location: 0, run: 0, stream: TapStream::Stdout, length } => {
                    out.extend_from_slice(&buffer[..length]);
                }
                TapEvent::Output { location: 0, run: 0, stream: TapStream::Stderr, length } => {
                    err.extend_from_slice(&buffer[..length]);
                }
                TapEvent::Exited { .. } => {}
                ended => break ended,
            }
            if out == b"one\n" && err == b"two\n" {
                // The stage waits here: what was told was told while it ran.
                gate = None;
            }
        };
        assert!(gate.is_none());
        assert_eq!(ended, TapEvent::Ended { location: 0, run: 0, stdout: 10, stderr: 4 }, "{shell}");
        assert_eq!((out.as_slice(), err.as_slice()), (&b"one\nthree\n"[..], &b"two\n"[..]), "{shell}");
        let outcome = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
        assert_eq!(outcome.stdout, b"one\nthree\n", "{shell}");
    }
}

#[tokio::test]
async fn a_tap_keeps_head_and_tail_and_a_slow_taker_holds_nothing_back() {
    let (runtime, folder) = (runtime(), here());
    let limits = Limits { tap_head: 1000, tap_tail: 500, ..Limits::default() };
    let bash = program("bash").unwrap();
    let text = "seq 1 200000 | tail -n 1";
    let prepared = Taps::prepare(text, Dialect::Bash, &bash, &[0], runtime.path(), &limits).await;
    let (rewritten, mut taps, _) = prepared.unwrap();
    let child = start("bash", &rewritten, b"", folder.path());
    let outcome = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
    assert_eq!(outcome.stdout, b"200000\n");
    taps.settle(&limits).await;
    let all: String = (1..=200_000).map(|number| format!("{number}\n")).collect();
    let kept = taps.captured(0, None).unwrap().stdout;
    assert_eq!(kept.head, all.as_bytes()[..1000]);
    assert_eq!(kept.tail, all.as_bytes()[all.len() - 500..]);
    assert_eq!(kept.dropped, all.len() as u64 - 1500);
    let (mut told, mut lost, mut buffer) = (Vec::new(), 0, [0; 64]);
    while let Some(event) = taps.try_next(&mut buffer) {
        match event {
            TapEvent::Output { length, .. } => told.extend_from_slice(&buffer[..length]),
            TapEvent::Lost { bytes, .. } => lost += bytes,
            TapEvent::Ended { stdout, .. } => assert_eq!(stdout, all.len() as u64),
            TapEvent::Exited { status, .. } => assert_eq!(status, 0),
            TapEvent::Held { .. } => unreachable!("nothing is held"),
        }
    }
    assert_eq!((told, lost), ([kept.head, kept.tail].concat(), kept.dropped));
}

#[tokio::test]
async fn the_next_stage_holds_the_tapped_one_back() {
    let (runtime, folder) = (runtime(), here());
    // The reader takes nothing until the writer's progress has stood still; an unbounded pump would let it write on.
    let text = "{ i=0; while [ $i -lt 800 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i >progress; done; } | \
                { p=; while :; do q=$(cat progress 2>/dev/null); [ -n \"$q\" ] && [ \"$p\" = \"$q\" ] && break; p=$q; sleep 0.3; done; \
                echo $p; cat >/dev/null; }";
    for shell in ["bash", "sh"] {
        let _ = std::fs::remove_file(folder.path().join("progress"));
        let tapped = run_tapped(shell, text, b"", &[0], folder.path(), runtime.path()).await;
        let written: u64 = String::from_utf8(tapped.outcome.stdout).unwrap().trim().parse().unwrap();
        assert!(written * 65536 < 8 << 20, "{shell}: {written} blocks were written ahead");
        let captured = tapped.captures.captured(0, None).unwrap();
        let length =
            captured.stdout.head.len() as u64 + captured.stdout.dropped + captured.stdout.tail.len() as u64;
        assert_eq!(length, 800 * 65536, "{shell}");
    }
}

#[tokio::test]
async fn a_hundred_megabytes_pass_unharmed() {
    let (runtime, folder) = (runtime(), here());
    for shell in shells() {
        let text = "head -c 100000000 /dev/zero | tr '\\0' 'x' | cksum";
        let untapped = run(shell, text, b"", folder.path());
        let tapped = run_tapped(shell, text, b"", &[0, 1], folder.path(), runtime.path()).await;
        assert_eq!(tapped.outcome, untapped, "{shell}");
        let kept = tapped.captures.captured(1, None).unwrap().stdout;
        assert_eq!(kept.head.len() as u64 + kept.dropped + kept.tail.len() as u64, 100_000_000, "{shell}");
        assert!(kept.head.len() <= 1 << 20 && kept.tail.len() <= 1 << 20, "{shell}");
    }
}

#[tokio::test]
async fn thousand_tapped_pipelines_leave_no_descriptor_and_no_fifo() {
    let (runtime, folder) = (runtime(), here());
    let text = "echo a | cat";
    run_tapped("sh", text, b"", &[0], folder.path(), runtime.path()).await;
    until(|| folders(runtime.path()).is_empty()).await;
    let before = open_files();
    for _ in 0..1000 {
        let tapped = run_tapped("sh", text, b"", &[0], folder.path(), runtime.path()).await;
        assert_eq!(tapped.outcome.stdout, b"a\n");
        assert_eq!(tapped.captures.captured(0, None).unwrap().stdout.head, b"a\n");
    }
    until(|| folders(runtime.path()).is_empty()).await;
    until(|| open_files() <= before).await;
}

#[tokio::test]
async fn a_loop_that_comes_by_again_and_again_keeps_its_newest_runs() {
    let (runtime, folder) = (runtime(), here());
    let text = "i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo $i | cat; done";
    let tapped = run_tapped("bash", text, b"", &[0], folder.path(), runtime.path()).await;
    let all: String = (1..=100).map(|number| format!("{number}\n")).collect();
    assert_eq!(tapped.outcome.stdout, all.as_bytes());
    assert_eq!(tapped.captures.captured(0, Some(99)).unwrap().stdout.head, b"100\n");
    assert_eq!(tapped.captures.captured(0, Some(0)), None);
}

/// Filters that are the same everywhere, and fast.
const FILTERS: &[&str] = &[
    "cat",
    "sort",
    "tr a-z A-Z",
    "head -n 3",
    "tail -n 2",
    "wc -c",
    "sed s/a/b/",
    "grep -v b",
    "uniq",
    "cut -c 1-3",
    "rev",
    "sh -c 'cat; echo note >&2'",
    "sh -c 'head -c 5; exit 3'",
    "od -An -c",
    "true",
    "false",
    "tac",
];

#[tokio::test]
async fn a_tap_shows_what_the_pipeline_up_to_it_gives_and_the_result_is_the_same() {
    let (runtime, folder) = (runtime(), here());
    let strategy = (
        proptest::sample::select(&["printf 'b\\na\\nc\\na\\n'", "seq 1 3000", "cat", "printf abc"][..]),
        proptest::collection::vec(proptest::sample::select(FILTERS), 1..5),
        proptest::collection::vec(any::<bool>(), 5),
        any::<[u8; 16]>(),
    );
    let mut runner = TestRunner::deterministic();
    for round in 0..25 {
        let (first, filters, taken, input) = strategy.new_tree(&mut runner).unwrap().current();
        let stages: Vec<&str> = std::iter::once(first).chain(filters).collect();
        let text = stages.join(" | ");
        let locations: Vec<usize> = (0..stages.len() - 1).filter(|index| taken[*index]).collect();
        for shell in shells() {
            let untapped = run(shell, &text, &input, folder.path());
            let tapped = run_tapped(shell, &text, &input, &locations, folder.path(), runtime.path()).await;
            assert!(tapped.availability.iter().all(|answer| answer.unavailable.is_none()), "{shell}: {text}");
            assert_eq!(tapped.outcome.stdout, untapped.stdout, "{round}: {shell}: {text} {locations:?}");
            assert_eq!(tapped.outcome.code, untapped.code, "{round}: {shell}: {text} {locations:?}");
            for location in &locations {
                let prefix = run(shell, &stages[..=*location].join(" | "), &input, folder.path());
                let captured = tapped.captures.captured(*location, None).unwrap();
                // A reader that ends early cuts the stage off at a byte that nobody chose.
                let cut = stages[location + 1..].iter().any(|stage| {
                    ["head", "true", "false", "sh -c 'head"].iter().any(|early| stage.starts_with(early))
                });
                if cut {
                    assert!(
                        prefix.stdout.starts_with(&captured.stdout.head),
                        "{shell}: {text} at {location}"
                    );
                } else {
                    assert_eq!(captured.stdout.head, prefix.stdout, "{shell}: {text} at {location}");
                }
            }
        }
    }
}
