//! Programs that take the whole screen: seen as rows, left by their own keys.

use serde_json::{Value, json};

use super::needs;
use crate::client::{Finished, TestClient};
use crate::screens::{self, Shown, run, until};
use crate::server::TestServer;

/// The key as a terminal sends it to a program that has asked for the keypad's other codes.
const DOWN: &str = "\u{1b}OB";

async fn start() -> (TestServer, TestClient) {
    let server = TestServer::start().await;
    let client = server.client_with(&screens::FEATURES).await;
    (server, client)
}

fn screen(streams: &str) -> Value {
    json!({"format": "text", "streams": streams, "size": {"cols": 80, "rows": 24}})
}

async fn completed(client: &mut TestClient, id: &Value, shown: &mut Shown) {
    until(client, id, shown, |shown| shown.update["payload"]["status"] == "completed").await;
    assert_eq!(shown.update["payload"]["exitCode"], 0, "{shown:?}");
}

#[tokio::test]
async fn less_shows_pages_and_ends_by_its_key() {
    needs(&["less"]);
    let (_server, mut client) = start().await;
    for mode in ["split", "exact"] {
        for command in ["seq 1 500 | less", "seq 1 500 >numbers; less numbers"] {
            let id = run(&mut client, command, screen(mode)).await;
            let mut shown = Shown::default();
            until(&mut client, &id, &mut shown, |shown| shown.rows.get(22).is_some_and(|row| row == "23"))
                .await;
            client.stdin(&id, "G").await;
            until(&mut client, &id, &mut shown, |shown| shown.rows[22] == "500").await;
            client.stdin(&id, "/^123$\r").await;
            client.stdin(&id, "g/^123$\r").await;
            until(&mut client, &id, &mut shown, |shown| shown.rows[0] == "123").await;
            client.stdin(&id, "q").await;
            completed(&mut client, &id, &mut shown).await;
            assert_eq!(shown.data, "", "{mode}: {command}");
        }
    }
}

#[tokio::test]
async fn vim_edits_a_file_and_writes_it() {
    needs(&["vim"]);
    let (server, mut client) = start().await;
    let file = server.folder.path().join("edited");
    for (index, mode) in ["split", "exact"].into_iter().enumerate() {
        let command = format!("vim -Nu NONE -i NONE -n {}", file.display());
        let id = run(&mut client, &command, screen(mode)).await;
        let mut shown = Shown::default();
        until(&mut client, &id, &mut shown, |shown| shown.rows.get(22).is_some_and(|row| row == "~")).await;
        client.stdin(&id, "Goline of ").await;
        client.stdin(&id, mode).await;
        client.stdin(&id, "\u{1b}").await;
        until(&mut client, &id, &mut shown, |shown| shown.rows[index + 1] == format!("line of {mode}")).await;
        client.stdin(&id, ":wq\r").await;
        completed(&mut client, &id, &mut shown).await;
        assert!(shown.is_closed(), "{mode}: {shown:?}");
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "\nline of split\nline of exact\n");
}

#[tokio::test]
async fn htop_and_top_show_the_processes_and_end_by_their_key() {
    needs(&["htop", "top"]);
    let (_server, mut client) = start().await;
    for mode in ["split", "exact"] {
        for program in ["htop", "top"] {
            let id = run(&mut client, program, screen(mode)).await;
            let mut shown = Shown::default();
            until(&mut client, &id, &mut shown, |shown| shown.has("PID") && shown.has("Mem")).await;
            client.stdin(&id, "q").await;
            completed(&mut client, &id, &mut shown).await;
        }
    }
}

#[tokio::test]
async fn a_choice_in_dialog_is_the_only_thing_on_stderr() {
    needs(&["dialog"]);
    let (_server, mut client) = start().await;
    let command = "dialog --menu 'Which one?' 12 40 3 one First two Second";
    let id = run(&mut client, command, screen("split")).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.has("Which one?") && shown.has("Second")).await;
    client.stdin(&id, DOWN).await;
    client.stdin(&id, "\r").await;
    let mut seen = Finished::default();
    while seen.last["payload"]["status"] != "completed" {
        seen.last = client.next_where(|message| message["payload"]["serverId"] == id).await;
        seen.take(&seen.last.clone());
    }
    assert_eq!(seen.stderr, "two");

    // The usual way where one terminal carries both: the choice is what the substitution captures.
    let command =
        "choice=$(dialog --stdout --menu 'Which one?' 12 40 3 one First two Second); echo \"it is $choice\"";
    let id = run(&mut client, command, screen("exact")).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.has("Which one?") && shown.has("Second")).await;
    client.stdin(&id, DOWN).await;
    client.stdin(&id, "\r").await;
    completed(&mut client, &id, &mut shown).await;
    assert!(shown.data.lines().any(|line| line == "it is two"), "{shown:?}");
}

#[tokio::test]
async fn tmux_runs_inside_is_left_and_comes_back() {
    needs(&["tmux"]);
    let (server, mut client) = start().await;
    for mode in ["split", "exact"] {
        // A tmux that has no session left is a while in ending, and turns away who comes to its socket then.
        let socket = server.folder.path().join(format!("tmux-{mode}"));
        let tmux = format!("tmux -S {} -f /dev/null", socket.display());
        let id =
            run(&mut client, &format!("{tmux} new-session -s inside \"env PS1='ask> ' sh\""), screen(mode))
                .await;
        let mut shown = Shown::default();
        until(&mut client, &id, &mut shown, |shown| shown.has("[inside]") && shown.rows[0] == "ask>").await;
        client.stdin(&id, "echo in $((6 * 7))\r").await;
        until(&mut client, &id, &mut shown, |shown| shown.rows.iter().any(|row| row == "in 42")).await;
        client.stdin(&id, "\u{2}d").await;
        completed(&mut client, &id, &mut shown).await;

        let id = run(&mut client, &format!("{tmux} attach -t inside"), screen(mode)).await;
        let mut shown = Shown::default();
        until(&mut client, &id, &mut shown, |shown| shown.rows.iter().any(|row| row == "in 42")).await;
        client.stdin(&id, "exit\r").await;
        completed(&mut client, &id, &mut shown).await;
    }
}
