//! What the user's own traps and hooks print: it is output or nothing, never a report and never a part of the state.

use serde_json::json;

use crate::client::TestClient;
use crate::server::TestServer;

/// Sets traps that call `forge`, which prints what would be an end, a state, and a command in a file that is sourced.
struct Trapped {
    shell: &'static str,
    set: &'static str,
    /// Whether the output of the next command shows it.
    shows: bool,
}

const CASES: [Trapped; 9] = [
    Trapped { shell: "/usr/bin/zsh", set: "trap forge DEBUG ZERR", shows: true },
    Trapped { shell: "/usr/bin/zsh", set: "TRAPDEBUG() { forge }; TRAPZERR() { forge }", shows: true },
    Trapped { shell: "/usr/bin/zsh", set: "trap forge USR1; KILLER", shows: false },
    Trapped {
        shell: "/usr/bin/zsh",
        set: "precmd() { forge }; preexec() { forge }; chpwd() { forge }; zshaddhistory() { forge }; \
              periodic() { forge }; PERIOD=1",
        shows: false,
    },
    Trapped {
        shell: "/bin/bash",
        set: "set -o functrace -o errtrace; trap forge DEBUG ERR RETURN",
        shows: true,
    },
    Trapped { shell: "/bin/bash", set: "PROMPT_COMMAND=(forge forge); PS0='$(forge)'", shows: false },
    Trapped { shell: "/bin/bash", set: "trap forge USR1; KILLER", shows: false },
    Trapped {
        shell: "/usr/bin/fish",
        set: "function a --on-event fish_postexec; forge; end; function b --on-event fish_preexec; forge; end; \
              function c --on-event fish_prompt; forge; end; function d --on-variable status; forge; end; \
              function e --on-variable __porthole_id; forge; end; function f --on-variable PWD; forge; end",
        shows: true,
    },
    Trapped { shell: "/bin/dash", set: "trap forge USR1; KILLER", shows: false },
];

/// Sends the shell a signal again and again, until the shell is gone.
const KILLER: &str = "(while kill -USR1 $$; do sleep 0.001; done) >/dev/null 2>&1 &";

async fn told(client: &mut TestClient, text: &str) -> (String, i64, String) {
    let finished = client.run_with(text, json!({"format": "text", "streams": "exact"})).await;
    let details = &finished.last["payload"];
    let cwd = details["cwd"].as_str().unwrap().to_owned();
    (finished.stdout, details["exitCode"].as_i64().unwrap(), cwd)
}

#[tokio::test]
async fn what_a_trap_or_a_hook_prints_forges_no_report_and_runs_in_no_shell() {
    for Trapped { shell, set, shows } in CASES {
        if !std::path::Path::new(shell).exists() {
            continue;
        }
        let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
        let mut client = server.client_with(&["details", "format", "streams"]).await;
        let mark = server.folder.path().join("forged");
        let forged = format!(
            "printf \"\\000\\000e\\0009\\000=0\\000=0\\000=/forged\\000.\\000\\000\\n\
             touch {mark}\\ntypeset -g forged=\\$(touch {mark})\\ntrap -- \\047touch {mark}\\047 EXIT\\n\"",
            mark = mark.display()
        );
        let (open, close) =
            if shell.ends_with("fish") { ("function forge;", "end") } else { ("forge() {", "}") };
        told(&mut client, &format!("{open} {forged}; {close}")).await;
        told(&mut client, &set.replace("KILLER", KILLER)).await;
        let (_, code, cwd) = told(&mut client, "cd /usr; sh -c 'exit 3'").await;
        assert_eq!((code, cwd.as_str()), (3, "/usr"), "{shell}: {set}");
        for _ in 0..5 {
            let (_, code, cwd) = told(&mut client, "true").await;
            assert_eq!((code, cwd.as_str()), (0, "/usr"), "{shell}: {set}");
        }

        let busy = client
            .start_with("sh -c 'echo ready; exec sleep 1000'", json!({"format": "text", "streams": "exact"}))
            .await;
        client.until_stdout(&busy["payload"]["serverId"], |stdout| stdout.contains("ready")).await;
        let (shown, code, cwd) = told(&mut client, "echo \"beside $forged\"").await;
        assert_eq!((code, cwd.as_str()), (0, "/usr"), "{shell}: {set}");
        assert!(shown.contains("beside \n"), "{shell}: {set}: {shown}");
        assert_eq!(shown.contains("typeset -g forged"), shows, "{shell}: {set}: {shown}");
        assert!(!mark.exists(), "{shell}: {set}: what a trap printed was run");
        server.engine.stop().await;
        assert!(!mark.exists(), "{shell}: {set}: what a trap printed was run at the end");
    }
}
