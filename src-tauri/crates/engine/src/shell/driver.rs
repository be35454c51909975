//! A driver: one real interactive shell on a terminal, that takes commands from a FIFO and reports their ends.

use super::asking::Asking;
use super::attending::Attended;
use super::descriptor::{self, Watched, fifo, watch as watch_descriptor};
use super::dialect;
#[cfg(target_os = "linux")]
use super::processes::Children;
use super::processes::{self, Owners};
use super::progress::Progress;
use super::prompts::leave_prompts;
use super::pty::{self, Pty, StderrTerminal};
use super::reports;
use super::snapshots::Keeping;
use super::terminals::Lease;
use super::warden::{Keeper, Program};
use super::witness::Witness;
use super::{Folder, ShellError, ShellKind, Shelter, lock};
use crate::protocol::Size;
use rustix::process::Pid;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Time for a shell to read its rc files. One that takes longer is started again without them.
const START: Duration = Duration::from_secs(10);

/// The file of its folder into which a shell writes its state.
const STATE: &str = "state";

static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);

/// One driver shell and all that belongs to it. When the last handle is dropped, its keeper ends what is left.
pub(super) struct Driver {
    pub(super) kind: ShellKind,
    /// Unlike that of any other driver of this process.
    pub(super) number: u64,
    /// The user's home as it was when the shell was started.
    pub(super) home: Folder,
    keeper: Keeper,
    pid: Pid,
    /// Those of the keeper and of the shell.
    #[cfg(target_os = "linux")]
    pub(super) children: [Children; 2],
    pub(super) terminal: Arc<Watched>,
    pub(super) stderr: StderrTerminal,
    commands: Arc<Watched>,
    pub(super) asking: Arc<Asking>,
    pub(super) attended: Attended,
    /// Lets a fish draw a prompt.
    pub(super) prompts: Watched,
    /// What a bash takes its commands from.
    file: std::fs::File,
    pub(super) folder: PathBuf,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) discarding: Arc<AtomicBool>,
    pub(super) next_id: AtomicU64,
    /// Held while something is put to the shell; counts the engine's own operations.
    pub(super) sending: tokio::sync::Mutex<u64>,
    pub(super) state: Mutex<State>,
    pub(super) keeping: Mutex<Keeping>,
    pub(super) owners: Mutex<Owners>,
}

/// What a driver's commands change.
pub(super) struct State {
    pub(super) lease: Option<Arc<Lease>>,
    pub(super) stderr_is_apart: bool,
    pub(super) size: Size,
    pub(super) cwd: PathBuf,
    pub(super) started: Instant,
    pub(super) running: u64,
    /// That of the running command.
    pub(super) witness: Arc<Witness>,
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
        let home = Folder::at(&configuration.home);
        let (commands, reports, prompts, file) = prepare(kind, &folder, plain).map_err(ShellError::Start)?;
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
        let place = (folder.join(STATE), configuration.limits.shell_state);
        let commands = Arc::new(commands);
        let asking = Arc::new(Asking::new(kind, Arc::clone(&commands)));
        tokio::spawn(reports::read(reports, place, keeper.state(), sender, asking.asker()));
        let driver = Self {
            #[cfg(target_os = "linux")]
            children: [keeper.pid(), pid].map(Children::of),
            kind,
            number: LAST_NUMBER.fetch_add(1, Ordering::Relaxed) + 1,
            home,
            keeper,
            pid: Pid::from_raw(pid).ok_or(ShellError::NotReady)?,
            terminal: Arc::new(pty.master),
            stderr: StderrTerminal::open(shelter.private_terminals.as_ref(), &folder, size)
                .map_err(ShellError::Terminal)?,
            commands,
            asking,
            attended: Attended::default(),
            prompts,
            file,
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
                witness: Arc::default(),
            }),
            keeping: Mutex::default(),
            owners: Mutex::default(),
        };
        let ready = async {
            driver.write(&dialect::opening(kind, &driver.folder)).await?;
            driver.wait_until_ready().await
        };
        let mut stopping = shelter.stopping.subscribe();
        let ready = tokio::select! {
            ready = ready => ready,
            _ = stopping.wait_for(|stopping| *stopping) => Err(ShellError::Stopped),
        };
        if let Err(error) = ready {
            // What its rc files started may hold locks: it has the time to give them back.
            driver.keeper.stop(configuration.limits.kill_grace).await;
            return Err(error);
        }
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
                    self.answer_prompt().await;
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
            } else if let Some(path) = processes::cwd_of(self.pid) {
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

    /// Sets the size of the terminals, unless it is theirs already.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        let mut state = lock(&self.state);
        if state.size == size {
            return Ok(());
        }
        pty::resize(self.terminal.get_ref(), size)?;
        if self.stderr.is_terminal {
            pty::resize(self.stderr.reader.get_ref(), size)?;
        }
        state.size = size;
        Ok(())
    }

    /// Puts something to the shell, which has taken what was put to it before.
    pub(super) async fn put(&self, written: &dialect::Written) -> Result<(), ShellError> {
        if let Some(bytes) = &written.file {
            // What is longer from before stays behind it, where nobody reads.
            self.file.write_all_at(bytes, 0).map_err(ShellError::Io)?;
        }
        self.write(&written.at_once).await
    }

    /// Writes to the shell's FIFO; a shell that is gone takes nothing.
    pub(super) async fn write(&self, bytes: &[u8]) -> Result<(), ShellError> {
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

/// Makes the driver's folder with its script and its FIFOs.
fn prepare(
    kind: ShellKind,
    folder: &Path,
    plain: bool,
) -> io::Result<(Watched, Watched, Watched, std::fs::File)> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new().mode(0o700).create(folder)?;
    std::fs::write(folder.join("driver"), dialect::script(kind, folder, plain))?;
    let commands = watch_descriptor(fifo(&folder.join("commands"))?)?;
    let reports = watch_descriptor(fifo(&folder.join("reports"))?)?;
    let prompts = watch_descriptor(fifo(&folder.join("prompts"))?)?;
    let create = |name: &str| {
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name))
    };
    // The user's umask may let nobody write to what a shell creates.
    [STATE, "traps"].into_iter().try_for_each(|name| create(name).map(drop))?;
    let file = create("command")?;
    Ok((commands, reports, prompts, file))
}
