//! Notes: what the user writes on a session, its commands and their pipes, told to all of its clients.

use time::OffsetDateTime;

use super::Session;
use crate::command::timestamp;
use crate::history::store_failed;
use crate::notifications::{Audience, Notice};
use crate::protocol::{
    Code, DeleteNoteRequest, Note, NoteChange, NoteDeleted, NotePlace, NotesAnswer, NotificationEvent,
    ProtocolError, SetNoteRequest,
};
use crate::store::{KeptNote, Noted, millis};

impl Session {
    /// The session's notes.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn notes(&self) -> Result<NotesAnswer, ProtocolError> {
        let notes = self.store.notes(self.number).await.map_err(store_failed)?;
        Ok(NotesAnswer { notes: notes.into_iter().map(told).collect() })
    }

    /// Writes a note and tells it to every client of the session.
    ///
    /// # Errors
    /// The text is empty or too long, the session has too many notes, there is no such command or pipe, or the store
    /// fails.
    pub(crate) async fn set_note(&self, ask: SetNoteRequest) -> Result<Note, ProtocolError> {
        let SetNoteRequest { place, text } = ask;
        if text.is_empty() {
            return Err(ProtocolError::new(
                Code::BadMessage,
                "A note has a text; \"deleteNote\" takes one away.",
            ));
        }
        if text.len() > self.limits.note {
            return Err(ProtocolError::new(
                Code::TooLarge,
                format!("The note has {} bytes; the limit is {}.", text.len(), self.limits.note),
            ));
        }
        self.check_place(place)?;
        // What clients are told comes in the order in which it was kept.
        let _one_by_one = self.noting.lock().await;
        let now = OffsetDateTime::now_utc();
        let most = self.limits.notes_a_session;
        let noted = self.store.set_note(self.record, place, text.clone(), millis(now), most).await;
        match noted.map_err(store_failed)? {
            Noted::Kept => {}
            Noted::NoSuchCommand => {
                return Err(ProtocolError::new(
                    Code::UnknownCommand,
                    "This command is not kept, and neither is a note on it; one that begins with a space never is.",
                ));
            }
            Noted::TooMany => {
                return Err(ProtocolError::new(
                    Code::TooMany,
                    format!("The session has {most} notes, which is the limit; delete one first."),
                ));
            }
        }
        let note = Note { place, text, changed: timestamp(now) };
        self.tell_note(place, Some(note.text.clone()), now);
        Ok(note)
    }

    /// Takes a note away and tells that to every client of the session.
    ///
    /// # Errors
    /// There is no such command or pipe, or the store fails.
    pub(crate) async fn delete_note(&self, ask: DeleteNoteRequest) -> Result<NoteDeleted, ProtocolError> {
        let place = ask.place;
        self.check_place(place)?;
        let _one_by_one = self.noting.lock().await;
        let deleted = self.store.delete_note(self.number, place).await.map_err(store_failed)?;
        if deleted {
            self.tell_note(place, None, OffsetDateTime::now_utc());
        }
        Ok(NoteDeleted { place, deleted })
    }

    /// Tells that a note changed, or with no text that it is gone.
    pub(super) fn tell_note(&self, place: NotePlace, text: Option<String>, at: OffsetDateTime) {
        let change = NoteChange { place, text, changed: timestamp(at) };
        self.board.tell(Audience::Session(self.number), &Notice::Note(change));
        let NotePlace { server_id, location } = place;
        self.notify(NotificationEvent::NoteChanged { session: self.number, server_id, location });
    }

    fn check_place(&self, place: NotePlace) -> Result<(), ProtocolError> {
        let Some(server_id) = place.server_id else {
            return match place.location {
                None => Ok(()),
                Some(_) => Err(ProtocolError::new(
                    Code::BadMessage,
                    "A \"location\" is one of a command; name its \"serverId\".",
                )),
            };
        };
        let command = self.known_command(server_id)?;
        let Some(location) = place.location else { return Ok(()) };
        let pipes = self.pipes(&command.plan.text)?.len();
        if (location as usize) < pipes {
            return Ok(());
        }
        Err(ProtocolError::new(
            Code::NoSuchPipe,
            format!("Command {server_id} has {pipes} pipes, counted from 0; there is no pipe {location}."),
        ))
    }
}

fn told(kept: KeptNote) -> Note {
    Note { place: kept.place, text: kept.text, changed: timestamp(kept.changed) }
}
