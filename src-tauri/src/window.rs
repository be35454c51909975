//! The window: made when it is first shown, so that an app which stays in the tray costs no browser engine.

use tauri::webview::WebviewWindowBuilder;
use tauri::{AppHandle, Manager as _, WebviewWindow};

use crate::bridge;

/// The window's label, here and in the configuration.
pub(crate) const LABEL: &str = "main";

/// Shows the window, on top and with the present state.
pub(crate) fn show(app: &AppHandle) {
    let app = app.clone();
    let shown = app.clone().run_on_main_thread(move || {
        if let Err(error) = open(&app) {
            tracing::error!("the window cannot be shown: {error}");
        }
    });
    if let Err(error) = shown {
        tracing::error!("the window cannot be shown: {error}");
    }
}

fn open(app: &AppHandle) -> tauri::Result<()> {
    let window = match app.get_webview_window(LABEL) {
        Some(window) => window,
        None => create(app)?,
    };
    window.unminimize()?;
    window.show()?;
    window.set_focus()?;
    bridge::tell_window(app);
    Ok(())
}

fn create(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    let windows = &app.config().app.windows;
    let config = windows.iter().find(|window| window.label == LABEL).ok_or(tauri::Error::WindowNotFound)?;
    WebviewWindowBuilder::from_config(app, config)?.build()
}
