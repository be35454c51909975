//! The engine's life in the app: starting, running, failed (until Retry), stopped.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use engine::{Engine, Settings};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, watch};

/// The time that an engine gets to end its commands and connections before the app quits regardless.
const STOP: Duration = Duration::from_secs(15);

/// Where the engine stands.
#[derive(Clone)]
pub(crate) enum Phase {
    /// It is being started.
    Starting,
    /// It listens.
    Running(Arc<Engine>),
    /// It could not start; one sentence for a person.
    Failed(String),
    /// It was stopped and the app is about to end.
    Stopped,
}

/// Starts and stops the app's one engine.
pub(crate) struct Lifecycle {
    settings: Settings,
    phase: watch::Sender<Phase>,
    /// Held while the engine starts or stops, so that each waits for the other.
    turn: Mutex<()>,
}

impl Lifecycle {
    /// Nothing runs until [`Lifecycle::start`].
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, phase: watch::Sender::new(Phase::Starting), turn: Mutex::new(()) }
    }

    /// Where the engine stands, and every change of that.
    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// The running engine.
    ///
    /// # Errors
    /// It does not run; one sentence for a person.
    pub(crate) fn engine(&self) -> Result<Arc<Engine>, String> {
        match &*self.phase.borrow() {
            Phase::Running(engine) => Ok(Arc::clone(engine)),
            Phase::Starting => Err("Porthole is still starting; try again in a moment.".into()),
            Phase::Failed(why) => Err(why.clone()),
            Phase::Stopped => Err("Porthole is about to end.".into()),
        }
    }

    /// Starts the engine unless it runs or was stopped; the outcome is the new phase.
    pub(crate) async fn start(&self) {
        let _turn = self.turn.lock().await;
        if matches!(&*self.phase.borrow(), Phase::Running(_) | Phase::Stopped) {
            return;
        }
        self.phase.send_replace(Phase::Starting);
        let outcome = match Engine::start(self.settings.clone()).await {
            Ok(engine) => Phase::Running(engine),
            Err(error) => Phase::Failed(error.to_string()),
        };
        self.phase.send_replace(outcome);
    }

    /// Ends the engine for good, with every command and connection. Returns when that is done, after 15 s at the most.
    pub(crate) async fn stop(&self) {
        let _turn = self.turn.lock().await;
        if let Phase::Running(engine) = self.phase.send_replace(Phase::Stopped)
            && tokio::time::timeout(STOP, engine.stop()).await.is_err()
        {
            tracing::warn!("the engine did not end in time");
        }
    }
}

/// Returns at SIGTERM, SIGINT or SIGHUP.
///
/// # Errors
/// The signals cannot be awaited.
pub(crate) async fn end_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
