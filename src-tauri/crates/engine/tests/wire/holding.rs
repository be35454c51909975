//! Held pipes over the wire: what waits, what a step lets through, and how a held command ends.

use serde_json::{Value, json};

use crate::client::{Finished, TestClient};
use crate::server::TestServer;

const FEATURES: [&str; 5] = ["breakpoints", "details", "format", "streams", "stdinFrom"];

/// What a command is sent with so that these pipes are held.
fn holding(locations: &[usize]) -> Value {
    let held = |location: &usize| json!({"location": location, "mode": "hold"});
    let breakpoints: Vec<_> = locations.iter().map(held).collect();
    json!({"breakpoints": breakpoints, "format": "raw", "streams": "pipes"})
}

/// A command that runs, with what came of it so far.
struct Held {
    client: TestClient,
    server_id: Value,
    seen: Finished,
}

impl Held {
    async fn start(server: &TestServer, command: &str, fields: Value) -> Self {
        let client = server.client_with(&FEATURES).await;
        Self::start_by(client, command, fields).await
    }

    async fn start_by(mut client: TestClient, command: &str, fields: Value) -> Self {
        let answer = client.start_with(command, fields).await;
        assert_eq!(answer["payload"]["breakpoints"][0]["result"], "ok", "{answer}");
        let server_id = answer["payload"]["serverId"].clone();
        Self { client, server_id, seen: Finished::default() }
    }

    async fn act(&mut self, fields: Value) {
        let mut payload = json!({"type": "breakpoint", "serverId": self.server_id, "location": 0});
        payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.client.send(json!({"type": "update", "payload": payload})).await;
    }

    async fn until(&mut self, fits: impl Fn(&Finished) -> bool) {
        while !fits(&self.seen) {
            let of_it = |message: &Value| message["payload"]["serverId"] == self.server_id;
            let update = self.client.next_where(of_it).await;
            assert_ne!(update["payload"]["status"], "completed", "{update} after {:?}", self.seen);
            self.seen.take(&update);
        }
    }

    async fn until_stdout(&mut self, stdout: &str) {
        self.until(|seen| seen.stdout.len() >= stdout.len()).await;
        assert_eq!(self.seen.stdout, stdout);
    }

    /// Waits until so many bytes are held at a pipe.
    async fn until_waiting(&mut self, location: u64, waiting: u64) {
        let waits =
            |stage: &Value| stage["held"] == true && stage["waiting"].as_u64().unwrap_or(0) == waiting;
        self.until(|seen| newest(seen, location).is_some_and(waits)).await;
    }

    async fn finish(mut self) -> (TestClient, Finished) {
        loop {
            let of_it = |message: &Value| message["payload"]["serverId"] == self.server_id;
            let update = self.client.next_where(of_it).await;
            self.seen.take(&update);
            if update["payload"]["status"] == "completed" {
                self.seen.last = update;
                return (self.client, self.seen);
            }
        }
    }
}

/// What was last told of the newest run at a pipe.
fn newest(seen: &Finished, location: u64) -> Option<&Value> {
    seen.stages.iter().rev().find(|stage| stage["location"] == location)
}

