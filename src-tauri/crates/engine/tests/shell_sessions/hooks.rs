//! The user's own hooks on prompts and commands, and what the next command finds of the former one.

use crate::fixture::{BASH, FISH, Session, ZSH, finish, installed, rc_file, until};
use engine::protocol::Streams;

/// Defines hooks that note what they see in a file, and print.
async fn with_hooks(session: &Session, shell: &str) -> tempfile::NamedTempFile {
    let notes = tempfile::NamedTempFile::new().unwrap();
    let file = notes.path().to_str().unwrap();
    let define = match shell {
        BASH => format!(
            "PROMPT_COMMAND=('echo \"first $?\" >>{file}; echo printed' 'echo \"second $?\" >>{file}; false')"
        ),
        ZSH => format!(
            "precmd() {{ echo \"first $?\" >>{file}; echo printed }}; note() {{ echo \"second $?\" >>{file}; false }}; \
             precmd_functions+=(note); preexec() {{ echo \"before $3\" >>{file}; echo printed }}"
        ),
        _ => format!(
            "function note1 --on-event fish_postexec; echo \"first $status\" >>{file}; echo printed; end; \
             function note2 --on-event fish_prompt; echo \"second $status\" >>{file}; false; end; \
             function note3 --on-event fish_preexec; echo \"before $argv\" >>{file}; echo printed; end"
        ),
    };
    session.exact(&define).await;
    std::fs::write(&notes, "").unwrap();
    notes
}

#[tokio::test]
async fn hooks_run_once_a_command_with_its_status_and_print_nothing_into_its_output() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let notes = with_hooks(&session, shell).await;
        let read = || {
            let text = std::fs::read_to_string(&notes).unwrap();
            std::fs::write(&notes, "").unwrap();
            text
        };
        for (text, out, status) in [("sh -c 'exit 7'", "", 7), ("echo hi", "hi\r\n", 0)] {
            let printed = session.exact(text).await;
            assert_eq!((printed.out.as_str(), printed.ending.exit_code), (out, status), "{shell}");
            let before = if shell == BASH { String::new() } else { format!("before {text}\n") };
            assert_eq!(read(), format!("{before}first {status}\nsecond {status}\n"), "{shell}: {text}");
        }
        // What cannot be parsed is a command, too, and an interrupted one.
        session.exact("if (").await;
        read();
        let mut running = session.begin("sh -c 'echo ready; exec sleep 100'", Streams::Exact).await;
        until(&mut running, "ready").await;
        running.control().write(b"\x03").await.unwrap();
        assert_eq!(finish(&mut running).await.ending.exit_code, 130, "{shell}");
        assert_eq!(read().matches("second 130").count(), 1, "{shell}");
        assert_eq!(session.says("echo on").await, "on\n", "{shell}");
    }
}

#[tokio::test]
async fn hooks_outlive_the_shell() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let notes = with_hooks(&session, shell).await;
        session.exact(if shell == FISH { "kill -9 $fish_pid" } else { "kill -9 $$" }).await;
        session.exact("sh -c 'exit 5'").await;
        let text = std::fs::read_to_string(&notes).unwrap();
        assert!(text.ends_with("first 5\nsecond 5\n"), "{shell}: {text}");
    }
}

#[tokio::test]
async fn a_hook_that_hangs_holds_its_command_and_can_be_ended() {
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        let hang = "sh -c 'echo stuck >&2; exec sleep 100'";
        let define = match shell {
            BASH => format!("PROMPT_COMMAND=\"[ -n \\\"\\$free\\\" ] || {{ free=1; {hang}; }}\""),
            _ => format!("precmd() {{ unfunction precmd; {hang} }}"),
        };
        let mut running = session.begin(&define, Streams::Exact).await;
        until(&mut running, "stuck").await;
        running.control().write(b"\x03").await.unwrap();
        assert_eq!(finish(&mut running).await.ending.exit_code, 0, "{shell}");
        assert_eq!(session.says("echo on").await, "on\n", "{shell}");
    }
}

