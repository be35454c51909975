//! Tapped commands end as they did: early readers, interrupts, terminals, functions, and an engine that dies.

#![allow(clippy::unwrap_used)]

#[path = "breakpoints/shell.rs"]
mod shell;

use std::path::Path;
use std::time::Duration;

use engine::breakpoints::{Means, TapEvent};
use shell::{finish, prepare, prepare_by, program, run, run_tapped, runtime, start};

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

fn folders(runtime: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(runtime).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "tap").collect()
}

#[tokio::test]
async fn an_early_end_of_the_reader_ends_the_tapped_stage_by_sigpipe() {
    let (runtime, folder) = (runtime(), here());
    for (shell, text) in [
        ("bash", "yes | head -n 1; echo ${PIPESTATUS[*]}"),
        ("zsh", "yes | head -n 1; echo $pipestatus"),
        ("fish", "yes | head -n 1; echo $pipestatus"),
        ("sh", "yes | head -n 1; echo 141 0"),
    ] {
        if program(shell).is_some() {
            let tapped = run_tapped(shell, text, b"", &[0], folder.path(), runtime.path()).await;
            assert_eq!(String::from_utf8_lossy(&tapped.outcome.stdout), "y\n141 0\n", "{shell}");
        }
    }
}

#[tokio::test]
async fn what_outlives_the_command_flows_on_after_its_taps_are_finished() {
    let (runtime, folder) = (runtime(), here());
    let (rewritten, taps, _) =
        prepare("bash", "{ read x <gate; echo late; } | cat >result & echo now", &[0], runtime.path()).await;
    let gate = folder.path().join("gate");
    rustix::fs::mkfifoat(rustix::fs::CWD, &gate, rustix::fs::Mode::RWXU).unwrap();
    let child = start("bash", &rewritten, b"", folder.path());
    let mut child = child;
    child.wait().unwrap();
    let opened =
        tokio::task::spawn_blocking(move || std::fs::OpenOptions::new().write(true).open(gate).unwrap());
    let opened = opened.await.unwrap();
    let _ = taps.finish();
    drop(opened);
    let result = folder.path().join("result");
    until(|| std::fs::read(&result).is_ok_and(|bytes| bytes == b"late\n")).await;
    until(|| folders(runtime.path()).is_empty()).await;
}

#[tokio::test]
async fn a_function_that_a_tapped_command_defined_is_as_its_text_says_afterwards() {
    let (runtime, folder) = (runtime(), here());
    let definitions = [
        "f() { echo \"$1\" | tr a-z A-Z; }",
        "function f { echo a | cat; } 2>/dev/null",
        "f() { g() { echo a | cat; }; echo b | cat; g; }",
        "f() ( cat <<E | cat\nx $(echo y | cat)\nE\n)",
        "if true; then f() { echo a | cat; }; else f() { echo b | cat; }; fi",
        "f() { echo a | cat; }; f; f() { echo other; }",
        "f() { echo a | cat; }; f; unset -f f",
    ];
    let of_fish = [
        "function f; echo \"$argv[1]\" | tr a-z A-Z; end",
        "function f -a x\n  echo $x | cat # a | b\nend 2>/dev/null",
        "function f; function g; echo a | cat | cat; end; echo b | cat; g; end",
        "if true; function f; echo a | cat; end; else; function f; echo b | cat; end; end",
        "function f; echo a | cat; end; f; function f; echo other; end",
        "function f; echo a | cat; end; f; functions -e f; function f; end",
    ];
    for (shell, show, definitions) in [
        ("bash", "declare -f", &definitions[..]),
        ("zsh", "functions", &definitions),
        ("fish", "functions f; functions -q g; and functions g", &of_fish),
    ] {
        if program(shell).is_none() {
            continue;
        }
        for definition in definitions {
            let text = format!("{definition}; f a");
            let (rewritten, taps, answers) = prepare(shell, &text, &[0], runtime.path()).await;
            assert_eq!(answers[0].unavailable, None, "{shell}: {text}");
            let restore = taps.restore().unwrap();
            let untapped = run(shell, &format!("{text}\n{show}"), b"", folder.path());
            let tapped = format!("{rewritten}\n{restore}{show}");
            let child = start(shell, &tapped, b"", folder.path());
            let restored = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
            assert_eq!(
                String::from_utf8_lossy(&restored.stdout),
                String::from_utf8_lossy(&untapped.stdout),
                "{shell}: {tapped}"
            );
        }
    }
}

