//! A running command: what it prints, pulled by its owner, and the levers on it.

use super::ShellError;
use super::descriptor::Watched;
use super::pty;
use super::spawn::Spawned;
use crate::protocol::Size;
use rustix::process::{Pid, Signal};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::watch;

/// What a command does next, as its owner learns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// That many bytes of the stream were put into the buffer.
    Output(StreamKind, usize),
    /// The command has ended; everything that it printed before was delivered.
    Ended(Ending),
    /// Nothing will come any more.
    Closed,
}

/// A stream of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// Standard output, or both where one terminal carries both.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its exit code; 128 + n when signal n ended it.
    pub exit_code: i32,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The shell's working directory afterwards.
    pub cwd: PathBuf,
    /// The exit status of each stage of its last pipeline; empty where the shell does not tell.
    pub pipe_status: Vec<i32>,
}

impl Ending {
    /// The end of a command whose shell vanished without saying how it ended.
    pub(crate) fn lost(cwd: PathBuf) -> Self {
        Self { exit_code: 255, signal: None, cwd, pipe_status: Vec::new() }
    }
}

/// One end of a terminal or pipe that the command writes to.
pub(super) struct Source {
    pub(super) stream: StreamKind,
    pub(super) descriptor: Arc<Watched>,
}

/// A command that was started. It is read on demand only: what the owner does not pull holds the command back.
pub struct Running {
    sources: Vec<Source>,
    ending: watch::Receiver<Option<Ending>>,
    end_was_told: bool,
    control: Control,
}

impl Running {
    pub(super) fn new(spawned: Spawned, kill_grace: Duration) -> Self {
        let levers = Levers {
            input: Mutex::new(Some(spawned.input)),
            terminal: spawned.terminal,
            group: spawned.group,
            ending: spawned.ending.clone(),
            kill_grace,
        };
        let control = Control(Arc::new(levers));
        Self { sources: spawned.sources, ending: spawned.ending, end_was_told: false, control }
    }

    /// The levers on the command, which may be kept and used from other tasks.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Waits for the next event; bytes are put at the start of `buffer`, which must not be empty.
    ///
    /// Cancel-safe: an event is lost only if it was returned. After [`Event::Ended`] late output of what the command
    /// left behind may still come; [`Event::Closed`] is last and is repeated.
    pub async fn next(&mut self, buffer: &mut [u8]) -> Event {
        loop {
            // Looked at before reading, so that an empty read afterwards proves that all output was delivered.
            let ending = self.ending.borrow_and_update().clone();
            if let Some(event) = self.read(buffer) {
                return event;
            }
            match ending {
                Some(ending) if !self.end_was_told => {
                    self.end_was_told = true;
                    return Event::Ended(ending);
                }
                Some(_) if self.sources.is_empty() => return Event::Closed,
                _ => {}
            }
            let end_is_open = !self.end_was_told;
            tokio::select! {
                () = any_readable(&self.sources) => {}
                changed = self.ending.changed(), if end_is_open => {
                    // Invariant: the sender sends an ending before it goes away.
                    debug_assert!(changed.is_ok());
                }
            }
        }
    }

    /// Reads what is there, without waiting; drops sources that are at their end.
    fn read(&mut self, buffer: &mut [u8]) -> Option<Event> {
        let mut index = 0;
        while index < self.sources.len() {
            let source = &self.sources[index];
            match rustix::io::read(source.descriptor.get_ref(), &mut *buffer) {
                Ok(count) if count > 0 => {
                    let event = Event::Output(source.stream, count);
                    // The next read begins with another stream, so that none starves.
                    self.sources.rotate_left(index + 1);
                    return Some(event);
                }
                Err(rustix::io::Errno::AGAIN) => index += 1,
                Err(rustix::io::Errno::INTR) => {}
                Ok(_) | Err(_) => {
                    self.sources.remove(index);
                }
            }
        }
        None
    }
}

/// Waits until one of the sources may have something to read.
async fn any_readable(sources: &[Source]) {
    std::future::poll_fn(|context| {
        for source in sources {
            match source.descriptor.poll_read_ready(context) {
                Poll::Ready(Ok(mut guard)) => {
                    guard.clear_ready();
                    return Poll::Ready(());
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
        }
        Poll::Pending
    })
    .await;
}

struct Levers {
    /// The writing end for typed bytes; gone once it was closed.
    input: Mutex<Option<Arc<Watched>>>,
    /// The controlling terminal, if there is one.
    terminal: Option<Arc<Watched>>,
    group: Pid,
    ending: watch::Receiver<Option<Ending>>,
    kill_grace: Duration,
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
        let input = self.input().clone().ok_or(ShellError::Ended)?;
        let mut ending = self.0.ending.clone();
        while !bytes.is_empty() {
            if ending.borrow().is_some() {
                return Err(ShellError::Ended);
            }
            let mut guard = tokio::select! {
                guard = input.writable() => guard.map_err(ShellError::Io)?,
                _ = ending.changed() => continue,
            };
            let written = guard.try_io(|input| Ok(rustix::io::write(input.get_ref(), bytes)?));
            match written {
                Ok(Ok(count)) => bytes = &bytes[count..],
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                    return Err(ShellError::Ended);
                }
                Ok(Err(error)) => return Err(ShellError::Io(error)),
                Err(_would_block) => {}
            }
        }
        Ok(())
    }

    /// Ends the input of a command that runs without a terminal; on a terminal Ctrl-D is typed for that.
    pub fn close_input(&self) {
        if self.0.terminal.is_none() {
            self.input().take();
        }
    }

    /// Sends a signal to the whole foreground process group.
    ///
    /// # Errors
    /// [`ShellError::Signal`] outside 1 to 64, [`ShellError::Ended`] when nothing runs any more.
    pub fn signal(&self, number: i32) -> Result<(), ShellError> {
        if !(1..=64).contains(&number) {
            return Err(ShellError::Signal(number));
        }
        if self.0.ending.borrow().is_some() {
            return Err(ShellError::Ended);
        }
        let foreground =
            self.0.terminal.as_ref().and_then(|terminal| rustix::termios::tcgetpgrp(terminal.get_ref()).ok());
        super::spawn::signal_group(foreground.unwrap_or(self.0.group), number)
    }

    /// Sets the terminal's size; without a terminal there is nothing to do.
    ///
    /// # Errors
    /// [`ShellError::Io`] when the terminal is gone.
    pub fn resize(&self, size: Size) -> Result<(), ShellError> {
        match &self.0.terminal {
            Some(terminal) => pty::resize(terminal.get_ref(), size).map_err(ShellError::Io),
            None => Ok(()),
        }
    }

    /// Ends everything of the command: TERM, and KILL for what is left after the grace.
    pub fn kill(&self) {
        let group = self.0.group;
        let grace = self.0.kill_grace;
        let _ = super::spawn::signal_group(group, Signal::TERM.as_raw());
        let _ = super::spawn::signal_group(group, Signal::CONT.as_raw());
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            let _ = super::spawn::signal_group(group, Signal::KILL.as_raw());
        });
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.ending.borrow().is_some()
    }

    /// Waits for the command's end.
    pub(super) async fn ended(&self) {
        // The sender goes away only after it sent an ending.
        let _ = self.0.ending.clone().wait_for(Option::is_some).await;
    }

    fn input(&self) -> std::sync::MutexGuard<'_, Option<Arc<Watched>>> {
        self.0.input.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
