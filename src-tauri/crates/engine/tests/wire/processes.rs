//! What a command leaves in the background: counted, listed, told its late words, killed one by one.

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const FEATURES: [&str; 5] = ["details", "format", "chunks", "streams", "processes"];

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].clone()
}

async fn processes(client: &mut TestClient, of: Value) -> Vec<Value> {
    let answer = ask(client, "processes", of).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    let processes = answer["processes"].as_array().unwrap();
    assert_eq!(answer["total"], processes.len());
    processes.clone()
}

fn lines(processes: &[Value]) -> Vec<&str> {
    processes.iter().map(|process| process["commandLine"].as_str().unwrap()).collect()
}

/// Asks until the answer fits: that a process has ended is nothing that the server tells.
async fn until(client: &mut TestClient, of: Value, fits: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let found = processes(client, of.clone()).await;
        if fits(&found) {
            return found;
        }
    }
}

#[tokio::test]
async fn what_each_command_left_is_counted_listed_and_told_apart() {
    for shell in ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"] {
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let mut client = server.client_with(&FEATURES).await;
        let quiet = client.run("echo quiet").await;
        assert_eq!(quiet.last["payload"]["background"], Value::Null, "{shell}");
        let first = client.run("sleep 4001 & sleep 4002 &").await;
        assert_eq!(first.last["payload"]["background"], 2, "{shell}: {first:?}");
        let second = client.run("sh -c 'setsid sleep 4003 >/dev/null 2>&1 &' ; sh -c 'sleep 4004 & :'").await;
        assert_eq!(second.last["payload"]["background"], 2, "{shell}: {second:?}");
        let third = client.run("echo quiet").await;
        assert_eq!(third.last["payload"]["background"], Value::Null, "{shell}: {third:?}");

        let id = |finished: &crate::client::Finished| finished.answer["payload"]["serverId"].clone();
        let of = |finished| json!({"serverId": id(finished), "clientId": 3});
        // A shell that is started for the first time may have started something itself.
        let of_commands = |all: &[Value]| -> Vec<Value> {
            all.iter().filter(|one| one["serverId"].is_number()).cloned().collect()
        };
        let are_sleeps = |all: &[Value]| of_commands(all).iter().all(|one| one["name"] == "sleep");
        let all = of_commands(&until(&mut client, json!({}), are_sleeps).await);
        assert_eq!(all.len(), 4, "{shell}: {all:?}");
        let mut one = processes(&mut client, of(&first)).await;
        one.sort_by_key(|process| process["pid"].as_u64());
        assert_eq!(lines(&one), ["sleep 4001", "sleep 4002"], "{shell}");
        for process in &one {
            assert_eq!(process["serverId"], id(&first), "{shell}");
            assert_eq!(process["state"], "sleeping", "{shell}");
            let since = process["since"].as_str().unwrap();
            assert!(since.ends_with('Z') && since.len() == 24, "{shell}: {process}");
            let pid = process["pid"].as_i64().unwrap();
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
            let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
            assert_eq!(process["parent"].to_string(), fields[1], "{shell}");
            assert_eq!(process["group"].to_string(), fields[2], "{shell}");
            assert_eq!(process["started"].to_string(), fields[19], "{shell}");
        }
        let mut two = processes(&mut client, of(&second)).await;
        two.sort_by_key(|process| process["commandLine"].to_string());
        assert_eq!(lines(&two), ["sleep 4003", "sleep 4004"], "{shell}");
        assert_eq!(processes(&mut client, of(&third)).await.len(), 0, "{shell}");
    }
}

#[tokio::test]
async fn one_process_is_killed_and_the_others_go_on() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    client.run("sleep 4011 & sleep 4012 & bash -c 'trap \"\" TERM; while :; do sleep 4013; done' &").await;
    let is_there = |line: &'static str| move |all: &[Value]| lines(all).contains(&line);
    let all = until(&mut client, json!({}), is_there("sleep 4013")).await;
    let named = |line: &str| all.iter().find(|one| one["commandLine"] == line).unwrap().clone();
    let one = named("sleep 4011");
    let answer =
        ask(&mut client, "kill", json!({"pid": one["pid"], "started": one["started"], "clientId": 7})).await;
    assert_eq!(answer, json!({"result": "ok", "clientId": 7, "pid": one["pid"]}));
    let left = until(&mut client, json!({}), |all| !lines(all).contains(&"sleep 4011")).await;
    assert!(lines(&left).contains(&"sleep 4012"), "{left:?}");

    // The same process stopped, seen to be, and continued.
    let other = named("sleep 4012");
    let state = |pid: Value, state: &'static str| {
        move |all: &[Value]| all.iter().any(|one| one["pid"] == pid && one["state"] == state)
    };
    ask(&mut client, "kill", json!({"pid": other["pid"], "signal": 19})).await;
    until(&mut client, json!({}), state(other["pid"].clone(), "stopped")).await;
    ask(&mut client, "kill", json!({"pid": other["pid"], "signal": 18})).await;
    until(&mut client, json!({}), state(other["pid"].clone(), "sleeping")).await;

    // Deaf to TERM, but not to KILL.
    let deaf = all.iter().find(|one| one["name"] == "bash").unwrap();
    ask(&mut client, "kill", json!({"pid": deaf["pid"]})).await;
    let still = processes(&mut client, json!({})).await;
    assert!(still.iter().any(|one| one["pid"] == deaf["pid"]), "{still:?}");
    ask(&mut client, "kill", json!({"pid": deaf["pid"], "signal": 9})).await;
    until(&mut client, json!({}), |all| all.iter().all(|one| one["pid"] != deaf["pid"])).await;
}