#[tokio::test]
async fn a_fifo_that_cannot_be_made_leaves_its_stage_untapped() {
    let (runtime, folder) = (runtime(), here());
    for shell in shells().filter(|shell| *shell != "fish") {
        let text = "seq 1 3 | tac; { echo out; echo err >&2; exit 3; } | cat; seq 4 5 | cat";
        // Of the FIFOs that are made one after another these are in the way.
        for taken in [&[1][..], &[2], &[3, 4], &[1, 2, 3, 4, 5, 6]] {
            let (rewritten, taps, _) = prepare(shell, text, &[0, 1, 2], runtime.path()).await;
            let of_the_command = runtime.path().join(&folders(runtime.path())[0]);
            for number in taken {
                std::fs::write(of_the_command.join(number.to_string()), "").unwrap();
            }
            let untapped = run(shell, text, b"", folder.path());
            let child = start(shell, &rewritten, b"", folder.path());
            let outcome = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
            assert_eq!(outcome, untapped, "{shell}: {taken:?}");
            let _ = taps.finish();
            until(|| folders(runtime.path()).is_empty()).await;
        }
    }
}

#[tokio::test]
async fn an_engine_that_dies_at_any_moment_leaves_no_shell_hanging() {
    let folder = here();
    std::fs::write(folder.path().join("gate"), "in\n").unwrap();
    let shells: Vec<_> = shells().filter(|shell| ["bash", "fish"].contains(shell)).collect();
    for (moment, shell) in (0..24_u64).flat_map(|moment| shells.iter().map(move |shell| (moment, *shell))) {
        let runtime = runtime();
        let mut engine = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "an_engine_that_prepares_taps_and_waits"])
            .env("PORTHOLE_TEST_TAPS", runtime.path())
            .env("PORTHOLE_TEST_SHELL", shell)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let text = runtime.path().join("text");
        until(|| text.exists()).await;
        let text = std::fs::read_to_string(text).unwrap();
        let child = start(shell, &text, b"", folder.path());
        // Anywhere between the start of the shell and its end, some milliseconds later.
        tokio::time::sleep(Duration::from_micros(moment * 400)).await;
        engine.kill().unwrap();
        engine.wait().unwrap();
        let outcome = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
        let seen = String::from_utf8_lossy(&outcome.stdout).into_owned();
        // What flowed through the engine may be gone with it; nothing is there twice or out of order.
        assert!("in\nout\n".starts_with(&seen), "{shell}: {moment}: {seen}");
    }
}

