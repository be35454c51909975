//! Kept audit: what happened, and which clients there were, within bounds of number and age.

use rusqlite::{Connection, Row, params};

use super::error::StoreError;
use super::{Store, millis, time_of};
use crate::audit::{Act, AuditEntry, AuditEvent, AuditTrail, KnownClient};
use crate::command::timestamp;

/// Entries that are kept. Those that whoever knocks can make are so many of them at the most.
const MOST: i64 = 10_000;
const MOST_REFUSED: i64 = 2_000;
/// Clients that are kept.
const CLIENTS: i64 = 500;
/// The number of new entries after which it is looked for those that are too many.
const ROUND: i64 = 64;

/// A client that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) name: String,
    pub(crate) agent: String,
    pub(crate) address: String,
}

/// A moment by the system's clock, which is shown, and by the engine's, by which entries grow old.
#[derive(Debug, Clone, Copy)]
struct Times {
    shown: i64,
    kept: i64,
}

impl Store {
    /// Keeps what happened now.
    pub(crate) fn note(&self, act: Act) {
        let times = self.times();
        self.post(move |connection| insert(connection, &act, times));
    }

    /// Keeps that a client came, now.
    pub(crate) fn client_came(&self, client: Arrival) {
        let times = self.times();
        self.post(move |connection| came(connection, &client, times));
    }

    fn times(&self) -> Times {
        Times { shown: millis(self.clock().shown()), kept: self.clock().now() }
    }

    /// The newest entries, at most `limit`, and all clients.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn audit(&self, limit: usize) -> Result<AuditTrail, StoreError> {
        // What happened before is written then; where it cannot be, what is kept is told all the same.
        let _ = self.write(|_| Ok(())).await;
        self.read(move |connection| {
            let mut entries = connection.prepare_cached(
                "SELECT id, at, event, who, address, origin, session, server_id, detail FROM audit
                 ORDER BY id DESC LIMIT ?1",
            )?;
            let entries = entries.query_map([limit], entry)?.collect::<Result<_, _>>()?;
            let mut clients = connection.prepare_cached(
                "SELECT name, agent, address, first_seen, last_seen, connections FROM clients
                 ORDER BY kept DESC",
            )?;
            let clients = clients.query_map([], client)?.collect::<Result<_, _>>()?;
            Ok(AuditTrail { entries, clients })
        })
        .await
    }
}

fn insert(connection: &Connection, act: &Act, times: Times) -> rusqlite::Result<()> {
    let id: i64 = connection
        .prepare_cached(
            "INSERT INTO audit (at, event, who, address, origin, session, server_id, detail, kept)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
        )?
        .query_row(
            params![
                times.shown,
                name(act.event),
                act.who,
                act.address,
                act.origin,
                act.session,
                act.server_id,
                act.detail,
                times.kept
            ],
            |row| row.get(0),
        )?;
    if id % ROUND == 0 {
        connection.execute("DELETE FROM audit WHERE id <= ?1", [id - MOST])?;
        connection.execute(
            "DELETE FROM audit WHERE event IN ('refused', 'turnedAway') AND id <
               (SELECT id FROM audit WHERE event IN ('refused', 'turnedAway') ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            [MOST_REFUSED - 1],
        )?;
    }
    Ok(())
}

fn came(connection: &Connection, client: &Arrival, times: Times) -> rusqlite::Result<()> {
    // The clock may have been set back meanwhile.
    connection
        .prepare_cached(
            "INSERT INTO clients (name, agent, address, first_seen, last_seen, connections, kept)
             VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5) ON CONFLICT DO UPDATE
             SET first_seen = min(first_seen, ?4), last_seen = ?4, connections = connections + 1, kept = ?5",
        )?
        .execute(params![client.name, client.agent, client.address, times.shown, times.kept])?;
    connection.execute(
        "DELETE FROM clients WHERE (name, agent, address) IN
           (SELECT name, agent, address FROM clients ORDER BY kept DESC LIMIT -1 OFFSET ?1)",
        [CLIENTS],
    )?;
    Ok(())
}

/// Removes what was kept before `oldest` by the engine's clock.
pub(super) fn sweep(connection: &Connection, oldest: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM audit WHERE kept < ?1", [oldest])?;
    connection.execute("DELETE FROM clients WHERE kept < ?1", [oldest])?;
    Ok(())
}

fn name(event: AuditEvent) -> String {
    let value = serde_json::to_value(event).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let event: String = row.get(2)?;
    let event = serde_json::from_value(event.into()).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, error.into())
    })?;
    let act = Act {
        event,
        who: row.get(3)?,
        address: row.get(4)?,
        origin: row.get(5)?,
        session: row.get(6)?,
        server_id: row.get(7)?,
        detail: row.get(8)?,
    };
    Ok(AuditEntry { id: row.get(0)?, time: timestamp(time_of(row.get(1)?)), act })
}

fn client(row: &Row<'_>) -> rusqlite::Result<KnownClient> {
    Ok(KnownClient {
        name: row.get(0)?,
        agent: row.get(1)?,
        address: row.get(2)?,
        first_seen: timestamp(time_of(row.get(3)?)),
        last_seen: timestamp(time_of(row.get(4)?)),
        connections: row.get(5)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::schema;

    fn store() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection).unwrap();
        connection
    }

    fn at(moment: i64) -> Times {
        Times { shown: moment, kept: moment }
    }

    fn count(connection: &Connection, of: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {of}");
        connection.query_row(&count, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn whoever_knocks_cannot_push_out_what_else_happened() {
        let connection = store();
        insert(&connection, &Act::new(AuditEvent::TokenRotated), at(1)).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        for moment in 0..MOST - ROUND {
            insert(&connection, &Act::new(AuditEvent::Refused), at(moment)).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        assert_eq!(count(&connection, "audit WHERE event = 'tokenRotated'"), 1);
        assert!(count(&connection, "audit") <= MOST_REFUSED + ROUND);
    }

    #[test]
    fn entries_and_clients_are_bounded_in_number_and_age() {
        let connection = store();
        connection.execute_batch("BEGIN").unwrap();
        for moment in 0..MOST + 2 * ROUND {
            insert(&connection, &Act::new(AuditEvent::Paired), at(moment)).unwrap();
        }
        for number in 0..CLIENTS + 10 {
            let (name, agent) = (number.to_string(), String::new());
            came(&connection, &Arrival { name, agent, address: "127.0.0.1".to_owned() }, at(number)).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        assert!((MOST..=MOST + ROUND).contains(&count(&connection, "audit")));
        assert_eq!(count(&connection, "clients"), CLIENTS);
        assert_eq!(count(&connection, "clients WHERE name = '3'"), 0, "who came last stays");
        sweep(&connection, MOST).unwrap();
        assert_eq!((count(&connection, "audit"), count(&connection, "clients")), (2 * ROUND, 0));
    }

    #[test]
    fn a_clock_that_is_set_back_loses_no_client() {
        let connection = store();
        let arrival = Arrival { name: "a".to_owned(), agent: String::new(), address: "127.0.0.1".to_owned() };
        for (shown, kept) in [(1000, 1), (10, 2), (5000, 3)] {
            came(&connection, &arrival, Times { shown, kept }).unwrap();
        }
        let known = connection.query_row("SELECT * FROM clients", [], client).unwrap();
        assert_eq!(known.connections, 3);
        assert!(known.first_seen < known.last_seen, "{known:?}");
    }
}
