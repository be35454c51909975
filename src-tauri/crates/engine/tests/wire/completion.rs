//! Completions of the line at the cursor, from the session's own shell and from files where that cannot tell.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

const SHELLS: [&str; 4] = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"];

/// A server of that shell whose completions may take the time that a busy machine needs.
async fn server(shell: &str) -> TestServer {
    TestServer::with(|settings| {
        settings.shell = Some(shell.into());
        settings.limits.completion = Duration::from_secs(20);
    })
    .await
}

/// A client whose shell is in a folder with these files; those that end with a slash are folders.
async fn client_in(server: &TestServer, files: &[&str]) -> TestClient {
    let folder = server.folder.path().join("files");
    std::fs::create_dir(&folder).unwrap();
    for file in files {
        match file.strip_suffix('/') {
            Some(name) => std::fs::create_dir(folder.join(name)).unwrap(),
            None => std::fs::write(folder.join(file), "").unwrap(),
        }
    }
    let mut client = server.client_with(&["complete", "details", "format", "streams"]).await;
    client.run(&format!("cd '{}'", folder.display())).await;
    client
}

async fn ask(client: &mut TestClient, line: &str, cursor: usize) -> Value {
    client
        .send(json!({"type": "complete", "payload": {"clientId": 1, "line": line, "cursor": cursor}}))
        .await;
    client.next_where(|message| message["type"] == "complete").await["payload"].take()
}

/// The answer for a line whose cursor is at the `^`.
async fn complete(client: &mut TestClient, line: &str) -> Value {
    let cursor = line.find('^').unwrap_or(line.len());
    let answer = ask(client, &line.replacen('^', "", 1), cursor).await;
    assert_eq!(answer["result"], "ok", "{line}: {answer}");
    answer
}

/// The lines that come of the completions.
async fn lines(client: &mut TestClient, line: &str) -> Vec<String> {
    let mut answer = complete(client, line).await;
    // On a busy machine a shell may be late, as the answer says then; it is asked again, as a client does.
    for _ in 0..20 {
        if answer["late"] != true {
            break;
        }
        answer = complete(client, line).await;
    }
    assert_eq!(answer["source"], "shell", "{line}: {answer}");
    let whole = line.replacen('^', "", 1);
    let at = |name: &str| answer[name].as_u64().unwrap() as usize;
    let (before, behind) = (&whole[..at("from")], &whole[at("to")..]);
    let completions = answer["completions"].as_array().unwrap();
    let accepted = |completion: &Value| format!("{before}{}{behind}", completion["text"].as_str().unwrap());
    completions.iter().map(accepted).collect()
}

/// Options of a command whose output is looked at as it is.
fn raw() -> Value {
    json!({"format": "raw", "streams": "pipes"})
}

fn exists(shell: &str) -> bool {
    let exists = Path::new(shell).exists();
    if !exists {
        eprintln!("skipped: there is no {shell} here");
    }
    exists
}

#[tokio::test]
async fn files_complete_wherever_an_argument_can_be() {
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let files = ["alpha.txt", "beta", "dir/", ".hidden"];
        let mut client = client_in(&server, &files).await;
        std::fs::write(server.folder.path().join("files/dir/deep"), "").unwrap();
        std::fs::write(std::path::PathBuf::from(std::env::var_os("HOME").unwrap()).join("zz home"), "")
            .unwrap();
        files_complete(&mut client, shell).await;
        if shell.ends_with("bash") {
            // Without bash-completion, where that is installed.
            client.run("complete -r").await;
            files_complete(&mut client, shell).await;
        }
    }
}

