//! Retention: what is kept no longer, because it is old, too much, or to be forgotten.

use rusqlite::{Connection, OptionalExtension, params};

use super::error::StoreError;
use super::{Store, audit};

/// What is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// The commands of these numbers in the store.
    Commands(Vec<i64>),
    /// These commands of a session.
    OfSession(u64, Vec<u64>),
    /// Every command of a session, and what is noted on it.
    Session(u64),
    /// Every command and note, and what is known of ended sessions and imports. Not who came in and what was done: that
    /// would let whoever is in remove the traces of it.
    Everything,
}

/// Commands that are removed together, so that those who wait for the store hardly notice.
const TOGETHER: usize = 500;

impl Store {
    /// Removes the oldest commands beyond `most`, and those that were kept before `oldest` by the engine's clock, and
    /// of the audit trail what was kept before `oldest_act`. Says how many commands there were.
    ///
    /// # Errors
    /// [`StoreError`]; what was not removed is found again the next time.
    pub(crate) async fn sweep(&self, most: u64, oldest: i64, oldest_act: i64) -> Result<usize, StoreError> {
        let mut swept = 0;
        loop {
            let surplus = self.read(move |connection| surplus(connection, most, oldest)).await?;
            let removed = self.write(move |connection| remove(connection, &surplus)).await?;
            if removed == 0 {
                break;
            }
            swept += removed;
        }
        self.write(remove_empty_sessions).await?;
        self.write(move |connection| audit::sweep(connection, oldest_act)).await?;
        Ok(swept)
    }

    /// Which commands of which sessions these are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn named(&self, ids: Vec<i64>) -> Result<Vec<(u64, u64)>, StoreError> {
        self.read(move |connection| {
            let name = "SELECT session, server_id FROM commands WHERE id = ?1 AND session IS NOT NULL";
            let mut name = connection.prepare_cached(name)?;
            let mut named = Vec::new();
            for id in ids {
                named.extend(name.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?);
            }
            Ok(named)
        })
        .await
    }

    /// Forgets, so that no byte of it is left in the files, and says how many commands that were.
    ///
    /// # Errors
    /// [`StoreError`]; something may be left then.
    pub(crate) async fn forget(&self, what: Forgotten) -> Result<usize, StoreError> {
        let everything = what == Forgotten::Everything;
        let mut forgotten = 0;
        loop {
            let what = what.clone();
            let removed = self.write(move |connection| {
                let ids = chosen(connection, &what)?;
                remove(connection, &ids)
            });
            let removed = removed.await?;
            if removed == 0 {
                break;
            }
            forgotten += removed;
        }
        if let Forgotten::Session(session) = what {
            self.write(move |connection| {
                connection.execute("DELETE FROM notes WHERE session = ?1", [session])
            })
            .await?;
        }
        if everything {
            self.write(|connection| connection.execute_batch("DELETE FROM imports; DELETE FROM notes"))
                .await?;
            self.write(remove_empty_sessions).await?;
        }
        self.scrub(everything).await?;
        Ok(forgotten)
    }
}

/// Some of the commands that are too many or too old. What runs, and what the user noted something
/// on, is none of them.
fn surplus(connection: &Connection, most: u64, oldest: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM (SELECT id FROM commands WHERE (ended IS NOT NULL OR imported IS NOT NULL)
           AND kept < ?1 AND id NOT IN (SELECT command FROM notes WHERE command IS NOT NULL)
           LIMIT ?2)
         UNION
         SELECT id FROM (SELECT id FROM commands WHERE (ended IS NOT NULL OR imported IS NOT NULL)
           AND id NOT IN (SELECT command FROM notes WHERE command IS NOT NULL)
           ORDER BY began DESC, id DESC LIMIT ?2 OFFSET ?3)",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    statement.query_map(params![oldest, TOGETHER, most], |row| row.get(0))?.collect()
}

/// Some of the commands that are to be forgotten.
fn chosen(connection: &Connection, what: &Forgotten) -> rusqlite::Result<Vec<i64>> {
    let all = |sql: &str, session: Option<u64>| {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_map(params![session, TOGETHER], |row| row.get(0))?.collect()
    };
    match what {
        Forgotten::Commands(ids) => Ok(ids.clone()),
        Forgotten::OfSession(session, server_ids) => {
            let id = "SELECT id FROM commands WHERE session = ?1 AND server_id = ?2";
            let mut id = connection.prepare_cached(id)?;
            let mut ids = Vec::new();
            for server_id in server_ids {
                ids.extend(id.query_row(params![session, server_id], |row| row.get::<_, i64>(0)).optional()?);
            }
            Ok(ids)
        }
        Forgotten::Session(session) => {
            all("SELECT id FROM commands WHERE session = ?1 LIMIT ?2", Some(*session))
        }
        Forgotten::Everything => all("SELECT id FROM commands WHERE ?1 IS NULL LIMIT ?2", None),
    }
}

fn remove(connection: &Connection, ids: &[i64]) -> rusqlite::Result<usize> {
    let mut remove = connection.prepare_cached("DELETE FROM commands WHERE id = ?1")?;
    let mut removed = 0;
    for id in ids {
        removed += remove.execute([id])?;
    }
    Ok(removed)
}

/// Removes sessions that nobody can come back to and that have no command.
fn remove_empty_sessions(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM sessions WHERE token_hash IS NULL
           AND NOT EXISTS (SELECT 1 FROM commands WHERE session = sessions.number)",
        [],
    )?;
    Ok(())
}
