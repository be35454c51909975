//! Real programs, driven as a person at a terminal drives them, in the modes where they belong.

mod colours;
mod full_screen;
mod keys;
mod order;
mod prompts;
mod terminals;

use serde_json::{Value, json};

use crate::client::TestClient;
use crate::server::TestServer;

/// The shells in which a test is of interest.
const SHELLS: [&str; 4] = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"];
const MODES: [&str; 3] = ["split", "exact", "pipes"];
const FEATURES: [&str; 5] = ["details", "format", "chunks", "resize", "streams"];

/// A server whose sessions use this shell, and a client that reads what is printed as it is.
async fn in_shell(shell: &str) -> (TestServer, TestClient) {
    needs(&[shell]);
    let server = TestServer::with(|settings| settings.shell = Some(shell.into())).await;
    let client = server.client_with(&FEATURES).await;
    (server, client)
}

fn raw(streams: &str) -> Value {
    json!({"format": "raw", "streams": streams})
}

fn text(streams: &str) -> Value {
    json!({"format": "text", "streams": streams})
}

/// Fails where a program is not installed: a test that leaves it out would prove nothing.
fn needs(programs: &[&str]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    for program in programs {
        // Joined to an absolute path, a folder is left out.
        assert!(
            std::env::split_paths(&path).any(|folder| folder.join(program).is_file()),
            "{program} is not installed here; `cargo xtask test rust` installs what the tests need."
        );
    }
}
