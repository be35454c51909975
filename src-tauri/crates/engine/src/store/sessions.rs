//! Kept sessions: who may come back to what, known by the hash of a token alone.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;

/// The hash of a secret.
pub(crate) type Hash = [u8; 32];

/// What a session is from its first moment on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    /// Its number, which no other session ever has.
    pub(crate) number: u64,
    /// The hash of its token.
    pub(crate) token_hash: Hash,
    /// When it was made, by the engine's clock.
    pub(crate) created: i64,
}

/// A session that outlived its engine.
#[derive(Debug, Clone)]
pub(crate) struct KeptSession {
    pub(crate) record: SessionRecord,
    /// The working directory of its shell.
    pub(crate) cwd: Option<String>,
    /// The `serverId` of its newest command.
    pub(crate) last_server_id: u64,
    /// When somebody last used it, by the engine's clock.
    pub(crate) used: i64,
}

/// What an engine finds when it starts.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The sessions, lately used ones first.
    pub(crate) sessions: Vec<KeptSession>,
    /// The highest number that a session ever had.
    pub(crate) last_number: u64,
}

impl Store {
    /// Where the clock of the engine before this one was last seen, where there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn last_alive(&self) -> Result<Option<i64>, StoreError> {
        let alive = |row: &rusqlite::Row<'_>| row.get(0);
        self.read(move |connection| connection.query_row("SELECT nullif(alive, 0) FROM engine", [], alive))
            .await
    }

    /// What the engine before this one left: its sessions, where they came in by the same pairing token and were used
    /// after `oldest`, at most `limit` of them. Commands that still ran when it died are lost, and ended when it was
    /// last known to live.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn take_over(
        &self,
        pairing: Hash,
        oldest: i64,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let written = self.write(move |connection| {
            connection.execute(
                "UPDATE commands SET lost = 1, delivered = 0,
                   ended = max(began, (SELECT alive FROM engine)) WHERE ended IS NULL AND imported IS NULL",
                [],
            )?;
            let former: Option<Vec<u8>> =
                connection.query_row("SELECT pairing FROM engine", [], |row| row.get(0))?;
            if former.as_deref() != Some(pairing.as_slice()) {
                void_all(connection, pairing)?;
            }
            connection.execute("UPDATE sessions SET token_hash = NULL WHERE used < ?1", [oldest])?;
            found(connection, pairing, oldest, limit)
        });
        match written.await {
            Ok(found) => Ok(found),
            // A full disk can still be read.
            Err(_) => self.read(move |connection| found(connection, pairing, oldest, limit)).await,
        }
    }

    /// Keeps a session that begins.
    ///
    /// # Errors
    /// [`StoreError`]; the session can be used all the same, and ends with the engine.
    pub(crate) async fn session_began(&self, session: SessionRecord) -> Result<(), StoreError> {
        self.write(move |connection| ensure(connection, &session)).await
    }

    /// Notes that a session is in use.
    pub(crate) fn session_used(&self, number: u64) {
        let now = self.clock().now();
        self.post(move |connection| {
            connection
                .prepare_cached("UPDATE sessions SET used = ?2 WHERE number = ?1")?
                .execute(params![number, now])?;
            Ok(())
        });
    }

    /// Voids the token of a session. Its commands stay.
    pub(crate) fn session_ended(&self, number: u64) {
        self.post(move |connection| {
            connection.execute("UPDATE sessions SET token_hash = NULL WHERE number = ?1", [number])?;
            Ok(())
        });
    }

    /// Voids the tokens of all sessions, and notes by which pairing token coming ones come in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn void_sessions(&self, pairing: Hash) -> Result<(), StoreError> {
        self.write(move |connection| void_all(connection, pairing)).await
    }

    /// Notes that the engine lives, and that these sessions have a client or a running command.
    pub(crate) fn alive(&self, in_use: Vec<u64>) {
        let now = self.clock().now();
        self.post(move |connection| {
            let mut used = connection.prepare_cached("UPDATE sessions SET used = ?2 WHERE number = ?1")?;
            for number in in_use {
                used.execute(params![number, now])?;
            }
            lives(connection, now)
        });
    }
}

fn found(connection: &Connection, pairing: Hash, oldest: i64, limit: usize) -> rusqlite::Result<Found> {
    let sequence = "SELECT seq FROM sqlite_sequence WHERE name = 'sessions'";
    let last_number: Option<i64> = connection.query_row(sequence, [], |row| row.get(0)).optional()?;
    let mut statement = connection.prepare(
        "SELECT number, token_hash, created, cwd, last_server_id, used FROM sessions
         WHERE token_hash IS NOT NULL AND used >= ?1 AND (SELECT pairing FROM engine) = ?2
         ORDER BY used DESC LIMIT ?3",
    )?;
    let sessions = statement.query_map(params![oldest, pairing, limit], |row| {
        Ok(KeptSession {
            record: SessionRecord { number: row.get(0)?, token_hash: row.get(1)?, created: row.get(2)? },
            cwd: row.get(3)?,
            last_server_id: row.get(4)?,
            used: row.get(5)?,
        })
    })?;
    let sessions = sessions.collect::<Result<_, _>>()?;
    Ok(Found { sessions, last_number: last_number.unwrap_or_default().cast_unsigned() })
}

/// Makes the session's row where it is missing, as after a full disk.
pub(super) fn ensure(connection: &Connection, session: &SessionRecord) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO sessions (number, token_hash, created, used) VALUES (?1, ?2, ?3, ?3)",
        )?
        .execute(params![session.number, session.token_hash, session.created])?;
    Ok(())
}

pub(super) fn lives(connection: &Connection, now: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE engine SET alive = ?1")?.execute([now])?;
    Ok(())
}

fn void_all(connection: &Connection, pairing: Hash) -> rusqlite::Result<()> {
    connection.execute("UPDATE sessions SET token_hash = NULL WHERE token_hash IS NOT NULL", [])?;
    connection.execute("UPDATE engine SET pairing = ?1", [pairing])?;
    Ok(())
}
