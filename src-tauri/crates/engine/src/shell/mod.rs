//! Shell: the user's own shell, with its terminals, signals and state, behind one interface for every system.

mod account;
mod asking;
mod attending;
mod awaiting;
mod commands;
mod completer;
mod defining;
mod descriptor;
mod dialect;
mod driver;
mod environment;
mod error;
mod event;
mod killing;
mod levers;
mod private_terminals;
mod process_end;
mod processes;
mod progress;
mod prompts;
mod pty;
mod reports;
mod restoring;
mod running;
mod saved;
mod session;
mod snapshots;
mod terminals;
mod warden;
mod witness;

pub use awaiting::Awaited;
pub(crate) use completer::Question;
pub(crate) use descriptor::{SILENT, make_fifo};
pub(crate) use dialect::quoted;
pub use error::ShellError;
pub use event::{Ending, Event, StreamKind};
pub use levers::Control;
pub(crate) use process_end::ProcessEnd;
pub use processes::{Owner, Process, ProcessState};
pub(crate) use pty::widen;
pub use running::Running;
pub use session::SessionShell;

use crate::Limits;
use crate::protocol::{Size, Streams};
use account::Account;
use driver::Driver;
use session::Session;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use warden::Warden;

/// For so long a shell that was just asked for has the processors to itself, before the next one is warmed up.
const REST: Duration = Duration::from_millis(30);

/// The language of a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellKind {
    /// GNU bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// Any other shell that reads the POSIX language.
    Posix,
}

impl ShellKind {
    /// Tells the language from the file's name.
    pub fn of(program: &Path) -> Self {
        match program.file_name().and_then(|name| name.to_str()) {
            Some("bash") => Self::Bash,
            Some("zsh") => Self::Zsh,
            Some("fish") => Self::Fish,
            _ => Self::Posix,
        }
    }
}

/// A command for a shell.
#[derive(Debug, Clone)]
pub struct Request {
    /// The text, as typed.
    pub text: String,
    /// How its streams are carried.
    pub streams: Streams,
    /// The terminal's size at the start.
    pub size: Size,
}

/// What every shell of an engine starts with.
struct Configuration {
    program: PathBuf,
    kind: ShellKind,
    home: PathBuf,
    environment: Vec<(OsString, OsString)>,
    limits: Limits,
}

impl Configuration {
    /// The command line of a driver.
    fn arguments(&self, folder: &Path, plain: bool) -> Vec<OsString> {
        let mut arguments = vec![self.program.clone().into_os_string()];
        arguments.extend(dialect::arguments(self.kind, folder, plain));
        arguments
    }
}

/// What tells a folder from one that takes its place later; nothing where there is none.
#[derive(PartialEq, Eq)]
struct Folder(Option<(u64, u64, Option<SystemTime>)>);

impl Folder {
    fn at(path: &Path) -> Self {
        let found = std::fs::metadata(path).ok();
        // The number of a folder that is gone is given to the next one; its age is not, where the disk knows it.
        Self(found.map(|found| (found.dev(), found.ino(), found.created().ok())))
    }
}

/// Where drivers come from.
struct Shelter {
    configuration: Configuration,
    warden: Warden,
    private_terminals: Option<OwnedFd>,
    runtime_dir: PathBuf,
    next_folder: AtomicU64,
    /// Set once every shell is to end, also one that is starting.
    stopping: watch::Sender<bool>,
    /// A driver that has read its rc files already.
    warm: tokio::sync::Mutex<Option<Arc<Driver>>>,
}

impl Shelter {
    /// The warm driver if there is one; another is warmed up meanwhile.
    async fn driver(self: &Arc<Self>) -> Result<Arc<Driver>, ShellError> {
        let home = Folder::at(&self.configuration.home);
        // One that was warmed up where another folder was, or none, has read no rc files of this one.
        let is_usable = |driver: &Arc<Driver>| !driver.is_dead() && driver.home == home;
        let warm = self.warm.lock().await.take().filter(is_usable);
        let driver = match warm {
            Some(driver) => driver,
            None => self.start_driver().await?,
        };
        self.warm_up(REST);
        Ok(driver)
    }

