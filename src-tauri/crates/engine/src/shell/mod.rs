//! Shell: the user's own shell, with its terminals, signals and state, behind one interface for every system.

mod account;
mod descriptor;
mod environment;
mod error;
mod pty;
mod running;
mod spawn;

pub use error::ShellError;
pub use running::{Control, Ending, Event, Running, StreamKind};

use crate::Limits;
use crate::protocol::{Size, Streams};
use account::Account;
use spawn::Program;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

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

struct Configuration {
    program: PathBuf,
    kind: ShellKind,
    home: PathBuf,
    environment: Vec<(OsString, OsString)>,
    limits: Limits,
}

/// The shells of one engine.
pub struct Shells {
    configuration: Arc<Configuration>,
    sessions: Mutex<Vec<Weak<SessionState>>>,
}

impl Shells {
    /// Finds the user's shell: `program`, or else the login shell of the account. `runtime_dir` is a folder of the
    /// engine's own with mode 0700.
    ///
    /// # Errors
    /// [`ShellError`] when the shell or the home is missing or cannot be used.
    pub async fn start(
        program: Option<PathBuf>,
        _runtime_dir: &Path,
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
        Ok(Self { configuration: Arc::new(configuration), sessions: Mutex::default() })
    }

    /// A session of its own, at home.
    ///
    /// # Errors
    /// [`ShellError::Start`] when the system starts no shell.
    pub async fn session(&self) -> Result<SessionShell, ShellError> {
        let state = Arc::new(SessionState {
            configuration: Arc::clone(&self.configuration),
            cwd: Mutex::new(self.configuration.home.clone()),
            commands: Mutex::default(),
        });
        let mut sessions = lock(&self.sessions);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(&state));
        Ok(SessionShell(state))
    }

    /// Ends every session; no process of them is left.
    pub async fn stop(&self) {
        let sessions = std::mem::take(&mut *lock(&self.sessions));
        for session in sessions.iter().filter_map(Weak::upgrade) {
            session.stop().await;
        }
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

struct SessionState {
    configuration: Arc<Configuration>,
    cwd: Mutex<PathBuf>,
    commands: Mutex<Vec<Control>>,
}

/// The shell of one session.
pub struct SessionShell(Arc<SessionState>);

impl SessionShell {
    /// The shell's language.
    pub fn kind(&self) -> ShellKind {
        self.0.configuration.kind
    }

    /// The shell's file.
    pub fn program(&self) -> &Path {
        &self.0.configuration.program
    }

    /// The working directory in which the next command starts.
    pub fn cwd(&self) -> PathBuf {
        lock(&self.0.cwd).clone()
    }

    /// Starts a command.
    ///
    /// # Errors
    /// [`ShellError`] when the request is not valid or the system starts nothing.
    pub async fn run(&self, request: Request) -> Result<Running, ShellError> {
        self.0.clone().run(request)
    }

    /// Ends the session: TERM to everything in it, KILL after the grace.
    pub async fn stop(&self) {
        self.0.stop().await;
    }
}

impl SessionState {
    fn run(self: Arc<Self>, request: Request) -> Result<Running, ShellError> {
        let maximum = self.configuration.limits.terminal_size;
        let Size { cols, rows } = request.size;
        if !(1..=maximum).contains(&cols) || !(1..=maximum).contains(&rows) {
            return Err(ShellError::Size { cols, rows, maximum });
        }
        if request.text.contains('\0') {
            return Err(ShellError::Nul);
        }
        let arguments = self.arguments(&request.text);
        let program = Program {
            path: &self.configuration.program,
            arguments: &arguments,
            environment: &self.configuration.environment,
            cwd: lock(&self.cwd).clone(),
            streams: request.streams,
            size: request.size,
        };
        let state = Arc::downgrade(&self);
        let spawned = spawn::spawn(program, move |cwd| {
            if let Some(state) = state.upgrade() {
                *lock(&state.cwd) = cwd.to_owned();
            }
        })?;
        let running = Running::new(spawned, self.configuration.limits.kill_grace);
        let mut commands = lock(&self.commands);
        commands.retain(|command| !command.has_ended());
        commands.push(running.control());
        Ok(running)
    }

    fn arguments(&self, text: &str) -> [OsString; 5] {
        let report = spawn::REPORT;
        let script = match self.configuration.kind {
            ShellKind::Fish => {
                format!("function __porthole_end --on-event fish_exit; pwd -P >&{report}; end; eval $argv[2]")
            }
            _ => format!("trap 'pwd -P >&{report}' EXIT; eval \"$1\""),
        };
        ["-l", "-c", &script, "porthole", text].map(OsString::from)
    }

    async fn stop(&self) {
        let commands = std::mem::take(&mut *lock(&self.commands));
        for command in &commands {
            command.kill();
        }
        for command in &commands {
            command.ended().await;
        }
    }
}

/// Locks a mutex whose data are whole at every moment, so that a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