#[tokio::test]
async fn a_stage_whose_stderr_was_a_terminal_still_has_one() {
    use std::io::Read;
    use std::os::unix::process::CommandExt;
    let (runtime, folder) = (runtime(), here());
    for shell in shells() {
        let text = "sh -c 'test -t 2 && stty size <&2 >&2; echo x' | cat";
        let (rewritten, mut taps, _) = prepare(shell, text, &[0], runtime.path()).await;
        let master =
            rustix::pty::openpt(rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let path = rustix::pty::ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let size = rustix::termios::Winsize { ws_row: 33, ws_col: 77, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&master, size).unwrap();
        let open = || std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let mut child = std::process::Command::new(program(shell).unwrap())
            .args(if shell == "fish" { &["--no-config", "-c"][..] } else { &["-c"][..] })
            .arg(&rewritten)
            .current_dir(folder.path())
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut terminal = std::fs::File::from(master);
        let (mut shown, mut buffer) = (Vec::new(), [0; 100]);
        while !shown.ends_with(b"x\r\n") {
            let length = terminal.read(&mut buffer).unwrap();
            shown.extend_from_slice(&buffer[..length]);
        }
        assert_eq!(String::from_utf8_lossy(&shown), "33 77\r\nx\r\n", "{shell}");
        child.wait().unwrap();
        let mut buffer = [0; 100];
        while !matches!(taps.next(&mut buffer).await, TapEvent::Ended { .. }) {}
        assert_eq!(taps.captured(0, None).unwrap().stderr.head, b"33 77\n", "{shell}");
    }
}

#[tokio::test]
async fn an_interrupt_ends_all_of_a_tapped_pipeline() {
    use std::os::unix::process::CommandExt;
    let (runtime, folder) = (runtime(), here());
    for shell in shells() {
        let text = "sh -c 'echo $$ >pid; exec sleep 1000' | cat";
        let (rewritten, mut taps, _) = prepare(shell, text, &[0], runtime.path()).await;
        let _ = std::fs::remove_file(folder.path().join("pid"));
        let mut child = std::process::Command::new(program(shell).unwrap())
            .args(if shell == "fish" { &["--no-config", "-c"][..] } else { &["-c"][..] })
            .arg(&rewritten)
            .current_dir(folder.path())
            .process_group(0)
            .spawn()
            .unwrap();
        until(|| std::fs::read(folder.path().join("pid")).is_ok_and(|bytes| bytes.ends_with(b"\n"))).await;
        let group = rustix::process::Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::INT).unwrap();
        child.wait().unwrap();
        // fish may have been ended before it began the last stage; that nothing begins any more the taps learn at their end.
        if shell != "fish" {
            let mut buffer = [0; 100];
            while !matches!(taps.next(&mut buffer).await, TapEvent::Ended { .. }) {}
        }
        let _ = taps.finish();
        until(|| folders(runtime.path()).is_empty()).await;
    }
}

/// What a test runs in a process of its own: an engine that prepares taps and is killed.
#[test]
fn an_engine_that_prepares_taps_and_waits() {
    let Some(folder) = std::env::var_os("PORTHOLE_TEST_TAPS") else { return };
    let folder = Path::new(&folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let shell = std::env::var("PORTHOLE_TEST_SHELL").unwrap_or_else(|_| "bash".to_owned());
        let text = if shell == "fish" {
            "begin; cat gate; echo out; end | cat"
        } else {
            "{ cat gate; echo out; } | cat"
        };
        let means =
            if std::env::var_os("PORTHOLE_TEST_POSIX").is_some() { Means::Posix } else { Means::HERE };
        let (rewritten, _taps, _) = prepare_by(means, &shell, text, &[0], folder).await;
        std::fs::write(folder.join("text.part"), rewritten).unwrap();
        std::fs::rename(folder.join("text.part"), folder.join("text")).unwrap();
        std::future::pending::<()>().await;
    });
}

#[tokio::test]
async fn the_death_of_the_engine_leaves_no_shell_hanging() {
    an_engine_dies(&[]).await;
}

#[tokio::test]
async fn the_death_of_the_engine_leaves_no_shell_hanging_on_other_systems() {
    an_engine_dies(&[("PORTHOLE_TEST_POSIX", "1")]).await;
}

async fn an_engine_dies(environment: &[(&str, &str)]) {
    let (runtime, folder) = (runtime(), here());
    let mut engine = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "an_engine_that_prepares_taps_and_waits"])
        .env("PORTHOLE_TEST_TAPS", runtime.path())
        .envs(environment.iter().copied())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let text = runtime.path().join("text");
    until(|| text.exists()).await;
    let text = std::fs::read_to_string(text).unwrap();
    let gate = folder.path().join("gate");
    rustix::fs::mkfifoat(rustix::fs::CWD, &gate, rustix::fs::Mode::RWXU).unwrap();
    let open = {
        let gate = gate.clone();
        move || std::fs::OpenOptions::new().write(true).open(gate).unwrap()
    };
    // Killed in the middle of a run.
    let child = start("bash", &text, b"", folder.path());
    let opened = tokio::task::spawn_blocking(open).await.unwrap();
    engine.kill().unwrap();
    engine.wait().unwrap();
    drop(opened);
    tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
    // Dead before it begins: the pipeline runs untapped.
    std::fs::remove_file(&gate).unwrap();
    std::fs::write(&gate, "in\n").unwrap();
    let child = start("bash", &text, b"", folder.path());
    let outcome = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
    assert_eq!(outcome.stdout, b"in\nout\n");
    assert_eq!(outcome.stderr, b"");
}
