//! The floor for anything that shows a program over a websocket: reads of 64 KiB, each sent as a message, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::child::this_program_as;
use crate::client::{Socket, connect};
use crate::pty::Pty;

const PIECE: usize = 64 << 10;
/// Follows the last byte of a program.
const END: &str = "end";

/// A forwarder as a process of its own. It ends with this value.
pub(crate) struct Forwarder {
    process: Child,
    pub(crate) address: SocketAddr,
}

/// What a program of the forwarder writes to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Through {
    Pipe,
    Terminal,
}

impl Forwarder {
    pub(crate) fn start() -> Result<Self> {
        let mut command = this_program_as(&["forwarder"])?;
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("its output is piped")?).read_line(&mut line)?;
        Ok(Self { process, address: line.trim().parse().context("the forwarder did not say where")? })
    }

    /// A connection on which a program runs in a shell.
    pub(crate) async fn open(&self, through: Through, shell: &str, text: &str) -> Result<Socket> {
        let mut socket = connect(self.address).await?;
        self.ask(&mut socket, through, shell, text).await?;
        Ok(socket)
    }

    /// Starts a program on a connection that has none.
    pub(crate) async fn ask(
        &self,
        socket: &mut Socket,
        through: Through,
        shell: &str,
        text: &str,
    ) -> Result<()> {
        let through = match through {
            Through::Pipe => "pipe",
            Through::Terminal => "terminal",
        };
        Ok(socket.send(Message::text(format!("{through}\n{shell}\n{text}"))).await?)
    }

    /// Runs a program to its end. Bytes that came.
    pub(crate) async fn run(&self, through: Through, text: &str) -> Result<u64> {
        let mut socket = self.open(through, "sh", text).await?;
        let mut bytes = 0;
        loop {
            match socket.next().await.context("the forwarder closed the connection")?? {
                Message::Binary(piece) => bytes += piece.len() as u64,
                Message::Text(text) if text == END => return Ok(bytes),
                other => bail!("the forwarder sent {other}"),
            }
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is a forwarder until it is killed.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let acceptor = acceptor()?;
        loop {
            let (stream, _) = listener.accept().await?;
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Err(error) = forward(stream, acceptor).await {
                    eprintln!("forwarder: {error:#}");
                }
            });
        }
    })
}

fn acceptor() -> Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn forward(stream: TcpStream, acceptor: TlsAcceptor) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut sending, mut incoming) = accept_async(acceptor.accept(stream).await?).await?.split();
    let Some(Ok(Message::Text(wish))) = incoming.next().await else { return Ok(()) };
    let mut wish = wish.splitn(3, '\n');
    let (through, shell, text) = (wish.next(), wish.next().unwrap_or("sh"), wish.next().unwrap_or_default());
    let mut command = Command::new(shell);
    command.args(["-c", text]);
    let (output, input, mut child) = match through {
        Some("terminal") => {
            let (master, child) = Pty::open()?.start(command)?;
            (master.try_clone()?, Some(master), child)
        }
        _ => {
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
            (OwnedFd::from(child.stdout.take().context("its output is piped")?), None, child)
        }
    };
    let typed = input.map(|input| {
        tokio::spawn(async move {
            let mut input = pipe::Sender::from_owned_fd_unchecked(input)?;
            while let Some(Ok(Message::Binary(bytes))) = incoming.next().await {
                input.write_all(&bytes).await?;
            }
            anyhow::Ok(())
        })
    });
    let mut output = pipe::Receiver::from_owned_fd_unchecked(output)?;
    let mut piece = vec![0; PIECE];
    // A terminal that nobody has open any more is an error to read.
    while let Ok(length @ 1..) = output.read(&mut piece).await {
        if sending.send(Message::binary(piece[..length].to_vec())).await.is_err() {
            let _ = child.kill();
            break;
        }
    }
    child.wait()?;
    let _ = sending.send(Message::text(END)).await;
    if let Some(typed) = typed {
        typed.abort();
    }
    Ok(())
}
