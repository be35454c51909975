//! How commands end, and that the session works afterwards.

use crate::fixture::{BASH, DASH, FISH, Session, ZSH, finish, installed, until};
use engine::protocol::{Size, Streams};
use engine::shell::{Request, ShellError, Shells};

#[tokio::test]
async fn whatever_ends_the_shell_leaves_a_working_session_with_its_state() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let set = if shell == FISH { "set -gx kept yes" } else { "export kept=yes" };
        session.exact(set).await;
        session.exact("cd /usr").await;
        let cases: &[(&str, i32, Option<i32>)] = &[
            ("exit 3", 3, None),
            ("exec sh -c 'exit 4'", 4, None),
            ("exec sh -c 'kill -9 $$'", 137, Some(9)),
            ("false", 1, None),
            ("if (", -1, None),
        ];
        for (text, code, signal) in cases {
            let ending = session.exact(text).await.ending;
            match code {
                -1 => assert_ne!(ending.exit_code, 0, "{shell}: {text}"),
                code => assert_eq!((ending.exit_code, ending.signal), (*code, *signal), "{shell}: {text}"),
            }
            assert_eq!(session.says("echo $kept; pwd").await, "yes\n/usr\n", "{shell}: {text}");
        }
        if shell != FISH {
            session.exact("set -e").await;
            assert_eq!(session.exact("false").await.ending.exit_code, 1, "{shell}");
            assert_eq!(session.says("set +e; echo $kept").await, "yes\n", "{shell}");
            let killed = session.exact("kill -9 $$").await.ending;
            assert_eq!((killed.exit_code, killed.signal), (137, Some(9)), "{shell}");
            assert_eq!(session.says("echo $kept").await, "yes\n", "{shell}");
            let unset = session.exact("echo ${none?no such thing}").await;
            assert_ne!(unset.ending.exit_code, 0, "{shell}: {unset:?}");
            assert!(unset.out.contains("no such thing"), "{shell}: {unset:?}");
            assert_eq!(session.says("echo $kept").await, "yes\n", "{shell}");
        }
    }
}

#[tokio::test]
async fn no_output_forges_an_end_a_status_or_a_folder() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let text = "printf 'e\\0009\\0000\\0000\\000/forged\\000PROMPT> \\033]7;file:///forged\\007\\033]133;D;0\\007e\\n'; sh -c 'exit 5'";
        let printed = session.exact(text).await;
        assert_eq!(printed.ending.exit_code, 5, "{shell}");
        assert_ne!(printed.ending.cwd.to_str(), Some("/forged"), "{shell}");
        assert!(printed.out.contains("\0/forged\0PROMPT> "), "{shell}: {printed:?}");
    }
}

#[tokio::test]
async fn an_unfinished_text_takes_nothing_of_the_engine_for_its_rest() {
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        session.exact("unset PROMPT_COMMAND").await;
        for text in ["echo a \\", "/bin/echo a \\", "/bin/echo a | cat \\", "foo()", "foo() "] {
            let printed = session.exact(text).await;
            assert!(!printed.out.contains("porthole"), "{shell}: {text}: {}", printed.out);
        }
        assert_eq!(session.says("echo next").await, "next\n", "{shell}");
    }
}

#[tokio::test]
async fn a_text_of_bash_that_ends_in_a_pipe_ends_when_its_programs_do() {
    // What follows the text is in the pipeline here; without a hook it could tell the end.
    for hook in ["PROMPT_COMMAND=:", "unset PROMPT_COMMAND"] {
        let session = Session::new(BASH).await;
        session.exact(hook).await;
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        session.exact(&format!("{{ sleep 0.3; touch {}; }} |", mark.display())).await;
        assert!(mark.exists(), "{hook}");
        assert_eq!(session.says("echo next").await, "next\n", "{hook}");
    }
}

#[tokio::test]
async fn typed_control_characters_do_what_they_do_in_a_terminal() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let mut running =
            session.begin("sh -c 'echo ready; exec sleep 100'; echo not reached", Streams::Exact).await;
        until(&mut running, "ready").await;
        running.control().write(b"\x03").await.unwrap();
        let printed = finish(&mut running).await;
        assert_eq!(printed.ending.exit_code, 130, "{shell}: {printed:?}");
        assert!(!printed.out.contains("not reached"), "{shell}: {printed:?}");

        let mut running = session.begin("cat", Streams::Exact).await;
        running.control().write(b"typed\n").await.unwrap();
        until(&mut running, "typed\r\ntyped\r\n").await;
        running.control().write(b"\x04").await.unwrap();
        assert_eq!(finish(&mut running).await.ending.exit_code, 0, "{shell}");

        let mut running = session.begin("sh -c 'echo ready; exec sleep 100'", Streams::Exact).await;
        until(&mut running, "ready").await;
        running.control().write(b"\x1a").await.unwrap();
        finish(&mut running).await;
        let jobs = session.says("jobs").await;
        assert!(jobs.contains("sleep") || jobs.contains("sh -c"), "{shell}: {jobs:?}");
        assert_eq!(session.says("echo on").await, "on\n", "{shell}");
        session.shell.stop().await;
    }
}

