//! The store's file: made for its owner alone, opened, checked, and set aside where it is damaged.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rustix::fs::OFlags;
use time::OffsetDateTime;

use super::error::StoreError;
use super::{millis, schema};
use crate::data_dir::check_private;

/// What SQLite keeps beside the file. They get the file's own mode.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The time that a connection waits for the other one.
const BUSY: Duration = Duration::from_secs(2);

/// Pages of the write-ahead log at which a commit copies them into the file.
const LONGEST_LOG: u32 = 8000;

/// Why a file was not opened.
pub(super) enum Unopened {
    /// SQLite's reason.
    Sqlite(rusqlite::Error),
    /// It must not be opened.
    Refused(StoreError),
}

impl From<rusqlite::Error> for Unopened {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Opens the file for writing, with its schema up to date; makes it with mode 0600 where it is missing.
pub(super) fn open_writing(path: &Path) -> Result<Connection, Unopened> {
    make_private(path).map_err(Unopened::Refused)?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    schema::refuse_newer(path, &connection)?;
    prepare(&connection)?;
    // In the write-ahead log, what was committed is the kernel's and survives the end of this process. NORMAL leaves
    // out the flush of each commit: a loss of power can take the newest commits with it, and never damages the file.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", 4 << 20)?;
    // The writer copies the log into the file when nobody waits; in the middle of a commit only where it never rests.
    connection.pragma_update(None, "wal_autocheckpoint", LONGEST_LOG)?;
    check(&connection)?;
    schema::migrate(&connection)?;
    Ok(connection)
}

/// A store in memory, for where none can be opened.
pub(super) fn open_in_memory() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    prepare(&connection)?;
    schema::migrate(&connection)?;
    Ok(connection)
}

/// Opens the file for reading alone.
pub(super) fn open_reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    // What is deleted is overwritten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn check(connection: &Connection) -> rusqlite::Result<()> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(corrupt, Some(found)))
}

/// Makes an empty file of mode 0600 where there is none.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).custom_flags(flags).open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            check_private(path).map_err(|error| StoreError::untrusted(path, &error))
        }
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Err(StoreError::Full(path.to_owned())),
        Err(error) => Err(StoreError::Refused { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// Gives a damaged file another name, with what belongs to it, and says which.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let now = millis(OffsetDateTime::now_utc());
    let aside = path.with_extension(format!("damaged-{now}.db"));
    fs::rename(path, &aside)?;
    for companion in COMPANIONS {
        let beside = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(companion);
            PathBuf::from(name)
        };
        match fs::rename(beside(path), beside(&aside)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}