async fn files_complete(client: &mut TestClient, shell: &str) {
    for (line, expected) in [
        ("cat al^", &["cat alpha.txt"][..]),
        ("cat d^", &["cat dir/"]),
        ("cat dir/^", &["cat dir/deep"]),
        ("cat ./al^", &["cat ./alpha.txt"]),
        ("cat .h^", &["cat .hidden"]),
        ("cat al^ beta", &["cat alpha.txt beta"]),
        ("true; cat al^", &["true; cat alpha.txt"]),
        ("true | cat al^", &["true | cat alpha.txt"]),
        ("true && cat al^", &["true && cat alpha.txt"]),
        ("cat <al^", &["cat <alpha.txt"]),
        ("echo x >al^", &["echo x >alpha.txt"]),
        ("echo x > al^", &["echo x > alpha.txt"]),
        ("echo x 2>>al^", &["echo x 2>>alpha.txt"]),
        ("cat \"al^", &["cat \"alpha.txt\""]),
        ("cat \"al^\"", &["cat \"alpha.txt\""]),
        ("cat 'al^' beta", &["cat 'alpha.txt' beta"]),
        ("cat $PWD/al^", &["cat $PWD/alpha.txt"]),
        ("cat nothing-like-it^", &[]),
    ] {
        assert_eq!(lines(client, line).await, expected, "{shell}: {line}");
    }
}

/// Text, kind and description of each completion.
async fn found(client: &mut TestClient, line: &str) -> Vec<(String, String, String)> {
    let answer = complete(client, line).await;
    assert_eq!(answer["source"], "shell", "{line}: {answer}");
    let text = |completion: &Value, name: &str| completion[name].as_str().unwrap_or_default().to_owned();
    let completions = answer["completions"].as_array().unwrap().iter();
    completions.map(|one| (text(one, "text"), text(one, "kind"), text(one, "description"))).collect()
}

fn names(found: &[(String, String, String)], kind: &str) -> Vec<String> {
    found.iter().filter(|one| one.1 == kind).map(|one| one.0.clone()).collect()
}

#[tokio::test]
async fn commands_and_variables_are_those_of_the_session() {
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let mut client = client_in(&server, &[]).await;
        let fish = shell.ends_with("fish");
        let dash = shell.ends_with("dash");
        client.run("alias zzalias=ls").await;
        client.run(if fish { "function zzfunction; true; end" } else { "zzfunction() { true; }" }).await;
        client.run(if fish { "set zzvariable 1" } else { "zzvariable=1" }).await;
        let commands = found(&mut client, "true; zz").await;
        assert_eq!(names(&commands, "alias"), ["zzalias"], "{shell}: {commands:?}");
        let functions = if dash { vec![] } else { vec!["zzfunction"] };
        assert_eq!(names(&commands, "function"), functions, "{shell}: {commands:?}");
        assert!(
            names(&found(&mut client, "unal").await, "builtin").contains(&"unalias".into()) || fish,
            "{shell}"
        );
        assert!(names(&found(&mut client, "mkfif").await, "command").contains(&"mkfifo".into()), "{shell}");
        assert_eq!(lines(&mut client, "echo $zzvar^ x").await, ["echo $zzvariable x"], "{shell}");
        assert_eq!(lines(&mut client, "echo \"a $zzvar").await.len(), 1, "{shell}");
        if !fish {
            assert_eq!(lines(&mut client, "echo ${zzvar").await, ["echo ${zzvariable}"], "{shell}");
            assert_eq!(lines(&mut client, "echo ${zzvar^}").await, ["echo ${zzvariable}"], "{shell}");
        }
        client.run("unalias zzalias").await;
        assert!(names(&found(&mut client, "zz").await, "alias").is_empty() || fish, "{shell}");
        assert!(found(&mut client, "__porth").await.is_empty(), "{shell}: the engine's own show");
    }
}

