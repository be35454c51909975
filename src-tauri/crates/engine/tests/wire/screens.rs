//! Full-screen programs: their screen as rows that change, and as the lines that stay of it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::client::{PATIENCE, TestClient};
use crate::server::TestServer;

pub(crate) const FEATURES: [&str; 6] = ["screens", "chunks", "format", "resize", "streams", "details"];

/// A screen as a client has it that draws what it is told.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) rows: Vec<String>,
    pub(crate) last: Value,
    frames: usize,
    pub(crate) data: String,
    pub(crate) update: Value,
}

impl Shown {
    pub(crate) fn take(&mut self, update: &Value) {
        let output = &update["payload"]["output"];
        for chunk in output["chunks"].as_array().into_iter().flatten() {
            self.data += chunk["data"].as_str().unwrap();
        }
        self.update = update.clone();
        let screen = &output["screen"];
        if !screen.is_object() {
            return;
        }
        self.frames += 1;
        self.last = screen.clone();
        if screen["whole"] == true {
            self.rows.clear();
        }
        self.rows.resize(screen["rows"].as_u64().unwrap() as usize, String::new());
        for line in screen["lines"].as_array().unwrap() {
            let row = line["row"].as_u64().unwrap() as usize;
            self.rows[row] = line["data"].as_str().unwrap().to_owned();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.last["closed"] == true
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.rows.iter().any(|row| row.contains(text))
    }
}

/// Reads a command's updates until they fit.
pub(crate) async fn until(
    client: &mut TestClient,
    id: &Value,
    shown: &mut Shown,
    fits: impl Fn(&Shown) -> bool,
) {
    while !fits(shown) {
        let update = client.next_where(|message| message["payload"]["serverId"] == *id);
        let update = timeout(PATIENCE - Duration::from_secs(1), update)
            .await
            .unwrap_or_else(|_| panic!("no news after {shown:?}"));
        shown.take(&update);
        assert!(fits(shown) || update["payload"]["status"] == "running", "{shown:?}");
    }
}

pub(crate) async fn run(client: &mut TestClient, command: &str, more: Value) -> Value {
    let answer = client.start_with(command, more).await;
    assert_eq!(answer["payload"]["result"], "ok", "{answer}");
    answer["payload"]["serverId"].clone()
}

fn text() -> Value {
    json!({"format": "text", "streams": "exact", "size": {"cols": 60, "rows": 12}})
}

#[tokio::test]
async fn vim_is_shown_as_rows_that_change_and_leaves_nothing() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let command = "echo before; vim -Nu NONE -i NONE -n --not-a-term; echo after";
    let id = run(&mut client, command, text()).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.rows.get(1).is_some_and(|row| row == "~")).await;
    assert_eq!((&shown.last["cols"], &shown.last["rows"]), (&json!(60), &json!(12)));
    assert_eq!(shown.last["alternate"], true);
    assert!(shown.data.ends_with("before\n"), "{:?}", shown.data);

    client.stdin(&id, "ihello <world>").await;
    until(&mut client, &id, &mut shown, |shown| shown.rows[0] == "hello <world>").await;
    until(&mut client, &id, &mut shown, |shown| shown.last["cursor"]["col"] == 13).await;
    assert!(shown.last["lines"].as_array().unwrap().len() < 12, "{}", shown.last);

    client
        .send(json!({"type": "update", "payload": {"type": "resize", "serverId": id, "cols": 50, "rows": 9}}))
        .await;
    until(&mut client, &id, &mut shown, |shown| shown.last["cols"] == 50 && shown.rows[0] == "hello <world>")
        .await;
    assert_eq!(shown.rows.len(), 9);

    client.stdin(&id, "\u{1b}:q!\r").await;
    until(&mut client, &id, &mut shown, |shown| shown.update["payload"]["status"] == "completed").await;
    assert!(shown.is_closed());
    assert_eq!(shown.data, "before\nafter\n");
    assert_eq!(shown.update["payload"]["exitCode"], 0);
}

#[tokio::test]
async fn rows_of_html_are_markup_that_is_allowed() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let command = r"printf '\033[?1049h\033[3;5H\033[1;31m<b>&\033[m'; read -r line";
    let id = run(&mut client, command, json!({"size": {"cols": 60, "rows": 12}})).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.has("&amp;")).await;
    assert_eq!(shown.rows[2], "    <span class=\"bold f1\">&lt;b&gt;&amp;</span>");
}

#[tokio::test]
async fn a_client_that_knows_no_screens_gets_none_of_their_drawing() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["format"]).await;
    let command = r"echo a; printf '\033[?1049h'; for i in 1 2 3; do printf '\033[HDRAWN'; done; printf '\033[?1049l'; echo b";
    assert_eq!(client.run_with(command, json!({"format": "text"})).await.stdout, "a\nb\n");
    assert_eq!(client.run(command).await.combined, "a\nb\n");
}

