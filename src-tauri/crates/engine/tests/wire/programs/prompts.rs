//! Programs that ask: passwords that are not shown, interpreters that are talked to.

use serde_json::Value;

use super::{in_shell, needs, raw};
use crate::client::{Finished, TestClient};

/// Reads until the question is there, on stderr where the shell's own prompts go or on stdout.
async fn asked(client: &mut TestClient, server_id: &Value) {
    let mut seen = Finished::default();
    while !(seen.stdout.ends_with("Password: ") || seen.stderr.ends_with("Password: ")) {
        seen.take(&client.next_where(|message| message["payload"]["serverId"] == *server_id).await);
    }
}

#[tokio::test]
async fn a_password_that_a_shell_reads_is_not_shown() {
    let bash = "read -rsp 'Password: ' word; echo; echo ${#word} letters";
    let zsh = "read -rs 'word?Password: '; echo; echo ${#word} letters";
    for (shell, ask) in [("/bin/bash", bash), ("/usr/bin/zsh", zsh)] {
        let (_server, mut client) = in_shell(shell).await;
        for mode in ["split", "exact"] {
            let answer = client.start_with(ask, raw(mode)).await;
            let id = answer["payload"]["serverId"].clone();
            asked(&mut client, &id).await;
            client.stdin(&id, "se cret\n").await;
            assert_eq!(client.finish(answer).await.stdout, "\r\n7 letters\r\n", "{shell}, {mode}");
        }
    }
}

#[tokio::test]
async fn a_password_that_a_program_asks_the_terminal_itself_for_is_not_shown() {
    needs(&["python3"]);
    let (_server, mut client) = in_shell("/bin/bash").await;
    for mode in ["split", "exact"] {
        // getpass, like ssh and sudo, opens /dev/tty and leaves stdin alone.
        let ask = "echo piped | python3 -c 'import getpass; print(len(getpass.getpass()), \"letters\")'";
        let answer = client.start_with(ask, raw(mode)).await;
        let id = answer["payload"]["serverId"].clone();
        client.until_stdout(&id, |stdout| stdout.ends_with("Password: ")).await;
        client.stdin(&id, "se cret\n").await;
        let seen = client.finish(answer).await;
        assert_eq!((seen.stdout.as_str(), seen.stderr.as_str()), ("\r\n7 letters\r\n", ""), "{mode}");
    }
}

#[tokio::test]
async fn python_is_talked_to_line_by_line() {
    needs(&["python3"]);
    let (_server, mut client) = in_shell("/bin/bash").await;
    for mode in ["split", "exact"] {
        let answer = client.start_with("PYTHON_BASIC_REPL=1 python3 -q 2>&1", raw(mode)).await;
        let id = answer["payload"]["serverId"].clone();
        client.until_stdout(&id, |stdout| stdout.ends_with(">>> ")).await;
        client.stdin(&id, "word = 'x' * 7\n").await;
        client.until_stdout(&id, |stdout| stdout.ends_with(">>> ")).await;
        client.stdin(&id, "word + 'y'\n").await;
        client.until_stdout(&id, |stdout| stdout.contains("'xxxxxxxy'")).await;
        client.stdin(&id, "exit(3)\n").await;
        assert_eq!(client.finish(answer).await.last["payload"]["exitCode"], 3, "{mode}");
    }
}

#[tokio::test]
async fn node_is_talked_to_line_by_line() {
    needs(&["node"]);
    let (_server, mut client) = in_shell("/bin/bash").await;
    for mode in ["split", "exact"] {
        let answer = client.start_with("NODE_REPL_HISTORY= node", raw(mode)).await;
        let id = answer["payload"]["serverId"].clone();
        client.until_stdout(&id, |stdout| stdout.contains("> ")).await;
        client.stdin(&id, "'x'.repeat(7) + 'y'\r").await;
        client.until_stdout(&id, |stdout| stdout.contains("xxxxxxxy")).await;
        client.stdin(&id, "\u{4}").await;
        assert_eq!(client.finish(answer).await.last["payload"]["exitCode"], 0, "{mode}");
    }
}
