//! Kept notes: what the user wrote on sessions, commands and pipes.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::StoreError;
use super::sessions::{SessionRecord, ensure};
use super::{Store, time_of};
use crate::protocol::NotePlace;
use time::OffsetDateTime;

/// A note as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptNote {
    pub(crate) place: NotePlace,
    pub(crate) text: String,
    pub(crate) changed: OffsetDateTime,
}

/// What became of a note that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    Kept,
    /// The command is not kept, so nothing on it is.
    NoSuchCommand,
    /// The session has as many notes as it may.
    TooMany,
}

impl Store {
    /// The notes of a session: its own first, then those of its commands, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn notes(&self, session: u64) -> Result<Vec<KeptNote>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT server_id, location, notes.text, changed FROM notes
                 LEFT JOIN commands ON commands.id = command
                 WHERE notes.session = ?1 ORDER BY server_id, location",
            )?;
            statement.query_map([session], note)?.collect()
        })
        .await
    }

    /// Keeps a note in place of the one that was there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn set_note(
        &self,
        session: SessionRecord,
        place: NotePlace,
        text: String,
        now: i64,
        most: usize,
    ) -> Result<Noted, StoreError> {
        self.write(move |connection| {
            ensure(connection, &session)?;
            let command = match place.server_id {
                Some(server_id) => match command(connection, session.number, server_id)? {
                    Some(id) => Some(id),
                    None => return Ok(Noted::NoSuchCommand),
                },
                None => None,
            };
            let changed = connection
                .prepare_cached(
                    "UPDATE notes SET text = ?4, changed = ?5 WHERE session = ?1 AND command IS ?2 AND location IS ?3",
                )?
                .execute(params![session.number, command, place.location, text, now])?;
            if changed > 0 {
                return Ok(Noted::Kept);
            }
            let count = "SELECT count(*) FROM notes WHERE session = ?1";
            let count: usize = connection.query_row(count, [session.number], |row| row.get(0))?;
            if count >= most {
                return Ok(Noted::TooMany);
            }
            connection.execute(
                "INSERT INTO notes (session, command, location, text, changed) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![session.number, command, place.location, text, now],
            )?;
            Ok(Noted::Kept)
        })
        .await
    }

    /// Takes a note away, and says whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn delete_note(&self, session: u64, place: NotePlace) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let command = match place.server_id {
                Some(server_id) => match command(connection, session, server_id)? {
                    Some(id) => Some(id),
                    None => return Ok(false),
                },
                None => None,
            };
            let delete = "DELETE FROM notes WHERE session = ?1 AND command IS ?2 AND location IS ?3";
            Ok(connection.execute(delete, params![session, command, place.location])? > 0)
        })
        .await
    }
}

fn command(connection: &Connection, session: u64, server_id: u64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM commands WHERE session = ?1 AND server_id = ?2")?
        .query_row(params![session, server_id], |row| row.get(0))
        .optional()
}

fn note(row: &Row<'_>) -> rusqlite::Result<KeptNote> {
    Ok(KeptNote {
        place: NotePlace { server_id: row.get(0)?, location: row.get(1)? },
        text: row.get(2)?,
        changed: time_of(row.get(3)?),
    })
}
