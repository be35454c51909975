//! `porthole sessions`: lists connected clients and their commands.

use std::path::Path;

use anyhow::Result;
use engine::activity::ActivitySnapshot;
use engine::control::Client;

use crate::stdout::{self, shown};

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

/// Columns that are as wide as their widest cell, two blanks apart.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let mut text = String::new();
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == N {
                text += cell;
                continue;
            }
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
            text += cell;
            text.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["1".to_owned(), "é".to_owned(), "x".to_owned()], ["22".into(), "bb".into(), "y".into()]];
        assert_eq!(table(["A", "B", "C"], rows.into_iter()), "A   B   C\n1   é   x\n22  bb  y\n");
    }

    #[test]
    fn an_idle_engine_is_said_to_be_idle() {
        assert_eq!(list(&ActivitySnapshot::default()), "No client is connected and nothing runs.\n");
    }
}