    /// Starts a driver for the next session, after a while.
    fn warm_up(self: &Arc<Self>, after: Duration) {
        let shelter = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let Some(shelter) = shelter.upgrade() else { return };
            let mut warm = shelter.warm.lock().await;
            if warm.is_none() {
                *warm = shelter.start_driver().await.ok();
            }
        });
    }

    async fn start_driver(&self) -> Result<Arc<Driver>, ShellError> {
        let number = self.next_folder.fetch_add(1, Ordering::Relaxed);
        let folder = self.runtime_dir.join(format!("shell-{number}"));
        Driver::start(self, folder).await
    }
}

/// The shells of one engine.
pub struct Shells {
    shelter: Arc<Shelter>,
    sessions: Mutex<Vec<Weak<Session>>>,
}

impl Shells {
    /// Finds the user's shell: `program`, or else the login shell of the account. `runtime_dir` is a folder of the
    /// engine's own with mode 0700.
    ///
    /// # Errors
    /// [`ShellError`] when the shell or the home is missing or cannot be used.
    pub async fn start(
        program: Option<PathBuf>,
        runtime_dir: &Path,
        limits: &Limits,
    ) -> Result<Self, ShellError> {
        let account = Account::of_this_process()?;
        let program = program.unwrap_or_else(|| account.shell.clone());
        check(&program, &account.home)?;
        let configuration = Configuration {
            kind: ShellKind::of(&program),
            environment: environment::of_a_login(&account, &program),
            home: account.home,
            program,
            limits: limits.clone(),
        };
        let runtime_dir = runtime_dir.canonicalize().map_err(ShellError::Start)?;
        let warden = Warden::start(&runtime_dir).map_err(ShellError::Start)?;
        let private_terminals = private_terminals::open(&runtime_dir).await;
        let shelter = Arc::new(Shelter {
            configuration,
            warden,
            private_terminals,
            runtime_dir,
            next_folder: AtomicU64::new(1),
            stopping: watch::Sender::new(false),
            warm: tokio::sync::Mutex::default(),
        });
        shelter.warm_up(Duration::ZERO);
        Ok(Self { shelter, sessions: Mutex::default() })
    }

    /// The language of the user's shell.
    pub fn kind(&self) -> ShellKind {
        self.shelter.configuration.kind
    }

    /// Where sessions begin.
    pub fn home(&self) -> &Path {
        &self.shelter.configuration.home
    }

    /// A session of its own, at home; its shell was warmed up before.
    ///
    /// # Errors
    /// [`ShellError`] when the system starts no shell, or the shell does not get ready.
    pub async fn session(&self) -> Result<SessionShell, ShellError> {
        // Either may have gone since the warm shell was started, and where it had to begin elsewhere nobody was told.
        check(&self.shelter.configuration.program, &self.shelter.configuration.home)?;
        let driver = self.shelter.driver().await?;
        let session = Session::new(Arc::clone(&self.shelter), driver);
        let mut sessions = lock(&self.sessions);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(&session));
        Ok(SessionShell(session))
    }

    /// Ends every session; no process of them is left. None can be started any more.
    pub async fn stop(&self) {
        self.shelter.stopping.send_replace(true);
        let sessions = std::mem::take(&mut *lock(&self.sessions));
        let sessions: Vec<_> = sessions.iter().filter_map(Weak::upgrade).collect();
        futures_util::future::join_all(sessions.iter().map(|session| session.stop())).await;
        if let Some(warm) = self.shelter.warm.lock().await.take() {
            warm.keeper().stop(self.shelter.configuration.limits.kill_grace).await;
        }
        self.shelter.warden.stop().await;
    }
}

fn check(program: &Path, home: &Path) -> Result<(), ShellError> {
    if !program.exists() {
        return Err(ShellError::Missing(program.to_owned()));
    }
    let executable = rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok();
    if !program.is_file() || !executable {
        return Err(ShellError::NotExecutable(program.to_owned()));
    }
    if !home.is_dir() {
        return Err(ShellError::HomeMissing(home.to_owned()));
    }
    Ok(())
}

/// Locks a mutex whose data are whole at every moment, so that a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
