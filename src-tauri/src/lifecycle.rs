//! The engine's life in the app: starting, running, failed (until Retry), stopped.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use engine::{Engine, Settings};
use tokio::signal::unix::{Signal, SignalKind, signal};
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

    /// Returns once somebody asked over the control socket that the engine be stopped.
    pub(crate) async fn stop_asked(&self) {
        let mut phases = self.phase();
        let engine = loop {
            if let Phase::Running(engine) = &*phases.borrow_and_update() {
                break Arc::clone(engine);
            }
            if phases.changed().await.is_err() {
                return;
            }
        };
        engine.stop_asked().await;
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

/// The signals that end Porthole in order: SIGTERM, SIGINT and SIGHUP.
pub(crate) struct EndSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl EndSignals {
    /// Takes the signals over from here on, so that one which comes before anybody waits is not lost and does not end
    /// the process with its commands still running. To be called before the engine starts, inside the runtime.
    ///
    /// # Errors
    /// The system refuses to hand the signals over.
    pub(crate) fn take_over() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Returns once one of them has come.
    pub(crate) async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
