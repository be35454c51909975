//! Server: accepts connections, keeps their number and their time bounded, and stops them.

mod connections;
mod door;
mod download;
mod http;
mod pages;
mod ranges;

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::context::Context;
pub(crate) use connections::Connections;
pub(crate) use door::Door;

/// The first byte of a TLS handshake.
const TLS: u8 = 0x16;

/// Attempts to find a port that is free on both loopbacks, where any will do.
const PORT_ATTEMPTS: usize = 8;

/// Listens on `wanted` and, where that is the IPv4 loopback, on the IPv6 loopback with the same port, since
/// `localhost` means both.
///
/// # Errors
/// The port is taken on either, or the address is not this machine's.
pub(crate) async fn listen(wanted: SocketAddr) -> io::Result<Vec<TcpListener>> {
    let mut listening = listen_on_both(wanted).await;
    for _ in 1..PORT_ATTEMPTS {
        match &listening {
            Err(error) if wanted.port() == 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            _ => break,
        }
        listening = listen_on_both(wanted).await;
    }
    listening
}

async fn listen_on_both(wanted: SocketAddr) -> io::Result<Vec<TcpListener>> {
    let first = TcpListener::bind(wanted).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    if wanted.ip() == IpAddr::from([127, 0, 0, 1]) {
        match TcpListener::bind(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port)).await {
            Ok(second) => listeners.push(second),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(error) => tracing::debug!(%error, "the IPv6 loopback is not there"),
        }
    }
    Ok(listeners)
}

/// Accepts until the context says that the engine stops.
pub(crate) async fn accept(listener: TcpListener, tls: TlsAcceptor, context: Arc<Context>) {
    let mut stopping = context.stopping.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        match accepted {
            Ok((stream, peer)) => welcome(stream, peer, &tls, &context),
            Err(error) => {
                // Out of descriptors, most likely: a pause lets others close theirs.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn welcome(stream: TcpStream, peer: SocketAddr, tls: &TlsAcceptor, context: &Arc<Context>) {
    let Ok(place) = Arc::clone(&context.waiting).try_acquire_owned() else {
        tracing::warn!("a connection was turned away: too many have not authenticated");
        return;
    };
    let (tls, context) = (tls.clone(), Arc::clone(context));
    tokio::spawn(async move {
        let deadline = Instant::now() + context.limits.handshake;
        // Small messages are the rule here; waiting for more of them only adds latency.
        let _ = stream.set_nodelay(true);
        let Ok(local) = stream.local_addr() else {
            return;
        };
        let mut first = [0];
        match timeout_at(deadline, stream.peek(&mut first)).await {
            Ok(Ok(1)) => {}
            _ => return,
        }
        let visit = http::Visit { peer, local, deadline, context };
        if first == [TLS] {
            match timeout_at(deadline, tls.accept(stream)).await {
                Ok(Ok(stream)) => visit.serve(stream, place).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        } else {
            visit.redirect(stream).await;
        }
    });
}
