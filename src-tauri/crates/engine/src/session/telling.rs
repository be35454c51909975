//! Telling: what becomes of a session and its commands, for clients that want to be notified.

use super::Session;
use crate::audit::{Act, AuditEvent};
use crate::command::{Command, Ended};
use crate::notifications::{Audience, NAMED_AT_ONCE};
use crate::protocol::{NotificationEvent, SessionEnd};
use crate::shell::Awaited;

/// Characters of a command's text that are told.
const TEXT: usize = 1024;
/// The signals that end a program which does not mind them.
const ENDING: [i64; 6] = [1, 2, 3, 6, 9, 15];

impl Session {
    pub(super) fn notify(&self, event: NotificationEvent) {
        self.board.notify(Audience::Session(self.number), event);
    }

    pub(super) fn tell_started(&self, command: &Command, client: &str) {
        self.notify(NotificationEvent::CommandStarted {
            session: self.number,
            server_id: command.plan.server_id,
            command: told(command),
            client: client.to_owned(),
        });
    }

    pub(super) fn tell_ended(&self, command: &Command, ended: &Ended) {
        self.notify(NotificationEvent::CommandEnded {
            session: self.number,
            server_id: command.plan.server_id,
            command: told(command),
            exit_code: ended.ending.exit_code,
            signal: ended.ending.signal,
            duration_ms: ended.duration_ms,
        });
    }

    /// Tells of commands that have begun to wait for input. To be called where a thread may wait.
    pub(crate) fn tell_awaiting(&self) {
        let commands: Vec<_> = self.lock().commands.values().cloned().collect();
        for command in commands {
            if let Some(Awaited { secret }) = command.awaits_anew() {
                self.notify(NotificationEvent::InputAwaited {
                    session: self.number,
                    server_id: command.plan.server_id,
                    command: told(&command),
                    secret,
                });
            }
        }
    }

    /// Tells that somebody sent a signal, if it is one that ends programs.
    pub(crate) fn tell_signal(&self, server_id: u64, signal: i64, by: &str) {
        let ending = i32::try_from(signal).ok().filter(|_| ENDING.contains(&signal));
        if let (Some(signal), Some(command)) = (ending, self.command(server_id)) {
            self.tell_killed(&command, signal, by);
        }
    }

    pub(super) fn tell_killed(&self, command: &Command, signal: i32, by: &str) {
        let act = Act::new(AuditEvent::Killed).by(by).in_session(self.number).with(signal.to_string());
        self.store.note(Act { server_id: Some(command.plan.server_id), ..act });
        self.notify(NotificationEvent::CommandKilled {
            session: self.number,
            server_id: command.plan.server_id,
            command: told(command),
            signal,
            by: by.to_owned(),
        });
    }

    /// Tells every client that these commands were forgotten.
    pub(super) fn tell_forgotten(&self, server_ids: &[u64]) {
        for part in server_ids.chunks(NAMED_AT_ONCE) {
            self.tell_gone(Some(part.to_vec()), None);
        }
    }

    /// Tells every client that all commands up to a number were forgotten.
    pub(super) fn tell_all_forgotten(&self, up_to: u64) {
        self.tell_gone(None, Some(up_to));
    }

    fn tell_gone(&self, server_ids: Option<Vec<u64>>, up_to: Option<u64>) {
        let event =
            NotificationEvent::CommandsForgotten { session: self.number, server_ids, up_to, more: false };
        self.board.notify(Audience::Everybody, event);
    }

    pub(super) fn tell_end(&self, reason: SessionEnd) {
        self.notify(NotificationEvent::SessionEnding { session: self.number, reason });
    }
}

fn told(command: &Command) -> String {
    command.plan.text.chars().take(TEXT).collect()
}