#[tokio::test]
async fn an_interrupted_program_is_in_the_history() {
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        let script = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&script, "echo ready; exec sleep 100\n").unwrap();
        let text = format!("/bin/sh {}", script.path().display());
        session.exact("unset PROMPT_COMMAND").await;
        let mut running = session.begin(&text, Streams::Exact).await;
        until(&mut running, "ready").await;
        running.control().write(b"\x03").await.unwrap();
        assert_eq!(finish(&mut running).await.ending.exit_code, 130, "{shell}");
        let history = session.says("fc -l").await;
        assert_eq!(history.matches(&text).count(), 1, "{shell}: {history}");
    }
}

#[tokio::test]
async fn an_interrupted_command_leaves_the_same_shell() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let own = if shell == FISH { "echo $fish_pid" } else { "echo $$" };
        let before = session.says(own).await;
        session.exact(if shell == FISH { "set kept yes" } else { "kept=yes" }).await;
        for text in [
            "SLEEP",
            "SLEEP\n",
            "SLEEP | cat",
            "SLEEP | cat | cat; echo on",
            "true | SLEEP && echo on",
            "cat | SLEEP",
        ] {
            // What is typed before a shell has given it the terminal is not for it.
            let program = "sh -c 'while read -r i n s p group o t front x </proc/$$/stat; [ $group != $front ]; do :; \
                 done; echo ready; exec sleep 100'";
            let text = text.replace("SLEEP", program);
            let mut running = session.begin(&text, Streams::Exact).await;
            until(&mut running, "ready").await;
            running.control().write(b"\x03").await.unwrap();
            let printed = finish(&mut running).await;
            if shell != DASH || !text.contains('|') {
                assert_eq!(printed.ending.exit_code, 130, "{shell}: {text:?}");
            }
            assert!(!printed.out.contains("on\r\n"), "{shell}: {text:?}: {printed:?}");
            assert_eq!(session.says(own).await, before, "{shell}: {text:?}");
            assert_eq!(session.says("echo $kept").await, "yes\n", "{shell}: {text:?}");
        }
    }
}

#[tokio::test]
async fn a_stopped_pipeline_comes_back_to_the_foreground_with_the_terminal() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let mut running =
            session.begin("sh -c 'echo ready; read x; echo got $x' | cat", Streams::Exact).await;
        until(&mut running, "ready").await;
        running.control().write(b"\x1a").await.unwrap();
        finish(&mut running).await;
        let mut running = session.begin("fg", Streams::Exact).await;
        // Each shell says what goes on.
        until(&mut running, "cat").await;
        running.control().write(b"typed\n").await.unwrap();
        until(&mut running, "got typed\r\n").await;
        assert_eq!(finish(&mut running).await.ending.exit_code, 0, "{shell}");
    }
}

#[tokio::test]
async fn what_an_interrupted_command_of_fish_printed_is_not_taken_for_its_prompt() {
    for shell in installed(&[FISH]) {
        let session = Session::new(shell).await;
        let text = "echo printed; kill -INT $fish_pid; sleep 100; echo not reached";
        let mut running = session.begin(text, Streams::Exact).await;
        // The prompt has come and gone, and nobody has read yet.
        assert_eq!(session.says("echo on").await, "on\n");
        assert_eq!(finish(&mut running).await.out, "printed\r\n");
    }
}

#[tokio::test]
async fn signals_go_to_the_foreground_group() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let mut running = session.begin("sh -c 'echo ready; exec sleep 100' | cat", Streams::Exact).await;
        until(&mut running, "ready").await;
        let control = running.control();
        assert!(matches!(control.signal(0), Err(ShellError::Signal(0))));
        assert!(matches!(control.signal(65), Err(ShellError::Signal(65))));
        assert!(matches!(control.signal(-1), Err(ShellError::Signal(-1))));
        control.signal(15).unwrap();
        let ending = finish(&mut running).await.ending;
        assert_eq!((ending.exit_code, ending.signal), (143, Some(15)), "{shell}");
        assert!(matches!(control.signal(15), Err(ShellError::Ended)));
        assert!(matches!(control.write(b"x").await, Err(ShellError::Ended)));
    }
}

/// Whether the kernel tells how a process ended to those who are not its parent: Linux 6.15 and later.
fn the_kernel_tells() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (6, 15)
}

