//! History: what ran, kept as it happens, found again, and joined by what ran in the user's own shell.

mod foreign;
mod import;
mod matching;
mod recording;

use std::sync::Arc;

use crate::command::timestamp;
use crate::limits::Limits;
use crate::protocol::{Code, HistoryAnswer, HistoryEntry, HistoryRequest, ProtocolError};
use crate::shell::Shells;
use crate::store::{Bounds, Filter, Hit, Place, Store, StoreError, time_of};
use matching::Matching;
pub(crate) use recording::Recording;

/// Commands in an answer where the client does not say how many.
const USUAL: usize = 50;

/// The history of all sessions.
pub(crate) struct History {
    store: Store,
    shells: Arc<Shells>,
    limits: Arc<Limits>,
    /// One import at a time.
    importing: tokio::sync::Mutex<()>,
}

impl History {
    pub(crate) fn new(store: Store, shells: Arc<Shells>, limits: Arc<Limits>) -> Self {
        Self { store, shells, limits, importing: tokio::sync::Mutex::default() }
    }

    /// Finds commands, for a session or for nobody in particular (0).
    ///
    /// # Errors
    /// The query is too long, `before` is of no earlier answer, or the store fails.
    pub(crate) async fn search(
        &self,
        ask: HistoryRequest,
        session: u64,
    ) -> Result<HistoryAnswer, ProtocolError> {
        let query = ask.query.unwrap_or_default();
        if query.len() > self.limits.history_query {
            return Err(ProtocolError::new(
                Code::TooLarge,
                format!("The query has {} bytes; the limit is {}.", query.len(), self.limits.history_query),
            ));
        }
        let before = ask.before.map(|text| place_of(&text)).transpose()?;
        let fuzzy = ask.fuzzy.unwrap_or_default();
        let mut matching = Matching::new(&query, fuzzy);
        let filter = Filter {
            cwd: ask.cwd,
            exit_code: ask.exit_code,
            session: ask.session_only.unwrap_or_default().then_some(session),
            before,
            distinct: ask.distinct.unwrap_or_default(),
            ranked: fuzzy && !matches!(matching, Matching::Everything),
        };
        let bounds = Bounds {
            commands: ask.limit.unwrap_or(USUAL).clamp(1, self.limits.history_answer),
            bytes: self.limits.history_answer_bytes,
            work: self.limits.history_work,
        };
        let (hits, next) =
            self.store.search(filter, bounds, move |text| matching.look(text)).await.map_err(store_failed)?;
        Ok(HistoryAnswer {
            session,
            commands: hits.into_iter().map(entry).collect(),
            before: next.map(|place| format!("{}.{}", place.began, place.id)),
        })
    }
}

fn place_of(text: &str) -> Result<Place, ProtocolError> {
    let place = text
        .split_once('.')
        .and_then(|(began, id)| Some(Place { began: began.parse().ok()?, id: id.parse().ok()? }));
    place.ok_or_else(|| {
        ProtocolError::new(Code::BadMessage, "\"before\" is what an earlier answer gave as \"before\".")
    })
}

fn entry(hit: Hit) -> HistoryEntry {
    let told = |millis: i64| timestamp(time_of(millis));
    HistoryEntry {
        id: hit.place.id.cast_unsigned(),
        command: hit.text,
        cwd: hit.cwd,
        begin: if hit.place.began == 0 { String::new() } else { told(hit.place.began) },
        end: hit.ended.map(told).unwrap_or_default(),
        exit_code: hit.exit_code,
        session: hit.session,
        server_id: hit.server_id,
    }
}

/// What a client is told of a failure of the store.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(crate) fn store_failed(error: StoreError) -> ProtocolError {
    ProtocolError::new(Code::StoreFailed, error.to_string())
}
