//! What can go wrong with a shell, each as a sentence for a person.

use std::io;
use std::path::PathBuf;

/// A failure of a shell or of a request to it.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The shell's file does not exist.
    #[error("The shell {0} does not exist; choose another one in the settings.")]
    Missing(PathBuf),
    /// The shell's file cannot be executed.
    #[error("The shell {0} is not an executable file; choose another one in the settings.")]
    NotExecutable(PathBuf),
    /// The user has no home.
    #[error("The user has no home folder; set HOME and start again.")]
    NoHome,
    /// The home does not exist.
    #[error("The home folder {0} does not exist; create it and start again.")]
    HomeMissing(PathBuf),
    /// No terminal could be opened.
    #[error("The system gives no terminal: {0}.")]
    Terminal(#[source] io::Error),
    /// The shell could not be started.
    #[error("The shell could not be started: {0}.")]
    Start(#[source] io::Error),
    /// The shell ended or hung before it took a command.
    #[error(
        "The shell does not get ready, even without its configuration files; choose another one in the settings."
    )]
    NotReady,
    /// The text cannot be given to a shell.
    #[error("The command's text has a NUL character, which no shell takes.")]
    Nul,
    /// The size is outside the limits.
    #[error("A terminal has 1 to {maximum} columns and rows, not {cols} x {rows}.")]
    Size {
        /// Columns asked for.
        cols: u16,
        /// Rows asked for.
        rows: u16,
        /// The limit.
        maximum: u16,
    },
    /// No signal has this number.
    #[error("No signal has the number {0}; they go from 1 to 64.")]
    Signal(i32),
    /// The session has no such process.
    #[error("No process {0} runs in this session; it may have ended.")]
    NoProcess(i32),
    /// The system does not let a process be signalled.
    #[error("The system does not let process {pid} be signalled: {source}.")]
    Process {
        /// The process.
        pid: i32,
        /// Why.
        source: io::Error,
    },
    /// The command has ended.
    #[error("The command has ended.")]
    Ended,
    /// The session was stopped.
    #[error("The session has been stopped.")]
    Stopped,
    /// The command's terminal or pipe failed.
    #[error("The command's terminal failed: {0}.")]
    Io(#[source] io::Error),
}
