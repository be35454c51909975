//! Tapped pipelines as they come: random ones, thousands of them, fast ones, with slow and dead clients and on a full disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::client::{Finished, TestClient};
use crate::server::TestServer;

const FEATURES: [&str; 5] = ["breakpoints", "details", "format", "streams", "stdinFrom"];

async fn server(shell: &str) -> TestServer {
    TestServer::with(|settings| settings.shell = Some(shell.into())).await
}

/// Filters that are the same everywhere, and fast.
const FILTERS: [&str; 19] = [
    "cat",
    "sort",
    "tr a-z A-Z",
    "head -n 3",
    "tail -n 2",
    "wc -c",
    "sed s/a/b/",
    // Without -a it says of a binary file that it is one, in pieces that what others print comes between.
    "grep -av b",
    "uniq",
    "cut -c 1-3",
    "rev",
    "sh -c 'cat; echo note >&2'",
    "sh -c 'head -c 5; exit 3'",
    "od -An -c",
    "true",
    "false",
    "tac",
    "dd bs=7 status=none",
    "sh -c 'cat; exit 9'",
];
/// What feeds them.
const SOURCES: [&str; 5] =
    ["printf 'b\\na\\nc\\na\\n'", "seq 1 3000", "head -c 300 /dev/zero", "printf abc", "seq 1 90000"];

/// What a tap keeps of the beginning, and as much of the end, in bytes.
const KEPT: usize = 1 << 20;

/// Filters that end before their input does.
fn ends_early(stage: &str) -> bool {
    ["head -n", "true", "false", "sh -c 'head"].iter().any(|early| stage.starts_with(early))
}

/// A pipeline with what is done to its pipes.
#[derive(Debug)]
struct Tapped {
    stages: Vec<&'static str>,
    /// For each pipe nothing, or the steps after which it goes on; none for a pipe that is watched.
    taps: BTreeMap<usize, Option<Vec<u32>>>,
}

fn pipelines() -> impl Strategy<Value = Tapped> {
    let steps = proptest::option::of(proptest::collection::vec(1_u32..2000, 0..3));
    let taps = proptest::collection::vec(proptest::option::of(steps), 5);
    let filters = proptest::collection::vec(proptest::sample::select(&FILTERS[..]), 1..6);
    (proptest::sample::select(&SOURCES[..]), filters, taps).prop_map(|(source, filters, taps)| {
        let stages: Vec<_> = std::iter::once(source).chain(filters).collect();
        let pipes = 0..stages.len() - 1;
        let taps = pipes.filter_map(|pipe| taps[pipe].clone().map(|tap| (pipe, tap))).collect();
        Tapped { stages, taps }
    })
}

/// Runs a text without breakpoints.
async fn plain(client: &mut TestClient, text: &str) -> Finished {
    client.run_with(text, json!({"streams": "pipes", "format": "raw"})).await
}

/// Runs a pipeline with its breakpoints, and lets go on what is held.
async fn tapped(client: &mut TestClient, text: &str, taps: &BTreeMap<usize, Option<Vec<u32>>>) -> Finished {
    let breakpoint = |(pipe, steps): (&usize, &Option<Vec<u32>>)| match steps {
        Some(_) => json!({"location": pipe, "mode": "hold"}),
        None => json!(pipe),
    };
    let breakpoints: Vec<Value> = taps.iter().map(breakpoint).collect();
    let fields = json!({"streams": "pipes", "format": "raw", "breakpoints": breakpoints});
    let answer = client.start_with(text, fields).await;
    assert_eq!(answer["payload"]["result"], "ok", "{answer}");
    let held = taps.iter().filter_map(|(pipe, steps)| steps.as_ref().map(|steps| (pipe, steps)));
    for (pipe, steps) in held {
        let act = |fields: Value| {
            let mut payload =
                json!({"type": "breakpoint", "serverId": answer["payload"]["serverId"], "location": pipe});
            payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            json!({"type": "update", "payload": payload})
        };
        for lines in steps {
            client.send(act(json!({"action": "step", "lines": lines}))).await;
        }
        client.send(act(json!({"action": "continue"}))).await;
    }
    client.finish(answer).await
}

