//! The levers on a running command: its input, signals, its terminals' size, how it ended.

use super::ShellError;
use super::awaiting::{self, Awaited};
use super::descriptor::Watched;
use super::event::Ending;
use super::processes::Owner;
use super::progress::Progress;
use super::running::Command;
use crate::protocol::Size;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// The longest of the pauses, each twice the one before, in which a signal waits for a program to start.
const PROGRAM_START: Duration = Duration::from_millis(64);

/// The longest pause between two looks at an input that is to be closed.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

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
    pub(super) fn new(command: Command, input: Option<Arc<Watched>>) -> Self {
        let input = input.map_or(Input::Terminal, Input::Pipe);
        Self(Arc::new(Levers { command, input: Mutex::new(input) }))
    }

    pub(super) fn command(&self) -> &Command {
        &self.0.command
    }

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
        self.note_typed(bytes);
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

    /// Sees who is there before what is typed may end them.
    fn note_typed(&self, bytes: &[u8]) {
        let Command { driver, witness, .. } = &self.0.command;
        witness.look(driver);
        for (character, signal) in [(0x03, Signal::INT), (0x1c, Signal::QUIT)] {
            if bytes.contains(&character) {
                witness.note_signal(driver, signal.as_raw());
            }
        }
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

    /// Whether the command waits for a line to be typed to its terminal, as far as the system tells.
    pub fn awaited(&self) -> Option<Awaited> {
        if !matches!(*self.input(), Input::Terminal) || self.has_ended() {
            return None;
        }
        let driver = &self.0.command.driver;
        awaiting::look(driver.terminal().get_ref().as_fd(), driver.pid())
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
        self.0.command.witness.note_signal(&self.0.command.driver, number);
        match self.foreground_program() {
            Some(group) => signal_group(group, number),
            None => {
                let control = self.clone();
                tokio::spawn(async move { control.signal_when_started(number).await });
                Ok(())
            }
        }
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

    /// Whether the command has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.is_over(&self.0.command.driver.progress().borrow())
    }

    async fn ended(&self) {
        let mut progress = self.0.command.driver.progress();
        let _ = progress.wait_for(|progress| self.is_over(progress)).await;
    }

    pub(super) fn is_over(&self, progress: &Progress) -> bool {
        progress.is_over(self.0.command.id)
    }

    /// How it ended, once it has.
    pub(super) fn ending(&self) -> Ending {
        let Command { driver, id, witness, .. } = &self.0.command;
        let progress = driver.progress().borrow().clone();
        let cwd = driver.cwd();
        let background = driver.left_by(*id);
        if let Some(end) = progress.end.filter(|end| end.id >= *id) {
            let signal = witness.signal_behind(end.status, &progress.own);
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
