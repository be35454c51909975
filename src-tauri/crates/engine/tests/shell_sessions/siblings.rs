//! Commands that come while another runs.

use crate::fixture::{BASH, DASH, FISH, Session, ZSH, finish, installed, rc_file, until};
use engine::protocol::Streams;

#[tokio::test]
async fn a_command_beside_a_running_one_has_the_newest_state() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let set = match shell {
            FISH => "set -gx e 1; set x 'a  b'; function f; echo in f; end; cd /usr",
            DASH => "export e=1; x='a  b'; alias f='echo in f'; cd /usr",
            _ => "export e=1; x='a  b'; f() { echo in f; }; cd /usr",
        };
        session.exact(set).await;
        let mut busy = session.begin("sh -c 'echo ready; read x; echo late'", Streams::Exact).await;
        until(&mut busy, "ready").await;
        let beside = session.says("echo \"$x\"; f; pwd; sh -c 'echo $e'").await;
        assert_eq!(beside, "a  b\nin f\n/usr\n1\n", "{shell}");
        // The sibling is the session's shell now.
        session.exact("cd /etc").await;
        busy.control().write(b"\n").await.unwrap();
        assert!(finish(&mut busy).await.out.ends_with("late\r\n"), "{shell}");
        assert_eq!(session.says("pwd").await, "/etc\n", "{shell}");
        assert_eq!(session.shell.cwd().to_str(), Some("/etc"));
    }
}

#[tokio::test]
async fn a_zsh_that_emulates_another_shell_goes_over_with_its_variables_functions_and_options() {
    for emulation in ["sh", "ksh", "csh", "-R ksh", "-R csh"] {
        for shell in installed(&[ZSH]) {
            let session = Session::new(shell).await;
            session
                .exact("a='b  c'; l=(one 'two three'); typeset -A m; m[k]=v; f() { echo in f; }; alias x=y; setopt noclobber")
                .await;
            session.exact(&format!("emulate {emulation}; setopt shwordsplit; lines='one\ntwo'")).await;
            let state = "emulate; setopt; typeset -p a l m lines; f; alias x";
            let expected = session.says(state).await;
            assert!(expected.contains("two three") && expected.contains("in f\n"), "{emulation}: {expected}");
            let mut busy = session.begin("sh -c 'echo ready; read x'", Streams::Exact).await;
            until(&mut busy, "ready").await;
            assert_eq!(session.says(state).await, expected, "{emulation}: in a sibling");
            busy.control().write(b"\n").await.unwrap();
            finish(&mut busy).await;
            session.shell.stop().await;
        }
    }
}

#[tokio::test]
async fn a_function_defined_out_of_sight_is_noticed_when_the_shell_is_idle() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let define = match shell {
            FISH => "function f; function g; echo in g; end; end",
            _ => "f() { g() { echo in g; }; }",
        };
        session.exact(define).await;
        let mut seen = String::new();
        let mut pause = std::time::Duration::from_millis(50);
        for _ in 0..8 {
            session.exact("f").await;
            tokio::time::sleep(pause).await;
            pause *= 2;
            let mut busy = session.begin("sh -c 'echo ready; read x'", Streams::Exact).await;
            until(&mut busy, "ready").await;
            seen = session.says("g").await;
            busy.control().write(b"\n").await.unwrap();
            finish(&mut busy).await;
            if seen == "in g\n" {
                break;
            }
        }
        assert_eq!(seen, "in g\n", "{shell}");
    }
}

#[tokio::test]
async fn a_shell_that_never_rests_tells_its_definitions_now_and_then() {
    let session = Session::new(BASH).await;
    let told = tempfile::NamedTempFile::new().unwrap();
    // In the place of what tells them, for a count of how often that is asked for.
    let count = format!("__porthole_define() {{ echo told >>{}; }}", told.path().display());
    session.exact(&count).await;
    let told = || std::fs::read_to_string(told.path()).unwrap().lines().count();
    let mut commands = 0;
    let at_first = told();
    let begin = std::time::Instant::now();
    while told() < at_first + 2 && commands < 2000 {
        // As fast as somebody types them who is in a hurry: each may have defined something.
        session.exact("cd .").await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        commands += 1;
    }
    assert_eq!(told(), at_first + 2, "{commands} commands in {:?}", begin.elapsed());
    assert!(commands > 20, "told at each of {commands} commands");
}

#[tokio::test]
async fn a_shell_tells_no_state_after_programs_that_come_one_after_the_other() {
    let session = Session::new(BASH).await;
    let told = tempfile::NamedTempFile::new().unwrap();
    // In the place of what tells it, for a count.
    let count = "__porthole_save() { echo told >>FILE; __porthole_unsaved= __porthole_asked=; }";
    session.exact("unset PROMPT_COMMAND").await;
    session.exact(&count.replace("FILE", &told.path().display().to_string())).await;
    let mut times = Vec::new();
    for text in ["/bin/echo a", "/bin/echo a | /bin/cat | /bin/cat", "/bin/echo a; cd ."] {
        std::fs::write(told.path(), "").unwrap();
        for _ in 0..20 {
            session.exact(text).await;
        }
        times.push(std::fs::read_to_string(told.path()).unwrap().lines().count());
    }
    assert!(times[0] < 10 && times[1] < 10 && times[2] > 10, "{times:?}");
}

