//! Imports: commands of a shell's own history, taken over once.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::{Store, millis};

/// A command of a shell's own history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) text: String,
    /// When it began, in seconds since 1970, where the shell told.
    pub(crate) at: Option<i64>,
    /// How long it ran, in seconds, where the shell told.
    pub(crate) lasted: Option<i64>,
}

/// Commands that are written together, so that those who wait for the store hardly notice.
const TOGETHER: usize = 1000;
/// How far the times of one command, as two shells told them, may lie apart. Milliseconds.
const SAME: i64 = 2000;

impl Store {
    /// When that file was taken over before, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn imported_at(&self, path: String) -> Result<Option<i64>, StoreError> {
        self.read(move |connection| {
            let at = "SELECT at FROM imports WHERE path = ?1 AND complete";
            connection.query_row(at, [path], |row| row.get(0)).optional()
        })
        .await
    }

    /// Takes over the commands of a file, oldest first, and says how many of them are new. What an import of it that
    /// was interrupted had written is removed first.
    ///
    /// # Errors
    /// [`StoreError`]; the import can be asked for again.
    pub(crate) async fn import(&self, path: String, mut commands: Vec<Foreign>) -> Result<u64, StoreError> {
        let (beginning, shown) = (path.clone(), millis(self.clock().shown()));
        let at = self.write(move |connection| begin(connection, &beginning, shown)).await?;
        let now = self.clock().now();
        let mut imported = 0;
        while !commands.is_empty() {
            let rest = commands.split_off(commands.len().min(TOGETHER));
            let part = std::mem::replace(&mut commands, rest);
            imported += self.write(move |connection| insert(connection, &part, at, now)).await?;
        }
        self.write(move |connection| {
            connection.execute("UPDATE imports SET complete = 1 WHERE path = ?1", [path])
        })
        .await?;
        Ok(imported)
    }
}

/// Gives the time that tells this import's commands from those of every other.
fn begin(connection: &Connection, path: &str, shown: i64) -> rusqlite::Result<i64> {
    let interrupted = "DELETE FROM commands WHERE imported = (SELECT at FROM imports WHERE path = ?1)";
    connection.execute(interrupted, [path])?;
    connection.query_row(
        "INSERT OR REPLACE INTO imports (path, at)
         VALUES (?1, max(?2, (SELECT coalesce(max(at), 0) + 1 FROM imports))) RETURNING at",
        params![path, shown],
        |row| row.get(0),
    )
}

fn insert(connection: &Connection, commands: &[Foreign], at: i64, now: i64) -> rusqlite::Result<u64> {
    let mut here = connection.prepare_cached(
        "SELECT 1 FROM commands WHERE began BETWEEN ?1 AND ?2 AND text = ?3 AND imported IS NULL",
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO commands (text, began, ended, imported, kept) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut imported = 0;
    for command in commands {
        let began = command.at.unwrap_or_default().saturating_mul(1000);
        if command.at.is_some() && here.exists(params![began - SAME, began + SAME, command.text])? {
            continue;
        }
        let ended = command.lasted.map(|lasted| began.saturating_add(lasted.saturating_mul(1000)));
        insert.execute(params![command.text, began, ended, at, now])?;
        imported += 1;
    }
    Ok(imported)
}
