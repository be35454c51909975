//! The warden as the engine sees it: one helper process, and a keeper of its for every shell.

use super::ShellError;
use super::descriptor::{SILENT, Watched, read, watch as watch_descriptor};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage};
use std::ffi::OsString;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// The helper program, built by build.rs.
const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/warden"));

/// Bytes of one event: its kind and two numbers.
const EVENT: usize = 9;

/// How often a file that somebody still has open for writing is executed again.
const BUSY_TRIES: usize = 100;

/// Time for the helper to end, which kills what does not heed it after one second.
const LAST_WAIT: Duration = Duration::from_secs(3);

/// The helper process. When it is dropped, or the engine ends in any way, every process below it is killed.
pub(super) struct Warden {
    socket: Arc<Watched>,
    /// Requests of several tasks go out whole.
    sending: tokio::sync::Mutex<()>,
    has_ended: watch::Receiver<bool>,
}

impl Warden {
    /// Starts the helper. Its file is put into `folder`, which is private.
    pub(super) fn start(folder: &Path) -> io::Result<Self> {
        let (own, theirs) = UnixStream::pair()?;
        let path = folder.join("warden");
        write_program(&path)?;
        let mut command = Command::new(&path);
        command.arg0("porthole-warden").env_clear().current_dir("/").stdin(OwnedFd::from(theirs));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut tries = 0;
        let child = loop {
            match command.spawn() {
                // Another thread forked while the file was open for writing, and its child has not executed yet.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(10));
                }
                spawned => break spawned?,
            }
        };
        // It holds the other end of the socket.
        drop(command);
        let socket = Arc::new(watch_descriptor(own.into())?);
        let (ended, has_ended) = watch::channel(false);
        tokio::spawn(watch_over(child, Arc::clone(&socket), ended));
        Ok(Self { socket, sending: tokio::sync::Mutex::new(()), has_ended })
    }

    /// Ends the helper, and waits until it is gone: what it runs from takes room on the disk until then.
    pub(super) async fn stop(&self) {
        let _ = rustix::net::shutdown(self.socket.get_ref(), rustix::net::Shutdown::Both);
        let mut has_ended = self.has_ended.clone();
        let _ = tokio::time::timeout(LAST_WAIT, has_ended.wait_for(|ended| *ended)).await;
    }

    /// A new keeper.
    pub(super) async fn keeper(&self) -> io::Result<Keeper> {
        let (own, theirs) = UnixStream::pair()?;
        {
            let _whole = self.sending.lock().await;
            send(&self.socket, b'k', &[], &[theirs.as_fd()]).await?;
        }
        let socket = Arc::new(watch_descriptor(own.into())?);
        let (events, spawned) = mpsc::channel(4);
        let (answers, done) = mpsc::channel(4);
        let (states, state) = watch::channel(KeeperState::default());
        tokio::spawn(read_events(Arc::clone(&socket), events, answers, states));
        Ok(Keeper {
            socket,
            spawned: tokio::sync::Mutex::new(spawned),
            done: tokio::sync::Mutex::new(done),
            state,
        })
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        // The reading task holds the socket too; a shutdown reaches the helper at once.
        let _ = rustix::net::shutdown(self.socket.get_ref(), rustix::net::Shutdown::Both);
    }
}

/// Writes the helper's file: executable, for the user alone.
fn write_program(path: &Path) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let partial = path.with_extension("new");
    let _ = std::fs::remove_file(&partial);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&partial)?;
    file.write_all(PROGRAM)?;
    drop(file);
    std::fs::rename(partial, path)
}

/// Takes what the helper tells, which nobody needs, until it ends; then reaps it.
async fn watch_over(mut child: Child, socket: Arc<Watched>, ended: watch::Sender<bool>) {
    let mut buffer = [0; 16 * EVENT];
    while let Ok(1..) = read(&socket, &mut buffer).await {}
    // It is ending: nothing keeps it after its socket closed but the processes that it kills.
    let _ = tokio::task::spawn_blocking(move || child.wait()).await;
    ended.send_replace(true);
}

/// What is known of a keeper's shell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct KeeperState {
    /// The wait status of the shell, once it ended.
    pub(super) ended: Option<i32>,
    /// The keeper's own process id, once its shell was started.
    pub(super) pid: i32,
    /// No process is left below the keeper.
    pub(super) empty: bool,
}

/// What to start.
pub(super) struct Program<'a> {
    pub(super) path: &'a Path,
    pub(super) arguments: &'a [OsString],
    pub(super) environment: &'a [(OsString, OsString)],
    pub(super) cwd: PathBuf,
}

/// The parent of one shell, and of all that the shell leaves behind.
pub(super) struct Keeper {
    socket: Arc<Watched>,
    spawned: tokio::sync::Mutex<mpsc::Receiver<Result<i32, i32>>>,
    done: tokio::sync::Mutex<mpsc::Receiver<i32>>,
    state: watch::Receiver<KeeperState>,
}

