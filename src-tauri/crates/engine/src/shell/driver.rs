//! A driver: one real interactive shell on a terminal, that takes commands from a FIFO and reports their ends.

use super::descriptor::{self, Watched, fifo, reading_fifo, watch as watch_descriptor};
use super::dialect::{self, Redirections};
use super::pty::{self, Pty, StderrTerminal};
use super::reports::{self, Progress};
use super::running::{Command, Running, StreamKind};
use super::terminals::{Lease, Source};
use super::warden::{Keeper, Program};
use super::{Request, ShellError, ShellKind, Shelter, lock};
use crate::protocol::{Size, Streams};
use rustix::process::Pid;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Time for a shell to read its rc files. One that takes longer is started again without them.
const START: Duration = Duration::from_secs(10);

/// Time for a snapshot to be written or restored.
const SNAPSHOT: Duration = Duration::from_secs(3);

/// One driver shell and all that belongs to it. When the last handle is dropped, its keeper ends what is left.
pub(super) struct Driver {
    kind: ShellKind,
    keeper: Keeper,
    pid: Pid,
    terminal: Arc<Watched>,
    stderr: StderrTerminal,
    commands: Watched,
    folder: PathBuf,
    progress: watch::Receiver<Progress>,
    discarding: Arc<AtomicBool>,
    next_id: AtomicU64,
    /// Held while something is put to the shell; counts the engine's own operations.
    sending: tokio::sync::Mutex<u64>,
    state: Mutex<State>,
}

struct State {
    lease: Option<Arc<Lease>>,
    stderr_is_apart: bool,
    size: Size,
    cwd: PathBuf,
    started: Instant,
    running: u64,
    /// The number of the newest snapshot that was asked for, and whether nothing has happened since.
    snapshot: u64,
    snapshot_is_fresh: bool,
}

impl Driver {
    /// Starts a shell and waits until it has read its rc files; without them if it does not get through.
    pub(super) async fn start(shelter: &Shelter, folder: PathBuf) -> Result<Arc<Self>, ShellError> {
        match Self::try_start(shelter, folder.clone(), false).await {
            Err(ShellError::NotReady) => {
                tracing::warn!("the shell does not get through its rc files; starting it without them");
                let folder = folder.with_extension("plain");
                Self::try_start(shelter, folder, true).await
            }
            result => result,
        }
    }

    async fn try_start(shelter: &Shelter, folder: PathBuf, plain: bool) -> Result<Arc<Self>, ShellError> {
        let configuration = &shelter.configuration;
        let kind = configuration.kind;
        let size = Size::default();
        let (commands, reports) = prepare(kind, &folder, plain).map_err(ShellError::Start)?;
        let pty = Pty::open(size)?;
        let keeper = shelter.warden.keeper().await.map_err(ShellError::Start)?;
        let program = Program {
            path: &configuration.program,
            arguments: &configuration.arguments(&folder, plain),
            environment: &configuration.environment,
            cwd: configuration.home.clone(),
        };
        let slave = pty.slave.as_fd();
        let pid = keeper.spawn(&program, [slave, slave, slave]).await?;
        let (sender, progress) = watch::channel(Progress::default());
        let sender = Arc::new(sender);
        tokio::spawn(reports::read(reports, Arc::clone(&sender)));
        tokio::spawn(watch_for_death(keeper.state(), sender));
        let driver = Self {
            kind,
            keeper,
            pid: Pid::from_raw(pid).ok_or(ShellError::NotReady)?,
            terminal: Arc::new(pty.master),
            stderr: StderrTerminal::open(shelter.private_terminals.as_ref(), &folder, size)
                .map_err(ShellError::Terminal)?,
            commands,
            folder,
            progress,
            discarding: Arc::default(),
            next_id: AtomicU64::new(1),
            sending: tokio::sync::Mutex::new(0),
            state: Mutex::new(State {
                lease: None,
                stderr_is_apart: false,
                size,
                cwd: configuration.home.clone(),
                started: Instant::now(),
                running: 0,
                snapshot: 0,
                snapshot_is_fresh: false,
            }),
        };
        driver.write(&dialect::opening(kind, &driver.folder)).await?;
        driver.wait_until_ready().await?;
        driver.take_snapshot().await;
        let driver = Arc::new(driver);
        if kind == ShellKind::Fish {
            tokio::spawn(leave_prompts(Arc::downgrade(&driver), driver.progress.clone()));
        }
        Ok(driver)
    }

