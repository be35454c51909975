//! Kept preferences: what the user likes, and what clients keep for themselves.

use rusqlite::params;

use super::Store;
use super::error::StoreError;

/// A preference as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptPreference {
    /// The name of the clients that keep it for themselves; "" where it is everybody's.
    pub(crate) client: String,
    pub(crate) name: String,
    /// Its value as JSON; none where it is not kept any more.
    pub(crate) value: Option<String>,
}

impl Store {
    /// Everything that is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn preferences(&self) -> Result<Vec<KeptPreference>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT client, name, value FROM preferences")?;
            let kept = statement.query_map([], |row| {
                Ok(KeptPreference { client: row.get(0)?, name: row.get(1)?, value: row.get(2)? })
            })?;
            kept.collect()
        })
        .await
    }

    /// Keeps all of it, or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn set_preferences(&self, changes: Vec<KeptPreference>) -> Result<(), StoreError> {
        self.write(move |connection| {
            for KeptPreference { client, name, value } in &changes {
                match value {
                    Some(value) => connection.execute(
                        "INSERT OR REPLACE INTO preferences (client, name, value) VALUES (?1, ?2, ?3)",
                        params![client, name, value],
                    )?,
                    None => connection.execute(
                        "DELETE FROM preferences WHERE client = ?1 AND name = ?2",
                        params![client, name],
                    )?,
                };
            }
            Ok(())
        })
        .await
    }
}
