//! Files: what a client asks about the user's files, with the feature `files`.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::Bytes;

use super::Connection;
use super::requests::Reply;
use crate::files::{Files, base64, bytes_of, told};
use crate::images::ImageError;
use crate::protocol::{
    AbortUpload, Answer, BINARY_HEADER, BinaryHeader, BinaryKind, Code, Feature, FilePlace, FileRange,
    FileThumbnail, FilesAnswer, FilesRequest, PrintedImage, ProtocolError, Request, ServerMessage,
    ThumbnailOf, UnwatchAnswer, UnwatchRequest, UploadAborted, WatchAnswer, WatchRequest,
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
                let (data, frame) = self.carried(range.offset, &bytes, request.client_id);
                return Ok((FilesAnswer::Read(FileRange { data, ..range }), frame));
            }
            FilesRequest::Image(ask) => {
                let (image, bytes) = self.printed(&ask).await?;
                let (data, frame) = self.carried(image.offset, &bytes, request.client_id);
                return Ok((FilesAnswer::Image(PrintedImage { data, ..image }), frame));
            }
            FilesRequest::Thumbnail(ask) => {
                let (picture, bytes) = self.thumbnail(&ask).await?;
                let (data, frame) = self.carried(0, &bytes, request.client_id);
                return Ok((FilesAnswer::Thumbnail(FileThumbnail { data, ..picture }), frame));
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

    /// Has the client told of what changes in a folder.
    pub(super) async fn watch(&self, ask: &WatchRequest) -> Result<WatchAnswer, ProtocolError> {
        self.need(Feature::Notifications, true, "watch")?;
        let path = self.path_of(&ask.place)?;
        let (context, inbox, session) = (Arc::clone(&self.context), self.inbox.clone(), self.session.number);
        let begun = move |_| Ok(context.watches.begin(Files::real(&path)?, session, &inbox));
        self.context.files.work(begun).await?
    }

    /// Ends that.
    pub(super) async fn unwatch(&self, ask: UnwatchRequest) -> Result<UnwatchAnswer, ProtocolError> {
        self.need(Feature::Notifications, true, "unwatch")?;
        let (context, inbox) = (Arc::clone(&self.context), self.inbox.clone());
        self.context.files.work(move |_| Ok(context.watches.end(ask.watch, &inbox))).await?
    }

    fn path_of(&self, place: &FilePlace) -> Result<PathBuf, ProtocolError> {
        let folder = self.session.directory(place.server_id)?;
        Ok(self.context.files.resolve(&place.path, &folder)?)
    }

    async fn thumbnail(&self, ask: &ThumbnailOf) -> Result<(FileThumbnail, Vec<u8>), ProtocolError> {
        let path = self.path_of(&ask.place)?;
        let side = ask.side.unwrap_or(self.context.limits.thumbnail_side);
        let made = self.context.images.of_file(path.clone(), side).await;
        let made = made.map_err(refusal)?;
        let picture = FileThumbnail {
            path: told(path.as_os_str()),
            width: made.width,
            height: made.height,
            size: made.source.bytes as u64,
            format: made.source.kind.name().to_owned(),
            media_type: made.media_type.to_owned(),
            data: None,
        };
        Ok((picture, made.bytes))
    }

    /// Bytes of a file from `offset` on: in base64 for the answer, or in a frame of their own where the client takes such.
    fn carried(
        &self,
        offset: u64,
        bytes: &[u8],
        client_id: Option<u64>,
    ) -> (Option<String>, Option<Vec<u8>>) {
        if !self.granted.has(Feature::Binary) {
            return (Some(base64(bytes)), None);
        }
        let header = BinaryHeader {
            kind: BinaryKind::File,
            flags: 0,
            location: 0,
            run: 0,
            server_id: client_id.unwrap_or_default(),
            position: offset,
        };
        let mut head = [0; BINARY_HEADER];
        header.write(&mut head);
        (None, Some([&head, bytes].concat()))
    }
}

/// Why there is no picture of a file.
fn refusal(error: ImageError) -> ProtocolError {
    let code = match error {
        ImageError::File(error) => return error.into(),
        ImageError::NotAnImage => Code::WrongKind,
        ImageError::TooLong { .. } | ImageError::TooLarge { .. } => Code::TooLarge,
        ImageError::Busy => Code::TooSlow,
        ImageError::Broken(_) => Code::FileFailed,
    };
    ProtocolError::new(code, error.to_string())
}
