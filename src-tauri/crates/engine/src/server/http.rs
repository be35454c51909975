//! HTTP: one visit, which gets pages or becomes a websocket.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, LOCATION, ORIGIN,
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE, USER_AGENT,
};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::download::{self, Content};
use super::pages;
use crate::audit::AuditEvent;
use crate::connection::{self, Peer};
use crate::context::Context;
use crate::files::Ticket;

/// Bytes of a request's head.
const HEAD: usize = 16 << 10;

/// Buffer of one websocket in each direction. Output is flushed message by message and never gathers beyond one.
const SOCKET_BUFFER: usize = 16 << 10;

/// One visit of a client.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) deadline: Instant,
    pub(super) context: Arc<Context>,
}

type Answer = Response<Content>;
/// Why a request is refused.
pub(super) type Refusal = (StatusCode, String);
/// The visitor's place among those who have not authenticated, taken along by the websocket.
type Place = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

impl Visit {
    /// Serves pages until the visitor goes, its time is over, or it has become a websocket.
    pub(super) async fn serve<S>(self, stream: S, place: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = Arc::clone(&self.context.limits);
        let place: Place = Arc::new(Mutex::new(Some(place)));
        let moved = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request| {
            let (visit, place, moved) = (self.clone(), Arc::clone(&place), Arc::clone(&moved));
            async move { Ok::<_, Infallible>(visit.answer(request, &place, moved).await) }
        });
        let visit = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.handshake)
            .max_header_size(HEAD)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut visit = pin!(visit);
        loop {
            match timeout(limits.pages, visit.as_mut()).await {
                // A download goes on as long as some of it is taken in every such time.
                Err(_) if moved.swap(false, Ordering::Relaxed) => {}
                Ok(Ok(())) | Err(_) => return,
                Ok(Err(error)) => return tracing::debug!(%error, "a visit ended early"),
            }
        }
    }

    /// Tells a visitor who came without TLS where to go.
    pub(super) async fn redirect<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|request: Request<Incoming>| {
            let answer = self.redirection(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let visit = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .keep_alive(false)
            .header_read_timeout(self.context.limits.handshake)
            .max_header_size(HEAD)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let _ = tokio::time::timeout_at(self.deadline, visit).await;
    }

    fn redirection(&self, request: &Request<Incoming>) -> Answer {
        if let Err(reason) = self.context.door.check_host(request.headers(), self.local) {
            return plain(StatusCode::FORBIDDEN, reason);
        }
        if request.headers().contains_key(UPGRADE) {
            return plain(
                StatusCode::UPGRADE_REQUIRED,
                "This port takes websockets over TLS only; connect with wss://.",
            );
        }
        let mut answer = plain(StatusCode::PERMANENT_REDIRECT, "Use https:// for this address.");
        let location = format!("https://{}{}", self.local, request.uri().path());
        if let Ok(location) = HeaderValue::from_str(&location) {
            answer.headers_mut().insert(LOCATION, location);
        }
        answer
    }

    async fn answer(&self, request: Request<Incoming>, place: &Place, moved: Arc<AtomicBool>) -> Answer {
        let headers = request.headers();
        if let Err(reason) = self.context.door.check_host(headers, self.local) {
            self.note_turned_away(headers);
            return plain(StatusCode::FORBIDDEN, reason);
        }
        if headers.contains_key(UPGRADE) {
            return self.upgrade(request, place).unwrap_or_else(refused);
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Pages are fetched with GET.");
        }
        if let Some(ticket) = self.context.files.ticket(request.uri().path()) {
            return self.download(ticket, &request, place, moved).await.unwrap_or_else(refused);
        }
        pages::page(request.uri().path())
            .map(|page| page.map(Either::Left))
            .unwrap_or_else(|| plain(StatusCode::NOT_FOUND, "There is no page of that name."))
    }

    /// Sends the file of a ticket. The visitor no longer has a place among those who have to authenticate.
    async fn download(
        &self,
        ticket: Option<Ticket>,
        request: &Request<Incoming>,
        place: &Place,
        moved: Arc<AtomicBool>,
    ) -> Result<Answer, Refusal> {
        let ticket = ticket.filter(|ticket| self.context.sessions.numbered(ticket.session).is_some());
        let ticket = ticket.ok_or_else(|| {
            let reason = "The address of this download is over, or never was; ask for the file again.";
            (StatusCode::FORBIDDEN, reason.to_owned())
        })?;
        let answer =
            download::answer(ticket, request.method(), request.headers(), &self.context, moved).await?;
        *place.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(answer)
    }

    fn note_turned_away(&self, headers: &HeaderMap) {
        let origin = Some(header(headers, &ORIGIN)).filter(|origin| !origin.is_empty());
        let peer = Peer { address: self.peer, origin, agent: String::new() };
        let host = header(headers, &HOST);
        self.context.store.note(peer.act(AuditEvent::TurnedAway).with(format!("host {host}")));
    }

    fn upgrade(&self, mut request: Request<Incoming>, place: &Place) -> Result<Answer, Refusal> {
        let origin = self.context.door.check_origin(request.headers(), self.local).map_err(|reason| {
            self.note_turned_away(request.headers());
            (StatusCode::FORBIDDEN, reason)
        })?;
        if !matches!(request.uri().path(), "/" | "/ws") {
            return Err((StatusCode::NOT_FOUND, "The websocket is at / and at /ws.".into()));
        }
        let key = websocket_key(request.headers())?;
        let place = place.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(place) = place else {
            return Err((StatusCode::BAD_REQUEST, "One connection is one websocket.".into()));
        };
        let upgraded = hyper::upgrade::on(&mut request);
        let agent = header(request.headers(), &USER_AGENT);
        let peer = Peer { address: self.peer, origin, agent };
        let (context, deadline) = (Arc::clone(&self.context), self.deadline);
        tokio::spawn(async move {
            let Ok(Ok(socket)) = tokio::time::timeout_at(deadline, upgraded).await else {
                return;
            };
            let config = WebSocketConfig::default()
                .read_buffer_size(SOCKET_BUFFER)
                .write_buffer_size(SOCKET_BUFFER)
                .max_message_size(Some(context.limits.frame))
                .max_frame_size(Some(context.limits.frame));
            let socket = TokioIo::new(socket);
            let socket = WebSocketStream::from_raw_socket(socket, Role::Server, Some(config)).await;
            connection::serve(socket, peer, context, place).await;
        });
        let mut answer = Response::new(Either::Left(Full::default()));
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = answer.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, key);
        Ok(answer)
    }
}

/// A header as text, "" where there is none.
fn header(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// Checks the upgrade's headers and gives the key of the answer.
fn websocket_key(headers: &HeaderMap) -> Result<HeaderValue, Refusal> {
    let refused = |reason: &str| (StatusCode::BAD_REQUEST, reason.to_owned());
    let has = |name, wanted: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(wanted))
    };
    if !has(UPGRADE, "websocket") || !has(CONNECTION, "upgrade") {
        return Err(refused("The only upgrade here is the one to a websocket."));
    }
    if !has(SEC_WEBSOCKET_VERSION, "13") {
        return Err(refused("The websocket version is 13."));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or_else(|| refused("Sec-WebSocket-Key is missing."))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| refused("Sec-WebSocket-Key is not text."))
}

fn refused((status, reason): Refusal) -> Answer {
    plain(status, reason)
}

/// An answer of one sentence.
fn plain(status: StatusCode, sentence: impl Into<String>) -> Answer {
    let mut answer = Response::new(Either::Left(Full::from(sentence.into() + "\n")));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    pages::protect(headers);
    answer
}
