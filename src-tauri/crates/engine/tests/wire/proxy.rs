//! A proxy between client and server that delays, cuts, half closes and hangs their connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate {
    /// Bytes, of both directions together, after which it happens.
    pub(crate) after: u64,
    pub(crate) end: End,
    /// Time for which each piece lies in the proxy.
    pub(crate) delay: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Both ends are told by a reset, as of a process that died.
    Reset,
    /// Both ends see an end of the stream.
    Close,
    /// The client sees the end; what it sends goes on to the server.
    HalfClosedToClient,
    /// The server sees the end; what it sends goes on to the client.
    HalfClosedToServer,
    /// Nothing comes through any more, and nobody is told.
    Hang,
}

/// Forwards every connection to one server. Its connections end with it.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
    over: watch::Sender<bool>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.over.send_replace(true);
    }
}

impl Proxy {
    /// Starts to forward; `fates` says of each connection what becomes of it.
    pub(crate) async fn start(server: SocketAddr, fates: impl FnMut() -> Fate + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let over = watch::Sender::new(false);
        let (mut fates, ending) = (fates, over.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let fate = fates();
                let mut over = ending.subscribe();
                tokio::spawn(async move {
                    tokio::select! {
                        () = carry(client, server, fate) => {}
                        _ = over.wait_for(|over| *over) => {}
                    }
                });
            }
        });
        Self { address, accepting, over }
    }
}

async fn carry(client: TcpStream, server: SocketAddr, fate: Fate) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
        if fate.end == End::Reset {
            stream.set_zero_linger().unwrap();
        }
    }
    let carried = Arc::new(watch::Sender::new(0_u64));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let up = pass(from_client, to_server, fate, Arc::clone(&carried), End::HalfClosedToServer);
    let down = pass(from_server, to_client, fate, carried, End::HalfClosedToClient);
    tokio::join!(up, down);
}

/// Passes one direction on until it ends or the fate comes. The halves are dropped with the whole connection.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    fate: Fate,
    carried: Arc<watch::Sender<u64>>,
    closes: End,
) {
    let mut buffer = vec![0; 16 << 10];
    let mut counting = carried.subscribe();
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = counting.wait_for(|count| *count >= fate.after) => break,
        };
        let Ok(read @ 1..) = read else {
            // What ends by itself ends on the other side too.
            let _ = to.shutdown().await;
            return;
        };
        if !fate.delay.is_zero() {
            tokio::time::sleep(fate.delay).await;
        }
        let mut left = 0;
        carried.send_modify(|count| {
            left = usize::try_from(fate.after - *count).unwrap_or(usize::MAX).min(read);
            *count += left as u64;
        });
        if to.write_all(&buffer[..left]).await.is_err() {
            return;
        }
    }
    match fate.end {
        End::Reset | End::Close => {}
        End::Hang => std::future::pending().await,
        half if half == closes => {
            let _ = to.shutdown().await;
            // The socket itself lives as long as its other half.
        }
        _ => {
            let _ = tokio::io::copy(&mut from, &mut to).await;
        }
    }
}
