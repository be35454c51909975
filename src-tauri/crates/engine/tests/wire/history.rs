//! History: what ran, searched over every session, and joined by the history of the user's shell.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use engine::TokenStoreKind;
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

async fn ask(client: &mut TestClient, kind: &str, payload: Value) -> Value {
    client.send(json!({"type": kind, "payload": payload})).await;
    client.next_where(|message| message["type"] == kind).await["payload"].take()
}

async fn history(client: &mut TestClient, payload: Value) -> Value {
    let answer = ask(client, "history", payload).await;
    assert_eq!(answer["result"], "ok", "{answer}");
    answer
}

fn texts(answer: &Value) -> Vec<&str> {
    let commands = answer["commands"].as_array().unwrap();
    commands.iter().map(|command| command["command"].as_str().unwrap()).collect()
}

async fn import(client: &mut TestClient, file: &Path) -> Value {
    ask(client, "importHistory", json!({"file": file})).await
}

#[tokio::test]
async fn what_ran_in_any_session_is_found_newest_first_with_its_place_times_and_end() {
    let server = TestServer::start().await;
    let mut first = server.client().await;
    first.run("cd /usr").await;
    let failed = first.run("echo Alpha; (exit 3)").await;
    let mut second = server.client_with(&["history", "details"]).await;
    let ran = second.run("echo alphabet").await;
    second.run("true").await;

    let answer = history(&mut second, json!({"query": "alpha"})).await;
    assert_eq!(texts(&answer), ["echo alphabet", "echo Alpha; (exit 3)"]);
    let [newest, oldest] = &answer["commands"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!((&oldest["cwd"], &oldest["exitCode"]), (&json!("/usr"), &json!(3)));
    for name in ["begin", "end"] {
        assert_eq!(oldest[name], failed.last["payload"][name], "{name}");
    }
    assert_eq!(newest["serverId"], ran.answer["payload"]["serverId"]);
    assert_eq!(newest["session"], answer["session"]);
    assert_ne!(oldest["session"], answer["session"]);
    assert!(answer["before"].is_null());

    for (filter, expected) in [
        (json!({"query": "Alpha"}), vec!["echo Alpha; (exit 3)"]),
        (json!({"cwd": "/usr"}), vec!["echo Alpha; (exit 3)"]),
        (json!({"exitCode": 3}), vec!["echo Alpha; (exit 3)"]),
        (json!({"sessionOnly": true}), vec!["true", "echo alphabet"]),
        (json!({"query": "nothing like it"}), vec![]),
        (json!({"query": "ehph", "fuzzy": true}), vec!["echo alphabet", "echo Alpha; (exit 3)"]),
        (json!({"limit": 1}), vec!["true"]),
    ] {
        assert_eq!(texts(&history(&mut second, filter.clone()).await), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_running_command_is_there_without_an_end_and_history_outlives_the_engine() {
    let server = TestServer::with(|settings| settings.token_store = TokenStoreKind::File).await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo before").await;
    client.start("sleep 77").await;
    let answer = history(&mut client, json!({"query": "sleep 77"})).await;
    assert_eq!(answer["commands"][0]["end"], "");
    assert!(answer["commands"][0]["exitCode"].is_null());
    let server = server.restarted().await;
    let mut client = server.client_with(&["history"]).await;
    let answer = history(&mut client, json!({})).await;
    assert_eq!(texts(&answer), ["sleep 77", "echo before"]);
    assert_ne!(answer["commands"][0]["end"], "");
}

#[tokio::test]
async fn the_best_match_comes_first_and_the_same_text_once_where_that_is_asked() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["history"]).await;
    for text in ["echo git checkout", ": cheese or crackers", "echo git checkout", "echo go"] {
        client.run(text).await;
    }
    let answer = history(&mut client, json!({"query": "check", "fuzzy": true, "distinct": true})).await;
    assert_eq!(texts(&answer), ["echo git checkout", ": cheese or crackers"]);
    let answer = history(&mut client, json!({"distinct": true})).await;
    assert_eq!(texts(&answer), ["echo go", "echo git checkout", ": cheese or crackers"]);
}

#[tokio::test]
async fn pages_by_cursor_give_every_command_once_however_little_each_look_may_cost() {
    for (work, limit) in [(u64::MAX, 3), (1, 200)] {
        let server = TestServer::with(|settings| settings.limits.history_work = work).await;
        let mut client = server.client_with(&["history"]).await;
        let file = server.folder.path().join("history");
        // Several of one second, and several of none.
        let stamped: String = (0..10).map(|n| format!("#{}\nstamped {n}\n", 1_700_000_000 + n / 3)).collect();
        fs::write(&file, format!("one\ntwo\n{stamped}")).unwrap();
        assert_eq!(import(&mut client, &file).await["imported"], 12);
        let (mut all, mut before) = (Vec::new(), Value::Null);
        loop {
            let answer = history(&mut client, json!({"limit": limit, "before": before})).await;
            assert!(texts(&answer).len() <= 3);
            all.extend(texts(&answer).iter().map(|text| (*text).to_owned()));
            before = answer["before"].clone();
            if before.is_null() {
                break;
            }
        }
        let stamped = (0..10).rev().map(|n| format!("stamped {n}"));
        assert_eq!(all, stamped.chain(["two".into(), "one".into()]).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn sql_in_a_query_is_only_text() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["history"]).await;
    let evil = "echo \"'; DROP TABLE commands; --\"";
    client.run(evil).await;
    client.run("echo 100%_").await;
    for query in ["'; DROP TABLE commands; --", "' OR '1'='1", "%", "_", "\\", "\"", "*"] {
        for fuzzy in [false, true] {
            let payload = json!({"query": query, "fuzzy": fuzzy, "cwd": null});
            for text in texts(&history(&mut client, payload).await) {
                assert!(text.contains(query.chars().next().unwrap()), "{query}: {text}");
            }
            let payload = json!({"cwd": query, "fuzzy": fuzzy});
            assert!(texts(&history(&mut client, payload).await).is_empty());
        }
    }
    assert_eq!(texts(&history(&mut client, json!({"query": "'; DROP"})).await), [evil]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_nothing_is_lost() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo kept").await;
    for (payload, code) in [
        (json!({"query": "x".repeat(2000)}), "too-large"),
        (json!({"query": 5}), "bad-message"),
        (json!({"before": "tomorrow"}), "bad-message"),
        (json!({"limit": -1}), "bad-message"),
        (json!({"exitCode": "0"}), "bad-message"),
    ] {
        let answer = ask(&mut client, "history", payload.clone()).await;
        assert_eq!((&answer["result"], &answer["code"]), (&json!("error"), &json!(code)), "{payload}");
    }
    let future = json!({"before": format!("{}.{}", i64::MAX, i64::MAX)});
    assert_eq!(texts(&history(&mut client, future).await), ["echo kept"]);
    let mut bare = server.client().await;
    assert_eq!(ask(&mut bare, "history", json!({})).await["code"], "feature-missing");
    assert_eq!(ask(&mut bare, "importHistory", json!({})).await["code"], "feature-missing");
}

#[tokio::test]
async fn a_command_that_begins_with_a_space_is_in_no_history_not_even_the_shell_s() {
    for shell in ["/bin/bash", "/usr/bin/zsh"] {
        if !Path::new(shell).exists() {
            eprintln!("skipped: there is no {shell} here");
            continue;
        }
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let mut client = server.client_with(&["history"]).await;
        client.run(" echo hidden-one").await;
        client.run("echo shown").await;
        assert_eq!(texts(&history(&mut client, json!({})).await), ["echo shown"]);
        let listed = client.run("HISTSIZE=100; fc -l 1").await.stdout;
        assert!(listed.contains("echo shown") && !listed.contains("hidden-one"), "{shell}: {listed}");
    }
}

/// A shell that keeps its history in `file`, whatever the home of this test has.
fn shell_with_history(server: &Path, program: &str, variable: &str, value: &Path) -> std::path::PathBuf {
    let folder = server.join("bin");
    fs::create_dir_all(&folder).unwrap();
    let wrapper = folder.join(Path::new(program).file_name().unwrap());
    let script = format!("#!/bin/sh\nexport {variable}='{}'\nexec {program} \"$@\"\n", value.display());
    fs::write(&wrapper, script).unwrap();
    fs::set_permissions(&wrapper, Permissions::from_mode(0o700)).unwrap();
    wrapper
}

/// What real shells write to their history files is taken over: once, with its times, and without what ran here.
#[tokio::test]
async fn the_shell_s_own_history_is_taken_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("written");
    let bash = "HISTFILE=; HISTTIMEFORMAT=%s; history -c; history -s 'echo one'; history -s ' hidden'; \
                history -s $'for x in 1 2\\ndo echo $x\\ndone'; history -w \"$1\"";
    let zsh = "HISTSIZE=100 SAVEHIST=100; setopt extendedhistory; print -sr 'echo one'; print -sr ' hidden'; \
               print -sr $'for x in 1 2\\ndo echo $x\\ndone'; fc -W \"$1\"";
    for (program, options, script, variable) in [
        ("/bin/bash", vec!["--norc", "-i", "-c"], bash, "HISTFILE"),
        ("/usr/bin/zsh", vec!["-f", "-i", "-c"], zsh, "HISTFILE"),
    ] {
        if !Path::new(program).exists() {
            eprintln!("skipped: there is no {program} here");
            continue;
        }
        let _ = fs::remove_file(&file);
        let wrote = Command::new(program).args(options).args([script, "x"]).arg(&file).output().unwrap();
        assert!(file.exists(), "{program}: {wrote:?}");
        let wrapper = shell_with_history(folder.path(), program, variable, &file);
        let server = TestServer::with(|settings| settings.shell = Some(wrapper)).await;
        let mut client = server.client_with(&["history"]).await;
        let answer = ask(&mut client, "importHistory", json!({})).await;
        assert_eq!(
            (&answer["file"], &answer["imported"], &answer["skipped"]),
            (&json!(file), &json!(2), &json!(1)),
            "{program}: {answer} {:?}",
            fs::read_to_string(&file)
        );
        let found = history(&mut client, json!({})).await;
        assert_eq!(texts(&found), ["for x in 1 2\ndo echo $x\ndone", "echo one"]);
        assert!(found["commands"][0]["begin"].as_str().unwrap().starts_with("20"), "{found}");
        assert!(found["commands"][0]["session"].is_null());
        let again = ask(&mut client, "importHistory", json!({})).await;
        assert_eq!((&again["result"], &again["imported"]), (&json!("ok"), &json!(0)));
        assert!(again["before"].is_string());
        assert_eq!(texts(&history(&mut client, json!({})).await).len(), 2);
    }
}

#[tokio::test]
async fn fish_tells_its_file_and_the_times_in_it() {
    let fish = "/usr/bin/fish";
    if !Path::new(fish).exists() {
        return eprintln!("skipped: there is no {fish} here");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data/fish/fish_history");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "- cmd: echo one\\necho two\n  when: 1700000000\n- cmd: ls\n  when: 1700000001\n")
        .unwrap();
    let wrapper = shell_with_history(folder.path(), fish, "XDG_DATA_HOME", &folder.path().join("data"));
    let server = TestServer::with(|settings| settings.shell = Some(wrapper)).await;
    let mut client = server.client_with(&["history"]).await;
    let answer = ask(&mut client, "importHistory", json!({})).await;
    assert_eq!((&answer["file"], &answer["imported"]), (&json!(file), &json!(2)), "{answer}");
    let found = history(&mut client, json!({})).await;
    assert_eq!(texts(&found), ["ls", "echo one\necho two"]);
    assert_eq!(found["commands"][0]["begin"], "2023-11-14T22:13:21.000Z");
}

#[tokio::test]
async fn what_ran_here_is_not_taken_over_from_the_shell_s_history_and_imported_commands_are_not_lost() {
    let server = TestServer::with(|settings| settings.token_store = TokenStoreKind::File).await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo mine").await;
    let began = history(&mut client, json!({})).await["commands"][0]["begin"].as_str().unwrap().to_owned();
    let seconds = Command::new("date").args(["+%s", "-d", &began]).output().unwrap().stdout;
    let seconds = String::from_utf8(seconds).unwrap();
    let file = server.folder.path().join("history");
    fs::write(&file, format!("#{seconds}echo mine\n#{seconds}echo other\nplain\n")).unwrap();
    let answer = import(&mut client, &file).await;
    assert_eq!((&answer["imported"], &answer["skipped"]), (&json!(1), &json!(1)), "{answer}");
    let server = server.restarted().await;
    let mut client = server.client_with(&["history"]).await;
    let found = history(&mut client, json!({"query": "other"})).await;
    assert_eq!((texts(&found).len(), &found["commands"][0]["end"]), (1, &json!("")));
    let missing = import(&mut client, Path::new("/nowhere/history")).await;
    assert_eq!(missing["code"], "no-history");
    assert_eq!(import(&mut client, Path::new("/")).await["code"], "no-history");
    let fifo = server.folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    assert_eq!(import(&mut client, &fifo).await["code"], "no-history");
}

#[tokio::test]
async fn a_file_that_is_no_history_is_refused_and_of_a_huge_one_the_end_is_taken() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["history"]).await;
    client.run("echo kept").await;
    let file = server.folder.path().join("file");
    fs::copy("/bin/sh", &file).unwrap();
    let refused = import(&mut client, &file).await;
    assert_eq!(refused["code"], "no-history", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("is not text"), "{refused}");
    for path in ["/dev/zero", "/", "/nothing/there"] {
        assert_eq!(import(&mut client, Path::new(path)).await["code"], "no-history", "{path}");
    }
    // A gibibyte of which only the end is on the disk.
    let huge = fs::File::create(&file).unwrap();
    huge.set_len(1 << 30).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&huge, b"\nls one\nls two\n", (1 << 30) - 15).unwrap();
    let imported = import(&mut client, &file).await;
    assert_eq!(imported["imported"], 2, "{imported}");
    let all = history(&mut client, json!({})).await;
    assert_eq!(texts(&all), ["echo kept", "ls two", "ls one"]);
}
