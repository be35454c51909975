//! The registry of sessions: which session token names which session.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest;
use tokio::sync::Semaphore;

use super::Session;
use super::beginning::Beginning;
use crate::activity::Activity;
use crate::command::Resources;
use crate::limits::Limits;
use crate::notifications::Board;
use crate::protocol::{Code, ProtocolError, SessionEnd};
use crate::shell::Shells;
use crate::store::{Found, Hash, SessionRecord, Store};

/// All sessions of an engine.
pub(crate) struct Sessions {
    pub(super) shells: Arc<Shells>,
    pub(super) runtime_dir: Arc<Path>,
    pub(super) limits: Arc<Limits>,
    pub(super) resources: Resources,
    pub(super) activity: Activity,
    pub(super) store: Store,
    pub(super) places: Arc<Semaphore>,
    pub(super) board: Board,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last_number: u64,
    /// By the hash of the session token, so that no look-up takes a time that depends on a secret.
    sessions: HashMap<Hash, Arc<Session>>,
}

impl Sessions {
    /// The sessions that an earlier engine left. `runtime_dir` is a folder that only the user can enter.
    pub(crate) fn new(
        shells: Arc<Shells>,
        runtime_dir: &Path,
        resources: Resources,
        activity: Activity,
        board: Board,
        store: Store,
        found: Found,
    ) -> Self {
        let limits = Arc::clone(&resources.limits);
        let places = Arc::new(Semaphore::new(limits.commands));
        let state = Mutex::default();
        let sessions = Self {
            shells,
            runtime_dir: runtime_dir.into(),
            limits,
            resources,
            activity,
            board,
            store,
            places,
            state,
        };
        let mut state = sessions.lock();
        state.last_number = found.last_number;
        for kept in found.sessions {
            let hash = kept.record.token_hash;
            state.sessions.insert(hash, Arc::new(Session::kept(kept, &sessions)));
        }
        drop(state);
        sessions
    }

    /// Makes a session for a session token that is new, which begins in the home folder or in `folder`.
    ///
    /// # Errors
    /// As many sessions as may be are in use, or nobody can begin in that folder.
    pub(crate) async fn create(
        &self,
        token: &str,
        folder: Option<&str>,
    ) -> Result<Arc<Session>, ProtocolError> {
        let beginning = match folder {
            Some(folder) => Some(Beginning::asked_for(folder, self.limits.file_patience).await?),
            None => None,
        };
        let session = self.add(token_hash(token), beginning)?;
        // Where it is not kept it ends with the engine; the store's health tells why.
        let _ = self.store.session_began(session.record).await;
        Ok(session)
    }

    fn add(&self, token_hash: Hash, beginning: Option<Beginning>) -> Result<Arc<Session>, ProtocolError> {
        let mut state = self.lock();
        if state.sessions.len() >= self.limits.sessions {
            let longest_idle = state
                .sessions
                .iter()
                .filter_map(|(hash, session)| Some((session.idle_since()?, *hash)))
                .min_by_key(|(since, _)| *since);
            let Some((_, hash)) = longest_idle else {
                return Err(ProtocolError::new(
                    Code::TooManySessions,
                    format!(
                        "{} sessions are in use, which is the limit; close one first.",
                        self.limits.sessions
                    ),
                ));
            };
            if let Some(session) = state.sessions.remove(&hash) {
                session.tell_end(SessionEnd::Crowded);
                self.store.session_ended(session.number);
                tokio::spawn(async move { session.end().await });
            }
        }
        state.last_number += 1;
        let created = self.resources.clock.now();
        let record = SessionRecord { number: state.last_number, token_hash, created };
        let session = Arc::new(Session { beginning, ..Session::new(record, self) });
        state.sessions.insert(token_hash, Arc::clone(&session));
        Ok(session)
    }

    /// The session that a session token names, unless its time is over, with what an earlier engine kept of it.
    pub(crate) async fn find(&self, token: &str) -> Option<Arc<Session>> {
        let session = self.lock().sessions.get(&token_hash(token)).cloned();
        let session = session.filter(|session| !session.is_stale())?;
        session.revive().await;
        Some(session)
    }

    /// The session of that number.
    pub(crate) fn numbered(&self, number: u64) -> Option<Arc<Session>> {
        self.lock().sessions.values().find(|session| session.number == number).cloned()
    }

    /// The numbers of those that have a client or a running command.
    pub(crate) fn in_use(&self) -> Vec<u64> {
        let in_use = |session: &Arc<Session>| session.idle_since().is_none();
        self.all().iter().filter(|session| in_use(session)).map(|session| session.number).collect()
    }

    /// Every session.
    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.lock().sessions.values().cloned().collect()
    }

    /// Ends the sessions that nobody has used for as long as the limit says.
    pub(crate) async fn end_stale(&self) {
        let stale: Vec<_> = self.lock().sessions.extract_if(|_, session| session.is_stale()).collect();
        for (_, session) in stale {
            session.tell_end(SessionEnd::Idle);
            self.store.session_ended(session.number);
            session.end().await;
        }
    }

    /// Tells the clients of every session why that is about to end.
    pub(crate) fn tell_end(&self, reason: SessionEnd) {
        self.all().iter().for_each(|session| session.tell_end(reason));
    }

    /// Ends every session. Their tokens are void until the store gives the sessions back to another engine.
    pub(crate) async fn end_all(&self) {
        let sessions: Vec<_> = self.lock().sessions.drain().collect();
        let ends = sessions.iter().map(|(_, session)| session.end());
        futures_util::future::join_all(ends).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is kept in place of a token.
pub(crate) fn token_hash(token: &str) -> Hash {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
