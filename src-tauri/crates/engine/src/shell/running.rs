//! A running command: what it prints, pulled by its owner, and the levers on it.

use super::ShellError;
use super::descriptor::Watched;
use super::driver::Driver;
use super::event::{Ending, Event};
use super::processes::Owner;
use super::reports::Progress;
use super::terminals::{Lease, Read};
use crate::protocol::Size;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;

/// Time between KILL for a command's processes and KILL for a shell that does not come back from a loop of its own.
const SHELL_GRACE: Duration = Duration::from_millis(300);

/// Time for the shell to tell the state before the command, when that is killed at once.
const STATE_GRACE: Duration = Duration::from_millis(500);

/// The longest of the pauses, each twice the one before, in which a signal waits for a program to start.
const PROGRAM_START: Duration = Duration::from_millis(64);

/// The longest pause between two looks at an input that is to be closed.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A command and the driver that runs it.
pub(super) struct Command {
    pub(super) driver: Arc<Driver>,
    pub(super) id: u64,
    /// The clock tick at which it began.
    pub(super) since: u64,
    pub(super) grace: Duration,
    /// The FIFOs that were made for it, that of its stdin first.
    pub(super) fifos: Vec<PathBuf>,
}

impl Drop for Command {
    fn drop(&mut self) {
        for fifo in &self.fifos {
            let _ = std::fs::remove_file(fifo);
        }
    }
}

/// A command that was started. It is read on demand only: what the owner does not pull holds the command back.
pub struct Running {
    lease: Arc<Lease>,
    progress: watch::Receiver<Progress>,
    end_was_told: bool,
    control: Control,
}

impl Running {
    pub(super) fn new(command: Command, lease: Arc<Lease>, input: Option<Arc<Watched>>) -> Self {
        let progress = command.driver.progress();
        let input = match input {
            Some(pipe) => Input::Pipe(pipe),
            None => Input::Terminal,
        };
        let control = Control(Arc::new(Levers { command, input: Mutex::new(input) }));
        Self { lease, progress, end_was_told: false, control }
    }

    /// The levers on the command, which may be kept and used from other tasks.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Waits for the next event; bytes are put at the start of `buffer`, which must not be empty.
    ///
    /// Cancel-safe: an event is lost only if it was returned. After [`Event::Ended`] late output of what the command
    /// left behind may still come, until the next command begins on the same terminal; [`Event::Closed`] is last and
    /// is repeated.
    pub async fn next(&mut self, buffer: &mut [u8]) -> Event {
        loop {
            // Looked at before reading, so that an empty read afterwards proves that all output was delivered.
            let over = self.control.is_over(&self.progress.borrow_and_update());
            let closed = match self.lease.read(buffer, over) {
                Read::Bytes(stream, count) => return Event::Output(stream, count),
                Read::Empty => false,
                Read::Closed => true,
            };
            if over && !self.end_was_told {
                self.end_was_told = true;
                return Event::Ended(self.control.ending());
            }
            if over && closed {
                return Event::Closed;
            }
            tokio::select! {
                () = self.lease.readable(), if !closed => {}
                _ = self.progress.changed(), if !over => {}
            }
        }
    }
}

enum Input {
    Terminal,
    Pipe(Arc<Watched>),
    Closed,
}

struct Levers {
    command: Command,
    input: Mutex<Input>,
}

/// The levers on a running command.
#[derive(Clone)]
pub struct Control(Arc<Levers>);

impl Control {
    /// Types bytes to the command: to its terminal, or into its stdin where it has none. Waits while the program
    /// does not read.
    ///
    /// # Errors
    /// [`ShellError::Ended`] once the command has ended or its input is closed.
    pub async fn write(&self, mut bytes: &[u8]) -> Result<(), ShellError> {
        let input = match &*self.input() {
            Input::Terminal => Arc::clone(self.0.command.driver.terminal()),
            Input::Pipe(pipe) => Arc::clone(pipe),
            Input::Closed => return Err(ShellError::Ended),
        };
        let mut progress = self.0.command.driver.progress();
        while !bytes.is_empty() {
            if self.is_over(&progress.borrow_and_update()) {
                return Err(ShellError::Ended);
            }
            let mut guard = tokio::select! {
                guard = input.writable() => guard.map_err(ShellError::Io)?,
                _ = progress.changed() => continue,
            };
            let written = guard.try_io(|input| Ok(rustix::io::write(input.get_ref(), bytes)?));
            match written {
                Ok(Ok(count)) => bytes = &bytes[count..],
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(ShellError::Io(error)),
                Err(_would_block) => {}
            }
        }
        Ok(())
    }

    /// Ends the input of a command that runs without a terminal; on a terminal Ctrl-D is typed for that.
    pub fn close_input(&self) {
        let mut input = self.input();
        if matches!(*input, Input::Terminal) {
            return;
        }
        let Input::Pipe(pipe) = std::mem::replace(&mut *input, Input::Closed) else { return };
        let control = self.clone();
        tokio::spawn(async move {
            let closing = control.close_when_read(pipe);
            tokio::select! {
                () = closing => {}
                () = control.ended() => {}
            }
        });
    }