    /// Waits for the first report; what the rc files print is thrown away.
    async fn wait_until_ready(&self) -> Result<(), ShellError> {
        let mut progress = self.progress.clone();
        let ready = async {
            let mut buffer = [0; 4096];
            let mut prompts = 0;
            loop {
                let (over, dead, shown) = {
                    let progress = progress.borrow_and_update();
                    (progress.is_over(0), progress.dead.is_some(), progress.prompts)
                };
                if over {
                    return !dead;
                }
                if shown > prompts {
                    prompts = shown;
                    let _ = descriptor::write_all(&self.terminal, dialect::AT_PROMPT).await;
                }
                tokio::select! {
                    _ = progress.changed() => {}
                    read = descriptor::read(&self.terminal, &mut buffer) => if read.is_err() {
                        return false;
                    },
                }
            }
        };
        match tokio::time::timeout(START, ready).await {
            Ok(true) => {
                let mut buffer = [0; 4096];
                while let Ok(1..) = rustix::io::read(self.terminal.get_ref(), &mut buffer) {}
                Ok(())
            }
            _ => Err(ShellError::NotReady),
        }
    }

    /// Runs a command; the driver must be idle.
    pub(super) async fn run(
        self: &Arc<Self>,
        request: &Request,
        grace: Duration,
    ) -> Result<Running, ShellError> {
        let mut sending = self.sending.lock().await;
        self.snapshot_unless_fresh(&mut sending).await?;
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (lease, redirections, input, operation) = self.connect(id, request)?;
        let written = dialect::command(self.kind, &self.folder, id, &request.text, &redirections);
        if let Some(text) = &written.file {
            std::fs::write(self.folder.join("text"), text).map_err(ShellError::Io)?;
        }
        let mut bytes = operation;
        bytes.extend_from_slice(&written.at_once);
        let since = ticks_since_boot();
        self.write(&bytes).await?;
        if let Some(line) = written.once_begun {
            let driver = Arc::clone(self);
            tokio::spawn(async move {
                let mut progress = driver.progress.clone();
                let begun = |progress: &Progress| {
                    progress.begun.is_some_and(|begun| begun >= id) || progress.dead.is_some()
                };
                if progress.wait_for(begun).await.is_ok() {
                    // A shell that is dead reads nothing; the FIFO goes with it.
                    let _ = driver.write(line).await;
                }
            });
        }
        let paths = [&redirections.stdin, &redirections.stdout, &redirections.stderr];
        let fifos = if request.streams == Streams::Pipes {
            paths.into_iter().flatten().collect()
        } else {
            Vec::new()
        };
        let fifos = fifos.into_iter().map(|path| PathBuf::from(path.trim_matches('\''))).collect();
        let command = Command { driver: Arc::clone(self), id, since, grace, fifos };
        Ok(Running::new(command, lease, input))
    }

    /// Gives the terminals to the command `id`: its lease, where its streams go, and what must run before it.
    #[allow(clippy::type_complexity)]
    fn connect(
        &self,
        id: u64,
        request: &Request,
    ) -> Result<(Arc<Lease>, Redirections, Option<Arc<Watched>>, Vec<u8>), ShellError> {
        let mut sources = vec![Source { stream: StreamKind::Stdout, descriptor: Arc::clone(&self.terminal) }];
        let mut redirections = Redirections::default();
        let mut input = None;
        let mut operation = Vec::new();
        let mut state = lock(&self.state);
        let stderr = &self.stderr;
        sources.push(Source { stream: StreamKind::Stderr, descriptor: Arc::clone(&stderr.reader) });
        match request.streams {
            Streams::Pipes => {
                let pipes = self.pipes(id).map_err(ShellError::Start)?;
                sources.extend(pipes.sources);
                redirections = pipes.redirections;
                input = Some(pipes.input);
            }
            Streams::Split | Streams::Exact => {
                let apart = request.streams == Streams::Split;
                let path = if apart { stderr.path.clone() } else { terminal_path(&self.terminal)? };
                if self.kind == ShellKind::Fish {
                    redirections.stderr = apart.then_some(path);
                } else if apart != state.stderr_is_apart {
                    operation = dialect::operation(self.kind, &dialect::stderr_to(&path), 0);
                }
                state.stderr_is_apart = apart;
            }
        }
        if state.size != request.size {
            self.resize(request.size).map_err(ShellError::Terminal)?;
            state.size = request.size;
        }
        let lease = Arc::new(Lease::new(sources, Arc::clone(&self.discarding)));
        if let Some(former) = state.lease.replace(Arc::clone(&lease)) {
            former.take();
        }
        state.started = Instant::now();
        state.running = id;
        state.snapshot_is_fresh &= dialect::changes_nothing(&request.text);
        Ok((lease, redirections, input, operation))
    }

