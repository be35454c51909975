//! The shell of a session: the current driver, siblings for commands that come meanwhile, the state they share.

use super::attending::attend;
use super::completer::Completing;
use super::driver::Driver;
use super::processes::Process;
use super::{Request, Running, ShellError, ShellKind, Shelter, lock};
use crate::protocol::Size;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A command that comes while another runs waits this long, counted from the start of that one, before it gets a
/// sibling: so `cd` and what follows at once still go one after the other in one shell.
const PATIENCE: Duration = Duration::from_millis(30);

/// The shell of one session.
pub struct SessionShell(pub(super) Arc<Session>);

impl SessionShell {
    /// The shell's language.
    pub fn kind(&self) -> ShellKind {
        self.0.shelter.configuration.kind
    }

    /// The shell's file.
    pub fn program(&self) -> &Path {
        &self.0.shelter.configuration.program
    }

    /// The working directory in which the next command starts.
    pub fn cwd(&self) -> PathBuf {
        lock(&self.0.drivers).current.cwd()
    }

    /// Starts a command: in the session's shell, or in a sibling with the same state while that one is busy. The
    /// sibling is the session's shell from then on.
    ///
    /// # Errors
    /// [`ShellError`] when the request is not valid or the system starts nothing.
    pub async fn run(&self, request: Request) -> Result<Running, ShellError> {
        self.0.run(request).await
    }

    /// What runs below the session's shells. Reads many small files; `line` bytes of each command line.
    pub fn processes(&self, line: usize) -> Vec<Process> {
        self.0.drivers().iter().flat_map(|driver| driver.processes(line)).collect()
    }

    /// Sends a signal to one process below the session's shells: the one of that id, which was started then where that
    /// is given. Reads many small files.
    ///
    /// # Errors
    /// [`ShellError::NoProcess`] where there is none, [`ShellError::Process`] where the system refuses.
    pub fn signal_process(&self, pid: i32, started: Option<u64>, number: i32) -> Result<(), ShellError> {
        let drivers = self.0.drivers();
        let sent = drivers.iter().find_map(|driver| driver.signal_process(pid, started, number));
        sent.unwrap_or(Err(ShellError::NoProcess(pid)))
    }

    /// Ends the session: TERM to everything in it, KILL after the grace. Returns when no process of it is left.
    pub async fn stop(&self) {
        self.0.stop().await;
    }
}

pub(super) struct Session {
    pub(super) shelter: Arc<Shelter>,
    drivers: Mutex<Drivers>,
    /// Completions are asked for one after the other.
    pub(super) completing: tokio::sync::Mutex<Completing>,
    /// Commands start one after the other.
    starting: tokio::sync::Mutex<()>,
}

struct Drivers {
    current: Arc<Driver>,
    /// Former ones, with whatever still runs below them.
    former: Vec<Arc<Driver>>,
    /// The one that stands by for completions, if any does.
    completer: Option<Arc<Driver>>,
    is_stopped: bool,
}

impl Session {
    pub(super) fn new(shelter: Arc<Shelter>, current: Arc<Driver>) -> Arc<Self> {
        let drivers = Drivers { current, former: Vec::new(), completer: None, is_stopped: false };
        let session = Arc::new(Self {
            shelter,
            drivers: Mutex::new(drivers),
            completing: tokio::sync::Mutex::default(),
            starting: tokio::sync::Mutex::new(()),
        });
        attend(Arc::downgrade(&session), &lock(&session.drivers).current);
        session
    }

    async fn run(self: &Arc<Self>, request: Request) -> Result<Running, ShellError> {
        let limits = &self.shelter.configuration.limits;
        let maximum = limits.terminal_size;
        let Size { cols, rows } = request.size;
        if !(1..=maximum).contains(&cols) || !(1..=maximum).contains(&rows) {
            return Err(ShellError::Size { cols, rows, maximum });
        }
        if request.text.contains('\0') {
            return Err(ShellError::Nul);
        }
        let _one_by_one = self.starting.lock().await;
        let mut driver = self.current()?;
        if !driver.is_dead() {
            driver.idle_within(PATIENCE).await;
        }
        if driver.is_dead() || driver.is_busy() {
            driver = self.replace(driver).await?;
        }
        driver.run(&request, limits.kill_grace).await
    }

    fn drivers(&self) -> Vec<Arc<Driver>> {
        let drivers = lock(&self.drivers);
        drivers.former.iter().chain([&drivers.current]).cloned().collect()
    }

    pub(super) fn current(&self) -> Result<Arc<Driver>, ShellError> {
        let drivers = lock(&self.drivers);
        if drivers.is_stopped { Err(ShellError::Stopped) } else { Ok(Arc::clone(&drivers.current)) }
    }

    /// Has a driver stand by for completions, or none; gives the one that did.
    pub(super) fn stand_by(&self, completer: Option<Arc<Driver>>) -> Result<Option<Arc<Driver>>, ShellError> {
        let mut drivers = lock(&self.drivers);
        if drivers.is_stopped && completer.is_some() {
            return Err(ShellError::Stopped);
        }
        Ok(std::mem::replace(&mut drivers.completer, completer))
    }

    /// Puts another driver with the same state in the place of one that is busy or dead.
    async fn replace(self: &Arc<Self>, old: Arc<Driver>) -> Result<Arc<Driver>, ShellError> {
        let sibling = self.shelter.driver().await?;
        sibling.restore(old.snapshot().await, old.cwd()).await?;
        let mut drivers = lock(&self.drivers);
        if drivers.is_stopped {
            return Err(ShellError::Stopped);
        }
        drivers.former.retain(|driver| !driver.is_empty());
        drivers.former.push(Arc::clone(&old));
        drivers.current = Arc::clone(&sibling);
        attend(Arc::downgrade(self), &sibling);
        tokio::spawn(async move {
            old.idle().await;
            old.retire().await;
        });
        Ok(sibling)
    }

    pub(super) async fn stop(&self) {
        let drivers: Vec<_> = {
            let mut drivers = lock(&self.drivers);
            drivers.is_stopped = true;
            let former = std::mem::take(&mut drivers.former);
            former.into_iter().chain([Arc::clone(&drivers.current)]).chain(drivers.completer.take()).collect()
        };
        let grace = self.shelter.configuration.limits.kill_grace;
        let stops = drivers.iter().map(|driver| driver.keeper().stop(grace));
        futures_util::future::join_all(stops).await;
    }
}