    /// Closes a FIFO's only writing end so that its reader sees the end, also when the shell opens it only later: what
    /// nobody has read would be gone with the last open end, and an open waits for a writer to come.
    async fn close_when_read(&self, pipe: Arc<Watched>) {
        let mut pause = Duration::from_millis(1);
        let mut wait = async || {
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        };
        while rustix::io::ioctl_fionread(pipe.get_ref()).is_ok_and(|unread| unread > 0) {
            wait().await;
        }
        drop(pipe);
        let Some(path) = self.0.command.fifos.first() else { return };
        // Succeeds only where a reader is there or waits; that it is closed at once is the end.
        while open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).is_err() {
            wait().await;
        }
    }

    /// What names the command among those of all shells.
    pub fn owner(&self) -> Owner {
        Owner { driver: self.0.command.driver.number, command: self.0.command.id }
    }

    /// Sends a signal to the whole foreground process group.
    ///
    /// Where the shell itself is in the foreground, a program may be about to start: the signal waits for it a little.
    /// A shell that runs a loop of its own gets it then, in a form that it heeds: an interactive one is deaf to TERM,
    /// HUP and QUIT, and ends what it runs by INT.
    ///
    /// # Errors
    /// [`ShellError::Signal`] outside 1 to 64, [`ShellError::Ended`] when nothing runs any more.
    pub fn signal(&self, number: i32) -> Result<(), ShellError> {
        if !(1..=64).contains(&number) {
            return Err(ShellError::Signal(number));
        }
        if self.has_ended() {
            return Err(ShellError::Ended);
        }
        match self.foreground_program() {
            Some(group) => signal_group(group, number),
            None => {
                let control = self.clone();
                tokio::spawn(async move { control.signal_when_started(number).await });
                Ok(())
            }
        }
    }

    /// The process group in the foreground of the terminal, where that is not the shell's own.
    fn foreground_program(&self) -> Option<Pid> {
        let driver = &self.0.command.driver;
        let foreground = rustix::termios::tcgetpgrp(driver.terminal().get_ref()).ok()?;
        (foreground != driver.pid()).then_some(foreground)
    }

    async fn signal_when_started(&self, number: i32) {
        let mut pause = Duration::from_millis(1);
        while pause <= PROGRAM_START {
            tokio::time::sleep(pause).await;
            pause *= 2;
            if self.has_ended() {
                return;
            }
            if let Some(group) = self.foreground_program() {
                let _ = signal_group(group, number);
                return;
            }
        }
        let deaf_to = [Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw);
        let heeded = if deaf_to.contains(&number) { Signal::INT.as_raw() } else { number };
        let _ = signal_group(self.0.command.driver.pid(), heeded);
    }

    /// Sets the size of the command's terminals.
    ///
    /// # Errors
    /// [`ShellError::Io`] when the terminal is gone.
    pub fn resize(&self, size: Size) -> Result<(), ShellError> {
        self.0.command.driver.resize(size).map_err(ShellError::Io)
    }

    /// Ends everything of the command, what it left in the background too: TERM, and KILL after the grace.
    ///
    /// What earlier commands of the session left in the background goes on.
    pub fn kill(&self) {
        let control = self.clone();
        tokio::spawn(async move { control.end_everything().await });
    }

    async fn end_everything(&self) {
        let Command { driver, since, grace, .. } = &self.0.command;
        driver.saved_within(STATE_GRACE).await;
        // An interactive shell heeds no TERM, but a loop of its own ends by INT.
        let _ = self.signal(Signal::INT.as_raw());
        driver.keeper().signal(Signal::TERM.as_raw(), *since).await;
        driver.keeper().signal(Signal::CONT.as_raw(), *since).await;
        let mut left = *grace;
        let step = Duration::from_millis(50).min(*grace);
        while !left.is_zero() {
            tokio::time::sleep(step).await;
            left = left.saturating_sub(step);
            if driver.keeper().signal(0, *since).await == 0 && self.has_ended() {
                return;
            }
        }
        driver.keeper().signal(Signal::KILL.as_raw(), *since).await;
        if tokio::time::timeout(SHELL_GRACE, self.ended()).await.is_err() {
            let _ = rustix::process::kill_process(driver.pid(), Signal::KILL);
        }
    }

    /// Whether the command has ended.
    fn has_ended(&self) -> bool {
        self.is_over(&self.0.command.driver.progress().borrow())
    }

    async fn ended(&self) {
        let mut progress = self.0.command.driver.progress();
        let _ = progress.wait_for(|progress| self.is_over(progress)).await;
    }

    fn is_over(&self, progress: &Progress) -> bool {
        progress.is_over(self.0.command.id)
    }

    fn ending(&self) -> Ending {
        let Command { driver, id, .. } = &self.0.command;
        let progress = driver.progress().borrow().clone();
        let cwd = driver.cwd();
        let background = driver.left_by(*id);
        if let Some(end) = progress.end.filter(|end| end.id >= *id) {
            let signal = (end.status > 128 && end.status <= 128 + 64).then(|| end.status - 128);
            return Ending { exit_code: end.status, signal, cwd, pipe_status: end.pipes, background };
        }
        let status = ExitStatus::from_raw(progress.dead.unwrap_or(libc::SIGKILL));
        let signal = status.signal();
        let exit_code = status.code().or(signal.map(|signal| 128 + signal)).unwrap_or(1);
        Ending { exit_code, signal, cwd, pipe_status: Vec::new(), background }
    }

    fn input(&self) -> MutexGuard<'_, Input> {
        super::lock(&self.0.input)
    }
}

/// Sends a signal to every process of a group.
#[allow(unsafe_code)]
fn signal_group(group: Pid, number: i32) -> Result<(), ShellError> {
    // SAFETY: killpg takes two integers and touches no memory.
    if unsafe { libc::killpg(group.as_raw_nonzero().get(), number) } == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ESRCH) => Err(ShellError::Ended),
        _ => Err(ShellError::Io(error)),
    }
}