fn seed() -> u64 {
    let given = std::env::var("PORTHOLE_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

/// The lines of what several stages print at once come in any order.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

async fn check(client: &mut TestClient, shell: &str, case: &Tapped, context: &str) {
    let text = case.stages.join(" | ");
    let context = format!("{shell}: {text}: {case:?}: {context}");
    let (bare, seen) = (plain(client, &text).await, tapped(client, &text, &case.taps).await);
    assert_eq!(seen.stdout, bare.stdout, "{context}");
    assert_eq!(sorted(&seen.stderr), sorted(&bare.stderr), "{context}");
    let end = |finished: &Finished, field: &str| finished.last["payload"][field].clone();
    assert_eq!(end(&seen, "exitCode"), end(&bare, "exitCode"), "{context}");
    // Whether a stage is still writing when its reader ends is chance.
    if !case.stages.iter().any(|stage| ends_early(stage)) {
        assert_eq!(end(&seen, "pipeStatus"), end(&bare, "pipeStatus"), "{context}");
    }
    let answers = seen.answer["payload"]["breakpoints"].as_array().cloned().unwrap_or_default();
    for answer in answers.iter().filter(|answer| answer["result"] == "ok") {
        let pipe = answer["location"].as_u64().unwrap() as usize;
        let prefix = plain(client, &case.stages[..=pipe].join(" | ")).await;
        let shown = seen.taps.get(&(pipe, 0)).map_or("", |(stdout, _)| stdout);
        let (shown, prefix) = (shown.as_bytes(), prefix.stdout.as_bytes());
        if case.stages[pipe + 1..].iter().any(|stage| ends_early(stage)) {
            assert!(prefix.starts_with(&shown[..shown.len().min(KEPT)]), "at {pipe}: {context}");
        } else if shown.len() >= 2 * KEPT {
            // Who reads too slowly misses the middle.
            let (head, tail) = (&shown[..KEPT], &shown[shown.len() - KEPT..]);
            assert!(prefix.starts_with(head) && prefix.ends_with(tail), "at {pipe}: {context}");
            assert!(shown.len() < prefix.len() || shown == prefix, "at {pipe}: {context}");
        } else {
            assert!(shown == prefix, "at {pipe}: {context}");
        }
    }
    assert!(shell.ends_with("fish") || answers.iter().all(|answer| answer["result"] == "ok"), "{context}");
}

/// `PORTHOLE_SEED` repeats a failure.
#[tokio::test]
async fn a_random_pipeline_gives_what_it_gives_untapped_and_each_tap_what_its_beginning_gives_alone() {
    let seed = seed();
    println!("PORTHOLE_SEED={seed}");
    let bytes: Vec<u8> = seed.to_le_bytes().repeat(4);
    for shell in ["/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish"] {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let server = server(shell).await;
        let mut client = server.client_with(&FEATURES).await;
        for round in 0..15 {
            let case = pipelines().new_tree(&mut runner).unwrap().current();
            check(&mut client, shell, &case, &format!("round {round}, PORTHOLE_SEED={seed}")).await;
        }
    }
}

/// Where the engines of this process put what lives as long as they do.
fn runtime_folder() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR").unwrap().into()
}

/// The folders of tapped commands.
fn tap_folders() -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    };
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.strip_prefix('t').is_some_and(|number| number.parse::<u64>().is_ok())
    };
    inside(&runtime_folder()).iter().flat_map(|folder| inside(folder)).filter(is_one).collect()
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Whether a program with this command line runs.
fn runs(program: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("cmdline"));
    processes.into_iter().any(|path| std::fs::read(path).is_ok_and(|line| line == program.as_bytes()))
}

