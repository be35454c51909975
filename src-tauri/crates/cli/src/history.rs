//! `porthole history` and `porthole forget`: what ran, found again or forgotten.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use engine::control::Client;
use engine::protocol::{ForgetRequest, HistoryAnswer, HistoryEntry, HistoryRequest, ImportRequest};

use crate::arguments::{Forget, History};
use crate::stdout::{self, shown, table};

/// Characters of a command's text in the list.
const COMMAND: usize = 100;
/// Characters of a folder in the list.
const FOLDER: usize = 40;

pub(crate) async fn history(data_dir: &Path, history: &History) -> Result<()> {
    let mut engine = Client::connect(data_dir).await?;
    if let Some(file) = &history.import {
        return import(&mut engine, file.as_deref()).await;
    }
    let cwd = history.cwd.as_deref().map(std::path::absolute).transpose()?;
    let mut ask = HistoryRequest {
        query: history.query.clone(),
        fuzzy: Some(history.fuzzy),
        distinct: Some(history.distinct),
        cwd: cwd.map(|folder| folder.to_string_lossy().into_owned()),
        exit_code: history.exit_code,
        session_only: Some(history.session.is_some()),
        limit: Some(history.limit),
        before: None,
    };
    let session = history.session.unwrap_or_default();
    let mut found = engine.history(ask.clone(), session).await?;
    // One answer is bounded, what a person asks for is not.
    while !history.fuzzy && found.commands.len() < history.limit && found.before.is_some() {
        ask.before = found.before.take();
        ask.limit = Some(history.limit - found.commands.len());
        let more = engine.history(ask.clone(), session).await?;
        found.commands.extend(more.commands);
        found.before = more.before;
    }
    if history.json {
        return stdout::write_json(&found);
    }
    stdout::write(list(&found).as_bytes())
}

async fn import(engine: &mut Client, file: Option<&Path>) -> Result<()> {
    let file = file.filter(|file| *file != Path::new("")).map(std::path::absolute).transpose()?;
    let file = file.map(|file: PathBuf| file.to_string_lossy().into_owned());
    let answer = engine.import_history(ImportRequest { file }).await?;
    let file = shown(&answer.file, 4096);
    let told = match answer.before {
        Some(before) => format!("{file} was taken over before, on {before}.\n"),
        None => format!("{file}: {} commands taken over, {} left out.\n", answer.imported, answer.skipped),
    };
    stdout::write(told.as_bytes())
}

fn list(found: &HistoryAnswer) -> String {
    if found.commands.is_empty() {
        return "Nothing was found.\n".to_owned();
    }
    let home = env::var("HOME").unwrap_or_default();
    let rows = found.commands.iter().map(|command| {
        let cwd = command.cwd.as_deref().unwrap_or("-");
        let begin = if command.begin.is_empty() { "-" } else { &command.begin };
        let cwd = match cwd.strip_prefix(&home) {
            Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => {
                format!("~{rest}")
            }
            _ => cwd.to_owned(),
        };
        [
            command.id.to_string(),
            state(command),
            begin.to_owned(),
            shown(&cwd, FOLDER),
            shown(&command.command, COMMAND),
        ]
    });
    table(["ID", "STATE", "BEGIN", "FOLDER", "COMMAND"], rows)
}

fn state(command: &HistoryEntry) -> String {
    match (command.exit_code, command.session) {
        (Some(code), _) => format!("exit {code}"),
        (None, None) => "-".to_owned(),
        (None, Some(_)) if command.end.is_empty() => "running".to_owned(),
        (None, Some(_)) => "lost".to_owned(),
    }
}

pub(crate) async fn forget(data_dir: &Path, forget: &Forget) -> Result<()> {
    let ask = ForgetRequest {
        ids: (!forget.ids.is_empty()).then(|| forget.ids.clone()),
        session: forget.session,
        everything: forget.everything.then_some(true),
        server_ids: None,
    };
    let forgotten = Client::connect(data_dir).await?.forget(ask).await?.forgotten;
    if forgotten < forget.ids.len() {
        bail!(
            "{} of these {} are in the history; `porthole history` lists the ids of those that are.",
            if forgotten == 0 { "None".to_owned() } else { format!("Only {forgotten}") },
            forget.ids.len()
        );
    }
    let told = match forgotten {
        0 => "Nothing was there to be forgotten.\n".to_owned(),
        1 => "One command is forgotten.\n".to_owned(),
        several => format!("{several} commands are forgotten.\n"),
    };
    stdout::write(told.as_bytes())
}