#[tokio::test]
async fn what_is_held_is_shown_and_goes_on_by_exactly_so_many_lines() {
    for shell in ["/bin/bash", "/bin/dash", "/usr/bin/zsh"] {
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let command = "seq 1 9 | while read x; do echo got $x; done";
        let mut held = Held::start(&server, command, holding(&[0])).await;
        held.until_waiting(0, 18).await;
        assert_eq!(held.seen.taps[&(0, 0)].0, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        assert_eq!(held.seen.stdout, "");
        held.act(json!({"action": "step"})).await;
        held.until_stdout("got 1\n").await;
        held.until_waiting(0, 16).await;
        held.act(json!({"action": "step", "lines": 3})).await;
        held.until_stdout("got 1\ngot 2\ngot 3\ngot 4\n").await;
        held.until_waiting(0, 10).await;
        held.act(json!({"action": "continue"})).await;
        let (_, finished) = held.finish().await;
        assert_eq!(finished.stdout.lines().count(), 9, "{shell}");
        assert_eq!(finished.last["payload"]["exitCode"], 0, "{shell}");
        let stage = newest(&finished, 0).unwrap();
        assert_eq!(
            (&stage["held"], &stage["ended"], &stage["bytes"]),
            (&Value::Null, &json!(true), &json!(18))
        );
    }
}

#[tokio::test]
async fn no_more_than_the_stepped_lines_ever_arrive() {
    let server = TestServer::start().await;
    let mut held = Held::start(&server, "yes | cat", holding(&[0])).await;
    held.act(json!({"action": "step", "lines": 2})).await;
    held.act(json!({"action": "step", "lines": 3})).await;
    held.until_stdout("y\ny\ny\ny\ny\n").await;
    let server_id = held.server_id.clone();
    held.client.signal(&server_id, 2).await;
    let (_, finished) = held.finish().await;
    // An interactive bash ends the line of what was interrupted.
    assert_eq!(finished.stdout.trim_end(), "y\ny\ny\ny\ny");
}

#[tokio::test]
async fn a_flow_that_runs_is_held_and_goes_on_without_a_change() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let go_on = server.folder.path().join("go-on");
    std::fs::write(&go_on, "").unwrap();
    let command = &format!(
        "{{ seq 1 400000; head -c 3000000 /dev/zero; until test -e '{}'; do sleep 0.05; done; seq 1 400000; }} | cksum",
        go_on.display()
    );
    let untapped = client.run_with(command, json!({"streams": "pipes", "format": "raw"})).await;
    std::fs::remove_file(&go_on).unwrap();
    let fields = json!({"breakpoints": [0], "format": "raw", "streams": "pipes"});
    let mut held = Held::start_by(client, command, fields).await;
    for _ in 0..20 {
        held.act(json!({"action": "hold"})).await;
        held.act(json!({"action": "step", "lines": 7})).await;
        held.act(json!({"action": "continue"})).await;
    }
    held.act(json!({"action": "hold"})).await;
    held.act(json!({"action": "step", "lines": 300})).await;
    held.until(|seen| newest(seen, 0).is_some_and(|stage| stage["held"] == true)).await;
    std::fs::write(&go_on, "").unwrap();
    held.act(json!({"action": "continue"})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, untapped.stdout);
    assert_eq!(newest(&finished, 0).unwrap()["bytes"], 2 * 2_688_895 + 3_000_000);
}

#[tokio::test]
async fn what_waits_is_bounded_by_the_pipe() {
    let server = TestServer::start().await;
    let mut held = Held::start(&server, "yes | cat", holding(&[0])).await;
    // The pipe, and what was read of it to be shown.
    held.until_waiting(0, (1 << 20) + (64 << 10)).await;
    assert_eq!(newest(&held.seen, 0).unwrap()["bytes"], 64 << 10);
    held.act(json!({"action": "step"})).await;
    held.until_stdout("y\n").await;
    let server_id = held.server_id.clone();
    held.client.signal(&server_id, 2).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout.trim_end(), "y");
}

#[tokio::test]
async fn what_a_stage_left_behind_is_stepped_through_after_its_end() {
    let server = TestServer::start().await;
    let command = "printf 'a\\nb\\nc' | while IFS= read -r x || [ -n \"$x\" ]; do echo \"<$x>\"; done";
    let mut held = Held::start(&server, command, holding(&[0])).await;
    held.until_waiting(0, 5).await;
    held.act(json!({"action": "step"})).await;
    held.until_stdout("<a>\n").await;
    held.act(json!({"action": "step"})).await;
    held.until_stdout("<a>\n<b>\n").await;
    held.until_waiting(0, 1).await;
    // The last line has no end, and is one.
    held.act(json!({"action": "step"})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "<a>\n<b>\n<c>\n");
}

#[tokio::test]
async fn a_line_longer_than_any_buffer_is_one_step() {
    let server = TestServer::start().await;
    let line = "head -c 2500000 /dev/zero | tr '\\0' x; echo";
    let command = format!("{{ {line}; {line}; }} | while read -r line; do echo ${{#line}}; done");
    let mut held = Held::start(&server, &command, {
        let mut fields = holding(&[]);
        fields["breakpoints"] = json!([{"location": 2, "mode": "hold"}]);
        fields
    })
    .await;
    held.act(json!({"location": 2, "action": "step"})).await;
    held.until_stdout("2500000\n").await;
    held.act(json!({"location": 2, "action": "step"})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "2500000\n2500000\n");
}

