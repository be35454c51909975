//! Porthole's desktop app: wires the engine to a tray icon, its menu and a window.

mod bridge;
mod clipboard;
mod commands;
mod display;
mod lifecycle;
mod options;
mod tray;
mod window;

use std::sync::Arc;

use anyhow::Context as _;
use tauri::{App, AppHandle, Manager as _, RunEvent, WindowEvent};

pub use display::{has_display, serve_without_display};
pub use options::Options;

use clipboard::Clipboard;
use lifecycle::{EndSignals, Lifecycle};
use tray::Tray;

/// Runs the app until the user quits. Must be called on the main thread, where a display can be used.
///
/// # Errors
/// The settings make no sense, or the desktop gives no window system or tray; one sentence for a person.
pub fn run(options: Options) -> anyhow::Result<()> {
    let settings = options.into_settings()?;
    let first_start = !settings.data_dir.exists();
    let app = tauri::Builder::default()
        // First, so that a second start ends before it makes anything.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app)))
        .manage(Arc::new(Lifecycle::new(settings)))
        .manage(Clipboard::default())
        .invoke_handler(commands::handler())
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
                if let Err(error) = window.hide() {
                    tracing::warn!("the window stays open: {error}");
                }
            }
        })
        .setup(move |app| Ok(set_up(app, first_start)?))
        .build(tauri::generate_context!())
        .context("Porthole cannot use this desktop")?;
    app.run(|_, event| {
        // No window is left open in the tray; only Quit names an exit code.
        if let RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
        }
    });
    Ok(())
}

fn set_up(app: &mut App, first_start: bool) -> anyhow::Result<()> {
    let signals = tauri::async_runtime::block_on(async { EndSignals::take_over() });
    let signals = signals.context("Porthole cannot wait for signals")?;
    let tray = Tray::build(app.handle()).context("The tray icon cannot be shown")?;
    app.manage(tray);
    let lifecycle = Arc::clone(&app.state::<Arc<Lifecycle>>());
    tauri::async_runtime::spawn(bridge::run(app.handle().clone(), Arc::clone(&lifecycle)));
    let starting = Arc::clone(&lifecycle);
    tauri::async_runtime::spawn(async move {
        starting.start().await;
        display::tell_where(&starting);
    });
    let ended = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        tokio::select! {
            () = signals.received() => {}
            () = lifecycle.stop_asked() => {}
        }
        quit(&ended);
    });
    if first_start {
        window::show(app.handle());
    }
    Ok(())
}

/// Ends every command, closes every connection, and then the app.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    let lifecycle = Arc::clone(&app.state::<Arc<Lifecycle>>());
    tauri::async_runtime::spawn(async move {
        lifecycle.stop().await;
        app.exit(0);
    });
}