#[tokio::test]
async fn what_is_on_the_screen_when_a_command_ends_stays_as_lines_once() {
    let server = TestServer::start().await;
    for features in
        [&FEATURES[..], &["format", "streams", "resize", "chunks"], &["format", "streams", "resize"]]
    {
        let mut client = server.client_with(features).await;
        // On the alternate screen when it ends, as after a kill.
        let command =
            r"printf 'x\033[?1049h'; for i in 1 2 3; do printf '\033[H\033[2Jtry %s\033[3;1Hlast' $i; done";
        assert_eq!(client.run_with(command, text()).await.stdout, "x\ntry 3\n\nlast\n", "{features:?}");
        // A few lines of progress on the ordinary one.
        let command = r"printf 'a 0\nb 0\n'; for i in 1 2 3; do printf '\033[2A\033[2Ka %s\n\033[2Kb %s\n' $i $i; done; echo done";
        assert_eq!(
            client.run_with(command, text()).await.stdout,
            "a 0\nb 0\na 3\nb 3\ndone\n",
            "{features:?}"
        );
    }
}

#[tokio::test]
async fn a_program_that_goes_back_to_printing_is_shown_as_lines_and_loses_none() {
    let server = TestServer::with(|settings| settings.limits.output_window = 64 << 10).await;
    for features in [&FEATURES[..], &["format", "streams", "resize"]] {
        let mut client = server.client_with(features).await;
        let command = r"printf 'p 0\n'; printf '\033[A\033[2Kp 1\n'; seq 1 50000";
        let expected: String = ["p 0\n", "p 1\n"]
            .into_iter()
            .map(str::to_owned)
            .chain((1..=50_000).map(|i| format!("{i}\n")))
            .collect();
        let stdout = client.run_with(command, text()).await.stdout;
        assert!(stdout == expected, "{} of {} bytes", stdout.len(), expected.len());
    }
}

#[tokio::test]
async fn frames_are_joined_where_a_program_draws_faster_than_anybody_sees() {
    let pause = Duration::from_secs(3600);
    let server = TestServer::with(|settings| settings.limits.screen_frame = pause).await;
    let mut client = server.client_with(&FEATURES).await;
    let command =
        r"printf '\033[?1049h'; for i in $(seq 1 3000); do printf '\033[H%s' $i; done; printf '\033[?1049l'";
    let id = run(&mut client, command, text()).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.update["payload"]["status"] == "completed").await;
    assert!(shown.frames <= 2, "{} frames", shown.frames);
    assert!(shown.is_closed() || shown.frames == 0);
}

#[tokio::test]
async fn a_terminal_with_more_cells_than_a_screen_may_have_is_shown_as_lines() {
    let server = TestServer::with(|settings| settings.limits.screen_cells = 80 * 24).await;
    let mut client = server.client_with(&FEATURES).await;
    let command = r"printf '\033[?1049h\033[5;5Hdrawn\033[?1049l'; echo end";
    let large = json!({"format": "text", "streams": "exact", "size": {"cols": 81, "rows": 24}});
    let id = run(&mut client, command, large).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.update["payload"]["status"] == "completed").await;
    assert_eq!((shown.frames, shown.data.as_str()), (0, "    drawn\nend\n"));
}

#[tokio::test]
async fn a_client_that_joins_gets_the_screen_as_it_is() {
    let server = TestServer::start().await;
    let mut first = server.client_with(&FEATURES).await;
    let id = run(&mut first, "vim -Nu NONE -i NONE -n --not-a-term", text()).await;
    let mut shown = Shown::default();
    until(&mut first, &id, &mut shown, |shown| shown.rows.get(1).is_some_and(|row| row == "~")).await;
    first.stdin(&id, "ihello").await;
    until(&mut first, &id, &mut shown, |shown| shown.has("hello")).await;
    let mut second = server.connect().await;
    second
        .send(json!({"type": "authentication", "payload": {
            "sessionToken": first.session_token, "features": FEATURES}}))
        .await;
    let mut joined = Shown::default();
    until(&mut second, &id, &mut joined, |joined| joined.frames > 0).await;
    assert_eq!(joined.last["whole"], true);
    assert_eq!(joined.rows, shown.rows);
    assert_eq!(joined.data, "");
    second.stdin(&id, "\u{1b}:q!\r").await;
    until(&mut second, &id, &mut joined, |joined| joined.update["payload"]["status"] == "completed").await;
}

#[tokio::test]
async fn no_query_of_a_program_is_answered_by_the_engine() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let command = r"printf '\033[?1049h\033[c\033[>c\033[6n\033[5n\033]11;?\007\033]10;?\033\\\033[>q\033P$qm\033\\\033[18t'; stty -icanon -echo min 0 time 5; answered=$(head -c 1 | wc -c); printf '\033[?1049l'; echo answered $answered; stty sane; read -r line; echo got $line";
    let id = run(&mut client, command, text()).await;
    let mut shown = Shown::default();
    until(&mut client, &id, &mut shown, |shown| shown.data.contains("answered")).await;
    assert_eq!(shown.data, "answered 0\n");
    client.stdin(&id, "typed\n").await;
    until(&mut client, &id, &mut shown, |shown| shown.update["payload"]["status"] == "completed").await;
    assert!(shown.data.ends_with("got typed\n"), "{:?}", shown.data);
}
