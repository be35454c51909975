//! Kept commands: text, place, times, end, and the end of the output.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::error::StoreError;
use super::sessions::{SessionRecord, ensure, lives};
use super::{KeptOutput, Store, output};
use crate::protocol::{Format, Streams};

/// What a command is from its first moment on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CommandRecord {
    pub(crate) session: SessionRecord,
    pub(crate) server_id: u64,
    pub(crate) client_id: Option<u64>,
    pub(crate) text: String,
    /// Where it started.
    pub(crate) cwd: String,
    /// Milliseconds since 1970.
    pub(crate) began: i64,
    pub(crate) format: Format,
    pub(crate) streams: Streams,
    /// Who sent it: the client's name, and the page that it came from.
    pub(crate) client: String,
    pub(crate) origin: Option<String>,
}

/// How a command ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct CommandEnd {
    /// Milliseconds since 1970.
    pub(crate) ended: i64,
    pub(crate) exit_code: Option<i32>,
    pub(crate) signal: Option<i32>,
    /// Milliseconds.
    pub(crate) duration: u64,
    pub(crate) pipe_status: Vec<i32>,
    /// The shell's working directory afterwards.
    pub(crate) cwd: String,
    /// Its engine died while it ran.
    pub(crate) lost: bool,
}

/// A command that outlived its engine.
#[derive(Debug, Clone)]
pub(crate) struct KeptCommand {
    /// Its number in the store.
    pub(crate) id: i64,
    pub(crate) server_id: u64,
    pub(crate) client_id: Option<u64>,
    pub(crate) text: String,
    pub(crate) cwd: String,
    pub(crate) began: i64,
    pub(crate) format: Format,
    pub(crate) streams: Streams,
    pub(crate) end: CommandEnd,
    /// Some client has had all of its output, and its end.
    pub(crate) delivered: bool,
    pub(crate) output: KeptOutput,
}

/// Whether a command is to be kept. False from the moment at which it is to be forgotten.
pub(crate) type Wanted = Arc<AtomicBool>;

impl Store {
    /// Keeps a command that begins.
    ///
    /// # Errors
    /// [`StoreError`]; the command runs all the same.
    pub(crate) async fn command_began(
        &self,
        command: CommandRecord,
        wanted: Wanted,
    ) -> Result<(), StoreError> {
        self.enter(Entry::Began { command, now: self.clock().now() }, wanted).await
    }

    /// Keeps how a command ended, and the end of its output; `limit` bounds the output of all commands. Makes up for a
    /// beginning that was not kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn command_ended(
        &self,
        command: CommandRecord,
        end: CommandEnd,
        output: KeptOutput,
        limit: u64,
        wanted: Wanted,
    ) -> Result<(), StoreError> {
        self.enter(Entry::Ended { command, end, output, limit, now: self.clock().now() }, wanted).await
    }

    /// Notes that some client has had a command's whole output and its end.
    pub(crate) fn command_delivered(&self, session: u64, server_id: u64) {
        self.enter_later(Entry::Delivered { session, server_id });
    }

    /// Removes a command that did not start after all.
    pub(crate) fn command_failed(&self, session: u64, server_id: u64) {
        self.enter_later(Entry::Failed { session, server_id });
    }

    /// The newest commands of a session, at most `limit`, oldest first, with what is kept of their output.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn commands_of(
        &self,
        session: u64,
        limit: usize,
    ) -> Result<Vec<KeptCommand>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, server_id, client_id, text, cwd, began, format, streams, ended, exit_code, signal,
                        duration, pipe_status, cwd_after, lost, delivered
                 FROM commands WHERE session = ?1 AND ended IS NOT NULL ORDER BY server_id DESC LIMIT ?2",
            )?;
            let commands = statement.query_map(params![session, limit], kept)?;
            let mut commands = commands.collect::<Result<Vec<_>, _>>()?;
            commands.reverse();
            for command in &mut commands {
                command.output = output::of(connection, command.id)?.unwrap_or_default();
            }
            Ok(commands)
        })
        .await
    }
}

pub(super) fn began(connection: &Connection, command: &CommandRecord, now: i64) -> rusqlite::Result<()> {
    insert(connection, command, now)?;
    lives(connection, now)
}

/// `output` is what is kept of the output of this command, and how many bytes may be of all.
pub(super) fn ended(
    connection: &Connection,
    command: &CommandRecord,
    end: &CommandEnd,
    (output, limit): (&KeptOutput, u64),
    now: i64,
) -> rusqlite::Result<()> {
    insert(connection, command, now)?;
    let id = update(connection, command, end, now)?;
    if !output.pieces.is_empty() {
        output::keep(connection, id, output, limit)?;
    }
    lives(connection, now)
}

