//! `porthole kill`: ends running commands.

use std::path::Path;

use anyhow::{Result, bail};
use engine::control::Client;

use crate::arguments::Kill;
use crate::stdout;

pub(crate) async fn kill(data_dir: &Path, kill: &Kill) -> Result<()> {
    let mut engine = Client::connect(data_dir).await?;
    if kill.all {
        let ended = match engine.kill_everything().await? {
            0 => "No command was running.\n".to_owned(),
            1 => "One command is being ended.\n".to_owned(),
            several => format!("{several} commands are being ended.\n"),
        };
        return stdout::write(ended.as_bytes());
    }
    let mut unknown = Vec::new();
    for id in &kill.ids {
        if !engine.kill(*id).await? {
            unknown.push(id.to_string());
        }
    }
    if !unknown.is_empty() {
        bail!(
            "No running command has the id {}; `porthole sessions` lists those that run.",
            unknown.join(", ")
        );
    }
    Ok(())
}
