//! Colours and progress: what programs show to a terminal, and keep from a pipe.

use std::path::Path;

use serde_json::json;

use super::{in_shell, needs, raw};
use crate::client::Finished;

/// The cargo that builds this test, since the one in the PATH may look for its toolchain in the user's own home.
const CARGO: &str = env!("CARGO");

fn is_coloured(output: &str) -> bool {
    output.contains("\x1b[") && output.contains('m')
}

/// Runs a program in every mode; `stream` gives what should be coloured in `split`.
async fn coloured_for_terminals_only(command: &str, folder: &Path, stream: impl Fn(&Finished) -> &str) {
    let (_server, mut client) = in_shell("/bin/bash").await;
    client.run(&format!("cd {}", folder.display())).await;
    let apart = client.run_with(command, raw("split")).await;
    assert!(is_coloured(stream(&apart)), "split: {command}: {apart:?}");
    let together = client.run_with(command, raw("exact")).await;
    assert!(is_coloured(&together.stdout), "exact: {command}: {together:?}");
    let piped = client.run_with(command, raw("pipes")).await;
    assert!(!stream(&piped).is_empty(), "pipes: {command}: {piped:?}");
    assert!(!piped.stdout.contains('\x1b') && !piped.stderr.contains('\x1b'), "pipes: {command}: {piped:?}");
}

#[tokio::test]
async fn ls_and_grep_colour_a_terminals_output() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    std::fs::write(folder.path().join("file"), "needle\n").unwrap();
    coloured_for_terminals_only("ls --color=auto", folder.path(), |seen| &seen.stdout).await;
    coloured_for_terminals_only("grep --color=auto needle file", folder.path(), |seen| &seen.stdout).await;
}

#[tokio::test]
async fn git_colours_what_it_shows_on_a_terminal_and_its_pager_ends_where_all_fits() {
    needs(&["git", "less"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "one\n").unwrap();
    std::fs::write(folder.path().join("b"), "two\n").unwrap();
    for command in ["git --no-pager diff --no-index a b", "GIT_PAGER=less LESS=FRX git diff --no-index a b"] {
        coloured_for_terminals_only(command, folder.path(), |seen| &seen.stdout).await;
    }
}

#[tokio::test]
async fn gcc_and_cargo_colour_what_they_say_on_a_terminal_for_stderr() {
    needs(&["gcc", CARGO]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.c"), "int main(void) { return nothing; }\n").unwrap();
    let gcc = "LC_ALL=C gcc -fdiagnostics-color=auto -fsyntax-only wrong.c";
    coloured_for_terminals_only(gcc, folder.path(), |seen| &seen.stderr).await;
    let cargo = format!("'{CARGO}' --color auto locate-project");
    coloured_for_terminals_only(&cargo, folder.path(), |seen| &seen.stderr).await;
}

#[tokio::test]
async fn a_bar_of_progress_on_stderr_is_one_line_that_changes() {
    let (_server, mut client) = in_shell("/bin/bash").await;
    let bar = r#"for done in '#' '##' '###'; do printf '\r[%-3s]' "$done" >&2; read -rs; done; echo >&2"#;
    let more = json!({"format": "text", "streams": "split"});
    let answer = client.start_with(bar, more).await;
    let id = answer["payload"]["serverId"].clone();
    let mut finished = String::new();
    for shown in ["[#  ]", "[## ]", "[###]"] {
        // The line that is not finished is told anew each time; nothing of it is appended.
        client
            .next_where(|message| {
                let chunks = message["payload"]["output"]["chunks"].as_array();
                chunks
                    .into_iter()
                    .flatten()
                    .any(|chunk| chunk["stream"] == "stderr" && chunk["line"] == shown)
            })
            .await;
        client.stdin(&id, "\n").await;
    }
    let end = client.finish(answer).await;
    finished += &end.stderr;
    assert_eq!((finished.as_str(), end.stdout.as_str()), ("[###]\n", ""));
}

#[tokio::test]
async fn curl_draws_its_bar_on_stderr_and_leaves_the_full_one() {
    needs(&["curl"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, vec![b'x'; 3 << 20]).unwrap();
    let (_server, mut client) = in_shell("/bin/bash").await;
    let command = format!("curl -# -o {0}.copy file://{0}", file.display());
    let more = json!({"format": "text", "streams": "split", "size": {"cols": 60, "rows": 20}});
    let seen = client.run_with(&command, more).await;
    let lines: Vec<&str> = seen.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{seen:?}");
    assert!(lines[0].starts_with("######") && lines[0].ends_with("100.0%"), "{seen:?}");
    assert_eq!(seen.stdout, "");
}