/// Waits until `done`; the test's own time limit ends it otherwise.
async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_thousand_tapped_pipelines_leave_no_descriptor_and_no_fifo() {
    let server = server("/bin/dash").await;
    let mut client = server.client_with(&FEATURES).await;
    let fields = json!({"breakpoints": [0], "format": "raw", "streams": "pipes"});
    let mut before = usize::MAX;
    // By the second round the shell that waits for the next session is there, too.
    for round in [100, 900] {
        for _ in 0..round {
            let finished = client.run_with("echo a | cat", fields.clone()).await;
            assert_eq!((finished.stdout.as_str(), finished.taps[&(0, 0)].0.as_str()), ("a\n", "a\n"));
        }
        until(|| tap_folders().is_empty() && open_descriptors() <= before).await;
        before = open_descriptors();
    }
}

#[tokio::test]
async fn ten_pipes_are_watched_at_once() {
    let server = server("/bin/bash").await;
    let mut client = server.client_with(&FEATURES).await;
    let command = format!("seq 1 20000{}", " | tee /dev/null".repeat(10));
    let locations: Vec<usize> = (0..10).collect();
    let finished = client.run_with(&command, json!({"breakpoints": locations, "format": "raw"})).await;
    let all: String = (1..=20000).map(|number| format!("{number}\n")).collect();
    assert_eq!(finished.stdout.replace('\r', ""), all);
    for location in locations {
        assert!(finished.taps[&(location, 0)].0 == all, "{location}");
    }
    let eleven = format!("true{}", " | cat".repeat(11));
    let answer = client.start_with(&eleven, json!({"breakpoints": (0..11).collect::<Vec<_>>()})).await;
    assert_eq!(answer["payload"]["code"], "too-many-breakpoints");
}

#[tokio::test]
async fn an_interrupt_ends_tapped_pipelines_and_leaves_nothing_of_them() {
    let server = server("/bin/bash").await;
    let mut client = server.client_with(&FEATURES).await;
    for (command, program) in [
        ("yes tapped | cat | cat >/dev/null", "yes\0tapped\0"),
        ("sleep 1000.5 | cat", "sleep\x001000.5\0"),
        ("echo a | { cat; sleep 1000.6; }", "sleep\x001000.6\0"),
    ] {
        let pipes: Vec<usize> = (0..command.matches('|').count()).collect();
        let fields = json!({"breakpoints": pipes, "format": "raw"});
        let answer = client.start_with(command, fields).await;
        let server_id = answer["payload"]["serverId"].clone();
        until(|| runs(program)).await;
        client.stdin(&server_id, "\u{3}").await;
        let finished = client.finish(answer).await;
        assert_eq!(finished.last["payload"]["status"], "completed", "{command}");
        until(|| tap_folders().is_empty()).await;
    }
    assert_eq!(client.run("echo next").await.stdout, "next\n");
}

/// The counts that were told last of a stage.
fn counts(finished: &Finished, location: u64) -> (u64, u64) {
    let stage = finished.stages.iter().rev().find(|stage| stage["location"] == location).unwrap();
    (stage["bytes"].as_u64().unwrap(), stage["dropped"].as_u64().unwrap())
}

#[tokio::test]
async fn a_slow_client_is_told_exactly_how_much_it_missed_of_a_tap() {
    for features in [&FEATURES[..], &["breakpoints", "details", "format", "streams", "chunks"]] {
        let server = TestServer::with(|settings| {
            settings.limits.output_ring = 256 << 10;
            settings.limits.send = std::time::Duration::from_secs(60);
        })
        .await;
        let mut client = server.client_with(features).await;
        let fields = json!({"breakpoints": [0, 1], "format": "raw", "streams": "pipes"});
        let answer = client.start_with("seq 1 3000000 | cat | wc -l", fields).await;
        let mut changed = server.engine.activity().changed();
        // It reads nothing before the end.
        while server.engine.activity().snapshot().commands[0].exit_code.is_none() {
            changed.changed().await.unwrap();
        }
        let finished = client.finish(answer).await;
        assert!(finished.stdout.ends_with("3000000\n"), "{features:?}");
        for location in [0, 1] {
            let (bytes, dropped) = counts(&finished, location);
            assert_eq!(bytes, 22_888_896);
            let shown: u64 = match features.contains(&"chunks") {
                true => continue,
                false => finished.taps.get(&(location as usize, 0)).map_or(0, |tap| tap.0.len() as u64),
            };
            assert!(dropped > 0 && shown + dropped == bytes, "{location}: {shown} + {dropped} of {bytes}");
        }
    }
}

