//! What was forgotten and a client was not told yet: put together, so that it takes bounded room and never goes missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{Notification, NotificationEvent};

/// Commands that are remembered one by one for one client. Of more it is known up to which number they go.
const NAMED: usize = 4096;
/// Sessions that are remembered for one client, its own always being one of them.
const SESSIONS: usize = 256;
/// Commands that one notification names.
pub(crate) const NAMED_AT_ONCE: usize = 1000;

/// See the module.
#[derive(Default)]
pub(super) struct Forgotten {
    sessions: BTreeMap<u64, Gone>,
    /// Commands that are named, in all sessions.
    named: usize,
    /// When the newest of it was forgotten.
    time: String,
}

/// What of one session.
#[derive(Default)]
struct Gone {
    all: Option<All>,
    /// Others.
    named: BTreeSet<u64>,
}

/// Commands up to a number; without one, of a history that has no numbers.
#[derive(Clone, Copy)]
struct All {
    up_to: Option<u64>,
    /// Not all of them: which ones is not known any more.
    more: bool,
}

impl Forgotten {
    /// Adds what a notification of forgotten commands tells, for a client of session `own`. False where it is another
    /// notification.
    pub(super) fn add(&mut self, notification: &Notification, own: u64) -> bool {
        let NotificationEvent::CommandsForgotten { session, server_ids, up_to, more } = &notification.event
        else {
            return false;
        };
        let gone = self.sessions.entry(*session).or_default();
        self.named -= gone.named.len();
        match server_ids {
            Some(server_ids) => gone.name(server_ids),
            None => gone.all_of(All { up_to: *up_to, more: *more }),
        }
        self.named += gone.named.len();
        self.time.clone_from(&notification.time);
        self.shrink(own);
        true
    }

    /// The next notification that tells of it.
    pub(super) fn take(&mut self) -> Option<Notification> {
        let (session, gone) = self.sessions.iter_mut().next()?;
        let session = *session;
        let event = match gone.all.take() {
            Some(All { up_to, more }) => {
                NotificationEvent::CommandsForgotten { session, server_ids: None, up_to, more }
            }
            None => {
                let server_ids: Vec<_> =
                    std::iter::from_fn(|| gone.named.pop_first()).take(NAMED_AT_ONCE).collect();
                self.named -= server_ids.len();
                NotificationEvent::CommandsForgotten {
                    session,
                    server_ids: Some(server_ids),
                    up_to: None,
                    more: false,
                }
            }
        };
        if gone.named.is_empty() {
            self.sessions.remove(&session);
        }
        Some(Notification { time: self.time.clone(), event })
    }

    /// Keeps it bounded: the longest list of names becomes a number up to which they go, the oldest foreign session goes.
    fn shrink(&mut self, own: u64) {
        while self.named > NAMED
            && let Some(longest) = self.sessions.values_mut().max_by_key(|gone| gone.named.len())
        {
            self.named -= longest.named.len();
            longest.blur();
        }
        while self.sessions.len() > SESSIONS
            && let Some(oldest) = self.sessions.keys().copied().find(|session| *session != own)
            && let Some(gone) = self.sessions.remove(&oldest)
        {
            self.named -= gone.named.len();
        }
    }
}

impl Gone {
    fn name(&mut self, server_ids: &[u64]) {
        let has = |server_id: &u64| {
            self.all.is_some_and(|all| !all.more && all.up_to.is_none_or(|up_to| *server_id <= up_to))
        };
        let others: Vec<_> = server_ids.iter().copied().filter(|server_id| !has(server_id)).collect();
        self.named.extend(others);
    }

    fn all_of(&mut self, all: All) {
        self.named.retain(|server_id| all.more || all.up_to.is_some_and(|up_to| *server_id > up_to));
        self.all = Some(match self.all {
            Some(former) => All { up_to: former.up_to.max(all.up_to), more: former.more || all.more },
            None => all,
        });
    }

    /// Lets go of the names.
    fn blur(&mut self) {
        let up_to = self.named.pop_last();
        self.named.clear();
        self.all_of(All { up_to, more: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgot(session: u64, server_ids: Option<Vec<u64>>, up_to: Option<u64>) -> Notification {
        let event = NotificationEvent::CommandsForgotten { session, server_ids, up_to, more: false };
        Notification { time: String::new(), event }
    }

    /// Session, names, number and doubt.
    type Told = (u64, Option<Vec<u64>>, Option<u64>, bool);

    fn told(forgotten: &mut Forgotten) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(Notification { event, .. }) = forgotten.take() {
            let NotificationEvent::CommandsForgotten { session, server_ids, up_to, more } = event else {
                panic!("{event:?}")
            };
            told.push((session, server_ids, up_to, more));
        }
        assert!(forgotten.sessions.is_empty() && forgotten.named == 0);
        told
    }

    #[test]
    fn names_come_together_and_those_that_a_number_covers_are_not_told_twice() {
        let mut forgotten = Forgotten::default();
        for ids in [vec![3, 9], vec![9, 1], vec![12]] {
            forgotten.add(&forgot(7, Some(ids), None), 7);
        }
        forgotten.add(&forgot(7, None, Some(9)), 7);
        forgotten.add(&forgot(7, Some(vec![4, 13]), None), 7);
        forgotten.add(&forgot(0, None, None), 7);
        assert_eq!(
            told(&mut forgotten),
            [(0, None, None, false), (7, None, Some(9), false), (7, Some(vec![12, 13]), None, false)]
        );
    }

    #[test]
    fn too_many_names_become_a_number_and_say_so() {
        let mut forgotten = Forgotten::default();
        forgotten.add(&forgot(2, Some(vec![5, 8]), None), 1);
        for id in 0..=NAMED as u64 {
            forgotten.add(&forgot(1, Some(vec![2 * id]), None), 1);
        }
        let mut told = told(&mut forgotten);
        assert_eq!(told.pop(), Some((2, Some(vec![5, 8]), None, false)));
        let (session, ids, up_to, more) = told.remove(0);
        assert_eq!((session, ids, more), (1, None, true));
        assert!(up_to >= Some(2 * NAMED as u64 - 4), "{up_to:?}");
    }

    #[test]
    fn however_many_sessions_there_are_the_own_one_stays() {
        let mut forgotten = Forgotten::default();
        for session in 1..=2 * SESSIONS as u64 {
            forgotten.add(&forgot(session, Some(vec![1]), None), 1);
        }
        let told = told(&mut forgotten);
        assert_eq!(told.len(), SESSIONS);
        assert_eq!((told[0].0, told[1].0), (1, SESSIONS as u64 + 2));
    }
}
