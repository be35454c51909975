//! Entries: what becomes of a command, as it goes into the store, and before that into its journal.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::commands::{self, CommandEnd, CommandRecord};
use super::output::KeptOutput;

/// Something that became of a command. Times are the engine's, in milliseconds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Entry {
    /// It begins.
    Began { command: CommandRecord, now: i64 },
    /// It ended; `limit` bounds the bytes of output that are kept of all commands.
    Ended { command: CommandRecord, end: CommandEnd, output: KeptOutput, limit: u64, now: i64 },
    /// It did not start after all.
    Failed { session: u64, server_id: u64 },
    /// Some client has had its whole output and its end.
    Delivered { session: u64, server_id: u64 },
}

impl Entry {
    /// Bytes of what can be long in it.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Began { command, .. } => command.text.len(),
            Self::Ended { command, output, .. } => {
                command.text.len().saturating_add(usize::try_from(output.size()).unwrap_or(usize::MAX))
            }
            Self::Failed { .. } | Self::Delivered { .. } => 0,
        }
    }

    /// Writes it into the tables.
    pub(super) fn keep(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Began { command, now } => commands::began(connection, command, *now),
            Self::Ended { command, end, output, limit, now } => {
                commands::ended(connection, command, end, (output, *limit), *now)
            }
            Self::Failed { session, server_id } => commands::failed(connection, *session, *server_id),
            Self::Delivered { session, server_id } => commands::delivered(connection, *session, *server_id),
        }
    }
}