#[tokio::test]
async fn held_bytes_are_any_bytes() {
    let server = TestServer::start().await;
    let folder = server.folder.path().display().to_string();
    let command = format!("head -c 3000000 /dev/urandom | tee {folder}/in | cat > {folder}/out");
    let mut held = Held::start(&server, &command, holding(&[0, 1])).await;
    for location in [0, 1] {
        for lines in [1, 2, 1000] {
            held.act(json!({"location": location, "action": "step", "lines": lines})).await;
        }
    }
    held.until(|seen| newest(seen, 0).is_some_and(|stage| stage["waiting"].as_u64() > Some(0))).await;
    for location in [1, 0] {
        held.act(json!({"location": location, "action": "continue"})).await;
    }
    held.finish().await;
    let read = |name: &str| std::fs::read(server.folder.path().join(name)).unwrap();
    assert!(read("in").len() == 3_000_000 && read("in") == read("out"));
}

#[tokio::test]
async fn ten_pipes_are_held_at_once() {
    let server = TestServer::start().await;
    let command = format!("seq 1 3{}", " | cat".repeat(10));
    let locations: Vec<usize> = (0..10).collect();
    let mut held = Held::start(&server, &command, holding(&locations)).await;
    for location in 0..10 {
        held.until_waiting(location, if location == 0 { 6 } else { 2 }).await;
        held.act(json!({"location": location, "action": "step"})).await;
    }
    held.until_stdout("1\n").await;
    for location in 0..10 {
        held.act(json!({"location": location, "action": "continue"})).await;
    }
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "1\n2\n3\n");
}

#[tokio::test]
async fn each_run_is_held_and_one_can_go_on_alone() {
    let server = TestServer::start().await;
    let command = "for i in 1 2 3; do echo $i | { read x; echo $i:$x; }; done";
    let mut held = Held::start(&server, command, holding(&[0])).await;
    held.until_waiting(0, 2).await;
    held.act(json!({"run": 0, "action": "continue"})).await;
    held.until_stdout("1:1\n").await;
    held.until(|seen| newest(seen, 0).is_some_and(|stage| stage["run"] == 1 && stage["held"] == true)).await;
    // Without a run it is for the one that is there, and those to come.
    held.act(json!({"action": "step", "lines": 2})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "1:1\n2:2\n3:3\n");
}

#[tokio::test]
async fn a_reader_that_ends_ends_a_held_stage_as_its_pipe_would_have() {
    let server = TestServer::start().await;
    for command in ["yes | true", "yes | { read x; }"] {
        let command = format!("{command}; echo ${{PIPESTATUS[*]}}");
        let mut held = Held::start(&server, &command, holding(&[0])).await;
        if command.contains("read") {
            held.act(json!({"action": "step"})).await;
        }
        let (_, finished) = held.finish().await;
        assert_eq!(finished.stdout, "141 0\n", "{command}");
    }
}

#[tokio::test]
async fn an_interrupt_and_a_kill_end_what_is_held() {
    let server = TestServer::start().await;
    for way in ["\u{3}", "signal", "kill"] {
        let mut fields = holding(&[0]);
        fields["streams"] = json!("split");
        let mut held = Held::start(&server, "seq 1 100000 | cat | cat", fields).await;
        held.until(|seen| newest(seen, 0).is_some_and(|stage| stage["waiting"].as_u64() > Some(0))).await;
        let server_id = held.server_id.clone();
        match way {
            "signal" => held.client.signal(&server_id, 15).await,
            "kill" => assert!(server.engine.kill_everything() == 1),
            typed => held.client.stdin(&server_id, typed).await,
        }
        let (mut client, finished) = held.finish().await;
        assert!(!finished.stdout.contains('1'), "{way}: {finished:?}");
        assert_eq!(client.run("echo next").await.stdout, "next\n", "{way}");
    }
}

#[tokio::test]
async fn pipes_that_are_all_held_end_with_their_command() {
    for shell in ["/bin/bash", "/usr/bin/fish"] {
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let command = format!("seq 1 100000{}", " | cat".repeat(10));
        let locations: Vec<usize> = (0..10).collect();
        let mut fields = holding(&locations);
        fields["streams"] = json!("split");
        let mut held = Held::start(&server, &command, fields).await;
        // Something has come to the first, and nothing by it.
        held.until(|seen| newest(seen, 0).is_some_and(|stage| stage["waiting"].as_u64() > Some(0))).await;
        let server_id = held.server_id.clone();
        held.client.signal(&server_id, 9).await;
        let (mut client, finished) = held.finish().await;
        assert!(!finished.stdout.contains('1'), "{shell}: {finished:?}");
        assert_eq!(client.run("echo next").await.stdout, "next\n", "{shell}");
    }
}

