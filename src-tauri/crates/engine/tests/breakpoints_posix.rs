//! Taps by what every POSIX system has keep the promises that they keep on Linux. The listed cases are in `breakpoints_cases`.

#![allow(clippy::unwrap_used)]

#[path = "breakpoints/shell.rs"]
mod shell;

use engine::breakpoints::Means;
use shell::{Tapped, prepare_by, program, run, run_tapped_by, runtime};

const SHELLS: [&str; 3] = ["bash", "sh", "zsh"];

fn shells() -> impl Iterator<Item = &'static str> {
    SHELLS.into_iter().filter(|shell| program(shell).is_some())
}

async fn tapped(shell: &str, text: &str, locations: &[usize]) -> Tapped {
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    run_tapped_by(Means::Posix, shell, text, b"", locations, (folder.path(), runtime.path())).await
}

#[tokio::test]
async fn megabytes_pass_unharmed() {
    let folder = tempfile::tempdir().unwrap();
    for shell in shells() {
        let text = "head -c 10000000 /dev/zero | tr '\\0' 'x' | cksum";
        let untapped = run(shell, text, b"", folder.path());
        let tapped = tapped(shell, text, &[0, 1]).await;
        assert_eq!(tapped.outcome, untapped, "{shell}");
        let kept = tapped.captures.captured(1, None).unwrap().stdout;
        assert_eq!(kept.head.len() as u64 + kept.dropped + kept.tail.len() as u64, 10_000_000, "{shell}");
    }
}

#[tokio::test]
async fn an_early_end_of_the_reader_ends_the_tapped_stage_by_sigpipe() {
    for (shell, text) in [
        ("bash", "yes | head -n 1; echo ${PIPESTATUS[*]}"),
        ("zsh", "yes | head -n 1; echo $pipestatus"),
        ("sh", "yes | head -n 1; echo 141 0"),
    ] {
        if program(shell).is_some() {
            let tapped = tapped(shell, text, &[0]).await;
            assert_eq!(String::from_utf8_lossy(&tapped.outcome.stdout), "y\n141 0\n", "{shell}");
        }
    }
}

#[tokio::test]
async fn a_stage_that_never_writes_and_one_that_waits_for_its_reader_end_as_they_did() {
    for shell in shells() {
        let text =
            "true | cat; sleep 0.1 | echo early; { exec >&-; echo lost; } 2>/dev/null | cat; echo done";
        let tapped = tapped(shell, text, &[0, 1, 2]).await;
        assert_eq!(String::from_utf8_lossy(&tapped.outcome.stdout), "early\ndone\n", "{shell}");
        assert_eq!(tapped.captures.captured(0, None).unwrap().stdout.head, b"", "{shell}");
    }
}

#[tokio::test]
async fn the_next_stage_holds_the_tapped_one_back() {
    // The reader takes nothing until the writer's progress has stood still; an unbounded pump would let it write on.
    let text = "{ i=0; while [ $i -lt 400 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i >progress; done; } | \
                { p=; while :; do q=$(cat progress 2>/dev/null); [ -n \"$q\" ] && [ \"$p\" = \"$q\" ] && break; p=$q; sleep 0.3; done; \
                echo $p; cat >/dev/null; }";
    let written = tapped("bash", text, &[0]).await.outcome.stdout;
    let written: u64 = String::from_utf8(written).unwrap().trim().parse().unwrap();
    assert!(written * 65536 < 8 << 20, "{written} blocks were written ahead");
}

#[tokio::test]
async fn a_descriptor_that_the_text_uses_is_left_to_it() {
    for shell in shells() {
        let text = "{ echo a >&9; echo b >&8; echo c; } 9>nine 8>eight | cat; cat nine eight";
        assert_eq!(tapped(shell, text, &[0]).await.outcome.stdout, b"c\na\nb\n", "{shell}");
    }
}

#[tokio::test]
async fn a_pipe_of_fish_says_that_it_cannot_be_tapped() {
    if program("fish").is_none() {
        return;
    }
    let runtime = runtime();
    let (rewritten, _, answers) =
        prepare_by(Means::Posix, "fish", "echo a | cat", &[0], runtime.path()).await;
    assert_eq!(rewritten, "echo a | cat");
    assert_eq!(answers[0].unavailable.as_deref(), Some("pipes of fish can be tapped on Linux only"));
}