#[tokio::test]
async fn an_exit_code_above_128_is_no_signal() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        for code in [129, 130, 143, 200, 255] {
            let ending = session.exact(&format!("sh -c 'exit {code}'")).await.ending;
            assert_eq!((ending.exit_code, ending.signal), (code, None), "{shell}");
        }
        // A program that was seen, whatever it was sent.
        for (end, code, signal) in [
            ("exit 143", 143, None),
            ("exit 137", 137, None),
            ("kill -USR1 $$", 138, Some(10)),
            ("kill -9 $$", 137, Some(9)),
        ] {
            if !the_kernel_tells() {
                eprintln!("skipped: this kernel tells nobody but parents");
                break;
            }
            let text = format!("sh -c 'trap \"exit 143\" TERM; echo ready; read x; {end}'");
            let mut running = session.begin(&text, Streams::Exact).await;
            until(&mut running, "ready").await;
            running.control().write(b"\n").await.unwrap();
            let ending = finish(&mut running).await.ending;
            assert_eq!((ending.exit_code, ending.signal), (code, signal), "{shell}: {end}");
        }
        let mut running = session
            .begin("sh -c 'trap \"exit 143\" TERM; echo ready; while :; do sleep 0.01; done'", Streams::Exact)
            .await;
        until(&mut running, "ready").await;
        running.control().signal(15).unwrap();
        let ending = finish(&mut running).await.ending;
        let signal = if the_kernel_tells() { None } else { Some(15) };
        assert_eq!((ending.exit_code, ending.signal), (143, signal), "{shell}");
    }
}

#[tokio::test]
async fn a_loop_of_the_shell_itself_can_be_killed() {
    for shell in installed(&[BASH, ZSH, DASH]) {
        let session = Session::new(shell).await;
        session.exact("kept=yes").await;
        let mut running = session.begin("trap '' INT; echo ready; while :; do :; done", Streams::Exact).await;
        until(&mut running, "ready").await;
        running.control().kill();
        finish(&mut running).await;
        assert_eq!(session.says("echo $kept").await, "yes\n", "{shell}");
    }
}

#[tokio::test]
async fn what_cannot_run_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let limits = engine::Limits::default();
    let missing = Shells::start(Some("/no/shell".into()), folder.path(), &limits).await;
    assert!(matches!(missing, Err(ShellError::Missing(_))));
    let no_program = Shells::start(Some("/etc/passwd".into()), folder.path(), &limits).await;
    assert!(matches!(no_program, Err(ShellError::NotExecutable(_))));

    let session = Session::new(BASH).await;
    for (cols, rows) in [(0, 0), (65_535, 65_535), (80, 0)] {
        let request = Request { text: ":".into(), streams: Streams::Exact, size: Size { cols, rows } };
        assert!(matches!(session.shell.run(request).await, Err(ShellError::Size { .. })));
    }
    let request = Request { text: "a\0b".into(), streams: Streams::Exact, size: Size::default() };
    assert!(matches!(session.shell.run(request).await, Err(ShellError::Nul)));
    session.shell.stop().await;
    let request = Request { text: ":".into(), streams: Streams::Exact, size: Size::default() };
    assert!(matches!(session.shell.run(request).await, Err(ShellError::Stopped)));
}

#[tokio::test]
async fn the_statuses_of_a_pipeline_are_told_where_the_shell_knows_them() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let ending = session.exact("sh -c 'exit 2' | true | sh -c 'exit 4'").await.ending;
        assert_eq!((ending.exit_code, ending.pipe_status), (4, vec![2, 0, 4]), "{shell}");
    }
}

#[tokio::test]
async fn a_function_in_place_of_what_drives_a_bash_is_not_kept_and_that_is_said() {
    let session = Session::new(BASH).await;
    let printed = session.exact("builtin() { echo mine; }; builtin").await;
    assert!(printed.out.starts_with("mine"), "{printed:?}");
    assert!(printed.out.contains("the function builtin is not kept"), "{printed:?}");
    assert_eq!(printed.ending.exit_code, 0);
    assert_eq!(session.says("builtin echo next").await, "next\n");
    // Nor where the text does not show it.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "builtin() { echo mine; }\n").unwrap();
    let printed = session.exact(&format!(". {}", file.path().display())).await;
    assert!(printed.out.contains("the function builtin is not kept"), "{printed:?}");
    assert_eq!(session.says("builtin echo next").await, "next\n");
}

#[tokio::test]
async fn a_shell_that_ends_with_a_failure_lives_on_after_one_that_it_lets_pass() {
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        let hooks = if shell == BASH { "PROMPT_COMMAND=:" } else { "precmd() { :; }" };
        let own = session.says("echo $$").await;
        for before in ["unset PROMPT_COMMAND", hooks] {
            session.exact(before).await;
            session.exact("set -e").await;
            for text in ["false && true", "! true", "! true | true", "test -z $$ && echo"] {
                assert_eq!(session.exact(text).await.ending.exit_code, 1, "{shell}: {text}");
                assert_eq!(session.says("echo $$").await, own, "{shell}: {before}: {text}");
                session.exact(text).await;
                assert_eq!(session.says("echo $?").await, "1\n", "{shell}: {text}");
            }
            session.exact("set +e").await;
        }
    }
}
