//! Commands put to a driver: their terminals or pipes, their text, their lease on the output.

use super::asking;
use super::defining;
use super::descriptor::{Watched, fifo, reading_fifo, watch};
use super::dialect::{self, Put, Redirections};
use super::driver::Driver;
use super::event::StreamKind;
use super::progress::Progress;
use super::pty;
use super::running::{Command, Running};
use super::terminals::{Lease, Source};
use super::witness::Witness;
use super::{Request, ShellError, ShellKind, lock};
use crate::protocol::Streams;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl Driver {
    /// Runs a command; the driver must be idle.
    pub(super) async fn run(
        self: &Arc<Self>,
        request: &Request,
        grace: Duration,
    ) -> Result<Running, ShellError> {
        let _sending = self.sending.lock().await;
        self.settle_owners();
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let witness = Arc::default();
        let (lease, redirections, input, mut before) = self.connect(id, request, &witness)?;
        if self.kind == ShellKind::Fish {
            before.push_str(&self.hooks(id, &request.text).await);
        }
        if self.note_command(id, &request.text) {
            before.push_str(&defining::will_define(self.kind, &request.text));
        }
        let statuses = self.statuses_for(&request.text);
        let put = Put {
            id,
            plain: if before.is_empty() { asking::plain_stages(&request.text) } else { Vec::new() },
            before: &before,
            statuses: &statuses,
        };
        let written = dialect::command(self.kind, &put, &request.text, &redirections);
        self.put(&written).await?;
        self.attended.note_command();
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
        let command = Command { driver: Arc::clone(self), id, grace, fifos, witness };
        Ok(Running::new(command, lease, input))
    }

    /// The statuses of the former pipeline, for a text that looks at them: a shell of today cannot set them, so
    /// a pipeline that has them is run, which takes the time of its processes.
    fn statuses_for(&self, text: &str) -> Vec<i32> {
        if !text.contains("pipestatus") {
            return Vec::new();
        }
        self.progress.borrow().end.as_ref().map_or_else(Vec::new, |end| end.pipes.clone())
    }

    /// Gives the terminals to the command `id`: its lease, where its streams go, and what must run before it.
    #[allow(clippy::type_complexity)]
    fn connect(
        &self,
        id: u64,
        request: &Request,
        witness: &Arc<Witness>,
    ) -> Result<(Arc<Lease>, Redirections, Option<Arc<Watched>>, String), ShellError> {
        let mut sources = vec![Source::shared(StreamKind::Stdout, Arc::clone(&self.terminal))];
        let mut redirections = Redirections::default();
        let mut input = None;
        let mut before = String::new();
        self.resize(request.size).map_err(ShellError::Terminal)?;
        let mut state = lock(&self.state);
        let stderr = &self.stderr;
        sources.push(Source::shared(StreamKind::Stderr, Arc::clone(&stderr.reader)));
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
                    before = format!("{}; ", dialect::stderr_to(&path));
                }
                state.stderr_is_apart = apart;
            }
        }
        let lease = Arc::new(Lease::new(sources, Arc::clone(&self.discarding)));
        if let Some(former) = state.lease.replace(Arc::clone(&lease)) {
            former.take();
        }
        state.started = Instant::now();
        state.running = id;
        state.witness = Arc::clone(witness);
        Ok((lease, redirections, input, before))
    }

    fn pipes(&self, id: u64) -> io::Result<Pipes> {
        let path = |name: &str| self.folder.join(format!("{name}-{id}"));
        let (stdin, stdout, stderr) = (path("stdin"), path("stdout"), path("stderr"));
        let quoted = |path: &Path| Some(dialect::quoted(self.kind, &path.to_string_lossy()));
        let redirections =
            Redirections { stdin: quoted(&stdin), stdout: quoted(&stdout), stderr: quoted(&stderr) };
        let made = make_pipes(&stdin, &stdout, &stderr);
        if made.is_err() {
            // On a disk that is full they would take the places of the next command's.
            for path in [&stdin, &stdout, &stderr] {
                let _ = std::fs::remove_file(path);
            }
        }
        let (input, sources) = made?;
        Ok(Pipes { sources, redirections, input })
    }
}

fn make_pipes(stdin: &Path, stdout: &Path, stderr: &Path) -> io::Result<(Arc<Watched>, Vec<Source>)> {
    let input = Arc::new(watch(fifo(stdin)?)?);
    let source = |stream, path: &Path| -> io::Result<Source> {
        let descriptor = reading_fifo(path)?;
        pty::widen(&descriptor);
        Ok(Source::own(stream, Arc::new(watch(descriptor)?)))
    };
    Ok((input, vec![source(StreamKind::Stdout, stdout)?, source(StreamKind::Stderr, stderr)?]))
}

struct Pipes {
    sources: Vec<Source>,
    redirections: Redirections,
    input: Arc<Watched>,
}

fn terminal_path(terminal: &Watched) -> Result<String, ShellError> {
    let name = rustix::pty::ptsname(terminal.get_ref(), Vec::new())
        .map_err(|error| ShellError::Terminal(error.into()))?;
    Ok(name.to_string_lossy().into_owned())
}
