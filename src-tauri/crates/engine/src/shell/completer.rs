//! Completer: a shell that stands by in the state of a session and tells completions, so that the session's own shell is
//! left alone, whatever a completion function does.

use super::descriptor;
use super::dialect::{self, quoted};
use super::driver::Driver;
use super::restoring::Snapshot;
use super::session::{Session, SessionShell};
use super::{ShellError, ShellKind};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

/// Time for a completer to take in a state, in which nobody waits for it; longer than that it hangs in it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The file in which a shell tells completions.
const COMPLETIONS: &str = "completions";

/// What is asked of a shell.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Code of one word for the folder that is typed.
    pub(crate) folder: String,
    /// What is to be completed, in the words of the scripts.
    pub(crate) what: &'static str,
    /// What that needs to know.
    pub(crate) words: Vec<String>,
}

/// What is known of the shell that stands by.
#[derive(Default)]
pub(super) struct Completing {
    completer: Option<Completer>,
}

struct Completer {
    driver: Arc<Driver>,
    /// The state that it was given.
    state: Option<Snapshot>,
    /// Where the session was then.
    cwd: PathBuf,
    used: Instant,
}

impl SessionShell {
    /// Has a shell stand by for completions, in the session's state.
    pub(crate) async fn stand_by(&self) {
        // Where it cannot be started it is tried again when it is needed.
        let _ = self.0.completing.lock().await.prepare(&self.0).await;
    }

    /// What a shell in the session's state tells; nothing where it does not before `deadline`. The session's own shell
    /// takes no part. What the completion started is ended at the deadline.
    pub(crate) async fn complete(&self, question: Question, deadline: Instant) -> Option<Vec<u8>> {
        let (answer, answered) = oneshot::channel();
        let session = Arc::clone(&self.0);
        // Goes on when nobody waits any more: what was begun has to be ended, and the next one finds a shell.
        tokio::spawn(async move {
            let Ok(mut completing) = timeout_at(deadline, session.completing.lock()).await else { return };
            match completing.ask(&session, &question, deadline).await {
                Ok(told) => drop(answer.send(told)),
                Err(error) => tracing::debug!("no completions: {error}"),
            }
        });
        timeout_at(deadline, answered).await.ok()?.ok()?
    }
}

impl Session {
    /// Gives the shell that stands by, if there is one, the state that the session has now.
    pub(super) async fn refresh_completer(self: &Arc<Self>) {
        let mut completing = self.completing.lock().await;
        if completing.completer.is_some() {
            // It is tried again when it is needed.
            let _ = completing.prepare(self).await;
        }
    }
}

impl Completing {
    async fn ask(
        &mut self,
        session: &Arc<Session>,
        question: &Question,
        deadline: Instant,
    ) -> Result<Option<Vec<u8>>, ShellError> {
        self.prepare(session).await?;
        let Some(completer) = self.completer.as_mut().filter(|_| Instant::now() < deadline) else {
            return Ok(None);
        };
        completer.used = Instant::now();
        let code = completer.code(question);
        // What was told before is no answer where nothing is told.
        let _ = std::fs::remove_file(completer.driver.folder.join(COMPLETIONS));
        if completer.run(&code, deadline).await {
            let most = session.shelter.configuration.limits.completions_told;
            return Ok(completer.told(most));
        }
        self.dismiss(session).await;
        Ok(None)
    }

    /// Has a shell stand by in the state of the session.
    async fn prepare(&mut self, session: &Arc<Session>) -> Result<(), ShellError> {
        if self.completer.as_ref().is_some_and(|completer| completer.driver.is_dead()) {
            self.dismiss(session).await;
        }
        if self.completer.is_none() {
            let driver = session.shelter.driver().await?;
            let number = driver.number;
            session.stand_by(Some(Arc::clone(&driver)))?;
            let completer = Completer { driver, state: None, cwd: PathBuf::new(), used: Instant::now() };
            self.completer = Some(completer);
            let idle = session.shelter.configuration.limits.completer_idle;
            tokio::spawn(leave_when_idle(Arc::downgrade(session), number, idle));
        }
        let current = session.current()?;
        let state = current.present().await;
        let Some(completer) = &mut self.completer else { return Ok(()) };
        completer.cwd = current.cwd();
        if completer.state.as_ref().is_none_or(|former| !is_same(former, &state))
            && !completer.take(state).await?
        {
            self.dismiss(session).await;
            return Err(ShellError::NotReady);
        }
        Ok(())
    }