#[tokio::test]
async fn the_session_is_as_it_was_after_completions() {
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let mut client = client_in(&server, &["one"]).await;
        let fish = shell.ends_with("fish");
        let state = if fish {
            "set | string match -rv '^(status_generation|CMD_DURATION|history|__porthole|last_pid|pipestatus)'; functions; jobs; pwd"
        } else {
            "set | grep -avE '^(_|BASH_LINENO|RANDOM|SRANDOM|SECONDS|EPOCH|LINENO|HISTCMD|__porthole|BASH_COMMAND|PIPESTATUS|pipestatus|status|TTYIDLE|.?.\\?|!)' | grep -avE \"^ *('|=)\"; alias; jobs; pwd; umask"
        };
        client.run("sleep 1000 &").await;
        client.run_with(state, raw()).await;
        let before = client.run_with(state, raw()).await.stdout;
        // The session's shell has no child that ends.
        if !fish {
            client.run("trap 'echo >trapped' CHLD EXIT").await;
        }
        client.run(if fish { "false" } else { "rm -f trapped; (exit 7)" }).await;
        std::fs::remove_file(server.folder.path().join("files/trapped")).ok();
        for line in ["cat o", "ec", "echo $HO", "ls --a", "git ch"] {
            complete(&mut client, line).await;
        }
        assert!(!server.folder.path().join("files/trapped").exists(), "{shell}");
        let code = if fish { "echo $status" } else { "echo $?" };
        assert_eq!(client.run(code).await.stdout, if fish { "1\n" } else { "7\n" }, "{shell}");
        if !fish {
            client.run("trap - CHLD EXIT").await;
        }
        let after = client.run_with(state, raw()).await.stdout;
        let differs: Vec<_> =
            before.lines().zip(after.lines()).filter(|(before, after)| before != after).collect();
        assert!(differs.is_empty() && before.len() == after.len(), "{shell}: {differs:?}");
        let processes = client.run("ps -o args= --ppid $$ 2>/dev/null; true").await.stdout;
        assert!(!processes.contains("porthole-warden"), "{shell}: {processes}");
    }
}

#[tokio::test]
async fn nothing_of_the_line_is_run() {
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let mut client = client_in(&server, &["one"]).await;
        for line in [
            "touch ran; ls ^",
            "touch ran && ls o^",
            "ls $(touch ran)^",
            "ls $(touch ran)/o^",
            "ls \"$(touch ran)^",
            "ls $(touch ran) o^",
            "git -C $(touch ran) checkout ^",
            "cd `touch ran`^",
            "cd `touch ran` o^",
            "(touch ran)^",
            "cat <(touch ran) o^",
            "ls (touch ran) o^",
            "ls (touch ran)/o^",
            "echo ${x:=$(touch ran)} o^",
            "echo ${x:-`touch ran`}^",
            "echo $((a[$(touch ran)]))^",
            "cat '$(touch ran)^",
            "$(touch ran) o^",
            "touch ran\nls o^",
            "if touch ran; then ls o^",
            "ls ~$(touch ran)^",
            "ls $(touch ran; cat o^",
            "eval \"touch ran\" o^",
            "echo > $(touch ran)^",
            "x=$(touch ran) ls o^",
            "echo $(echo $(touch ran)) o^",
            "cat ';touch ran;^",
            "cat '`touch ran`^",
            "make -C $(touch ran) ^",
            "ssh -F $(touch ran) ^",
        ] {
            complete(&mut client, line).await;
            let ran = server.folder.path().join("files/ran").exists();
            assert!(!ran, "{shell}: {line}");
        }
        assert_eq!(lines(&mut client, "echo $(cat o^").await, ["echo $(cat one"], "{shell}");
    }
}

#[tokio::test]
async fn what_the_session_is_set_to_harms_no_completions() {
    for (shell, set) in [
        (
            "/bin/bash",
            "set -euo noclobber; set -f; IFS=a; shopt -s failglob nocasematch; umask 777; trap 'echo trap' DEBUG",
        ),
        ("/bin/bash", "printf() { :; }; cd() { :; }; local() { :; }; alias echo=false"),
        ("/bin/bash", "complete -F nothing -D; complete -F nothing -E; complete -F nothing -I"),
        ("/usr/bin/zsh", "setopt ksharrays shwordsplit nounset noclobber errexit; IFS=a; print() { : }"),
        ("/usr/bin/zsh", "chpwd() { sleep 1000 }"),
        ("/usr/bin/fish", "function printf; end; function cd; end; function echo; end"),
        ("/bin/dash", "set -Cuf; IFS=a; cd() { :; }; umask 777"),
    ] {
        if !exists(shell) {
            continue;
        }
        let server = server(shell).await;
        let mut client = client_in(&server, &["alpha"]).await;
        client.run(set).await;
        assert_eq!(lines(&mut client, "cat al").await, ["cat alpha"], "{shell}: {set}");
        assert_eq!(lines(&mut client, "cat al").await, ["cat alpha"], "{shell}: {set}");
        assert!(!lines(&mut client, "mkfif").await.is_empty(), "{shell}: {set}");
    }
}

