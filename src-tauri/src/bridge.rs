//! The bridge: turns what changes in the engine into the window's event and the tray's menu, at most every 100 ms.

use std::sync::Arc;
use std::time::Duration;

use engine::activity::{ActivitySnapshot, ClientActivity, CommandActivity};
use serde::Serialize;
use tauri::{AppHandle, Emitter as _, Manager as _};

use crate::lifecycle::{Lifecycle, Phase};
use crate::tray::Tray;
use crate::window;

/// The event that carries a [`State`] to the window.
const STATE_CHANGED: &str = "state-changed";

/// Changes within this time of the last one told are told together.
const COALESCE: Duration = Duration::from_millis(100);

/// What window and tray show: the payload of `state-changed` and the answer to the command `state`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// Whether the engine listens.
    pub(crate) running: bool,
    /// The web terminal's address, or "" while nothing listens.
    pub(crate) address: String,
    /// The certificate's fingerprint, or "".
    pub(crate) fingerprint: String,
    /// The app's version.
    pub(crate) version: &'static str,
    /// Why the engine could not start, and what to do.
    pub(crate) error: Option<String>,
    /// What is wrong with an engine that runs all the same: history is not kept, for example.
    pub(crate) problem: Option<String>,
    /// Authenticated clients, oldest first.
    pub(crate) clients: Vec<ClientActivity>,
    /// Running commands, oldest first, then lately completed ones, newest first.
    pub(crate) commands: Vec<CommandActivity>,
}

impl State {
    /// The state at this moment.
    pub(crate) fn of(phase: &Phase) -> Self {
        let mut state = Self {
            running: false,
            address: String::new(),
            fingerprint: String::new(),
            version: env!("CARGO_PKG_VERSION"),
            error: None,
            problem: None,
            clients: Vec::new(),
            commands: Vec::new(),
        };
        match phase {
            Phase::Running(engine) => {
                let ActivitySnapshot { clients, commands, problem } = engine.activity().snapshot();
                state.running = true;
                state.address = engine.page_url();
                state.fingerprint = engine.fingerprint().to_owned();
                state.clients = clients;
                state.commands = commands;
                state.problem = problem;
            }
            Phase::Failed(why) => state.error = Some(why.clone()),
            Phase::Starting | Phase::Stopped => {}
        }
        state
    }
}

/// Tells window and tray of every change until the app ends.
pub(crate) async fn run(app: AppHandle, lifecycle: Arc<Lifecycle>) {
    let mut phases = lifecycle.phase();
    loop {
        let phase = phases.borrow_and_update().clone();
        // Before the snapshot is taken, so that no change falls between the two.
        let changes = match &phase {
            Phase::Running(engine) => Some(engine.activity().changed()),
            _ => None,
        };
        tell(&app, &phase);
        drop(phase);
        tokio::time::sleep(COALESCE).await;
        match changes {
            Some(mut changes) => tokio::select! {
                Ok(()) = phases.changed() => {}
                Ok(()) = changes.changed() => {}
                else => return,
            },
            None => {
                if phases.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

fn tell(app: &AppHandle, phase: &Phase) {
    let state = State::of(phase);
    emit(app, &state);
    let handle = app.clone();
    let told = app.run_on_main_thread(move || {
        if let Err(error) = handle.state::<Tray>().present(&handle, &state) {
            tracing::warn!("the tray shows an older state: {error}");
        }
    });
    if let Err(error) = told {
        tracing::debug!("the app ends: {error}");
    }
}

/// Tells the window the present state, which it did not hear of while it was hidden.
pub(crate) fn tell_window(app: &AppHandle) {
    let phase = app.state::<Arc<Lifecycle>>().phase().borrow().clone();
    emit(app, &State::of(&phase));
}

fn emit(app: &AppHandle, state: &State) {
    let Some(window) = app.get_webview_window(window::LABEL) else {
        return;
    };
    if !window.is_visible().unwrap_or(true) {
        return;
    }
    if let Err(error) = window.emit(STATE_CHANGED, state) {
        tracing::warn!("the window shows an older state: {error}");
    }
}
