//! `porthole sessions`: lists connected clients and their commands.

use std::path::Path;

use anyhow::Result;
use engine::activity::ActivitySnapshot;
use engine::control::Client;

use crate::stdout::{self, shown, table};

/// Characters of a name or an address in the list.
const NAME: usize = 40;
/// Characters of a command's text in the list.
const COMMAND: usize = 100;

pub(crate) async fn sessions(data_dir: &Path, json: bool) -> Result<()> {
    let snapshot = Client::connect(data_dir).await?.sessions().await?;
    if json {
        return stdout::write_json(&snapshot);
    }
    stdout::write(list(&snapshot).as_bytes())
}

fn list(snapshot: &ActivitySnapshot) -> String {
    if snapshot.clients.is_empty() && snapshot.commands.is_empty() {
        return "No client is connected and nothing runs.\n".to_owned();
    }
    let clients = snapshot.clients.iter().map(|client| {
        let origin = client.origin.as_deref().unwrap_or("-");
        let session = client.session.to_string();
        [
            shown(&client.name, NAME),
            shown(&client.address, NAME),
            shown(origin, NAME),
            session,
            client.since.clone(),
        ]
    });
    let commands = snapshot.commands.iter().map(|command| {
        let state = match command.exit_code {
            None => "running".to_owned(),
            Some(code) => format!("exit {code}"),
        };
        let text = shown(&command.command, COMMAND);
        [command.id.to_string(), state, command.begin.clone(), shown(&command.client, NAME), text]
    });
    let mut text = if snapshot.clients.is_empty() {
        "No client is connected.\n".to_owned()
    } else {
        table(["CLIENT", "ADDRESS", "ORIGIN", "SESSION", "SINCE"], clients)
    };
    if !snapshot.commands.is_empty() {
        text.push('\n');
        text += &table(["ID", "STATE", "BEGIN", "CLIENT", "COMMAND"], commands);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_engine_is_said_to_be_idle() {
        assert_eq!(list(&ActivitySnapshot::default()), "No client is connected and nothing runs.\n");
    }
}
