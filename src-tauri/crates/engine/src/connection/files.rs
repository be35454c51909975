//! Files: what a client asks about the user's files, with the feature `files`.

use std::path::PathBuf;

use tokio_tungstenite::tungstenite::Bytes;

use super::Connection;
use super::requests::Reply;
use crate::files::{base64, bytes_of};
use crate::protocol::{
    AbortUpload, Answer, BINARY_HEADER, BinaryHeader, BinaryKind, Feature, FilePlace, FileRange, FilesAnswer,
    FilesRequest, ProtocolError, Request, ServerMessage, UploadAborted,
};

/// Bytes of an upload, as they come in a frame.
pub(super) struct Part {
    pub(super) client_id: Option<u64>,
    pub(super) upload: u64,
    pub(super) offset: u64,
    pub(super) bytes: Bytes,
}

impl Connection {
    /// Does what a request about files asks for.
    pub(super) async fn files(&self, request: Request<FilesRequest>) -> Reply {
        let client_id = request.client_id;
        match self.work_on(request).await {
            Ok((answer, frame)) => Reply::new(ServerMessage::Files(Answer::of(client_id, Ok(answer))), frame),
            Err(error) => Reply::new(ServerMessage::Files(Answer::of(client_id, Err(error))), None),
        }
    }

    async fn work_on(
        &self,
        request: Request<FilesRequest>,
    ) -> Result<(FilesAnswer, Option<Vec<u8>>), ProtocolError> {
        self.need(Feature::Files, true, "files")?;
        let files = &self.context.files;
        let answer = match request.ask {
            FilesRequest::List(ask) => FilesAnswer::List(files.list(self.path_of(&ask.place)?, &ask).await?),
            FilesRequest::Stat(place) => FilesAnswer::Stat(files.stat(self.path_of(&place)?).await?),
            FilesRequest::Download(place) => {
                FilesAnswer::Download(files.download(self.session.number, self.path_of(&place)?).await?)
            }
            FilesRequest::Upload(ask) => FilesAnswer::Upload(
                files.begin_upload(self.session.number, self.path_of(&ask.place)?, &ask).await?,
            ),
            FilesRequest::Part(ask) => {
                let bytes = bytes_of(&ask.data)?;
                let taken = files.take_part(self.session.number, ask.upload, ask.offset, bytes).await?;
                FilesAnswer::Part(taken)
            }
            FilesRequest::Finish(ask) => {
                FilesAnswer::Finish(files.finish_upload(self.session.number, &ask).await?)
            }
            FilesRequest::Abort(AbortUpload { upload }) => {
                files.abort_upload(self.session.number, upload).await?;
                FilesAnswer::Abort(UploadAborted { upload })
            }
            FilesRequest::Read(ask) => {
                let (range, bytes) = files.read(self.path_of(&ask.place)?, &ask).await?;
                let (range, frame) = self.carried(range, &bytes, request.client_id);
                return Ok((FilesAnswer::Read(range), frame));
            }
        };
        Ok((answer, None))
    }

    /// Takes bytes of an upload that came in a frame.
    pub(super) async fn take_part(&self, part: Part) -> Reply {
        let Part { client_id, upload, offset, bytes } = part;
        let taken = match self.need(Feature::Files, true, "files") {
            Ok(()) => self
                .context
                .files
                .take_part(self.session.number, upload, offset, bytes)
                .await
                .map_err(ProtocolError::from),
            Err(error) => Err(error),
        };
        Reply::new(ServerMessage::Files(Answer::of(client_id, taken.map(FilesAnswer::Part))), None)
    }

    fn path_of(&self, place: &FilePlace) -> Result<PathBuf, ProtocolError> {
        let folder = self.session.directory(place.server_id)?;
        Ok(self.context.files.resolve(&place.path, &folder)?)
    }

    /// The bytes of a range in a frame of their own where the client takes such, else in the answer.
    fn carried(
        &self,
        range: FileRange,
        bytes: &[u8],
        client_id: Option<u64>,
    ) -> (FileRange, Option<Vec<u8>>) {
        if !self.granted.has(Feature::Binary) {
            return (FileRange { data: Some(base64(bytes)), ..range }, None);
        }
        let header = BinaryHeader {
            kind: BinaryKind::File,
            flags: 0,
            location: 0,
            run: 0,
            server_id: client_id.unwrap_or_default(),
            position: range.offset,
        };
        let mut head = [0; BINARY_HEADER];
        header.write(&mut head);
        (range, Some([&head, bytes].concat()))
    }
}
