//! Kept: requests about what the engine keeps for the user.

use super::Connection;
use crate::audit::{Act, AuditEvent};
use crate::notifications::Notice;
use crate::protocol::{
    Answer, ClientMessage, Code, Feature, ForgetAnswer, ForgetRequest, HistoryAnswer, HistoryRequest,
    ImportAnswer, ImportRequest, Missed, PreferencesChange, ProtocolError, ServerMessage,
    SetPreferencesRequest,
};

impl Connection {
    /// The answer to such a request.
    pub(super) async fn answer_about_kept(&self, message: ClientMessage) -> ServerMessage {
        match message {
            ClientMessage::History(request) => {
                ServerMessage::History(Answer::of(request.client_id, self.history(request.ask).await))
            }
            ClientMessage::ImportHistory(request) => ServerMessage::ImportHistory(Answer::of(
                request.client_id,
                self.import_history(request.ask).await,
            )),
            ClientMessage::Forget(request) => {
                ServerMessage::Forget(Answer::of(request.client_id, self.forget(request.ask).await))
            }
            ClientMessage::Notes(request) => ServerMessage::Notes(Answer::of(
                request.client_id,
                match self.need(Feature::Notes, true, "notes") {
                    Ok(()) => self.session.notes().await,
                    Err(error) => Err(error),
                },
            )),
            ClientMessage::SetNote(request) => ServerMessage::SetNote(Answer::of(
                request.client_id,
                match self.need(Feature::Notes, true, "setNote") {
                    Ok(()) => self.session.set_note(request.ask).await,
                    Err(error) => Err(error),
                },
            )),
            ClientMessage::DeleteNote(request) => ServerMessage::DeleteNote(Answer::of(
                request.client_id,
                match self.need(Feature::Notes, true, "deleteNote") {
                    Ok(()) => self.session.delete_note(request.ask).await,
                    Err(error) => Err(error),
                },
            )),
            ClientMessage::Notifications(request) => ServerMessage::Notifications(Answer::of(
                request.client_id,
                self.need(Feature::Notifications, true, "notifications")
                    .map(|()| self.inbox.subscribe(request.ask)),
            )),
            ClientMessage::Preferences(request) => ServerMessage::Preferences(Answer::of(
                request.client_id,
                self.need(Feature::Preferences, true, "preferences")
                    .map(|()| self.context.preferences.all(&self.own_name)),
            )),
            ClientMessage::SetPreferences(request) => ServerMessage::SetPreferences(Answer::of(
                request.client_id,
                match self.need(Feature::Preferences, true, "setPreferences") {
                    Ok(()) => self.set_preferences(request.ask).await,
                    Err(error) => Err(error),
                },
            )),
            message => {
                let error = ProtocolError::new(Code::BadMessage, "This message asks for nothing.");
                message.refused(error).into_answer()
            }
        }
    }

    async fn set_preferences(&self, ask: SetPreferencesRequest) -> Result<PreferencesChange, ProtocolError> {
        let change = self.context.preferences.set(ask, &self.own_name).await?;
        let names: Vec<_> = change.values.keys().map(String::as_str).collect();
        if !names.is_empty() {
            let act = Act::new(AuditEvent::PreferencesChanged).by(&self.client.name).with(names.join(", "));
            self.context.store.note(act.in_session(self.session.number));
        }
        Ok(change)
    }

    async fn history(&self, ask: HistoryRequest) -> Result<HistoryAnswer, ProtocolError> {
        self.need(Feature::History, true, "history")?;
        self.context.history.search(ask, self.session.number).await
    }

    async fn import_history(&self, ask: ImportRequest) -> Result<ImportAnswer, ProtocolError> {
        self.need(Feature::History, true, "importHistory")?;
        self.context.history.import(ask).await
    }

    async fn forget(&self, ask: ForgetRequest) -> Result<ForgetAnswer, ProtocolError> {
        self.need(Feature::History, true, "forget")?;
        self.context.sessions.forget(ask, self.session.number, &self.client.name).await
    }
}

/// A notice in the words of the protocol.
pub(super) fn message_of(notice: Notice) -> ServerMessage {
    match notice {
        Notice::Note(change) => ServerMessage::NoteChanged(change),
        Notice::Preferences(change) => ServerMessage::PreferencesChanged(change),
        Notice::Notification(notification) => ServerMessage::Notification(notification),
        Notice::Missed(missed) => ServerMessage::Missed(Missed { missed }),
    }
}