pub(super) fn delivered(connection: &Connection, session: u64, server_id: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE commands SET delivered = 1 WHERE session = ?1 AND server_id = ?2")?
        .execute(params![session, server_id])
        .map(drop)
}

pub(super) fn failed(connection: &Connection, session: u64, server_id: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM commands WHERE session = ?1 AND server_id = ?2")?
        .execute(params![session, server_id])
        .map(drop)
}

fn insert(connection: &Connection, command: &CommandRecord, now: i64) -> rusqlite::Result<()> {
    ensure(connection, &command.session)?;
    let inserted = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO commands
               (session, server_id, client_id, text, cwd, began, format, streams, client, origin, kept)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            command.session.number,
            command.server_id,
            command.client_id.map(u64::cast_signed),
            command.text,
            command.cwd,
            command.began,
            format_name(command.format),
            streams_name(command.streams),
            command.client,
            command.origin,
            now,
        ])?;
    if inserted > 0 {
        connection
            .prepare_cached(
                "UPDATE sessions SET last_server_id = max(last_server_id, ?2), cwd = ?3, used = ?4 WHERE number = ?1",
            )?
            .execute(params![command.session.number, command.server_id, command.cwd, now])?;
    }
    Ok(())
}

fn update(
    connection: &Connection,
    command: &CommandRecord,
    end: &CommandEnd,
    now: i64,
) -> rusqlite::Result<i64> {
    let (session, server_id) = (command.session.number, command.server_id);
    let pipes: Vec<_> = end.pipe_status.iter().map(i32::to_string).collect();
    let id = connection
        .prepare_cached(
            "UPDATE commands SET ended = ?3, exit_code = ?4, signal = ?5, duration = ?6, pipe_status = ?7,
                                 cwd_after = ?8
             WHERE session = ?1 AND server_id = ?2 RETURNING id",
        )?
        .query_row(
            params![
                session,
                server_id,
                end.ended,
                end.exit_code,
                end.signal,
                end.duration.cast_signed(),
                pipes.join(" "),
                end.cwd,
            ],
            |row| row.get(0),
        )?;
    // The session's state follows the newest command that was sent.
    connection
        .prepare_cached(
            "UPDATE sessions SET used = ?4, cwd = iif(last_server_id = ?2, ?3, cwd) WHERE number = ?1",
        )?
        .execute(params![session, server_id, end.cwd, now])?;
    Ok(id)
}

fn kept(row: &Row<'_>) -> rusqlite::Result<KeptCommand> {
    let pipes: Option<String> = row.get(12)?;
    let cwd: String = row.get::<_, Option<_>>(4)?.unwrap_or_default();
    Ok(KeptCommand {
        id: row.get(0)?,
        server_id: row.get(1)?,
        client_id: row.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned),
        text: row.get(3)?,
        began: row.get(5)?,
        format: format_named(row.get::<_, Option<String>>(6)?.as_deref()),
        streams: streams_named(row.get::<_, Option<String>>(7)?.as_deref()),
        end: CommandEnd {
            ended: row.get(8)?,
            exit_code: row.get(9)?,
            signal: row.get(10)?,
            duration: row.get::<_, Option<i64>>(11)?.unwrap_or_default().cast_unsigned(),
            pipe_status: pipes
                .iter()
                .flat_map(|all| all.split(' '))
                .filter_map(|one| one.parse().ok())
                .collect(),
            cwd: row.get::<_, Option<_>>(13)?.unwrap_or_else(|| cwd.clone()),
            lost: row.get(14)?,
        },
        delivered: row.get(15)?,
        output: KeptOutput::default(),
        cwd,
    })
}

fn format_name(format: Format) -> &'static str {
    match format {
        Format::Html => "html",
        Format::Text => "text",
        Format::Raw => "raw",
    }
}

fn format_named(name: Option<&str>) -> Format {
    match name {
        Some("text") => Format::Text,
        Some("raw") => Format::Raw,
        _ => Format::Html,
    }
}

fn streams_name(streams: Streams) -> &'static str {
    match streams {
        Streams::Split => "split",
        Streams::Exact => "exact",
        Streams::Pipes => "pipes",
    }
}

fn streams_named(name: Option<&str>) -> Streams {
    match name {
        Some("exact") => Streams::Exact,
        Some("pipes") => Streams::Pipes,
        _ => Streams::Split,
    }
}
