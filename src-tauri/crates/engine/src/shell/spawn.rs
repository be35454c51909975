//! Starting a program in its own process session, on a terminal or on pipes.
#![allow(unsafe_code)]

use super::ShellError;
use super::descriptor::{Watched, watch};
use super::pty::Pty;
use super::running::{Ending, Source, StreamKind};
use crate::protocol::{Size, Streams};
use rustix::process::Pid;
use std::ffi::OsString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use tokio::sync::watch;

/// The descriptor on which the program finds the report channel.
pub(super) const REPORT: i32 = 9;

/// What to start.
pub(super) struct Program<'a> {
    pub(super) path: &'a Path,
    pub(super) arguments: &'a [OsString],
    pub(super) environment: &'a [(OsString, OsString)],
    pub(super) cwd: PathBuf,
    pub(super) streams: Streams,
    pub(super) size: Size,
}

/// What was started.
pub(super) struct Spawned {
    pub(super) sources: Vec<Source>,
    pub(super) input: Arc<Watched>,
    pub(super) terminal: Option<Arc<Watched>>,
    pub(super) group: Pid,
    pub(super) ending: watch::Receiver<Option<Ending>>,
}

struct Ends {
    sources: Vec<Source>,
    input: Arc<Watched>,
    terminal: Option<Arc<Watched>>,
    program: [OwnedFd; 3],
}

impl Ends {
    fn open(streams: Streams, size: Size) -> Result<Self, ShellError> {
        match streams {
            Streams::Pipes => Self::pipes().map_err(ShellError::Start),
            Streams::Exact | Streams::Split => Self::terminal(streams, size),
        }
    }

    fn terminal(streams: Streams, size: Size) -> Result<Self, ShellError> {
        let pty = Pty::open(size)?;
        let copy = || pty.slave.try_clone().map_err(ShellError::Terminal);
        let master = Arc::new(pty.master);
        let mut sources = vec![source(StreamKind::Stdout, Arc::clone(&master))];
        let stderr = if streams == Streams::Split {
            let (reader, writer) = pipe().map_err(ShellError::Start)?;
            sources.push(source(StreamKind::Stderr, reader));
            writer
        } else {
            copy()?
        };
        let program = [copy()?, copy()?, stderr];
        Ok(Self { sources, input: Arc::clone(&master), terminal: Some(master), program })
    }

    fn pipes() -> std::io::Result<Self> {
        let (stdin, input) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        let (out, stdout) = pipe()?;
        let (err, stderr) = pipe()?;
        let sources = vec![source(StreamKind::Stdout, out), source(StreamKind::Stderr, err)];
        let input = Arc::new(watch(input)?);
        Ok(Self { sources, input, terminal: None, program: [stdin, stdout, stderr] })
    }
}

fn source(stream: StreamKind, descriptor: Arc<Watched>) -> Source {
    Source { stream, descriptor }
}

/// A pipe whose reading end is the engine's.
fn pipe() -> std::io::Result<(Arc<Watched>, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    Ok((Arc::new(watch(reader)?), writer))
}

/// Starts the program; `cwd_changed` is called with the directory that it reports before its end.
pub(super) fn spawn(
    program: Program<'_>,
    cwd_changed: impl FnOnce(&Path) + Send + 'static,
) -> Result<Spawned, ShellError> {
    let ends = Ends::open(program.streams, program.size)?;
    let (report, report_writer) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(io_error)?;
    rustix::fs::fcntl_setfl(&report, rustix::fs::OFlags::NONBLOCK).map_err(io_error)?;
    let [stdin, stdout, stderr] = ends.program;
    let mut command = Command::new(program.path);
    command.args(program.arguments).env_clear().envs(program.environment.iter().cloned());
    command.current_dir(&program.cwd).stdin(stdin).stdout(stdout).stderr(stderr);
    let has_terminal = ends.terminal.is_some();
    let channel = report_writer.as_raw_fd();
    // SAFETY: the closure only makes system calls that are safe between fork and exec and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            if libc::setsid() < 0
                || (has_terminal && libc::ioctl(0, libc::TIOCSCTTY as _, 0) < 0)
                || libc::dup2(channel, REPORT) < 0
            {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
    let child = command.spawn().map_err(ShellError::Start)?;
    drop((command, report_writer));
    let group = Pid::from_raw(child.id() as i32).expect("a child's id is positive");
    let (sender, ending) = watch::channel(None);
    let cwd = program.cwd;
    std::thread::spawn(move || {
        let ending = wait(child, &report, cwd);
        cwd_changed(&ending.cwd);
        sender.send_replace(Some(ending));
    });
    Ok(Spawned { sources: ends.sources, input: ends.input, terminal: ends.terminal, group, ending })
}

fn io_error(error: rustix::io::Errno) -> ShellError {
    ShellError::Start(error.into())
}

fn wait(mut child: Child, report: &OwnedFd, cwd: PathBuf) -> Ending {
    let status = child.wait().unwrap_or_else(|_| ExitStatus::from_raw(1 << 8));
    let mut told = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = rustix::io::read(report, &mut buffer) {
        told.extend_from_slice(&buffer[..count]);
    }
    let cwd = match told.strip_suffix(b"\n") {
        Some(path) if path.starts_with(b"/") => std::os::unix::ffi::OsStringExt::from_vec(path.to_vec()),
        _ => cwd.into_os_string(),
    };
    let signal = status.signal();
    let exit_code = status.code().or(signal.map(|signal| 128 + signal)).unwrap_or(1);
    Ending { exit_code, signal, cwd: cwd.into(), pipe_status: Vec::new() }
}

/// Sends a signal to every process of a group.
pub(super) fn signal_group(group: Pid, number: i32) -> Result<(), ShellError> {
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
