//! `porthole audit`: who came in or was turned away, and who ended or changed something.

use std::path::Path;

use anyhow::Result;
use engine::audit::{AuditEntry, KnownClient};
use engine::control::Client;

use crate::arguments::Audit;
use crate::stdout::{self, shown, table};

/// Characters of a name, an address or a detail in the list.
const CELL: usize = 60;

pub(crate) async fn audit(data_dir: &Path, audit: &Audit) -> Result<()> {
    let trail = Client::connect(data_dir).await?.audit(audit.limit).await?;
    if audit.json {
        return stdout::write_json(&trail);
    }
    let text = if audit.clients { clients(&trail.clients) } else { entries(&trail.entries) };
    stdout::write(text.as_bytes())
}

fn entries(entries: &[AuditEntry]) -> String {
    if entries.is_empty() {
        return "Nothing is noted.\n".to_owned();
    }
    let cell = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |text| shown(text, CELL));
    let rows = entries.iter().map(|AuditEntry { time, act, .. }| {
        let event = serde_json::to_value(act.event).unwrap_or_default();
        let target = match (act.session, act.server_id) {
            (Some(session), Some(server_id)) => format!("{session}.{server_id}"),
            (Some(session), None) => session.to_string(),
            (None, _) => "-".to_owned(),
        };
        [
            time.clone(),
            event.as_str().unwrap_or_default().to_owned(),
            cell(act.who.as_deref()),
            cell(act.address.as_deref()),
            cell(act.origin.as_deref()),
            target,
            cell(act.detail.as_deref()),
        ]
    });
    table(["TIME", "EVENT", "WHO", "ADDRESS", "ORIGIN", "SESSION", "DETAIL"], rows)
}

fn clients(clients: &[KnownClient]) -> String {
    if clients.is_empty() {
        return "No client is known.\n".to_owned();
    }
    let rows = clients.iter().map(|client| {
        [
            client.last_seen.clone(),
            client.first_seen.clone(),
            client.connections.to_string(),
            shown(&client.name, CELL),
            shown(&client.address, CELL),
            shown(&client.agent, CELL),
        ]
    });
    table(["LAST SEEN", "FIRST SEEN", "TIMES", "NAME", "ADDRESS", "PROGRAM"], rows)
}
