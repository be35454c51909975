//! Taps: the breakpoints of one running command.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::breakpoint::{Breakpoint, BreakpointError, checked};
use super::event::TapEvent;
use super::means::Means;
use super::pump::{Gates, Pump};
use super::rewrite::{Call, obstacle, restore, rewrite, unseen, unused_descriptor};
use super::scanner::{Dialect, Pipe, last_pipeline, scan};
use super::store::{Captured, Store};
use super::{check, program};
use crate::Limits;

/// What became of one requested breakpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// The pipe's index.
    pub location: usize,
    /// Why it is not tapped, one sentence; nothing when it is.
    pub unavailable: Option<String>,
    /// What the tap does not show, and why, one sentence; nothing where it shows all.
    pub unseen: Option<&'static str>,
}

/// The breakpoints of one command, from before it runs until after it has ended.
pub struct Taps {
    store: Arc<Store>,
    gates: Option<Arc<Gates>>,
    restore: Option<String>,
    /// The pipes of the pipeline with which the command's text ends.
    last: Range<usize>,
    /// Its end is the end of the tapping.
    _pump: Option<Pump>,
}

/// What the taps of an ended command have kept.
pub struct Captures {
    store: Arc<Store>,
}

/// Tells the folders of commands apart.
static FOLDERS: AtomicU64 = AtomicU64::new(0);

impl Taps {
    /// Gives the text to run in place of `text` in `shell_program`, its taps, and what became of each of `breakpoints`.
    ///
    /// Whatever cannot be tapped is unavailable and the text stays as it is there. `runtime_dir` is a folder that only the
    /// user can enter, on a file system that lets programs run and with a path of at most 80 bytes; it holds the helper and,
    /// while the command runs, its FIFOs.
    ///
    /// # Errors
    /// [`BreakpointError`] where a location does not exist, two breakpoints of it differ, one is to keep too much, or there are too
    /// many.
    pub async fn prepare(
        text: &str,
        dialect: Dialect,
        shell_program: &Path,
        breakpoints: &[impl Clone + Into<Breakpoint>],
        runtime_dir: &Path,
        limits: &Limits,
    ) -> Result<(String, Self, Vec<Availability>), BreakpointError> {
        let place = (runtime_dir, Means::HERE);
        Self::prepare_by(text, dialect, shell_program, breakpoints, place, limits).await
    }

    /// Does so by other means than the system's best, in the given folder.
    ///
    /// # Errors
    /// As [`Self::prepare`].
    pub async fn prepare_by(
        text: &str,
        dialect: Dialect,
        shell_program: &Path,
        breakpoints: &[impl Clone + Into<Breakpoint>],
        (runtime_dir, means): (&Path, Means),
        limits: &Limits,
    ) -> Result<(String, Self, Vec<Availability>), BreakpointError> {
        let asked = checked(breakpoints.iter().cloned().map(Into::into), limits)?;
        let wanted: Vec<usize> = asked.iter().map(|breakpoint| breakpoint.location).collect();
        let pipes = match scan(text, dialect) {
            Ok(pipes) => pipes,
            Err(refusal) => {
                let reason = format!("the command's pipes were not found: {refusal}");
                return Ok(Self::untapped(text, &wanted, limits, |_| reason.clone()));
            }
        };
        if let Some(index) = wanted.iter().copied().find(|location| *location >= pipes.len()) {
            return Err(BreakpointError::no_such_pipe(index, pipes.len()));
        }
        let (tapped, refused): (Vec<usize>, Vec<usize>) =
            wanted.iter().partition(|location| obstacle(text, &pipes[**location], dialect, means).is_none());
        let why =
            |location: usize| obstacle(text, &pipes[location], dialect, means).unwrap_or_default().to_owned();
        if tapped.is_empty() {
            return Ok(Self::untapped(text, &wanted, limits, why));
        }
        let set_up = SetUp {
            text: text.to_owned(),
            dialect,
            shell: shell_program.to_path_buf(),
            pipes: pipes.clone(),
            tapped: tapped.clone(),
            breakpoints: asked,
            means,
            runtime_dir: runtime_dir.to_path_buf(),
            limits: limits.clone(),
        };
        let done = tokio::task::spawn_blocking(move || set_up.run()).await;
        match done.unwrap_or_else(|error| Err(error.to_string())) {
            Ok((rewritten, taps)) => {
                let answer = |location: &usize| Availability {
                    location: *location,
                    unavailable: refused.contains(location).then(|| why(*location)),
                    unseen: unseen(&pipes[*location], dialect).filter(|_| tapped.contains(location)),
                };
                let answers = wanted.iter().map(answer).collect();
                Ok((rewritten, taps, answers))
            }
            Err(reason) => Ok(Self::untapped(text, &wanted, limits, |_| reason.clone())),
        }
    }