#[tokio::test]
async fn where_no_function_of_bash_can_answer_files_complete_at_once() {
    let server = server("/bin/bash").await;
    let mut client = client_in(&server, &["alpha"]).await;
    client.run("complete -F nothing cat; readonly COMPREPLY=(x) COMP_WORDS").await;
    let answer = complete(&mut client, "cat al").await;
    assert_eq!(answer["completions"][0]["text"], "alpha", "{answer}");
    assert!(answer["late"].is_null(), "{answer}");
}

#[tokio::test]
async fn a_busy_session_completes_in_the_state_from_before() {
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let mut client = client_in(&server, &["one"]).await;
        let started = client.start("sleep 1000").await;
        assert_eq!(lines(&mut client, "cat o").await, ["cat one"], "{shell}");
        client.signal(&started["payload"]["serverId"], 15).await;
        client.finish(started).await;
        client.run("mkdir inner && cd inner && touch two").await;
        assert_eq!(lines(&mut client, "cat tw").await, ["cat two"], "{shell}");
    }
}

#[tokio::test]
async fn a_completion_function_of_bash_is_called_as_bash_does() {
    let server = server("/bin/bash").await;
    let mut client = client_in(&server, &["a b", "c"]).await;
    for definition in [
        "_told() { COMPREPLY=(\"$1,$2,$3,$COMP_CWORD,$COMP_LINE,$COMP_POINT,${#COMP_WORDS[@]},$COMP_TYPE\"); }",
        "complete -F _told told",
        "complete -W 'apple banana \"two words\" --option=' fruit",
        "_files() { compopt -o filenames; COMPREPLY=('a b' c); echo noise; echo noise >&2; echo noise >/dev/tty; }",
        "complete -F _files files",
        "program() { echo \"$COMP_LINE:$2\"; }",
        "complete -C program program",
        "_late() { complete -W 'loaded' late; return 124; }",
        "complete -F _late late",
        "complete -W 'a.c a.o' -X '*.o' -P pre- -S .suf filtered",
        "_fails() { return 1; }",
        "complete -o default -F _fails fails",
        "complete -A signal signals",
        "complete -W 'x=1 y' -o nospace open",
    ] {
        client.run(definition).await;
    }
    for (line, expected) in [
        ("true; told -x 'q r' la^", &["true; told -x 'q r' told,la,'q r',3,told -x 'q r' la,16,4,9"][..]),
        ("told a=b^", &["told a=told,b,=,3,told a=b,8,4,9"]),
        ("fruit b^", &["fruit banana"]),
        ("fruit --^", &["fruit --option="]),
        ("files ^", &["files a\\ b", "files c"]),
        ("program x y^", &["program x program x y:y"]),
        ("late ^", &["late loaded"]),
        ("filtered a^", &["filtered pre-a.c.suf"]),
        ("fails c^", &["fails c"]),
        ("/usr/bin/fruit b^", &["/usr/bin/fruit banana"]),
    ] {
        assert_eq!(lines(&mut client, line).await, expected, "{line}");
    }
    assert!(lines(&mut client, "signals SIGKI").await.contains(&"signals SIGKILL".to_owned()));
    client.run("COMP_WORDBREAKS=${COMP_WORDBREAKS//=}").await;
    let whole = ["told told,a=b,told,1,told a=b,8,2,9"];
    assert_eq!(lines(&mut client, "told a=b").await, whole, "words are taken apart as the session says");
    let answer = complete(&mut client, "open x").await;
    assert_eq!(answer["completions"][0]["open"], true, "{answer}");
    // What functions print is nowhere.
    let ran = client.run("echo only").await;
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("only\n", ""));
}

