//! Search in the kept commands: newest first through what a filter lets by, as far as bounds allow.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use rusqlite::{Connection, Row, params};

use super::Store;
use super::error::StoreError;

/// A place in the history, newest first: what comes before it is older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Milliseconds since 1970; 0 where it is not known.
    pub(crate) began: i64,
    pub(crate) id: i64,
}

/// Which commands are looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) cwd: Option<String>,
    pub(crate) exit_code: Option<i32>,
    pub(crate) session: Option<u64>,
    pub(crate) before: Option<Place>,
    /// Only the newest of commands with the same text.
    pub(crate) distinct: bool,
    /// The best ones first, of all that are looked at.
    pub(crate) ranked: bool,
}

/// How much is looked at and given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Commands that are given.
    pub(crate) commands: usize,
    /// Bytes of text that are given.
    pub(crate) bytes: usize,
    /// Work, in about the time that it takes to look at one byte.
    pub(crate) work: u64,
}

/// What a look at a text brought.
pub(crate) struct Look {
    /// How well it matches, if it does.
    pub(crate) score: Option<i64>,
    pub(crate) work: u64,
}

/// A command that was found.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) place: Place,
    pub(crate) session: Option<u64>,
    pub(crate) server_id: Option<u64>,
    pub(crate) text: String,
    pub(crate) cwd: Option<String>,
    pub(crate) ended: Option<i64>,
    pub(crate) exit_code: Option<i32>,
    score: i64,
}

/// The work that any row costs.
const ROW: u64 = 64;

impl Store {
    /// The commands that match, and where to go on if older ones were not looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn search(
        &self,
        filter: Filter,
        bounds: Bounds,
        matches: impl FnMut(&str) -> Look + Send + 'static,
    ) -> Result<(Vec<Hit>, Option<Place>), StoreError> {
        self.read(move |connection| search(connection, &filter, bounds, matches)).await
    }
}

fn search(
    connection: &Connection,
    filter: &Filter,
    bounds: Bounds,
    mut matches: impl FnMut(&str) -> Look,
) -> rusqlite::Result<(Vec<Hit>, Option<Place>)> {
    let mut statement = connection.prepare_cached(
        "SELECT began, id, text, session, server_id, cwd, ended, exit_code FROM commands
         WHERE (began, id) < (?1, ?2) AND (?3 IS NULL OR cwd = ?3) AND (?4 IS NULL OR exit_code = ?4)
           AND (?5 IS NULL OR session = ?5)
         ORDER BY began DESC, id DESC",
    )?;
    let before = filter.before.unwrap_or(Place { began: i64::MAX, id: i64::MAX });
    let mut rows =
        statement.query(params![before.began, before.id, filter.cwd, filter.exit_code, filter.session])?;
    let mut found = Found::new(bounds);
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    let mut work = 0;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(2)?.as_str().unwrap_or_default();
        let look = matches(text);
        work += ROW + look.work;
        if let Some(score) = look.score
            && (!filter.distinct || seen.insert(hasher.hash_one(text)))
        {
            found.add(hit(row, text, score)?, filter.ranked);
        }
        let place = Place { began: row.get(0)?, id: row.get(1)? };
        if work >= bounds.work || (!filter.ranked && found.is_full()) {
            let more = rows.next()?.is_some();
            return Ok((found.into_hits(filter.ranked), more.then_some(place)));
        }
    }
    Ok((found.into_hits(filter.ranked), None))
}

fn hit(row: &Row<'_>, text: &str, score: i64) -> rusqlite::Result<Hit> {
    Ok(Hit {
        place: Place { began: row.get(0)?, id: row.get(1)? },
        text: text.to_owned(),
        session: row.get(3)?,
        server_id: row.get(4)?,
        cwd: row.get(5)?,
        ended: row.get(6)?,
        exit_code: row.get(7)?,
        score,
    })
}

/// What was found so far, newest first where nothing else is said.
struct Found {
    hits: Vec<Hit>,
    bytes: usize,
    bounds: Bounds,
}

impl Found {
    fn new(bounds: Bounds) -> Self {
        Self { hits: Vec::new(), bytes: 0, bounds }
    }

    fn add(&mut self, hit: Hit, ranked: bool) {
        self.bytes += hit.text.len();
        self.hits.push(hit);
        if ranked && (self.hits.len() >= 2 * self.bounds.commands || self.bytes >= 2 * self.bounds.bytes) {
            self.keep_the_best();
        }
    }

    fn is_full(&self) -> bool {
        self.hits.len() >= self.bounds.commands || self.bytes >= self.bounds.bytes
    }

    /// Of those that are equally good the newest come first, as the sort is stable.
    fn keep_the_best(&mut self) {
        self.hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
        let sizes = self.hits.iter().map(|hit| hit.text.len()).scan(0, |all, size| {
            *all += size;
            Some(*all)
        });
        let fitting = sizes.take(self.bounds.commands).take_while(|all| *all <= self.bounds.bytes).count();
        self.hits.truncate(fitting.max(1));
        self.bytes = self.hits.iter().map(|hit| hit.text.len()).sum();
    }

    fn into_hits(mut self, ranked: bool) -> Vec<Hit> {
        if ranked && !self.hits.is_empty() {
            self.keep_the_best();
        }
        self.hits
    }
}