#[tokio::test]
async fn the_next_command_finds_the_statuses_of_the_former_pipeline_and_its_last_word() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        session.exact("sh -c 'exit 2' | true | sh -c 'exit 4'").await;
        let show = match shell {
            BASH => "echo $? ${PIPESTATUS[@]}",
            ZSH => "echo $? $pipestatus",
            _ => "echo $status $pipestatus",
        };
        assert_eq!(session.says(show).await, "4 2 0 4\n", "{shell}");
    }
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        let hooks = if shell == BASH { "PROMPT_COMMAND=:" } else { "precmd() { true 1 2; }" };
        for hooks in ["true", hooks] {
            session.exact(hooks).await;
            for (text, status) in [
                ("echo two", 0),
                ("/bin/echo one two", 0),
                ("cd /tmp; echo two", 0),
                ("true; test -z two", 1),
            ] {
                session.exact(text).await;
                assert_eq!(
                    session.says("echo \"$_\" $?").await,
                    format!("two {status}\n"),
                    "{shell}: {text}"
                );
                session.exact(text).await;
                // Plain words do not look at it, and have one of their own.
                session.exact("cd /tmp").await;
                assert_eq!(session.says("ls -d $_").await, "/tmp\n", "{shell}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn the_messages_of_a_zsh_name_no_file_of_the_engine() {
    for shell in installed(&[ZSH]) {
        let session = Session::new(shell).await;
        let printed = session.exact("no-such-command").await;
        assert!(printed.out.starts_with("zsh:"), "{printed:?}");
        assert!(printed.out.ends_with(": command not found: no-such-command\r\n"), "{printed:?}");
    }
}

#[tokio::test]
async fn lines_are_those_of_the_command_and_messages_show_nothing_of_the_engine() {
    let session = Session::new(BASH).await;
    session.exact("break").await;
    for _ in 0..2 {
        assert_eq!(session.says("echo $LINENO\necho $LINENO").await, "1\n2\n");
    }
    let printed = session.says("echo )").await;
    assert!(printed.starts_with("bash: eval: line 1: syntax error near"), "{printed}");
    for text in ["x=(", "echo )", "if (", "echo 'x", "f() {"] {
        let printed = session.says(text).await;
        assert!(printed.contains("bash: ") && !printed.contains("porthole"), "{text}: {printed}");
    }
    for shell in installed(&[FISH]) {
        let session = Session::new(shell).await;
        let printed = session.says("echo one\nno-such-command").await;
        assert!(printed.contains("Unknown command: no-such-command"), "{printed}");
        for text in
            ["no-such-command", "count; test x -gt", "echo (", "f(", "function f; no-such-command; end; f"]
        {
            let printed = session.says(text).await;
            assert!(!printed.contains("porthole") && !printed.contains("driver"), "{text}: {printed}");
        }
    }
}

#[tokio::test]
async fn what_leaves_a_loop_that_is_not_there_runs_once_and_leaves_the_same_shell() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let own = if shell == FISH { "echo $fish_pid" } else { "echo $$" };
        let before = session.says(own).await;
        for text in ["echo once; continue", "echo once; break"] {
            assert_eq!(session.says(text).await.matches("once\n").count(), 1, "{shell}: {text}");
            assert_eq!(session.says(own).await, before, "{shell}: {text}");
        }
    }
}

#[tokio::test]
async fn strict_and_strange_options_of_an_rc_file_are_no_hindrance() {
    let cases = [
        (BASH, ".bashrc", "set -u"),
        (BASH, ".bashrc", "set -o noclobber -o pipefail; shopt -s extdebug; trap : DEBUG"),
        (ZSH, ".zshrc", "setopt nounset"),
        (ZSH, ".zshrc", "setopt ksharrays shwordsplit globsubst noclobber"),
        (ZSH, ".zshrc", "setopt errreturn localtraps localoptions"),
        (ZSH, ".zshrc", "emulate sh"),
        (ZSH, ".zshrc", "emulate ksh"),
        (ZSH, ".zshrc", "emulate csh"),
    ];
    for (shell, file, options) in cases {
        if installed(&[shell]).is_empty() {
            continue;
        }
        rc_file(file, &format!("{options}\nrc=read\n"));
        let session = Session::new(shell).await;
        let printed = session.exact("echo $rc").await;
        assert_eq!((printed.out.as_str(), printed.err.as_str()), ("read\r\n", ""), "{options}");
        assert_eq!(session.exact("sh -c 'exit 3'").await.ending.exit_code, 3, "{options}");
        assert_eq!(session.says("echo $?; a=1").await, "3\n", "{options}");
        assert_eq!(session.says("echo $a | cat").await, "1\n", "{options}");
        let ending = session.exact("sh -c 'exit 2' | sh -c 'exit 4'").await.ending;
        assert_eq!((ending.exit_code, ending.pipe_status), (4, vec![2, 4]), "{options}");
        let mut busy = session.begin("sh -c 'echo ready; exec sleep 100'", Streams::Exact).await;
        until(&mut busy, "ready").await;
        assert_eq!(session.says("echo $a").await, "1\n", "{options}: in a sibling");
        session.shell.stop().await;
    }
}

#[tokio::test]
async fn a_trace_shows_the_command_alone() {
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        session.exact("set -x").await;
        let lines = session.says("echo traced").await;
        let traced: Vec<_> = lines.lines().collect();
        assert!(traced[0].starts_with('+') && traced[0].ends_with(" echo traced"), "{shell}: {lines}");
        assert_eq!(traced[1..], ["traced"], "{shell}: {lines}");
    }
}

#[tokio::test]
async fn what_a_hook_prints_comes_before_the_end_of_the_command_that_sets_it() {
    for shell in installed(&[BASH, ZSH]) {
        let session = Session::new(shell).await;
        let set = match shell {
            BASH => "PROMPT_COMMAND='sleep 0.1; echo hooked >&2'",
            _ => "precmd() { sleep 0.1; echo hooked >&2; }",
        };
        session.exact("unset PROMPT_COMMAND").await;
        assert_eq!(session.exact(set).await.out, "hooked\r\n", "{shell}");
    }
}