#[tokio::test]
async fn a_client_that_dies_leaves_its_tapped_pipeline_to_run_and_to_be_fed_from() {
    let server = server("/bin/bash").await;
    let mark = server.folder.path().join("mark");
    let mut client = server.client_with(&FEATURES).await;
    let command = format!(
        "{{ echo a; until test -e {0}; do sleep 0.02; done; seq 1 300000; }} | wc -l >{0}.n",
        mark.display()
    );
    let answer = client.start_with(&command, json!({"breakpoints": [0]})).await;
    client.next_where(|message| message["payload"]["stages"][0]["bytes"] == 2).await;
    let token = client.session_token.clone();
    // No close, no goodbye.
    drop(client);
    std::fs::write(&mark, "").unwrap();
    let counted = server.folder.path().join("mark.n");
    until(|| std::fs::read_to_string(&counted).is_ok_and(|text| text == "300001\n")).await;
    let mut other = server.connect().await;
    let payload = json!({"sessionToken": token, "features": FEATURES});
    other.send(json!({"type": "authentication", "payload": payload})).await;
    other.next_where(|message| message["payload"]["status"] == "completed").await;
    let from = json!({"serverId": answer["payload"]["serverId"], "location": 0, "partial": true});
    let fed = other.run_with("head -2", json!({"stdinFrom": from})).await;
    assert_eq!(fed.stdout, "a\n1\n");
}

/// Bytes of memory that this process has in use.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[tokio::test]
async fn memory_stays_as_it_is_however_much_flows_through_a_tap() {
    let server = server("/bin/bash").await;
    let mut client = server.client_with(&FEATURES).await;
    let fields = json!({"breakpoints": [0, 1], "format": "raw", "streams": "pipes"});
    // What the engine needs once, and what is kept of a command that ended.
    for _ in 0..2 {
        client.run_with("head -c 100000000 /dev/zero | cat | wc -c", fields.clone()).await;
    }
    let began = std::time::Instant::now();
    let answer = client.start_with("head -c 2000000000 /dev/zero | cat | wc -c", fields).await;
    let (mut early, mut most) = (0, 0);
    loop {
        let update = client.next_where(|message| message["type"] == "update").await;
        let mut stages = update["payload"]["stages"].as_array().into_iter().flatten();
        if stages.any(|stage| stage["bytes"].as_u64().unwrap() > 200_000_000) {
            early = if early == 0 { memory() } else { early };
            most = most.max(memory());
        }
        if update["payload"]["status"] == "completed" {
            break;
        }
    }
    println!("{} MB/s through each of two taps", 2_000_000 / began.elapsed().as_millis());
    println!("{} MB after a tenth, {} MB at most", early >> 20, most >> 20);
    assert!(early > 0 && most < early + early / 8, "{early} bytes became {most}; {answer}");
}

#[allow(unsafe_code)]
fn with_temporary_folder(folder: &Path) {
    // SAFETY: the process runs one test, and no other thread of it changes the environment.
    unsafe { std::env::set_var("TMPDIR", folder) };
}