#[tokio::test]
async fn completions_of_programs_come_with_what_the_shell_says_on_them() {
    for (shell, described) in [("/bin/bash", false), ("/usr/bin/zsh", true), ("/usr/bin/fish", true)] {
        if !exists(shell) {
            continue;
        }
        let server = server(shell).await;
        let mut client = client_in(&server, &[]).await;
        let options = found(&mut client, "ls --siz").await;
        let size =
            options.iter().find(|one| one.0 == "--size").unwrap_or_else(|| panic!("{shell}: {options:?}"));
        assert_eq!(size.1, "option", "{shell}");
        assert_eq!(!size.2.is_empty(), described, "{shell}: {size:?}");
        let loaded = found(&mut client, "git checkou").await;
        assert!(loaded.iter().any(|one| one.0 == "checkout"), "{shell}: {loaded:?}");
    }
}

/// A hang leaves no process behind and no harm: the next one is told by another shell.
#[tokio::test]
async fn a_completion_that_hangs_is_ended_with_all_that_it_started() {
    let server = TestServer::with(|settings| settings.limits.completion = Duration::from_secs(2)).await;
    let mut client = client_in(&server, &["one"]).await;
    let pids = server.folder.path().join("pids");
    let file = pids.display();
    let define = format!(
        "_hangs() {{ (trap '' TERM HUP; echo $BASHPID >>{file}; setsid sleep 1000) & echo $! >>{file}; sleep 1000; }}; complete -F _hangs hangs"
    );
    client.run(&define).await;
    let answer = complete(&mut client, "hangs o").await;
    assert_eq!(answer["source"], "fallback", "{answer}");
    assert_eq!(answer["completions"][0]["text"], "one", "{answer}");
    let started = std::fs::read_to_string(&pids).unwrap();
    assert!(!started.is_empty());
    for pid in started.lines() {
        let gone = || !Path::new(&format!("/proc/{pid}")).exists();
        for _ in 0..3000 {
            if gone() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(gone(), "{pid} lives");
    }
    assert_eq!(client.run("echo alive").await.stdout, "alive\n");
    // Whatever the machine has to do: some later one finds a shell.
    for attempt in 0.. {
        if complete(&mut client, "cat o").await["source"] == "shell" {
            break;
        }
        assert!(attempt < 30);
    }
}

#[tokio::test]
async fn what_cannot_be_completed_is_refused_and_harms_nothing() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["complete"]).await;
    for (line, cursor, code) in [
        ("ls", 3, "bad-line"),
        ("ls", usize::MAX >> 12, "bad-line"),
        ("ä", 1, "bad-line"),
        ("a\0b", 3, "bad-line"),
        ("x".repeat(900_000).as_str(), 5, "too-large"),
    ] {
        let answer = ask(&mut client, line, cursor).await;
        assert_eq!((&answer["result"], &answer["code"]), (&json!("error"), &json!(code)), "{answer}");
        assert_eq!(answer["clientId"], 1);
    }
    for payload in
        [json!({}), json!({"line": "a"}), json!({"line": 1, "cursor": 0}), json!({"line": "a", "cursor": -1})]
    {
        client.send(json!({"type": "complete", "payload": payload})).await;
        let answer = client.next_where(|message| message["type"] == "complete").await;
        assert_eq!(answer["payload"]["code"], "bad-message", "{answer}");
    }
    for line in [
        "",
        " ",
        "|",
        "((((",
        "$",
        "${",
        "`",
        "'",
        "\"$(",
        "\\",
        "a\\",
        "~",
        "#",
        "x=",
        "<",
        "2>",
        "&&",
        "{",
        "a=(b ",
        "\u{1b}[2J",
    ] {
        complete(&mut client, line).await;
    }
    let deep = "$(".repeat(30_000);
    complete(&mut client, &deep).await;
    let long = format!("ls {}", "a".repeat(60_000));
    complete(&mut client, &long).await;
    assert_eq!(client.run("echo alive").await.stdout, "alive\n");
    let mut other = server.client_with(&["details"]).await;
    assert_eq!(ask(&mut other, "ls", 2).await["code"], "feature-missing");
}