    fn pipes(&self, id: u64) -> io::Result<Pipes> {
        let path = |name: &str| self.folder.join(format!("{name}-{id}"));
        let (stdin, stdout, stderr) = (path("stdin"), path("stdout"), path("stderr"));
        let quoted = |path: &Path| Some(dialect::quoted(self.kind, &path.to_string_lossy()));
        let redirections =
            Redirections { stdin: quoted(&stdin), stdout: quoted(&stdout), stderr: quoted(&stderr) };
        let input = Arc::new(watch_descriptor(fifo(&stdin)?)?);
        let source = |stream, path: &Path| -> io::Result<Source> {
            let descriptor = reading_fifo(path)?;
            pty::widen(&descriptor);
            Ok(Source { stream, descriptor: Arc::new(watch_descriptor(descriptor)?) })
        };
        let sources = vec![source(StreamKind::Stdout, &stdout)?, source(StreamKind::Stderr, &stderr)?];
        Ok(Pipes { sources, redirections, input })
    }

    /// Takes a snapshot of the session's state, unless the newest one still holds or a command runs.
    pub(super) async fn take_snapshot(&self) {
        let mut sending = self.sending.lock().await;
        if !self.is_busy() {
            // A shell that is gone has a snapshot, or none can be had.
            let _ = self.snapshot_unless_fresh(&mut sending).await;
        }
    }

    async fn snapshot_unless_fresh(&self, operations: &mut u64) -> Result<(), ShellError> {
        let number = {
            let mut state = lock(&self.state);
            if state.snapshot_is_fresh {
                return Ok(());
            }
            state.snapshot_is_fresh = true;
            state.snapshot += 1;
            state.snapshot
        };
        let code = dialect::snapshot(self.kind, &self.snapshot_file(number), number);
        self.operate(operations, &code).await
    }

    /// Has the shell run code of the engine's own. A fish that finds two things in its FIFO loses the second, so it
    /// is waited for there.
    async fn operate(&self, operations: &mut u64, code: &str) -> Result<(), ShellError> {
        *operations += 1;
        let number = *operations;
        self.write(&dialect::operation(self.kind, code, number)).await?;
        if self.kind == ShellKind::Fish {
            let mut progress = self.progress.clone();
            let done = progress.wait_for(|progress| {
                progress.begun.is_some_and(|begun| begun >= number) || progress.dead.is_some()
            });
            let _ = tokio::time::timeout(SNAPSHOT, done).await;
        }
        Ok(())
    }

    /// The file of the newest snapshot, once it is complete; `None` when there is none.
    pub(super) async fn newest_snapshot(&self) -> Option<PathBuf> {
        let asked_for = lock(&self.state).snapshot;
        let mut progress = self.progress.clone();
        let complete = progress.wait_for(|progress| progress.snapshot >= asked_for);
        let _ = tokio::time::timeout(SNAPSHOT, complete).await;
        let number = self.progress.borrow().snapshot;
        for older in number.saturating_sub(3)..number {
            let _ = std::fs::remove_file(self.snapshot_file(older));
        }
        (number > 0).then(|| self.snapshot_file(number))
    }

