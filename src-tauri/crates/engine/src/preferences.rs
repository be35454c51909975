//! Preferences: what the user likes, typed, kept, and told to every client; and what clients keep for themselves.

mod known;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::history::store_failed;
use crate::limits::Limits;
use crate::notifications::{Audience, Board, Notice};
use crate::protocol::{
    Code, NotificationEvent, Preferences as Values, PreferencesAnswer, PreferencesChange, ProtocolError,
    SetPreferencesRequest,
};
use crate::store::{KeptPreference, Store};
use known::Knowledge;

/// Names that a client may keep values under, and clients that may.
const OWN_NAMES: usize = 256;
const CLIENTS: usize = 64;
/// Bytes of a name.
const NAME: usize = 64;

/// The preferences of the user.
pub(crate) struct Preferences {
    knowledge: Knowledge,
    store: Store,
    board: Board,
    limits: Arc<Limits>,
    state: Mutex<State>,
    values: watch::Sender<Values>,
    /// One change at a time.
    setting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    set: Map<String, Value>,
    /// By the name of a client.
    own: BTreeMap<String, Map<String, Value>>,
}

impl Preferences {
    /// What was kept. Where the store fails, every preference is what it is by itself.
    pub(crate) async fn load(store: Store, board: Board, limits: Arc<Limits>) -> Self {
        let knowledge = Knowledge::new(&limits);
        let kept = store.preferences().await.unwrap_or_else(|error| {
            tracing::warn!("The preferences cannot be read: {error}");
            Vec::new()
        });
        let mut state = State::default();
        for KeptPreference { client, name, value } in kept {
            let value = value.and_then(|value| serde_json::from_str(&value).ok());
            let Some(value) = value else { continue };
            let values =
                if client.is_empty() { &mut state.set } else { state.own.entry(client).or_default() };
            values.insert(name, value);
        }
        let values = watch::Sender::new(knowledge.all(&state.set));
        let setting = tokio::sync::Mutex::default();
        Self { knowledge, store, board, limits, state: Mutex::new(state), values, setting }
    }

    /// The values now.
    pub(crate) fn values(&self) -> Values {
        self.values.borrow().clone()
    }

    /// A receiver that is told of every change.
    pub(crate) fn changed(&self) -> watch::Receiver<Values> {
        self.values.subscribe()
    }

    /// All of them, with those that clients of that name keep for themselves.
    pub(crate) fn all(&self, client: &str) -> PreferencesAnswer {
        PreferencesAnswer {
            values: self.values(),
            own: self.lock().own.get(client).cloned().unwrap_or_default(),
        }
    }

    /// Changes all that are named, or none, and tells every client.
    ///
    /// # Errors
    /// A value is of the wrong type, the client has no name for what it wants to keep, that is too much, or the store
    /// fails.
    pub(crate) async fn set(
        &self,
        ask: SetPreferencesRequest,
        client: &str,
    ) -> Result<PreferencesChange, ProtocolError> {
        let _one_by_one = self.setting.lock().await;
        let (known, own): (Map<_, _>, Map<_, _>) =
            ask.values.into_iter().partition(|(name, _)| self.knowledge.has(name));
        for (name, value) in &known {
            if !value.is_null() {
                self.knowledge.check(name, value)?;
            }
        }
        self.check_own(&own, client)?;
        let kept = |client: &str, (name, value): (&String, &Value)| KeptPreference {
            client: client.to_owned(),
            name: name.clone(),
            value: (!value.is_null()).then(|| value.to_string()),
        };
        let changes = known.iter().map(|change| kept("", change));
        let changes = changes.chain(own.iter().map(|change| kept(client, change))).collect();
        self.store.set_preferences(changes).await.map_err(store_failed)?;
        {
            let mut state = self.lock();
            known.iter().for_each(|(name, value)| put(&mut state.set, name, value));
            if !own.is_empty() {
                let mine = state.own.entry(client.to_owned()).or_default();
                own.iter().for_each(|(name, value)| put(mine, name, value));
                if mine.is_empty() {
                    state.own.remove(client);
                }
            }
            self.values.send_replace(self.knowledge.all(&state.set));
        }
        let values = known.into_iter().map(|(name, value)| {
            let value = if value.is_null() { self.knowledge.usual(&name) } else { value };
            (name, value)
        });
        let change = PreferencesChange { values: values.collect(), own };
        self.tell(&change, client);
        if !change.values.is_empty() {
            let names = change.values.keys().cloned().collect();
            self.board.notify(Audience::Everybody, NotificationEvent::PreferenceChanged { names });
        }
        Ok(change)
    }

    /// Clients of the same name are told of what is their own, too.
    fn tell(&self, change: &PreferencesChange, client: &str) {
        let told = |own: &Map<String, Value>| {
            Notice::Preferences(PreferencesChange { values: change.values.clone(), own: own.clone() })
        };
        if change.own.is_empty() {
            return self.board.tell(Audience::Everybody, &told(&Map::new()));
        }
        self.board.tell(Audience::Named(client), &told(&change.own));
        if !change.values.is_empty() {
            self.board.tell(Audience::NotNamed(client), &told(&Map::new()));
        }
    }

    fn check_own(&self, own: &Map<String, Value>, client: &str) -> Result<(), ProtocolError> {
        let Some((first, _)) = own.iter().next() else { return Ok(()) };
        if client.is_empty() {
            let first: String = first.chars().take(60).collect();
            return Err(ProtocolError::new(
                Code::BadPreference,
                format!(
                    "There is no preference \"{}\"; a client that gives its \"client.name\" may keep its own.",
                    first.escape_debug()
                ),
            ));
        }
        let state = self.lock();
        let mut mine = state.own.get(client).cloned().unwrap_or_default();
        let clients = state.own.len() + usize::from(mine.is_empty());
        drop(state);
        own.iter().for_each(|(name, value)| put(&mut mine, name, value));
        let size: usize = mine.iter().map(|(name, value)| name.len() + value.to_string().len()).sum();
        let problem = if let Some(long) = own.keys().find(|name| name.len() > NAME) {
            format!("a name of {} bytes, where {NAME} are the limit", long.len())
        } else if mine.len() > OWN_NAMES {
            format!("{} names, where {OWN_NAMES} are the limit", mine.len())
        } else if size > self.limits.own_preferences {
            format!("{size} bytes, where {} are the limit", self.limits.own_preferences)
        } else if clients > CLIENTS {
            format!("preferences of {CLIENTS} other clients, which is the limit")
        } else {
            return Ok(());
        };
        Err(ProtocolError::new(
            Code::TooLarge,
            format!("What this client keeps for itself would be too much: {problem}."),
        ))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Null takes a value away.
fn put(values: &mut Map<String, Value>, name: &str, value: &Value) {
    if value.is_null() {
        values.remove(name);
    } else {
        values.insert(name.to_owned(), value.clone());
    }
}