#[tokio::test]
async fn of_ten_thousand_files_the_first_come_and_the_answer_says_that_it_is_cut() {
    // A busy disk has nothing to do with it.
    let memory = Path::new("/dev/shm");
    let beneath = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::TempDir::new_in(beneath).unwrap();
    for number in 0..10_000 {
        std::fs::File::create(folder.path().join(format!("file-{number:05}"))).unwrap();
    }
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let mut client = client_in(&server, &[]).await;
        client.run(&format!("cd '{}'", folder.path().display())).await;
        let answer = complete(&mut client, "cat f").await;
        assert_eq!(answer["source"], "shell", "{shell}");
        let completions = answer["completions"].as_array().unwrap();
        assert_eq!((completions.len(), &answer["cut"]), (1000, &json!(true)), "{shell}");
        assert_eq!(lines(&mut client, "cat file-09999").await, ["cat file-09999"], "{shell}");
    }
}

/// Whatever a file is called, the word that a completion makes is its name for the shell.
#[tokio::test]
async fn an_accepted_completion_is_the_name_of_the_file_for_the_shell() {
    let files = [
        "plain",
        "a b",
        "it's",
        "q\"uote",
        "$(touch ran)",
        "`touch ran`",
        "new\nline",
        "two\n\nlines",
        "tab\tin",
        "-rf",
        "--help",
        "~",
        "~root",
        "#hash",
        "a#b",
        "back\\slash",
        "star*",
        "quest?",
        "[ab]",
        "{x,y}",
        "semi;colon",
        "amp&",
        "pipe|",
        "less<",
        "more>",
        "(paren)",
        "bang!",
        "=equals",
        "a=b",
        "co:lon",
        "at@",
        "%percent",
        "^caret",
        "ä ö",
        "日本",
        "😀 x",
        " lead",
        "trail ",
        "dollar$",
        "$HOME",
        "\u{1b}[31m",
        "comma,",
        "pl+us",
        "a~b",
    ];
    for shell in SHELLS.into_iter().filter(|shell| exists(shell)) {
        let server = server(shell).await;
        let mut client = client_in(&server, &files).await;
        let folder = server.folder.path().join("files");
        std::fs::create_dir(folder.join("in ner $x")).unwrap();
        for file in files {
            std::fs::write(folder.join("in ner $x").join(file), "").unwrap();
        }
        for word in ["", "\"", "'", "./", "in\\ ner\\ \\$x/", "'in ner $x/", "\"in ner \\$x/"] {
            let answer = complete(&mut client, &format!("cat {word}^")).await;
            assert_eq!(answer["source"], "shell", "{shell}: {answer}");
            let completions = answer["completions"].as_array().unwrap().iter();
            let is_file =
                |completion: &&Value| completion["kind"] == "file" || completion["kind"] == "folder";
            let text = |completion: &Value| {
                let text = completion["text"].as_str().unwrap().to_owned();
                // Of a folder the quotes stay open.
                let closing = if completion["open"] == true { word.chars().next() } else { None };
                text + closing.filter(|first| "'\"".contains(*first)).map_or("", |_| &word[..1])
            };
            let texts: Vec<_> = completions.filter(is_file).map(text).collect();
            let print = format!("printf '%s\\001' {}", texts.join(" "));
            let said = client.run_with(&print, raw()).await.stdout;
            let mut said: Vec<_> =
                said.split_terminator('\u{1}').map(|said| said.strip_prefix("./").unwrap_or(said)).collect();
            said.sort_unstable();
            let within = word.contains("ner");
            let path = |file: &&str| if within { format!("in ner $x/{file}") } else { (*file).to_owned() };
            let mut expected: Vec<_> = files.iter().map(path).collect();
            expected.extend((!within).then(|| "in ner $x/".to_owned()));
            expected.sort_unstable();
            assert_eq!(said, expected, "{shell}: {word}: {texts:#?}");
        }
        assert!(!folder.join("ran").exists(), "{shell}");
    }
}

#[tokio::test]
async fn uploads_and_the_like_are_not_in_the_way() {
    let server = TestServer::with(|settings| {
        settings.limits.completion = Duration::from_secs(20);
        // As if all places were taken by a disk that does not answer.
        settings.limits.file_work = 0;
        settings.limits.listing = Duration::from_millis(1);
    })
    .await;
    let mut client = client_in(&server, &["alpha"]).await;
    assert_eq!(lines(&mut client, "cat al").await, ["cat alpha"]);
}