#[tokio::test]
async fn a_command_that_a_bash_is_told_of_twice_runs_once() {
    let session = Session::new(BASH).await;
    for hooks in ["true", "unset PROMPT_COMMAND"] {
        session.exact(hooks).await;
        session.exact("x=0").await;
        session.exact("x=$((x + 1)); printf '\\0' >\"$__porthole_commands\"").await;
        assert_eq!(session.says("echo $x; true").await.lines().next(), Some("1"));
        assert_eq!(session.says("echo $x; true").await.lines().next(), Some("1"));
    }
}

#[tokio::test]
async fn what_follows_at_once_still_goes_in_order() {
    let session = Session::new(BASH).await;
    let mut first = session.begin("cd /usr", Streams::Exact).await;
    let mut second = session.begin("pwd", Streams::Exact).await;
    finish(&mut first).await;
    assert_eq!(finish(&mut second).await.out, "/usr\r\n");
}

#[tokio::test]
async fn output_that_was_not_read_is_kept_when_the_next_command_begins() {
    let session = Session::new(BASH).await;
    let mut first = session.begin("echo one", Streams::Exact).await;
    let mut second = session.begin("echo two", Streams::Exact).await;
    assert_eq!(finish(&mut second).await.out, "two\r\n");
    assert_eq!(finish(&mut first).await.out, "one\r\n");
}

#[tokio::test]
async fn what_is_to_be_done_at_the_end_of_the_session_goes_over_to_the_sibling() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let done = tempfile::NamedTempFile::new().unwrap();
        let path = done.path().display().to_string();
        let (set, shown, own) = match shell {
            FISH => (
                format!("function at_end --on-event fish_exit; echo done >>{path}; end"),
                "functions --handlers-type generic",
                "echo $fish_pid",
            ),
            _ => (format!("trap 'echo done >>{path}' EXIT"), "trap", "echo $$"),
        };
        // Of zsh alone: one of the session before may still be about to read it.
        if shell == ZSH {
            rc_file(".zlogout", &format!("echo logged out >>{path}\n"));
        }
        let session = Session::new(shell).await;
        session.exact(&set).await;
        let first = session.says(own).await;
        let mut busy = session.begin("sh -c 'echo ready; read x'", Streams::Exact).await;
        until(&mut busy, "ready").await;
        session.exact("true").await;
        busy.control().write(b"\n").await.unwrap();
        finish(&mut busy).await;
        let retired =
            format!("sh -c 'while kill -0 {} 2>/dev/null; do sleep 0.05; done'; {shown}", first.trim());
        let shown = session.says(&retired).await;
        let what = if shell == FISH { "fish_exit at_end" } else { "echo done" };
        assert!(shown.contains(what), "{shell}: {shown}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "", "{shell}");
        session.exact("exit").await;
        let mut lines: Vec<_> = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        let expected = if shell == ZSH { vec!["done", "logged out"] } else { vec!["done"] };
        assert_eq!(lines, expected, "{shell}");
    }
}

#[tokio::test]
async fn traps_and_traces_are_the_users_alone_and_outlive_a_shell() {
    let session = Session::new(BASH).await;
    session.says("trap 'echo before' DEBUG; trap 'echo failed' ERR").await;
    assert!(session.says("false").await.ends_with("failed\n"));
    let mut busy = session.begin("sleep 1000", Streams::Exact).await;
    let traps = session.says("trap -p").await;
    assert!(traps.contains("'echo before' DEBUG") && traps.contains("'echo failed' ERR"), "{traps}");
    busy.control().kill();
    finish(&mut busy).await;
    session.says("trap - DEBUG ERR; set -x").await;
    for text in ["f() { :; }; echo hi", "echo hi | cat"] {
        let shown = session.says(text).await;
        assert!(shown.contains("+ echo hi") && !shown.contains("porthole"), "{shown}");
    }
}

#[tokio::test]
async fn traps_that_a_file_sets_are_the_users_alone_and_outlive_a_shell() {
    let session = Session::new(BASH).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "trap 'echo before' DEBUG; trap 'echo failed' ERR\n").unwrap();
    session.says(&format!(". {}", file.path().display())).await;
    for _ in 0..2 {
        let noticed = session.says("/usr/bin/env false").await;
        assert!(noticed.starts_with("before\n") && noticed.ends_with("\nfailed\n"), "{noticed}");
        assert_eq!(noticed.matches("failed").count(), 1, "{noticed}");
        session.says("kill -9 $$").await;
    }
}

