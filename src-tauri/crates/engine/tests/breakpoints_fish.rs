//! fish, which runs blocks, functions and builtins itself: each pipe of it can be tapped, and nothing runs in another order for it.

#![allow(clippy::unwrap_used)]

#[path = "breakpoints/shell.rs"]
mod shell;

use shell::{prepare, program, run, run_tapped, runtime};

fn there_is_no_fish() -> bool {
    let missing = program("fish").is_none();
    if missing {
        eprintln!("skipped: there is no fish here");
    }
    missing
}

/// Runs each text untapped, with each of its `pipes` tapped alone, and with all of them.
async fn all_do_what_they_did(texts: &[(&str, usize)]) {
    if there_is_no_fish() {
        return;
    }
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    let mut wrong = Vec::new();
    for (text, pipes) in texts {
        let untapped = run("fish", text, b"the input\n", folder.path());
        let alone = (0..*pipes).map(|pipe| vec![pipe]);
        for locations in alone.chain([(0..*pipes).collect()]) {
            let tapped =
                run_tapped("fish", text, b"the input\n", &locations, folder.path(), runtime.path()).await;
            for answer in tapped.availability.iter().filter(|answer| answer.unavailable.is_some()) {
                wrong.push(format!("{text} at {}: {:?}", answer.location, answer.unavailable));
            }
            if tapped.outcome != untapped {
                wrong.push(format!("{text} at {locations:?}: {:?}, not {untapped:?}", tapped.outcome));
            }
            for location in locations {
                if tapped.captures.captured(location, None).is_none() {
                    wrong.push(format!("{text}: nothing was seen at {location}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn pipes_between_programs_builtins_blocks_and_functions_are_tapped() {
    let f = "function f; while read -l x; echo \"<$x>\"; end; end; ";
    let g = "function g; cat | tr a-z A-Z; end; ";
    let texts = [
        format!("{f}{g}printf 'a\\nb\\n' | f | g | cat"),
        format!("{f}{g}printf 'a\\nb\\n' | g | f | f"),
        format!("{f}{g}seq 3 | f | cat | g | sort -r | f"),
        format!("{f}echo a | cat | f | cat | cat | wc -c"),
        "echo a | begin; cat; sh -c 'echo b'; end | cat | begin; cat; end".to_owned(),
        "begin; echo q; end | cat | tr a-z A-Z | cat".to_owned(),
        "echo a | read x; echo $x $status $pipestatus".to_owned(),
        "seq 5 | while read x; echo $x; end | if true; cat; end | for i in 1 2; head -n 1; end".to_owned(),
        "for i in a b; echo $i; end | cat | switch x; case x; cat; end".to_owned(),
        "true | false | sh -c 'exit 3' | cat; echo $pipestatus".to_owned(),
        "not echo a | cat | grep -q b; echo $status".to_owned(),
        "test -n x; and echo a | cat | tr a b; or echo c".to_owned(),
        "begin; sh -c 'echo e >&2; echo o' 2>&1; end | cat | tr a-z A-Z".to_owned(),
        "sh -c 'echo o; echo e >&2' 2>&1 | tr a-z A-Z | cat".to_owned(),
        "sh -c 'echo o; echo e >&2' 2>| tr a-z A-Z | cat".to_owned(),
        "sh -c 'echo o; echo e >&2' &| tr a-z A-Z | cat".to_owned(),
        "echo a | cat </dev/null | cat".to_owned(),
        "echo (echo a | cat | tr a b) | cat | tr b c".to_owned(),
        "echo \"$(echo a | cat | tr a b) x\" | cat | tr b c".to_owned(),
        "FOO=1 sh -c 'echo $FOO' | cat | X=2 sh -c 'cat; echo $X' | cat".to_owned(),
        "cat | cat | cat".to_owned(),
        "begin; sleep 0.2 & ; echo x; end | cat | cat".to_owned(),
        "echo a | cat | cat &; wait".to_owned(),
        "eval 'echo a | cat' | cat | cat".to_owned(),
    ];
    let counted = texts.iter().map(|text| {
        let pipes = engine::breakpoints::scan(text, engine::breakpoints::Dialect::Fish).unwrap();
        (text.as_str(), pipes.len())
    });
    all_do_what_they_did(&counted.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn what_fish_runs_before_it_starts_the_next_stage_is_set_aside() {
    all_do_what_they_did(&[
        ("begin; seq 1 1000000; end | cksum", 1),
        ("begin; true; end | cksum", 1),
        ("begin; seq 1 300000; end | begin; read x; echo $x; cksum; end", 1),
        ("seq 1 300000 | begin; cat; end | begin; cat; end | cksum", 3),
        ("begin; seq 1 300000; end | cat | begin; tail -n 1; end | begin; cat; end", 3),
    ])
    .await;
}

#[tokio::test]
async fn a_reader_that_ends_ends_all_before_it() {
    all_do_what_they_did(&[
        ("yes | cat | head -n 1", 2),
        ("yes | head -n 2 | cat | cat; echo $pipestatus", 3),
        ("yes | begin; head -n 1; end | cat", 2),
        ("while true; echo y; or break; end | cat | head -n 1", 2),
    ])
    .await;
}

#[tokio::test]
async fn a_stage_that_fish_fails_to_start_leaves_nothing_behind() {
    if there_is_no_fish() {
        return;
    }
    let (runtime, folder) = (runtime(), tempfile::tempdir().unwrap());
    // Each time fish asks for a path and then finds no file.
    let text = "for i in (seq 100); echo a | cat nothing*; end; echo b | cat";
    let untapped = run("fish", text, b"", folder.path());
    let tapped = run_tapped("fish", text, b"", &[0, 1], folder.path(), runtime.path()).await;
    let ends = |stderr: &[u8]| stderr.windows(8).filter(|part| part == b"wildcard").count();
    assert_eq!((tapped.outcome.stdout, tapped.outcome.code), (untapped.stdout, untapped.code));
    assert_eq!(ends(&tapped.outcome.stderr), ends(&untapped.stderr));
    assert_eq!(tapped.captures.captured(1, None).unwrap().stdout.head, b"b\n");
    let (_, taps, _) = prepare("fish", text, &[0], runtime.path()).await;
    drop(taps);
    while std::fs::read_dir(runtime.path()).unwrap().count() > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
