//! What a program finds: terminals in the mode that promises them, their size, the environment.

use serde_json::json;

use super::{MODES, SHELLS, in_shell, needs, raw, text};

#[tokio::test]
async fn each_stream_is_a_terminal_in_the_modes_that_promise_one_and_in_no_other() {
    needs(&["python3"]);
    let look = "python3 -c 'import os, sys; print([os.isatty(n) for n in (0, 1, 2)]); print(\"apart\", file=sys.stderr)'";
    for shell in SHELLS {
        let (_server, mut client) = in_shell(shell).await;
        for mode in MODES {
            let seen = client.run_with(look, text(mode)).await;
            let expected = match mode {
                "split" => ("[True, True, True]\n", "apart\n"),
                "exact" => ("[True, True, True]\napart\n", ""),
                _ => ("[False, False, False]\n", "apart\n"),
            };
            assert_eq!((seen.stdout.as_str(), seen.stderr.as_str()), expected, "{shell}, {mode}");
        }
    }
}

#[tokio::test]
async fn the_size_is_there_at_the_start_and_a_change_arrives_as_sigwinch() {
    let look = "sh -c 'trap \"stty size; exit\" WINCH; stty size; echo ready; while :; do sleep 0.05; done'";
    for shell in SHELLS {
        let (_server, mut client) = in_shell(shell).await;
        for mode in ["split", "exact"] {
            let more = json!({"format": "text", "streams": mode, "size": {"cols": 101, "rows": 33}});
            let answer = client.start_with(look, more).await;
            let id = answer["payload"]["serverId"].clone();
            let begun = client.until_stdout(&id, |stdout| stdout.ends_with("ready\n")).await;
            assert_eq!(begun, "33 101\nready\n", "{shell}, {mode}");
            client
                .send(json!({"type": "update", "payload": {
                    "type": "resize", "serverId": id, "cols": 55, "rows": 22}}))
                .await;
            assert_eq!(client.finish(answer).await.stdout, "22 55\n", "{shell}, {mode}");
        }
    }
}

#[tokio::test]
async fn the_size_of_both_terminals_is_the_same() {
    needs(&["python3"]);
    let (_server, mut client) = in_shell("/bin/bash").await;
    let look = "python3 -c 'import os; print([tuple(os.get_terminal_size(n)) for n in (0, 1, 2)])'";
    let more = json!({"format": "text", "streams": "split", "size": {"cols": 132, "rows": 50}});
    let sizes = client.run_with(look, more).await.stdout;
    assert_eq!(sizes, "[(132, 50), (132, 50), (132, 50)]\n");
}

#[tokio::test]
async fn the_environment_is_that_of_a_terminal_with_nothing_of_the_engine_in_it() {
    for shell in SHELLS {
        let (server, mut client) = in_shell(shell).await;
        for mode in MODES {
            let printed = client.run_with("env", raw(mode)).await.stdout;
            let variables: Vec<(&str, &str)> =
                printed.lines().filter_map(|line| line.trim_end().split_once('=')).collect();
            let value =
                |name: &str| variables.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
            assert_eq!(value("TERM"), Some("xterm-256color"), "{shell}, {mode}: {printed}");
            assert_eq!(value("COLORTERM"), Some("truecolor"), "{shell}, {mode}: {printed}");
            assert_eq!(value("SHELL"), Some(shell), "{shell}, {mode}: {printed}");
            assert!(value("HOME").is_some() && value("PATH").is_some(), "{shell}, {mode}: {printed}");
            let foreign = variables.iter().find(|(name, _)| {
                let lower = name.to_ascii_lowercase();
                ["porthole", "cargo", "nextest", "rust_"].iter().any(|own| lower.contains(own))
            });
            assert_eq!(foreign, None, "{shell}, {mode}");
            assert!(!printed.contains(&server.token()), "{shell}, {mode}");
        }
    }
}