    fn untapped(
        text: &str,
        wanted: &[usize],
        limits: &Limits,
        why: impl Fn(usize) -> String,
    ) -> (String, Self, Vec<Availability>) {
        let answers = wanted
            .iter()
            .map(|location| Availability {
                location: *location,
                unavailable: Some(why(*location)),
                unseen: None,
            })
            .collect();
        (
            text.to_owned(),
            Self {
                store: Arc::new(Store::new(&[], limits)),
                gates: None,
                restore: None,
                last: 0..0,
                _pump: None,
            },
            answers,
        )
    }

    /// What the same shell is to evaluate once the command has ended, before anything else, where the command defined functions
    /// with taps in them: it gives them back the bodies that the command's text has.
    #[must_use]
    pub fn restore(&self) -> Option<&str> {
        self.restore.as_deref()
    }

    /// Waits for the next news and puts its bytes into `buffer`. Cancel-safe; waits for ever when there is none.
    ///
    /// The pipeline never waits for the taker: one who is slow is told how much it missed.
    pub async fn next(&mut self, buffer: &mut [u8]) -> TapEvent {
        loop {
            let news = self.store.news.notified();
            if let Some(event) = self.store.take(buffer) {
                return event;
            }
            news.await;
        }
    }

    /// Gives the next news, if there is any now.
    pub fn try_next(&mut self, buffer: &mut [u8]) -> Option<TapEvent> {
        self.store.take(buffer)
    }

    /// What a run of a tapped stage has written so far; of the newest run where `run` is not given.
    #[must_use]
    pub fn captured(&self, location: usize, run: Option<u32>) -> Option<Captured> {
        self.store.captured(location, run)
    }

    /// What the taps keep, for one who reads it while the command runs and after.
    #[must_use]
    pub fn captures(&self) -> Captures {
        Captures { store: Arc::clone(&self.store) }
    }

    /// The pipes of the pipeline with which the command's text ends and whose statuses the shell tells last; empty where that is
    /// not sure.
    #[must_use]
    pub fn last_pipeline(&self) -> Range<usize> {
        self.last.clone()
    }

    /// What holds and lets go on; nothing where nothing is tapped.
    #[must_use]
    pub fn gates(&self) -> Option<Arc<Gates>> {
        self.gates.clone()
    }

    /// Lets go on what is held, and waits until no tapped stage runs, at most for the `tap_settle` of `limits`. To be called when the command has ended,
    /// before the last news is taken: what a stage wrote last may still be on its way.
    pub async fn settle(&self, limits: &Limits) {
        self.release();
        let settled = async {
            loop {
                let settled = self.store.settled.notified();
                if self.store.is_settled() {
                    return;
                }
                settled.await;
            }
        };
        // What still flows then belongs to a part of the command that outlives it.
        let _ = tokio::time::timeout(limits.tap_settle, settled).await;
    }

    fn release(&self) {
        if let Some(gates) = &self.gates {
            gates.release();
        }
    }

    /// Ends the taps: nothing new is tapped, what still flows flows on untold, and the FIFOs are removed.
    #[must_use]
    pub fn finish(self) -> Captures {
        Captures { store: Arc::clone(&self.store) }
    }
}

impl Drop for Taps {
    /// What nobody can let go on any more is not held.
    fn drop(&mut self) {
        self.release();
    }
}