    fn snapshot_file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("snapshot-{number}"))
    }

    /// Restores a snapshot that another driver took.
    pub(super) async fn restore(&self, snapshot: &Path, cwd: PathBuf) -> Result<(), ShellError> {
        let code = dialect::restore(self.kind, snapshot);
        self.operate(&mut *self.sending.lock().await, &code).await?;
        {
            let mut state = lock(&self.state);
            state.cwd = cwd;
            state.snapshot_is_fresh = false;
        }
        // The snapshot of the restored state proves that the restoring is done, and serves the next sibling.
        self.take_snapshot().await;
        self.newest_snapshot().await;
        Ok(())
    }

    /// Lets the shell end, and leaves its background jobs running.
    pub(super) async fn retire(&self) {
        let mut sending = self.sending.lock().await;
        let _ = self.operate(&mut sending, dialect::leave(self.kind)).await;
    }

    /// Whether a command runs.
    pub(super) fn is_busy(&self) -> bool {
        let running = lock(&self.state).running;
        !self.progress.borrow().is_over(running)
    }

    /// Whether the shell has ended.
    pub(super) fn is_dead(&self) -> bool {
        self.progress.borrow().dead.is_some()
    }

    /// Whether no process of it is left.
    pub(super) fn is_empty(&self) -> bool {
        self.keeper.state().borrow().empty
    }

    /// Waits until no command runs, at most until `time` after the running one was started.
    pub(super) async fn idle_within(&self, time: Duration) {
        let (running, since) = {
            let state = lock(&self.state);
            (state.running, state.started.elapsed())
        };
        let mut progress = self.progress.clone();
        let over = progress.wait_for(|progress| progress.is_over(running));
        let _ = tokio::time::timeout(time.saturating_sub(since), over).await;
    }

    /// Waits until no command runs.
    pub(super) async fn idle(&self) {
        let running = lock(&self.state).running;
        let _ = self.progress.clone().wait_for(|progress| progress.is_over(running)).await;
    }

    /// The shell's working directory.
    pub(super) fn cwd(&self) -> PathBuf {
        let reported = self.progress.borrow().end.clone();
        let mut state = lock(&self.state);
        if let Some(end) = reported.filter(|end| end.id > 0) {
            if end.cwd.first() == Some(&b'/') {
                state.cwd = dialect::path_of(&end.cwd);
            } else if let Ok(path) = std::fs::read_link(format!("/proc/{}/cwd", self.pid.as_raw_nonzero())) {
                state.cwd = path;
            }
        }
        state.cwd.clone()
    }

    pub(super) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    pub(super) fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn terminal(&self) -> &Arc<Watched> {
        &self.terminal
    }

    /// Sets the size of the terminals.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        pty::resize(self.terminal.get_ref(), size)?;
        if self.stderr.is_terminal {
            pty::resize(self.stderr.reader.get_ref(), size)?;
        }
        Ok(())
    }

    async fn write(&self, bytes: &[u8]) -> Result<(), ShellError> {
        let mut progress = self.progress.clone();
        tokio::select! {
            written = descriptor::write_all(&self.commands, bytes) => written.map_err(ShellError::Io),
            _ = progress.wait_for(|progress| progress.dead.is_some()) => Ok(()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Pipes {
    sources: Vec<Source>,
    redirections: Redirections,
    input: Arc<Watched>,
}

/// Makes the driver's folder with its script and its FIFOs.
fn prepare(kind: ShellKind, folder: &Path, plain: bool) -> io::Result<(Watched, Watched)> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder)?;
    std::fs::write(folder.join("driver"), dialect::script(kind, folder, plain))?;
    let commands = watch_descriptor(fifo(&folder.join("commands"))?)?;
    let reports = watch_descriptor(fifo(&folder.join("reports"))?)?;
    Ok((commands, reports))
}

fn terminal_path(terminal: &Watched) -> Result<String, ShellError> {
    let name = rustix::pty::ptsname(terminal.get_ref(), Vec::new())
        .map_err(|error| ShellError::Terminal(error.into()))?;
    Ok(name.to_string_lossy().into_owned())
}

async fn watch_for_death(
    mut keeper: watch::Receiver<super::warden::KeeperState>,
    progress: Arc<watch::Sender<Progress>>,
) {
    let ended = keeper.wait_for(|state| state.ended.is_some()).await.map(|state| state.ended);
    let status = ended.ok().flatten().unwrap_or(libc::SIGKILL);
    progress.send_modify(|progress| progress.dead = Some(status));
}

/// Begins the shell's loop again whenever it shows a prompt; what it draws is thrown away.
async fn leave_prompts(driver: std::sync::Weak<Driver>, mut progress: watch::Receiver<Progress>) {
    let mut seen = progress.borrow().prompts;
    loop {
        let wanted = progress.wait_for(|progress| progress.prompts > seen || progress.dead.is_some());
        let Ok((prompts, ends, dead)) = wanted
            .await
            .map(|progress| (progress.prompts, progress.end.as_ref().map(|end| end.id), progress.dead))
        else {
            return;
        };
        if dead.is_some() {
            return;
        }
        seen = prompts;
        let Some(driver) = driver.upgrade() else { return };
        driver.discarding.store(true, Ordering::Release);
        let _ = descriptor::write_all(&driver.terminal, dialect::AT_PROMPT).await;
        let back = progress
            .wait_for(|progress| progress.end.as_ref().map(|end| end.id) > ends || progress.dead.is_some());
        let _ = tokio::time::timeout(Duration::from_secs(1), back).await;
        let mut buffer = [0; 4096];
        while let Ok(1..) = rustix::io::read(driver.terminal.get_ref(), &mut buffer) {}
        driver.discarding.store(false, Ordering::Release);
    }
}

/// Now, in the unit in which the kernel tells a process's start.
fn ticks_since_boot() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let hertz = rustix::param::clock_ticks_per_second();
        let nanoseconds = now.tv_nsec.unsigned_abs() * hertz / 1_000_000_000;
        now.tv_sec.unsigned_abs() * hertz + nanoseconds
    }
    #[cfg(not(target_os = "linux"))]
    {
        0
    }
}
