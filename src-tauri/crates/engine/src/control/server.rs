//! The engine's end of the control socket.

use std::fs::{self, Permissions};
use std::future::Future;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::{AUDIT, Answer, LINE_TIME, PEERS, REQUEST, Request, Status, socket_path};
use crate::activity::{ActivitySnapshot, CommandId};
use crate::audit::AuditTrail;
use crate::protocol::{
    ForgetAnswer, ForgetRequest, HistoryAnswer, HistoryRequest, ImportAnswer, ImportRequest, ProtocolError,
};
use crate::store::StoreError;
use crate::token_store::{Token, TokenError};

/// Pause after a failed accept; the usual cause is that descriptors ran out.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// Characters of a command's text that an answer carries.
const COMMAND_SHOWN: usize = 4096;

/// Why the control socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The system refused it.
    #[error("The control socket {path} cannot be made: {source}.")]
    Socket {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is no socket has its name.
    #[error("{path} is in the way of the control socket; remove it.")]
    InTheWay {
        /// Its path.
        path: PathBuf,
    },
}

/// What can be asked of an engine from outside.
pub(crate) trait Controlled: Send + Sync + 'static {
    fn status(&self) -> Status;
    fn token(&self) -> Token;
    fn rotate_token(&self) -> impl Future<Output = Result<Token, TokenError>> + Send;
    fn snapshot(&self) -> ActivitySnapshot;
    fn kill(&self, command: CommandId) -> bool;
    fn kill_everything(&self) -> usize;
    fn disconnect(&self, client: u64) -> bool;
    fn history(
        &self,
        ask: HistoryRequest,
        session: u64,
    ) -> impl Future<Output = Result<HistoryAnswer, ProtocolError>> + Send;
    fn import_history(
        &self,
        ask: ImportRequest,
    ) -> impl Future<Output = Result<ImportAnswer, ProtocolError>> + Send;
    fn forget(&self, ask: ForgetRequest) -> impl Future<Output = Result<ForgetAnswer, ProtocolError>> + Send;
    fn audit(&self, limit: usize) -> impl Future<Output = Result<AuditTrail, StoreError>> + Send;
    /// Has the owner of the engine end it; must not wait for that end.
    fn ask_to_stop(&self);
}

/// Makes the socket in a data folder that this process holds; one that an engine left behind is replaced.
///
/// # Errors
/// The system refuses it (a path of more than about 100 bytes, for example), or something else has its name.
pub(crate) fn listen(data_dir: &Path) -> Result<UnixListener, ControlError> {
    let path = socket_path(data_dir);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if !metadata.file_type().is_socket() => return Err(ControlError::InTheWay { path }),
        _ => {}
    }
    let socket = match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(&path),
    };
    // Until the mode is set, the check of each peer's user keeps others out.
    let socket = socket.and_then(|socket| {
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(socket)
    });
    socket.map_err(|source| ControlError::Socket { path, source })
}

/// Answers on `listener` until `stopping` turns true or the engine is gone, then removes the socket. An answer that is
/// on its way is still given.
pub(crate) fn serve<E: Controlled>(
    listener: UnixListener,
    engine: Weak<E>,
    mut stopping: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let path = listener.local_addr().ok().and_then(|address| address.as_pathname().map(Path::to_owned));
        let places = Arc::new(Semaphore::new(PEERS));
        let mut peers = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stopping) => break,
                Some(_) = peers.join_next() => {}
                accepted = accept(&listener, &places) => match accepted {
                    Ok((stream, place)) => {
                        let (engine, stopping) = (engine.clone(), stopping.clone());
                        peers.spawn(async move {
                            converse(stream, &engine, stopping).await;
                            drop(place);
                        });
                    }
                    Err(error) => {
                        tracing::warn!("The control socket could not accept: {error}");
                        sleep(AFTER_FAILURE).await;
                    }
                },
            }
        }
        drop(listener);
        if let Some(path) = path {
            let _ = fs::remove_file(path);
        }
        while peers.join_next().await.is_some() {}
    })
}

async fn accept(
    listener: &UnixListener,
    places: &Arc<Semaphore>,
) -> io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The engine that sends is gone: that is an end, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Answers one peer until it hangs up, says nothing for a while, or the engine stops.
async fn converse<E: Controlled>(
    mut stream: UnixStream,
    engine: &Weak<E>,
    mut stopping: watch::Receiver<bool>,
) {
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == rustix::process::geteuid().as_raw() => {}
        _ => {
            return tracing::warn!(
                "A process of another user came to the control socket and was turned away."
            );
        }
    }
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(REQUEST);
        let read = tokio::select! {
            read = timeout(LINE_TIME, bounded.read_until(b'\n', &mut line)) => read,
            () = stopped(&mut stopping) => return,
        };
        if !matches!(read, Ok(Ok(1..))) {
            return;
        }
        let whole = line.ends_with(b"\n");
        let answer = if whole {
            answer_line(&line, engine).await
        } else {
            Answer::Error(format!("A request is one line of at most {REQUEST} bytes."))
        };
        let mut text = Zeroizing::new(serde_json::to_vec(&answer).unwrap_or_default());
        text.push(b'\n');
        let given = matches!(timeout(LINE_TIME, writer.write_all(&text)).await, Ok(Ok(())));
        if !(given && whole) {
            return;
        }
    }
}

async fn answer_line<E: Controlled>(line: &[u8], engine: &Weak<E>) -> Answer {
    let Some(engine) = engine.upgrade() else { return Answer::Error("Porthole is about to end.".into()) };
    match serde_json::from_slice(line) {
        Ok(request) => answer(request, &*engine).await,
        Err(error) => Answer::Error(format!("The request cannot be read: {error}.")),
    }
}

async fn answer<E: Controlled>(request: Request, engine: &E) -> Answer {
    match request {
        Request::Status => ok(&engine.status()),
        Request::Token => ok(engine.token().reveal()),
        Request::Rotate => match engine.rotate_token().await {
            Ok(token) => ok(token.reveal()),
            Err(error) => Answer::Error(error.to_string()),
        },
        Request::History { ask, session } => done(&engine.history(ask, session).await),
        Request::ImportHistory { ask } => done(&engine.import_history(ask).await),
        Request::Forget { ask } => done(&engine.forget(ask).await),
        Request::Audit { limit } => match engine.audit(limit.min(AUDIT)).await {
            Ok(trail) => ok(&trail),
            Err(error) => Answer::Error(error.to_string()),
        },
        Request::Sessions => ok(&shortened(engine.snapshot())),
        Request::Kill { id } => ok(&engine.kill(id)),
        Request::KillEverything => ok(&engine.kill_everything()),
        Request::Disconnect { id } => ok(&engine.disconnect(id)),
        Request::Stop => {
            engine.ask_to_stop();
            Answer::Ok(Value::Null)
        }
    }
}

fn done<T: Serialize>(result: &Result<T, ProtocolError>) -> Answer {
    match result {
        Ok(value) => ok(value),
        Err(error) => Answer::Error(error.message.clone()),
    }
}

fn ok<T: Serialize + ?Sized>(value: &T) -> Answer {
    serde_json::to_value(value)
        .map_or_else(|error| Answer::Error(format!("The answer cannot be written: {error}.")), Answer::Ok)
}

fn shortened(mut snapshot: ActivitySnapshot) -> ActivitySnapshot {
    for command in &mut snapshot.commands {
        if let Some((end, _)) = command.command.char_indices().nth(COMMAND_SHOWN) {
            command.command.truncate(end);
            command.command.push('…');
        }
    }
    snapshot
}

#[cfg(test)]
mod tests;