#[tokio::test]
async fn a_signal_for_what_is_not_in_the_session_is_refused() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let refused = ask(&mut client, "kill", json!({"pid": 1, "clientId": 1})).await;
    assert_eq!(refused["code"], "no-such-process", "before the session has a shell: {refused}");
    client.run("sleep 4021 &").await;
    let mut other = server.client_with(&FEATURES).await;
    other.run("sleep 4022 &").await;
    let foreign = until(&mut other, json!({}), |all| lines(all) == ["sleep 4022"]).await[0].clone();
    let own = until(&mut client, json!({}), |all| lines(all) == ["sleep 4021"]).await[0].clone();
    let shell = own["parent"].clone();
    let mut pids: Vec<Value> = [0, -1, 1, i64::MAX, i64::from(std::process::id())].map(Value::from).into();
    pids.extend([foreign["pid"].clone(), shell]);
    for pid in pids {
        let refused = ask(&mut client, "kill", json!({"pid": pid, "signal": 9})).await;
        assert_eq!(refused["code"], "no-such-process", "{pid}: {refused}");
        assert!(refused["message"].as_str().unwrap().contains(&pid.to_string()), "{pid}: {refused}");
    }
    let started = own["started"].as_u64().unwrap() + 1;
    let refused = ask(&mut client, "kill", json!({"pid": own["pid"], "started": started})).await;
    assert_eq!(refused["code"], "no-such-process", "{refused}");
    for signal in [0, 65, -1, i64::MAX] {
        let refused = ask(&mut client, "kill", json!({"pid": own["pid"], "signal": signal})).await;
        assert_eq!(refused["code"], "bad-signal", "{refused}");
    }
    let refused = ask(&mut client, "processes", json!({"serverId": 77})).await;
    assert_eq!(refused["code"], "unknown-command", "{refused}");
    assert_eq!(lines(&processes(&mut client, json!({})).await), ["sleep 4021"]);
    assert_eq!(lines(&processes(&mut other, json!({})).await), ["sleep 4022"]);
    let mut bare = server.client().await;
    for kind in ["processes", "kill"] {
        let refused = ask(&mut bare, kind, json!({"pid": own["pid"]})).await;
        assert_eq!(refused["code"], "feature-missing", "{refused}");
    }
}

#[tokio::test]
async fn what_a_running_command_runs_is_listed_too_and_a_long_list_is_cut() {
    let server = TestServer::with(|settings| {
        settings.limits.processes = 2;
        settings.limits.process_command_line = 7;
    })
    .await;
    let mut client = server.client_with(&FEATURES).await;
    client.start("sleep 4031 | sleep 4032 | sleep 4033").await;
    loop {
        let answer = ask(&mut client, "processes", json!({})).await;
        let listed = answer["processes"].as_array().unwrap();
        // A process that is just about to run its program has the name before the command line.
        let is_there = |one: &Value| one["name"] == "sleep" && one["commandLine"] != "";
        if answer["total"] == 3 && listed.iter().all(is_there) {
            assert_eq!(lines(listed), ["sleep 4", "sleep 4"]);
            break;
        }
    }
}

#[tokio::test]
async fn words_of_the_background_come_after_the_end_and_its_processes_outlive_other_shells() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&FEATURES).await;
    let pipe = server.folder.path().join("pipe");
    client.run(&format!("mkfifo {}", pipe.display())).await;
    let more = json!({"format": "text", "streams": "exact"});
    let first =
        client.run_with(&format!("(read -r word <{}; echo late $word) &", pipe.display()), more).await;
    let id = first.answer["payload"]["serverId"].clone();
    assert_eq!(first.last["payload"]["background"], 1);
    std::fs::write(&pipe, "words\n").unwrap();
    let late = client.next_where(|message| message["payload"]["serverId"] == id).await;
    assert_eq!(late["payload"]["status"], "completed");
    assert_eq!(late["payload"]["output"]["chunks"][0]["data"], "late words\n", "{late}");

    // While a command keeps its shell busy, another one takes over; what was left below the first is still known.
    let left = client.run("sleep 4041 &").await;
    let busy = client.start("sleep 4042").await;
    client.run("sleep 4043 &").await;
    let of = |answer: &Value| json!({"serverId": answer["payload"]["serverId"]});
    for (answer, line) in [(&left.answer, "sleep 4041"), (&busy, "sleep 4042")] {
        until(&mut client, of(answer), |all| lines(all) == [line]).await;
    }
    assert_eq!(processes(&mut client, json!({})).await.len(), 3);
}
