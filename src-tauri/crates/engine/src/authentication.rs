//! Authentication: who may have a session, and how fast one may guess.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

use crate::limits::Limits;
use crate::protocol::{Authenticate, Code, ProtocolError};
use crate::session::{Session, Sessions};
use crate::token_store::Token;

/// A client that is in.
pub(crate) struct Admission {
    pub(crate) session: Arc<Session>,
    pub(crate) session_token: String,
    /// Whether the session was there before.
    pub(crate) rehydrated: bool,
}

/// Checks tokens.
pub(crate) struct Authentication {
    token: Mutex<Token>,
    wrong: Mutex<VecDeque<Instant>>,
    limits: Arc<Limits>,
}

impl Authentication {
    pub(crate) fn new(token: Token, limits: Arc<Limits>) -> Self {
        Self { token: Mutex::new(token), wrong: Mutex::default(), limits }
    }

    /// The token in force.
    pub(crate) fn token(&self) -> Token {
        lock(&self.token).clone()
    }

    /// Puts another token in force.
    pub(crate) fn replace(&self, token: Token) {
        *lock(&self.token) = token;
    }

    /// Lets a client in, or says why not; a wrong token is answered the later the more of them there were.
    ///
    /// # Errors
    /// A wrong token, an unknown session token, neither of them, no room for a session, or a folder that is not there.
    pub(crate) async fn admit(
        &self,
        request: &Authenticate,
        sessions: &Sessions,
    ) -> Result<Admission, ProtocolError> {
        let refused = match (&request.session_token, &request.token) {
            (Some(session_token), _) if !session_token.is_empty() => {
                if let Some(session) = sessions.find(session_token).await {
                    let session_token = session_token.clone();
                    return Ok(Admission { session, session_token, rehydrated: true });
                }
                ProtocolError::new(
                    Code::WrongSession,
                    "This session has ended or never was; authenticate with the pairing token.",
                )
            }
            (_, Some(token)) => {
                if lock(&self.token).matches(token) {
                    let session_token = random_session_token()?;
                    let session = sessions.create(&session_token, request.cwd.as_deref()).await?;
                    return Ok(Admission { session, session_token, rehydrated: false });
                }
                ProtocolError::new(
                    Code::WrongToken,
                    "The token is not the one of this Porthole; copy it again from the tray or with `porthole token`.",
                )
            }
            _ => {
                return Err(ProtocolError::new(
                    Code::BadMessage,
                    "An authentication needs a \"token\" or a \"sessionToken\".",
                ));
            }
        };
        tokio::time::sleep(self.pause()).await;
        Err(refused)
    }

    /// Counts one wrong token and says how long its answer has to wait.
    fn pause(&self) -> Duration {
        let now = Instant::now();
        let mut wrong = lock(&self.wrong);
        while wrong.front().is_some_and(|at| now.duration_since(*at) > Duration::from_secs(60)) {
            wrong.pop_front();
        }
        let over = (wrong.len() + 1).saturating_sub(self.limits.wrong_tokens_a_minute);
        // Beyond this many the pause has long been the longest one.
        if wrong.len() < 1024 {
            wrong.push_back(now);
        }
        match over {
            0 => Duration::ZERO,
            over => {
                let doublings = u32::try_from(over - 1).unwrap_or(u32::MAX).min(16);
                Duration::from_secs(1 << doublings).min(self.limits.wrong_token_pause)
            }
        }
    }
}

fn random_session_token() -> Result<String, ProtocolError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| ProtocolError::no_randomness())?;
    Ok(format!("phs1_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