/// What the next test runs in a process of its own, where it may mount a small disk.
#[tokio::test]
async fn a_small_disk_that_is_full() {
    if std::env::var_os("PORTHOLE_TEST_FULL_DISK").is_none() {
        return;
    }
    // The first server makes the folder.
    drop(server("/bin/bash").await);
    let folder = runtime_folder();
    let options = ["-t", "tmpfs", "-o", "size=4m,nr_inodes=200,mode=700", "none"];
    assert!(Command::new("mount").args(options).arg(&folder).status().unwrap().success());
    for shell in ["/bin/bash", "/bin/dash", "/usr/bin/zsh", "/usr/bin/fish"] {
        let server = server(shell).await;
        let mut client = server.client_with(&FEATURES).await;
        let fields = json!({"breakpoints": [0], "format": "raw", "streams": "pipes"});
        let first = client.run_with("seq 1 3 | cat", fields.clone()).await;
        assert_eq!(first.answer["payload"]["breakpoints"][0]["result"], "ok", "{shell}: {first:?}");
        // No room for bytes: a tap needs none.
        let full = folder.join("full");
        let written = std::io::copy(&mut std::io::repeat(0), &mut std::fs::File::create(&full).unwrap());
        assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
        let tapped = client.run_with("seq 1 30000 | tail -1", fields.clone()).await;
        assert_eq!(tapped.stdout, "30000\n", "{shell}");
        assert_eq!(counts(&tapped, 0).0, 168_894, "{shell}");
        let from = json!({"serverId": tapped.answer["payload"]["serverId"], "location": 0});
        let refused = client.start_with("cat", json!({"stdinFrom": from})).await;
        assert_eq!(refused["payload"]["code"], "shell-failed", "{shell}: {refused}");
        if shell.ends_with("fish") {
            // What fish runs to its end first waits somewhere else.
            let text = "begin; seq 1 500000; end | cksum";
            let plain = plain(&mut client, text).await;
            with_temporary_folder(&folder);
            assert_eq!(client.run_with(text, fields.clone()).await.stdout, plain.stdout);
            with_temporary_folder(Path::new("/tmp"));
        }
        // No room for names: with none at all the command runs untapped, with one after another too.
        let mut fillers = Vec::new();
        while let Ok(filler) = std::fs::File::create(folder.join(format!("filler-{}", fillers.len()))) {
            drop(filler);
            fillers.push(folder.join(format!("filler-{}", fillers.len())));
        }
        let mut outcomes = Vec::new();
        for free in 0..10 {
            for filler in fillers.drain(..fillers.len().min(usize::from(free > 0))) {
                std::fs::remove_file(filler).unwrap();
            }
            // On a terminal, for which the shell needs no names of its own.
            let fields = json!({"breakpoints": [0, 1], "format": "raw"});
            let finished = client.run_with("seq 1 3 | tac; seq 4 5 | cat", fields).await;
            let stdout = finished.stdout.replace('\r', "");
            assert_eq!(stdout, "3\n2\n1\n4\n5\n", "{shell} with {free} free names: {finished:?}");
            assert_eq!(finished.last["payload"]["exitCode"], 0, "{shell} with {free} free names");
            let answer = &finished.answer["payload"]["breakpoints"][0];
            outcomes.push((answer["result"] == "ok", finished.taps.is_empty()));
        }
        assert!(
            outcomes.contains(&(false, true)) && outcomes.contains(&(true, false)),
            "{shell}: {outcomes:?}"
        );
        for left in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if left.is_file() {
                std::fs::remove_file(left).unwrap();
            }
        }
        let again = client.run_with("seq 1 3 | cat", fields).await;
        assert_eq!(again.answer["payload"]["breakpoints"][0]["result"], "ok", "{shell}");
        server.engine.stop().await;
    }
    println!("every command ran");
}

/// In a mount namespace of its own, as root or in a user namespace.
#[test]
fn a_full_disk_leaves_commands_untapped_and_unharmed() {
    let name = "pipelines::a_small_disk_that_is_full";
    let spaces: &[&str] = if rustix::process::geteuid().is_root() { &["-m"] } else { &["-U", "-r", "-m"] };
    let can_mount = ["sh", "-c", "mount -t tmpfs none /mnt"];
    if !Command::new("unshare")
        .args(spaces)
        .args(can_mount)
        .output()
        .is_ok_and(|output| output.status.success())
    {
        println!("this system lets nobody mount a small disk; nothing was tested");
        return;
    }
    let inner = Command::new("unshare")
        .args(spaces)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("PORTHOLE_TEST_FULL_DISK", "1")
        .output()
        .unwrap();
    let printed =
        String::from_utf8_lossy(&inner.stdout).into_owned() + &String::from_utf8_lossy(&inner.stderr);
    assert!(inner.status.success() && printed.contains("every command ran"), "{printed}");
}
