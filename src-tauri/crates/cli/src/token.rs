//! `porthole token`: shows the pairing token of the engine that runs, or has it make a new one.

use std::path::Path;

use anyhow::Result;
use engine::control::Client;

use crate::stdout;

pub(crate) async fn token(data_dir: &Path, rotate: bool) -> Result<()> {
    let mut engine = Client::connect(data_dir).await?;
    let token = if rotate { engine.rotate_token().await? } else { engine.token().await? };
    stdout::write(token.reveal().as_bytes())?;
    stdout::write(b"\n")?;
    if rotate {
        eprintln!(
            "The former token is void, and every connection was closed: each browser has to pair again."
        );
    }
    Ok(())
}
