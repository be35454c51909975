//! Frames: what a client sends in binary.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::Bytes;

use super::Connection;
use super::files::Part;
use super::requests::{Asked, Requests};
use crate::protocol::{
    BINARY_HEADER, BinaryHeader, BinaryKind, Code, ErrorAnswer, Feature, Outcome, ProtocolError,
    ServerMessage, UpdateAnswer,
};

impl Connection {
    /// Takes a binary frame. Gives the answer, where the client wants one or the frame was no good; but bytes of an upload
    /// are a request.
    pub(super) async fn take_frame(
        self: &Arc<Self>,
        frame: &Bytes,
        requests: &mut Requests,
    ) -> Option<ServerMessage> {
        let read = BinaryHeader::read(frame)
            .map_err(|error| ProtocolError::new(Code::BadMessage, error.to_string()))
            .and_then(|read| self.need(Feature::Binary, true, "a binary frame").map(|()| read));
        let (header, input) = match read {
            Ok(read) => read,
            Err(error) => return Some(ServerMessage::Error(error.into())),
        };
        if header.kind == BinaryKind::UploadPart {
            let bytes = frame.slice(BINARY_HEADER..);
            let client_id = (header.location != 0).then_some(header.location.into());
            let (upload, offset) = (header.server_id, header.position);
            requests.begin(self, Asked::Part(Part { client_id, upload, offset, bytes })).await;
            return None;
        }
        let wants_answer = header.position != 0;
        self.in_turn(wants_answer, || self.take_input(&header, input)).await
    }

    fn take_input(&self, header: &BinaryHeader, input: &[u8]) -> Option<ServerMessage> {
        let ends = header.flags & BinaryHeader::END != 0;
        let server_id = header.server_id;
        let client_id = (header.position != 0).then_some(header.position);
        let taken = self.need(Feature::Streams, ends, "end");
        match (taken.and_then(|()| self.session.input(server_id, input, ends, self.follower)), client_id) {
            (Ok(()), None) => None,
            (Ok(()), Some(client_id)) => {
                Some(ServerMessage::Update(UpdateAnswer::Taken { result: Outcome::Ok, server_id, client_id }))
            }
            (Err(error), client_id) => Some(ServerMessage::Update(UpdateAnswer::Refused {
                error: ErrorAnswer::from(error),
                server_id: Some(server_id),
                client_id,
            })),
        }
    }
}
