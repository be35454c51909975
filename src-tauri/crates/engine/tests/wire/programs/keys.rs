//! Ctrl-C, Ctrl-Z and Ctrl-D, typed.

use super::{SHELLS, in_shell, raw};

#[tokio::test]
async fn ctrl_c_ends_a_program_by_its_signal_and_the_rest_of_the_text_with_it() {
    for shell in SHELLS {
        let (_server, mut client) = in_shell(shell).await;
        for mode in ["split", "exact"] {
            let answer =
                client.start_with("sh -c 'echo ready; exec sleep 100'; echo not reached", raw(mode)).await;
            let id = answer["payload"]["serverId"].clone();
            client.until_stdout(&id, |stdout| stdout.contains("ready")).await;
            client.stdin(&id, "\u{3}").await;
            let seen = client.finish(answer).await;
            assert!(!seen.stdout.contains("not reached"), "{shell}, {mode}: {seen:?}");
            assert_eq!(seen.last["payload"]["exitCode"], 130, "{shell}, {mode}: {seen:?}");
        }
    }
}

#[tokio::test]
async fn ctrl_d_ends_the_input_of_what_reads_the_terminal() {
    for shell in SHELLS {
        let (_server, mut client) = in_shell(shell).await;
        for mode in ["split", "exact"] {
            let answer = client.start_with("cat; echo after", raw(mode)).await;
            let id = answer["payload"]["serverId"].clone();
            client.stdin(&id, "typed\n").await;
            client.until_stdout(&id, |stdout| stdout.ends_with("typed\r\ntyped\r\n")).await;
            client.stdin(&id, "\u{4}").await;
            assert_eq!(client.finish(answer).await.stdout, "after\r\n", "{shell}, {mode}");
        }
    }
}

#[tokio::test]
async fn ctrl_z_stops_a_program_that_fg_brings_back_with_its_terminal() {
    for shell in &SHELLS[..3] {
        let (_server, mut client) = in_shell(shell).await;
        for mode in ["split", "exact"] {
            let answer = client.start_with("sh -c 'cat; echo left'", raw(mode)).await;
            let id = answer["payload"]["serverId"].clone();
            client.stdin(&id, "first\n").await;
            client.until_stdout(&id, |stdout| stdout.ends_with("first\r\nfirst\r\n")).await;
            client.stdin(&id, "\u{1a}").await;
            client.finish(answer).await;
            let jobs = client.run_with("jobs", raw(mode)).await.stdout;
            assert!(jobs.contains("topped") || jobs.contains("suspended"), "{shell}, {mode}: {jobs:?}");

            let answer = client.start_with("fg", raw(mode)).await;
            let id = answer["payload"]["serverId"].clone();
            client.stdin(&id, "typed\n").await;
            // Once as the terminal shows it, once as the program prints it; where the shell names the job differs.
            client.until_stdout(&id, |stdout| stdout.matches("typed\r\n").count() == 2).await;
            client.stdin(&id, "\u{4}").await;
            let seen = client.finish(answer).await;
            assert_eq!(seen.stdout, "left\r\n", "{shell}, {mode}");
            let jobs = client.run_with("jobs", raw(mode)).await.stdout;
            assert!(!jobs.contains("topped") && !jobs.contains("suspended"), "{shell}, {mode}: {jobs:?}");
        }
    }
}
