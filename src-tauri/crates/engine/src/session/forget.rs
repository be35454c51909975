//! Forgetting: commands that the user wants gone, from memory and from the store.

use std::collections::HashSet;
use std::sync::Arc;

use time::OffsetDateTime;

use super::{Session, Sessions};
use crate::activity::CommandId;
use crate::audit::{Act, AuditEvent};
use crate::history::store_failed;
use crate::notifications::Audience;
use crate::protocol::{Code, ForgetAnswer, ForgetRequest, NotePlace, NotificationEvent, ProtocolError};
use crate::store::Forgotten;

/// Tells that commands of no session were forgotten.
const HISTORY_OF_THE_SHELL: NotificationEvent =
    NotificationEvent::CommandsForgotten { session: 0, server_ids: None, up_to: None, more: false };

impl Sessions {
    /// Forgets commands, for a session or for nobody in particular (0), and says how many were in the history. That it
    /// was done, and by whom, stays.
    ///
    /// # Errors
    /// The request names nothing, or two things at once; or the store fails, and something may be left.
    pub(crate) async fn forget(
        &self,
        ask: ForgetRequest,
        session: u64,
        by: &str,
    ) -> Result<ForgetAnswer, ProtocolError> {
        let what = chosen(ask, session)?;
        let described = describe(&what);
        let named: HashSet<(u64, u64)> = match &what {
            Forgotten::Commands(ids) => self.store.named(ids.clone()).await.map_err(store_failed)?,
            Forgotten::OfSession(session, server_ids) => {
                server_ids.iter().map(|server_id| (*session, *server_id)).collect()
            }
            Forgotten::Session(_) | Forgotten::Everything => Vec::new(),
        }
        .into_iter()
        .collect();
        // The history of another shell is of no session.
        let has_foreign = match &what {
            Forgotten::Commands(ids) => ids.len() > named.len(),
            Forgotten::Everything => true,
            Forgotten::OfSession(..) | Forgotten::Session(_) => false,
        };
        let whole = match &what {
            Forgotten::Session(number) => Some(Some(*number)),
            Forgotten::Everything => Some(None),
            Forgotten::Commands(_) | Forgotten::OfSession(..) => None,
        };
        let is_meant = |command: CommandId| {
            named.contains(&(command.session, command.server_id))
                || whole.is_some_and(|number| number.is_none_or(|number| number == command.session))
        };
        let sessions = self.all();
        let noted = self.noted(&sessions, is_meant, whole.is_some()).await;
        let running: HashSet<_> = sessions.iter().flat_map(|session| session.running(is_meant)).collect();
        // Nothing more of them reaches the store, so that what is deleted there stays so.
        for session in &sessions {
            session.forget(is_meant);
        }
        let forgotten = self.store.forget(what).await.map_err(store_failed);
        let reached: Vec<_> = sessions.iter().map(|session| session.forget(is_meant)).collect();
        self.activity.forget(is_meant);
        if forgotten.is_ok() {
            let now = OffsetDateTime::now_utc();
            noted.iter().for_each(|(session, place)| session.tell_note(*place, None, now));
            match whole {
                Some(number) => {
                    let all = sessions.iter().zip(reached);
                    let meant = all.filter(|(one, _)| number.is_none_or(|number| number == one.number));
                    meant.for_each(|(session, up_to)| session.tell_all_forgotten(up_to));
                }
                None => tell_forgotten(&sessions, &named, &running),
            }
            if has_foreign {
                self.board.notify(Audience::Everybody, HISTORY_OF_THE_SHELL);
            }
        }
        let forgotten = forgotten?;
        let act = Act::new(AuditEvent::Forgot).by(by).in_session(session);
        self.store.note(act.with(format!("{described}: {forgotten} commands")));
        Ok(ForgetAnswer { forgotten })
    }