#[tokio::test]
async fn to_hold_what_is_held_and_to_continue_what_flows_changes_nothing() {
    let server = TestServer::start().await;
    let mut held = Held::start(&server, "seq 1 4 | cat", holding(&[0])).await;
    held.until_waiting(0, 8).await;
    held.act(json!({"action": "hold"})).await;
    held.act(json!({"action": "hold"})).await;
    held.act(json!({"action": "step"})).await;
    held.until_stdout("1\n").await;
    held.until_waiting(0, 6).await;
    held.act(json!({"action": "continue"})).await;
    held.act(json!({"action": "continue"})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "1\n2\n3\n4\n");
}

#[tokio::test]
async fn a_client_that_reads_nothing_leaves_what_is_held_to_others_of_its_session() {
    let server = TestServer::start().await;
    let mark = server.folder.path().join("counted");
    let command = format!("seq 1 300000 | cat | wc -l >{}", mark.display());
    let deaf = Held::start(&server, &command, holding(&[0, 1])).await;
    let mut client = server.connect().await;
    let payload = json!({"sessionToken": deaf.client.session_token, "features": FEATURES});
    client.send(json!({"type": "authentication", "payload": payload})).await;
    client.next().await;
    let mut held = Held { client, server_id: deaf.server_id.clone(), seen: Finished::default() };
    held.until(|seen| newest(seen, 0).is_some_and(|stage| stage["waiting"].as_u64() > Some(0))).await;
    for location in [0, 1] {
        held.act(json!({"location": location, "action": "continue"})).await;
    }
    held.finish().await;
    assert_eq!(std::fs::read_to_string(mark).unwrap(), "300000\n");
    drop(deaf);
}

#[tokio::test]
async fn what_is_held_stays_so_when_its_client_leaves_and_another_lets_it_go_on() {
    let server = TestServer::start().await;
    let mut held = Held::start(&server, "seq 1 3 | cat", holding(&[0])).await;
    held.until_waiting(0, 6).await;
    let (token, server_id) = (held.client.session_token.clone(), held.server_id.clone());
    drop(held);
    server.until_left().await;
    let mut client = server.connect().await;
    let payload = json!({"sessionToken": token, "features": FEATURES});
    client.send(json!({"type": "authentication", "payload": payload})).await;
    let answer = client.next().await;
    assert_eq!(answer["payload"]["commands"][0]["status"], "running", "{answer}");
    let mut held = Held { client, server_id, seen: Finished::default() };
    // Told again, although nothing has changed.
    held.until_waiting(0, 6).await;
    held.act(json!({"action": "continue"})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "1\n2\n3\n");
}

#[tokio::test]
async fn what_outlives_its_command_is_held_no_more() {
    let server = TestServer::start().await;
    let fields = holding(&[0]);
    let held = Held::start(&server, "seq 1 3 | cat & ", fields).await;
    let (mut client, mut finished) = held.finish().await;
    while finished.stdout != "1\n2\n3\n" {
        let late = client.next().await;
        finished.take(&late);
    }
}

#[tokio::test]
async fn a_pipe_of_fish_is_held_too() {
    let server = TestServer::with(|settings| settings.shell = Some("/usr/bin/fish".into())).await;
    let command = "seq 1 4 | while read x; echo got $x; end";
    let mut held = Held::start(&server, command, holding(&[0])).await;
    held.until_waiting(0, 8).await;
    held.act(json!({"action": "step", "lines": 2})).await;
    held.until_stdout("got 1\ngot 2\n").await;
    held.until_waiting(0, 4).await;
    held.act(json!({"action": "step", "lines": 2})).await;
    let (_, finished) = held.finish().await;
    assert_eq!(finished.stdout, "got 1\ngot 2\ngot 3\ngot 4\n");
}