impl Keeper {
    /// Starts the shell, in a session of its own; a terminal on stdin becomes its controlling terminal.
    pub(super) async fn spawn(
        &self,
        program: &Program<'_>,
        streams: [BorrowedFd<'_>; 3],
    ) -> Result<i32, ShellError> {
        let mut spawned = self.spawned.lock().await;
        send(&self.socket, b's', &payload(program), &streams).await.map_err(ShellError::Start)?;
        match spawned.recv().await {
            Some(Ok(pid)) => Ok(pid),
            Some(Err(error)) => Err(ShellError::Start(io::Error::from_raw_os_error(error))),
            None => Err(ShellError::Stopped),
        }
    }

    /// Ends everything: TERM, then KILL after the grace. Returns when no process is left.
    pub(super) async fn stop(&self, grace: Duration) {
        let milliseconds = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let _ = self.ask(b'q', &milliseconds.to_le_bytes()).await;
        // It has nothing left to keep.
        let _ = rustix::net::shutdown(self.socket.get_ref(), rustix::net::Shutdown::Both);
    }

    /// Its own process id, above everything that the shell started; 0 before the shell was.
    pub(super) fn pid(&self) -> i32 {
        self.state.borrow().pid
    }

    /// What is known of the shell, and its changes.
    pub(super) fn state(&self) -> watch::Receiver<KeeperState> {
        self.state.clone()
    }

    async fn ask(&self, kind: u8, payload: &[u8]) -> Option<i32> {
        let mut done = self.done.lock().await;
        send(&self.socket, kind, payload, &[]).await.ok()?;
        done.recv().await
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = rustix::net::shutdown(self.socket.get_ref(), rustix::net::Shutdown::Both);
    }
}

/// A spawn request's payload, as `warden/src/spawn.rs` reads it.
fn payload(program: &Program<'_>) -> Vec<u8> {
    let mut payload = Vec::with_capacity(8 << 10);
    let string = |payload: &mut Vec<u8>, parts: &[&[u8]]| {
        parts.iter().for_each(|part| payload.extend_from_slice(part));
        payload.push(0);
    };
    string(&mut payload, &[program.cwd.as_os_str().as_bytes()]);
    string(&mut payload, &[program.path.as_os_str().as_bytes()]);
    payload.extend_from_slice(&(program.arguments.len() as u64).to_le_bytes());
    for argument in program.arguments {
        string(&mut payload, &[argument.as_bytes()]);
    }
    payload.extend_from_slice(&(program.environment.len() as u64).to_le_bytes());
    for (name, value) in program.environment {
        string(&mut payload, &[name.as_bytes(), b"=", value.as_bytes()]);
    }
    payload
}

async fn send(socket: &Watched, kind: u8, payload: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut frame = vec![kind];
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(payload);
    let mut sent = 0;
    while sent < frame.len() {
        let mut guard = socket.writable().await?;
        let written = guard.try_io(|socket| {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            // The descriptors go with the first byte.
            if sent == 0 && !descriptors.is_empty() {
                control.push(SendAncillaryMessage::ScmRights(descriptors));
            }
            let part = [IoSlice::new(&frame[sent..])];
            Ok(rustix::net::sendmsg(socket.get_ref(), &part, &mut control, SILENT)?)
        });
        match written {
            Ok(count) => sent += count?,
            Err(_would_block) => {}
        }
    }
    Ok(())
}

/// Sorts a keeper's events until it is gone.
async fn read_events(
    socket: Arc<Watched>,
    spawned: mpsc::Sender<Result<i32, i32>>,
    done: mpsc::Sender<i32>,
    state: watch::Sender<KeeperState>,
) {
    let mut buffer = [0; 64 * EVENT];
    let mut filled = 0;
    let mut shell = None;
    while let Ok(count @ 1..) = read(&socket, &mut buffer[filled..]).await {
        filled += count;
        let whole = filled - filled % EVENT;
        for event in buffer[..whole].chunks_exact(EVENT) {
            let number = |at: usize| {
                let bytes = [event[at], event[at + 1], event[at + 2], event[at + 3]];
                i32::from_le_bytes(bytes)
            };
            match event[0] {
                b'S' => {
                    shell = Some(number(1));
                    state.send_modify(|state| state.pid = number(5));
                    let _ = spawned.try_send(Ok(number(1)));
                }
                b'F' => {
                    let _ = spawned.try_send(Err(number(1)));
                }
                b'E' if shell == Some(number(1)) => {
                    state.send_modify(|state| state.ended = Some(number(5)));
                }
                b'0' => state.send_modify(|state| state.empty = true),
                b'D' => {
                    let _ = done.try_send(number(1));
                }
                _ => {}
            }
        }
        buffer.copy_within(whole..filled, 0);
        filled -= whole;
    }
    // A keeper that is gone leaves no shell behind.
    state.send_modify(|state| {
        state.ended.get_or_insert(libc::SIGKILL);
        state.empty = true;
    });
}