    /// Ends the shell that stands by, and what it has started.
    async fn dismiss(&mut self, session: &Arc<Session>) {
        self.completer = None;
        if let Ok(Some(driver)) = session.stand_by(None) {
            driver.keeper().stop(Duration::ZERO).await;
        }
    }
}

impl Completer {
    /// Gives the shell a state; false where it does not take it.
    async fn take(&mut self, state: Snapshot) -> Result<bool, ShellError> {
        let kind = self.driver.kind;
        self.driver.restore(state.clone().for_completions(kind), self.cwd.clone()).await?;
        let script = self.driver.folder.join("completer");
        std::fs::write(&script, dialect::completion_script(kind, &self.driver.folder))
            .map_err(ShellError::Io)?;
        let code = dialect::run_file(kind, &script);
        self.state = Some(state);
        Ok(self.run(&code, Instant::now() + PATIENCE).await)
    }

    /// Has the shell run code; false where it has not by then. What it shows on its terminals is nobody's business.
    async fn run(&self, code: &str, deadline: Instant) -> bool {
        let driver = &self.driver;
        let running = async {
            let mut sending = driver.sending.lock().await;
            match driver.begin_operation(&mut sending, code).await {
                Ok(done) => done.await,
                Err(_) => false,
            }
        };
        let showing = async {
            let (mut shown, mut errors) = ([0; 4096], [0; 4096]);
            loop {
                let read = tokio::select! {
                    read = descriptor::read(driver.terminal(), &mut shown) => read,
                    read = descriptor::read(&driver.stderr.reader, &mut errors) => read,
                };
                if !matches!(read, Ok(1..)) {
                    return std::future::pending::<()>().await;
                }
            }
        };
        tokio::select! {
            done = running => done,
            () = showing => false,
            () = sleep_until(deadline) => false,
        }
    }

    fn code(&self, question: &Question) -> String {
        let kind = self.driver.kind;
        let cwd = quoted_path(kind, &self.cwd);
        // fish has no code in texts; the others read it when they are where it counts.
        let folder = match kind {
            ShellKind::Fish => question.folder.clone(),
            _ => quoted(kind, &question.folder),
        };
        let mut code = format!("__porthole_complete {cwd} {folder} {}", question.what);
        for word in &question.words {
            code.push(' ');
            code.push_str(&quoted(kind, word));
        }
        code
    }

    /// What the shell has told.
    fn told(&self, most: u64) -> Option<Vec<u8>> {
        let file = std::fs::File::open(self.driver.folder.join(COMPLETIONS)).ok()?;
        let mut told = Vec::new();
        file.take(most).read_to_end(&mut told).ok()?;
        Some(told)
    }
}

/// A path as a word. One that is no text is found by the system's own name for it.
fn quoted_path(kind: ShellKind, path: &Path) -> String {
    quoted(kind, &path.to_string_lossy())
}

/// Whether two states are one: what a shell tells anew after each command is another.
fn is_same(former: &Snapshot, state: &Snapshot) -> bool {
    Arc::ptr_eq(&former.state, &state.state) && Arc::ptr_eq(&former.definitions, &state.definitions)
}

/// Ends the shell that stands by once nobody has asked it for that long.
async fn leave_when_idle(session: Weak<Session>, number: u64, idle: Duration) {
    loop {
        sleep(idle).await;
        let Some(session) = session.upgrade() else { return };
        let mut completing = session.completing.lock().await;
        match &completing.completer {
            Some(completer) if completer.driver.number != number => return,
            Some(completer) if completer.used.elapsed() < idle => {}
            _ => return completing.dismiss(&session).await,
        }
    }
}