    /// The notes of live sessions that go with what is meant; with `whole` that is sessions as they are.
    async fn noted(
        &self,
        sessions: &[Arc<Session>],
        is_meant: impl Fn(CommandId) -> bool,
        whole: bool,
    ) -> Vec<(Arc<Session>, NotePlace)> {
        let mut noted = Vec::new();
        for session in sessions {
            // The number 0 is no command's: the session itself.
            let meant = |place: &NotePlace| match place.server_id {
                Some(server_id) => is_meant(CommandId { session: session.number, server_id }),
                None => whole && is_meant(CommandId { session: session.number, server_id: 0 }),
            };
            let notes = self.store.notes(session.number).await.unwrap_or_default();
            let places = notes.into_iter().map(|note| note.place).filter(meant);
            noted.extend(places.map(|place| (Arc::clone(session), place)));
        }
        noted
    }
}

/// Tells every client what it need not show any more. What still runs is told when it has ended.
fn tell_forgotten(sessions: &[Arc<Session>], named: &HashSet<(u64, u64)>, running: &HashSet<CommandId>) {
    for session in sessions {
        let own = named.iter().filter(|(number, _)| *number == session.number);
        let ids = own.map(|(_, server_id)| *server_id);
        let id = |server_id| CommandId { session: session.number, server_id };
        let mut over: Vec<_> = ids.filter(|server_id| !running.contains(&id(*server_id))).collect();
        over.sort_unstable();
        session.tell_forgotten(&over);
    }
}

fn describe(what: &Forgotten) -> String {
    match what {
        Forgotten::Commands(_) | Forgotten::OfSession(..) => "commands".to_owned(),
        Forgotten::Session(number) => format!("session {number}"),
        Forgotten::Everything => "everything".to_owned(),
    }
}

fn chosen(ask: ForgetRequest, session: u64) -> Result<Forgotten, ProtocolError> {
    match ask {
        ForgetRequest { ids: Some(ids), server_ids: None, session: None, everything: None } => {
            Ok(Forgotten::Commands(ids.into_iter().map(u64::cast_signed).collect()))
        }
        ForgetRequest { ids: None, server_ids: Some(server_ids), session: None, everything: None } => {
            Ok(Forgotten::OfSession(session, server_ids))
        }
        ForgetRequest { ids: None, server_ids: None, session: Some(number), everything: None } => {
            Ok(Forgotten::Session(number))
        }
        ForgetRequest { ids: None, server_ids: None, session: None, everything: Some(true) } => {
            Ok(Forgotten::Everything)
        }
        _ => Err(ProtocolError::new(
            Code::BadMessage,
            "Say what to forget: one of \"ids\", \"serverIds\", \"session\" and \"everything\": true.",
        )),
    }
}

impl Session {
    /// Those of its running commands that are meant.
    fn running(&self, is_meant: impl Fn(CommandId) -> bool) -> Vec<CommandId> {
        let state = self.lock();
        let running = state.commands.iter().filter(|(_, command)| command.ended().is_none());
        let ids = running.map(|(server_id, _)| CommandId { session: self.number, server_id: *server_id });
        ids.filter(|id| is_meant(*id)).collect()
    }

    /// Forgets those of its commands that are meant; one that runs is seen until it ends. Gives the number of the newest
    /// command there was, meant or not.
    fn forget(&self, is_meant: impl Fn(CommandId) -> bool) -> u64 {
        let session = self.number;
        let mut state = self.lock();
        let meant: Vec<_> = state
            .commands
            .keys()
            .copied()
            .filter(|id| is_meant(CommandId { session, server_id: *id }))
            .collect();
        for server_id in meant {
            let Some(command) = state.commands.get(&server_id) else { continue };
            command.forget();
            if command.is_gone() {
                command.forget_output();
                state.commands.remove(&server_id);
                state.by_client_id.retain(|_, (_, id)| *id != server_id);
            }
        }
        self.forget_oldest(&mut state);
        state.last_server_id
    }
}
