//! Download: a file that a client asked for, sent to whoever has its ticket.

use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as Wakes, Poll};

use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_RANGE, RANGE,
};
use hyper::{HeaderMap, Method, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::http::Refusal;
use super::pages;
use super::ranges::{Wanted, wanted};
use crate::context::Context;
use crate::files::Ticket;

/// Bytes of a file that are read and sent at once.
const PART: usize = 128 << 10;

/// What is sent: a page, or a file from the disk.
pub(super) type Content = Either<Full<Bytes>, FileBody>;

/// Answers a request for the file of a ticket. `moved` is set whenever some of it goes on its way.
pub(super) async fn answer(
    ticket: Ticket,
    method: &Method,
    headers: &HeaderMap,
    context: &Arc<Context>,
    moved: Arc<AtomicBool>,
) -> Result<Response<Content>, Refusal> {
    let session = ticket.session;
    let name = ticket.path.clone();
    let gone = |_| (StatusCode::NOT_FOUND, "The file is not there any more, or cannot be read.".to_owned());
    let place = Arc::clone(&context.downloads).try_acquire_owned().map_err(|_| {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "As many downloads go on as may; try again when one is done.".into(),
        )
    })?;
    let (file, metadata) = context.files.open(ticket).await.map_err(gone)?;
    let size = metadata.len();
    let tag = tag(&metadata);
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let range = value(RANGE).filter(|_| value(IF_RANGE).is_none_or(|former| former == tag));
    let (status, bytes) = match wanted(range, size) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(bytes) => (StatusCode::PARTIAL_CONTENT, bytes),
        Wanted::Beyond => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
    };
    let length = bytes.end - bytes.start;
    let content_range = match status {
        StatusCode::PARTIAL_CONTENT => Some(format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1)),
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{size}")),
        _ => None,
    };
    let body = match *method {
        Method::HEAD => Either::Left(Full::default()),
        _ => Either::Right(FileBody::of(file, bytes, session, place, moved, Arc::clone(context))),
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    pages::protect(headers);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    // The connection has no place among the visitors any more.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let texts =
        [(CONTENT_DISPOSITION, Some(disposition(&name))), (ETAG, Some(tag)), (CONTENT_RANGE, content_range)];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(answer)
}

/// Tells one content of a file from another.
fn tag(metadata: &Metadata) -> String {
    let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
    format!("\"{:x}-{:x}-{seconds:x}.{nanoseconds:x}\"", metadata.ino(), metadata.len())
}

/// Says that the file is to be saved, and under which name: plain for old browsers, and as UTF-8.
fn disposition(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '%' => '_',
            ' '..='~' => letter,
            _ => '_',
        })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => whole.push(byte.into()),
            _ => whole.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

/// A range of a file that is read while it is sent.
pub(super) struct FileBody {
    parts: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
    moved: Arc<AtomicBool>,
}

impl FileBody {
    fn of(
        file: Arc<File>,
        bytes: Range<u64>,
        session: u64,
        place: OwnedSemaphorePermit,
        moved: Arc<AtomicBool>,
        context: Arc<Context>,
    ) -> Self {
        let left = bytes.end - bytes.start;
        let (sender, parts) = mpsc::channel(1);
        tokio::spawn(async move {
            let _place = place;
            let mut at = bytes.start;
            // A session that has ended takes with it what it let out.
            while at < bytes.end && context.sessions.numbered(session).is_some() {
                let length = usize::try_from(bytes.end - at).unwrap_or(PART).min(PART);
                let read = context.files.next_bytes(&file, at, length).await.map_err(io::Error::other);
                at += read.as_ref().map_or(0, |bytes| bytes.len() as u64);
                let over = read.as_ref().map_or(true, Vec::is_empty);
                if sender.send(read.map(Bytes::from)).await.is_err() || over {
                    return;
                }
            }
        });
        Self { parts, left, moved }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, wakes: &mut Wakes<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.parts.poll_recv(wakes).map(|part| match part {
            Some(Ok(bytes)) if !bytes.is_empty() => {
                self.moved.store(true, Ordering::Relaxed);
                self.left = self.left.saturating_sub(bytes.len() as u64);
                Some(Ok(Frame::data(bytes)))
            }
            Some(Err(error)) => Some(Err(error)),
            // Less came than was promised: the file is shorter now, or its session has ended.
            Some(Ok(_)) | None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            disposition(Path::new("/x/a\"; b\r\nSet-Cookie: c=é%41\\.png")),
            "attachment; filename=\"a_; b__Set-Cookie: c=__41_.png\"; \
             filename*=UTF-8''a%22%3B%20b%0D%0ASet-Cookie%3A%20c%3D%C3%A9%2541%5C.png"
        );
    }
}