#[tokio::test]
async fn what_came_before_commands_that_change_nothing_is_not_lost() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let (set, kill) = match shell {
            FISH => ("set x 1; cd /usr", "kill -9 $fish_pid"),
            _ => ("x=1; cd /usr", "kill -9 $$"),
        };
        session.exact(set).await;
        for _ in 0..3 {
            assert_eq!(session.says("/bin/echo a").await, "a\n", "{shell}");
            assert_eq!(session.says("echo b").await, "b\n", "{shell}");
        }
        assert_eq!(session.exact("/usr/bin/env false").await.ending.exit_code, 1, "{shell}");
        session.exact(kill).await;
        assert_eq!(session.says("echo $x; pwd").await, "1\n/usr\n", "{shell}: after one that kills it");
        session.exact("/bin/echo a").await;
        let mut busy = session.begin("/bin/cat -", Streams::Exact).await;
        assert_eq!(session.says("echo $x; pwd").await, "1\n/usr\n", "{shell}: in a sibling");
        busy.control().write(b"\x04").await.unwrap();
        assert_eq!(finish(&mut busy).await.ending.exit_code, 0, "{shell}");
    }
}

#[tokio::test]
async fn the_status_of_a_command_that_changes_nothing_outlives_a_shell() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        let session = Session::new(shell).await;
        let (status, kill) = match shell {
            FISH => ("echo $status", "kill -9 $fish_pid"),
            _ => ("echo $?", "kill -9 $$"),
        };
        session.exact("/usr/bin/env false").await;
        let mut busy = session.begin("/bin/cat -", Streams::Exact).await;
        assert_eq!(session.says(status).await, "1\n", "{shell}: in a sibling");
        busy.control().write(b"\x04").await.unwrap();
        finish(&mut busy).await;
        session.exact("/usr/bin/env false").await;
        session.exact(kill).await;
        assert_eq!(session.says(status).await, "1\n", "{shell}: after one that kills it");
    }
}

#[tokio::test]
async fn what_a_function_changes_under_the_name_of_a_builtin_or_a_program_is_not_lost() {
    for shell in installed(&[BASH, ZSH, DASH, FISH]) {
        for name in ["true", "ls", "/bin/true"] {
            // Such a name only these take.
            if name.contains('/') && shell != BASH && shell != ZSH {
                continue;
            }
            let session = Session::new(shell).await;
            let (define, kill) = match shell {
                FISH => (format!("function {name}; set -g x $argv; end"), "kill -9 $fish_pid"),
                BASH if name.contains('/') => (format!("function {name} {{ x=$1; }}"), "kill -9 $$"),
                _ => (format!("{name}() {{ x=$1; }}"), "kill -9 $$"),
            };
            // Beside a hook nothing counts as harmless. `ls` is known as a program.
            session.exact("unset PROMPT_COMMAND; ls -d .").await;
            session.exact(&define).await;
            let texts =
                [format!("{name} 1"), format!("/bin/echo a | {name} 1"), format!("{name} 1 | /bin/cat")];
            // No other stage runs in the shell itself.
            let within = match shell {
                FISH => 3,
                ZSH => 2,
                _ => 1,
            };
            for text in &texts[..within] {
                session.exact(if shell == FISH { "set -g x 0" } else { "x=0" }).await;
                session.exact(text).await;
                session.exact(kill).await;
                assert_eq!(session.says("echo $x").await, "1\n", "{shell}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn what_an_alias_of_a_plain_word_changes_is_not_lost() {
    for shell in installed(&[BASH, ZSH, DASH]) {
        let session = Session::new(shell).await;
        session.exact("unset PROMPT_COMMAND; alias true='x=1;' false='/bin/cat; x=2'").await;
        for (text, x) in [("true", "1\n"), ("/bin/echo a | false", "2\n")] {
            session.exact(text).await;
            session.exact("kill -9 $$").await;
            assert_eq!(session.says("echo $x").await, x, "{shell}: {text}");
        }
    }
    for shell in installed(&[ZSH]) {
        let session = Session::new(shell).await;
        session.exact("alias -g W='; x=1'").await;
        session.exact("true W").await;
        session.exact("kill -9 $$").await;
        assert_eq!(session.says("echo $x").await, "1\n", "of any word");
        session.exact("alias -g W='/bin/true; x=$((x + 1))'").await;
        session.exact("W").await;
        assert_eq!(session.says("echo $x").await, "2\n", "which runs once");
    }
}

#[tokio::test]
async fn what_a_hook_changes_beside_a_command_that_changes_nothing_is_not_lost() {
    for shell in installed(&[BASH, ZSH, FISH]) {
        let session = Session::new(shell).await;
        let (hook, kill) = match shell {
            BASH => ("PROMPT_COMMAND='n=$((n + 1))' n=0", "kill -9 $$"),
            ZSH => ("precmd() { n=$((n + 1)); }; n=0", "kill -9 $$"),
            _ => ("function f --on-event fish_postexec; set -ga n 1; end", "kill -9 $fish_pid"),
        };
        session.exact(hook).await;
        let before = session.says("echo $n").await;
        for _ in 0..2 {
            // The second one is the first that another shell runs.
            session.exact("/bin/echo a").await;
            session.exact(kill).await;
        }
        let after = session.says("echo $n").await;
        let expected = match shell {
            FISH => format!("{} 1 1 1", before.trim_end()).trim_start().to_owned(),
            _ => (before.trim().parse::<u32>().unwrap() + 3).to_string(),
        };
        assert_eq!(after.trim_end(), expected, "{shell}");
    }
}