#[tokio::test]
async fn what_cannot_be_done_to_a_held_pipe_is_an_answer_that_says_why() {
    let server = TestServer::start().await;
    let mut held = Held::start(&server, "seq 1 3 | cat | cat", holding(&[0])).await;
    held.until_waiting(0, 6).await;
    let wrong = [
        (json!({"location": 7, "action": "step"}), "no-such-pipe"),
        (json!({"location": 1, "action": "step"}), "not-tapped"),
        (json!({"run": 4, "action": "hold"}), "not-tapped"),
        (json!({"serverId": 99, "action": "hold"}), "unknown-command"),
        (json!({"action": "step", "lines": 0}), "bad-breakpoint"),
        (json!({"action": "step", "lines": -1}), "bad-breakpoint"),
        (json!({"action": "step", "lines": 1_000_001}), "bad-breakpoint"),
        (json!({"action": "step", "lines": i64::MAX}), "bad-breakpoint"),
        (json!({"action": "step", "lines": 1e30}), "bad-message"),
        (json!({"action": "step", "lines": 1.5}), "bad-message"),
        (json!({"action": "jump"}), "bad-message"),
        (json!({"location": -1, "action": "step"}), "bad-message"),
        (json!({"location": "0", "action": "step"}), "bad-message"),
        (json!({"location": null, "action": "step"}), "bad-message"),
        (json!({"action": null}), "bad-message"),
    ];
    for (fields, code) in wrong {
        held.act(fields.clone()).await;
        let answer = held.client.next_where(|message| message["payload"]["result"] == "error").await;
        assert_eq!(
            (&answer["type"], &answer["payload"]["code"]),
            (&json!("update"), &json!(code)),
            "{fields}"
        );
    }
    // What succeeds is answered where the client gave a number for it.
    held.act(json!({"action": "continue", "clientId": 5})).await;
    let answer = held.client.next_where(|message| message["payload"]["result"] == "ok").await;
    assert_eq!(answer["payload"]["clientId"], 5);
    let server_id = held.server_id.clone();
    let (mut client, finished) = held.finish().await;
    assert_eq!(finished.stdout, "1\n2\n3\n");
    let late = json!({"type": "breakpoint", "serverId": server_id, "location": 0, "action": "continue"});
    client.send(json!({"type": "update", "payload": late})).await;
    let answer = client.next_where(|message| message["payload"]["result"] == "error").await;
    assert_eq!(answer["payload"]["code"], "command-ended");
}

#[tokio::test]
async fn a_breakpoint_that_cannot_be_set_is_an_answer_that_says_why() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let wrong = [
        (json!([{"location": 0, "mode": "stop"}]), "bad-message"),
        (json!([{"mode": "hold"}]), "bad-message"),
        (json!(["0"]), "bad-message"),
        (json!([-1]), "bad-message"),
        (json!([{"location": 3}]), "no-such-pipe"),
        (json!([0, {"location": 0, "mode": "hold"}]), "bad-breakpoint"),
        (json!([{"location": 0, "head": (16 << 20) + 1}]), "bad-breakpoint"),
        (json!([{"location": 0, "tail": u64::MAX}]), "bad-breakpoint"),
        (json!([{"location": 0, "tail": -1}]), "bad-message"),
    ];
    for (breakpoints, code) in wrong {
        let answer = client.start_with("true | true", json!({"breakpoints": breakpoints})).await;
        assert_eq!(answer["payload"]["code"], code, "{breakpoints}: {answer}");
        assert_eq!(answer["payload"]["command"], "true | true", "{breakpoints}");
    }
    let mut bare = server.client().await;
    let answer = bare.start_with("true | true", json!({"breakpoints": [{"location": 0}]})).await;
    assert_eq!(answer["payload"]["code"], "feature-missing", "{answer}");
    let update = json!({"type": "breakpoint", "serverId": 1, "location": 0, "action": "hold"});
    bare.send(json!({"type": "update", "payload": update})).await;
    assert_eq!(bare.next().await["payload"]["code"], "feature-missing");
}

#[tokio::test]
async fn a_breakpoint_keeps_as_much_as_it_asks_for() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let from = |finished: &Finished, partial: bool| {
        let server_id = finished.answer["payload"]["serverId"].clone();
        json!({"stdinFrom": {"serverId": server_id, "location": 0, "partial": partial}})
    };
    let less = json!({"breakpoints": [{"location": 0, "head": 4, "tail": 10}]});
    let cut = client.run_with("seq 1 1000 | cat >/dev/null", less).await;
    let answer = client.start_with("cat", from(&cut, false)).await;
    assert_eq!(answer["payload"]["code"], "capture-cut", "{answer}");
    assert_eq!(client.run_with("cat", from(&cut, true)).await.stdout, "1\n2\n");
    let more = json!({"breakpoints": [{"location": 0, "head": 8 << 20}]});
    let whole = client.run_with("seq 1 900000 | cat >/dev/null", more).await;
    assert_eq!(client.run_with("tail -1", from(&whole, false)).await.stdout, "900000\n");
}