impl Captures {
    /// What a run of a tapped stage has written; of the newest run where `run` is not given.
    #[must_use]
    pub fn captured(&self, location: usize, run: Option<u32>) -> Option<Captured> {
        self.store.captured(location, run)
    }

    /// Bytes of memory that what was captured takes, and how many of them are of runs that have ended.
    pub(crate) fn weight(&self) -> (u64, u64) {
        self.store.weight()
    }

    /// Lets go of everything that was captured and has ended.
    pub(crate) fn clear(&self) {
        self.store.clear();
    }

    /// Lets go of what was captured of runs that go on, and captures no more of them.
    pub(crate) fn give_up(&self) {
        self.store.give_up();
    }
}

/// What prepares taps, on a thread where it may block.
struct SetUp {
    text: String,
    dialect: Dialect,
    shell: PathBuf,
    pipes: Vec<Pipe>,
    tapped: Vec<usize>,
    breakpoints: Vec<Breakpoint>,
    means: Means,
    runtime_dir: PathBuf,
    limits: Limits,
}

impl SetUp {
    fn run(self) -> Result<(String, Taps), String> {
        let failed =
            |what: &str, error: &io::Error| format!("the breakpoint could not be set up: {what}: {error}");
        let helper =
            program::install(&self.runtime_dir).map_err(|error| failed("the helper does not run", &error))?;
        let folder =
            new_folder(&self.runtime_dir).map_err(|error| failed("its folder was not made", &error))?;
        let [Some(helper), Some(path)] = [&helper, &folder].map(|path| quoted(path)) else {
            return Err(
                "the breakpoint could not be set up: its folder's name has a quote or a backslash".to_owned()
            );
        };
        let handed = (self.means == Means::Posix).then(|| unused_descriptor(&self.text));
        let call = Call { helper: &helper, folder: &path, handed };
        let rewritten = rewrite(&self.text, self.dialect, &self.pipes, &self.tapped, &call);
        let restore = restore(&self.text, self.dialect, &self.pipes, &self.tapped, &call);
        if !check::accepts(&self.shell, self.dialect, &rewritten, self.limits.tap_check) {
            let _ = std::fs::remove_dir(&folder);
            return Err("the shell does not accept the command with its taps".to_owned());
        }
        let is_tapped = |breakpoint: &Breakpoint| self.tapped.contains(&breakpoint.location);
        let tapped: Vec<Breakpoint> = self.breakpoints.into_iter().filter(is_tapped).collect();
        let last = last_pipeline(&self.text, &self.pipes);
        let store = Arc::new(Store::new(&tapped, &self.limits));
        let held = tapped.iter().map(|breakpoint| (breakpoint.location, breakpoint.held));
        let pump = Gates::new(held).map(Arc::new).and_then(|gates| {
            let late = (self.dialect == Dialect::Fish).then_some(self.tapped.as_slice());
            let by = (self.means, late);
            let pump = Pump::start(folder.clone(), Arc::clone(&store), Arc::clone(&gates), by)?;
            Ok((gates, pump))
        });
        let (gates, pump) = pump.map_err(|error| {
            // Where the disk is full it would take the place of the next one.
            let _ = std::fs::remove_dir_all(&folder);
            failed("its pump did not start", &error)
        })?;
        Ok((rewritten, Taps { store, gates: Some(gates), restore, last, _pump: Some(pump) }))
    }
}

fn new_folder(runtime_dir: &Path) -> io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    loop {
        let folder = runtime_dir.join(format!("t{}", FOLDERS.fetch_add(1, Ordering::Relaxed)));
        match std::fs::DirBuilder::new().mode(0o700).create(&folder) {
            // An engine that was killed left it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|()| folder),
        }
    }
}

/// The path as a word of the shell, in backticks too.
fn quoted(path: &Path) -> Option<String> {
    let path = path.to_str()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%:,".contains(&byte);
    if path.bytes().all(plain) {
        return Some(path.to_owned());
    }
    let quotable = !path.bytes().any(|byte| b"'\"\\`".contains(&byte) || byte.is_ascii_control());
    quotable.then(|| format!("'{path}'"))
}
