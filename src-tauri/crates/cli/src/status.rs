//! `porthole status`: says where the engine listens.

use std::path::Path;

use anyhow::Result;
use engine::control::Client;

use crate::stdout;

pub(crate) async fn status(data_dir: &Path, json: bool) -> Result<()> {
    let status = Client::connect(data_dir).await?.status().await?;
    if json {
        return stdout::write_json(&status);
    }
    let problem = status.problem.map(|problem| format!("\n{problem}\n")).unwrap_or_default();
    let text = format!(
        "Porthole {} is running (process {}).\n\n  Web terminal  {}\n  Websocket     {}\n  Fingerprint   {}\n  Clients       {}\n  Commands      {} running\n{problem}",
        status.version,
        status.pid,
        status.https,
        status.wss,
        status.fingerprint,
        status.clients,
        status.running
    );
    stdout::write(text.as_bytes())
}
