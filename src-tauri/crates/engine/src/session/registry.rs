//! The registry of sessions: which session token names which session.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ring::digest;
use tokio::sync::Semaphore;

use super::Session;
use crate::activity::Activity;
use crate::limits::Limits;
use crate::protocol::{Code, ProtocolError};
use crate::shell::Shells;

type TokenHash = [u8; digest::SHA256_OUTPUT_LEN];

/// All sessions of an engine.
pub(crate) struct Sessions {
    shells: Arc<Shells>,
    runtime_dir: Arc<Path>,
    limits: Arc<Limits>,
    activity: Activity,
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last_number: u64,
    /// By the hash of the session token, so that no look-up takes a time that depends on a secret.
    sessions: HashMap<TokenHash, Arc<Session>>,
}

impl Sessions {
    /// No sessions yet. `runtime_dir` is a folder that only the user can enter.
    pub(crate) fn new(
        shells: Arc<Shells>,
        runtime_dir: &Path,
        limits: Arc<Limits>,
        activity: Activity,
    ) -> Self {
        let places = Arc::new(Semaphore::new(limits.commands));
        Self { shells, runtime_dir: runtime_dir.into(), limits, activity, places, state: Mutex::default() }
    }

    /// Makes a session for a session token that is new.
    ///
    /// # Errors
    /// As many sessions as may be are in use.
    pub(crate) fn create(&self, token: &str) -> Result<Arc<Session>, ProtocolError> {
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
                tokio::spawn(async move { session.end().await });
            }
        }
        state.last_number += 1;
        let session = Arc::new(Session::new(
            state.last_number,
            Arc::clone(&self.shells),
            Arc::clone(&self.runtime_dir),
            Arc::clone(&self.limits),
            self.activity.clone(),
            Arc::clone(&self.places),
        ));
        state.sessions.insert(hash(token), Arc::clone(&session));
        Ok(session)
    }

    /// The session that a session token names, unless its time is over.
    pub(crate) fn find(&self, token: &str) -> Option<Arc<Session>> {
        let session = self.lock().sessions.get(&hash(token)).cloned();
        session.filter(|session| !session.is_stale(Instant::now()))
    }

    /// The session of that number.
    pub(crate) fn numbered(&self, number: u64) -> Option<Arc<Session>> {
        self.lock().sessions.values().find(|session| session.number == number).cloned()
    }

    /// Every session.
    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.lock().sessions.values().cloned().collect()
    }

    /// Ends the sessions that nobody has used for as long as the limit says.
    pub(crate) async fn end_stale(&self) {
        let now = Instant::now();
        let stale: Vec<_> = self.lock().sessions.extract_if(|_, session| session.is_stale(now)).collect();
        for (_, session) in stale {
            session.end().await;
        }
    }

    /// Ends every session; their tokens are void.
    pub(crate) async fn end_all(&self) {
        let sessions: Vec<_> = self.lock().sessions.drain().collect();
        let ends = sessions.iter().map(|(_, session)| session.end());
        futures_util::future::join_all(ends).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> TokenHash {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
