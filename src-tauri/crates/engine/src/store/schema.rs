//! The schema of the store and its migrations, one a version.

use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;
use super::file::Unopened;

/// What brings a store from each version to the next. Times are milliseconds since 1970. A step that was released is
/// never changed.
const STEPS: [&str; 7] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
];

/// The version that this Porthole writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Refuses a store of a version that is not known here, before anything in it is changed.
pub(super) fn refuse_newer(path: &Path, connection: &Connection) -> Result<(), Unopened> {
    match version(connection)? {
        0..=VERSION => Ok(()),
        found => Err(Unopened::Refused(StoreError::Newer { path: path.to_owned(), found, known: VERSION })),
    }
}

/// Brings the schema up to date, one whole step after the other.
pub(super) fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    let from = usize::try_from(version(connection)?).unwrap_or_default();
    for (version, step) in STEPS.iter().enumerate().skip(from) {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}
