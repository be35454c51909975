//! Commands: what the window may ask of the app over Tauri's IPC.
//!
//! Every error is one sentence for a person.

use std::sync::Arc;

use engine::activity::CommandId;
use engine::audit::AuditEntry;
use tauri::ipc::Invoke;
use tauri::{AppHandle, Manager as _, State as Managed, Wry};

use crate::bridge::State;
use crate::clipboard::Clipboard;
use crate::lifecycle::Lifecycle;

/// Entries of the audit trail that the window has.
const RECENT: usize = 50;

type Life<'a> = Managed<'a, Arc<Lifecycle>>;

/// Answers the window's commands; `build.rs` and `capabilities/main.json` list the same names.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        state,
        reveal_token,
        copy_token,
        rotate_token,
        open_terminal,
        kill_command,
        kill_everything,
        disconnect_client,
        recent_activity,
        retry
    ]
}

#[tauri::command]
fn state(lifecycle: Life<'_>) -> State {
    let phase = lifecycle.phase().borrow().clone();
    State::of(&phase)
}

#[tauri::command]
fn reveal_token(lifecycle: Life<'_>) -> Result<String, String> {
    Ok(lifecycle.engine()?.token().reveal().to_owned())
}

#[tauri::command(async)]
fn copy_token(app: AppHandle) -> Result<(), String> {
    copy(&app)
}

#[tauri::command]
async fn rotate_token(lifecycle: Life<'_>) -> Result<(), String> {
    let engine = lifecycle.engine()?;
    engine.rotate_token().await.map(drop).map_err(|error| error.to_string())
}

#[tauri::command(async)]
fn open_terminal(app: AppHandle) -> Result<(), String> {
    open_page(&app)
}

#[tauri::command]
fn kill_command(lifecycle: Life<'_>, id: &str) -> Result<(), String> {
    kill(&lifecycle, id.parse()?)
}

#[tauri::command]
fn kill_everything(app: AppHandle) -> Result<(), String> {
    end_everything(&app)
}

#[tauri::command]
fn disconnect_client(lifecycle: Life<'_>, id: u64) -> Result<(), String> {
    if lifecycle.engine()?.disconnect(id) { Ok(()) } else { Err("That client has left already.".into()) }
}

#[tauri::command]
async fn recent_activity(lifecycle: Life<'_>) -> Result<Vec<AuditEntry>, String> {
    let engine = lifecycle.engine()?;
    let trail = engine.audit(RECENT).await.map_err(|error| error.to_string())?;
    Ok(trail.entries)
}

#[tauri::command]
async fn retry(lifecycle: Life<'_>) -> Result<(), String> {
    // How that went is told by the state.
    lifecycle.start().await;
    Ok(())
}

/// Ends one command.
///
/// # Errors
/// The engine does not run, or the command does not run any more.
pub(crate) fn kill(lifecycle: &Lifecycle, command: CommandId) -> Result<(), String> {
    if lifecycle.engine()?.kill(command) { Ok(()) } else { Err("That command has ended already.".into()) }
}

/// Ends every running command.
///
/// # Errors
/// The engine does not run.
pub(crate) fn end_everything(app: &AppHandle) -> Result<(), String> {
    app.state::<Arc<Lifecycle>>().engine()?.kill_everything();
    Ok(())
}

/// Copies the pairing token to the clipboard. May block: not for the main thread.
///
/// # Errors
/// The engine does not run, or the clipboard refuses.
pub(crate) fn copy(app: &AppHandle) -> Result<(), String> {
    let engine = app.state::<Arc<Lifecycle>>().engine()?;
    app.state::<Clipboard>().copy(&engine.token())
}

/// Opens the web terminal's page in the default browser, by its address alone. May block: not for the main thread.
///
/// # Errors
/// The engine does not run, or there is no browser.
pub(crate) fn open_page(app: &AppHandle) -> Result<(), String> {
    let address = app.state::<Arc<Lifecycle>>().engine()?.page_url();
    open::that_detached(&address)
        .map_err(|error| format!("No browser could be opened ({error}); go to {address} yourself."))
}
