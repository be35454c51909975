//! The tray: an icon that shows the state, and a menu whose items change only where the state did.

mod labels;
mod look;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use engine::activity::{CommandActivity, CommandId};
use engine::protocol::Status;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager as _, Wry};

use crate::bridge::State;
use crate::lifecycle::Lifecycle;
use crate::{commands, window};
use labels::{counts_line, kill_label, state_line};
use look::{Look, Panel};

/// Running commands that the menu lists; the window shows all of them.
const LISTED: usize = 12;

/// Where the list of running commands begins in the menu.
const FIRST_COMMAND: usize = 6;

/// What the id of an item that kills a command begins with; the command's id follows.
const KILL: &str = "kill:";

/// The tray's icon and menu. To be touched on the main thread only.
pub(crate) struct Tray {
    icon: TrayIcon,
    menu: Menu<Wry>,
    state: MenuItem<Wry>,
    counts: MenuItem<Wry>,
    open_terminal: MenuItem<Wry>,
    copy_token: MenuItem<Wry>,
    kill_everything: MenuItem<Wry>,
    shown: Mutex<Shown>,
}

/// What the tray shows now.
struct Shown {
    look: (Look, Panel),
    state: String,
    counts: String,
    running: bool,
    killable: bool,
    commands: Vec<(CommandId, MenuItem<Wry>)>,
}

impl Tray {
    /// Shows the icon of an engine that has not started yet.
    ///
    /// # Errors
    /// The desktop refuses the icon or its menu.
    pub(crate) fn build(app: &AppHandle) -> tauri::Result<Self> {
        let item = |id: &str, text: &str, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
        let separator = || PredefinedMenuItem::separator(app);
        let starting = State::of(&crate::lifecycle::Phase::Starting);
        let shown = Shown {
            look: (Look::Stopped, Panel::current()),
            state: state_line(&starting),
            counts: counts_line(&starting),
            running: false,
            killable: false,
            commands: Vec::new(),
        };
        let state = item("state", &shown.state, false)?;
        let counts = item("counts", &shown.counts, false)?;
        let open_terminal = item("open-terminal", "Open web terminal", false)?;
        let copy_token = item("copy-token", "Copy pairing token", false)?;
        let kill_everything = item("kill-everything", "Kill everything", false)?;
        let (show_window, quit) =
            (item("show-window", "Show window", true)?, item("quit", "Quit Porthole", true)?);
        let above_commands: [&dyn IsMenuItem<Wry>; FIRST_COMMAND] =
            [&state, &counts, &separator()?, &open_terminal, &copy_token, &separator()?];
        let menu = Menu::with_items(app, &above_commands)?;
        menu.append_items(&[&kill_everything, &separator()?, &show_window, &quit])?;
        let mut builder = TrayIconBuilder::with_id("porthole")
            .icon(shown.look.0.picture(shown.look.1))
            .icon_as_template(shown.look.0.is_template())
            .tooltip("Porthole")
            .menu(&menu)
            .on_menu_event(|app, event| chosen(app, event.id().as_ref()));
        if let Some(folder) = picture_folder(app) {
            builder = builder.temp_dir_path(folder);
        }
        let icon = builder.build(app)?;
        Ok(Self {
            icon,
            menu,
            state,
            counts,
            open_terminal,
            copy_token,
            kill_everything,
            shown: Mutex::new(shown),
        })
    }

    /// Shows `state`; touches only what differs from what is shown.
    ///
    /// # Errors
    /// The desktop refuses a change.
    pub(crate) fn present(&self, app: &AppHandle, state: &State) -> tauri::Result<()> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let running: Vec<_> =
            state.commands.iter().filter(|command| command.status == Status::Running).collect();

        let look = (Look::of(state, running.len()), Panel::current());
        if shown.look != look {
            self.icon.set_icon_with_as_template(Some(look.0.picture(look.1)), look.0.is_template())?;
            shown.look = look;
        }
        retext(&self.state, &mut shown.state, state_line(state))?;
        retext(&self.counts, &mut shown.counts, counts_line(state))?;
        if shown.running != state.running {
            self.open_terminal.set_enabled(state.running)?;
            self.copy_token.set_enabled(state.running)?;
            shown.running = state.running;
        }
        if shown.killable == running.is_empty() {
            self.kill_everything.set_enabled(!running.is_empty())?;
            shown.killable = !running.is_empty();
        }
        let listed = &running[..running.len().min(LISTED)];
        self.list_commands(app, &mut shown.commands, listed)
    }

    /// Both lists are in the order of the ids, so what stays keeps its place and only the rest is removed or inserted.
    fn list_commands(
        &self,
        app: &AppHandle,
        shown: &mut Vec<(CommandId, MenuItem<Wry>)>,
        running: &[&CommandActivity],
    ) -> tauri::Result<()> {
        for (_, ended) in shown.extract_if(.., |(id, _)| running.iter().all(|command| command.id != *id)) {
            self.menu.remove(&ended)?;
        }
        for (place, command) in running.iter().enumerate() {
            if shown.get(place).is_none_or(|(id, _)| *id != command.id) {
                let id = format!("{KILL}{}", command.id);
                let item = MenuItem::with_id(app, id, kill_label(&command.command), true, None::<&str>)?;
                self.menu.insert(&item, FIRST_COMMAND + place)?;
                shown.insert(place, (command.id, item));
            }
        }
        Ok(())
    }
}

fn retext(item: &MenuItem<Wry>, shown: &mut String, text: String) -> tauri::Result<()> {
    if *shown != text {
        item.set_text(&text)?;
        *shown = text;
    }
    Ok(())
}

/// Where the icon's pictures are written for the panel to read: without a runtime folder of the user's own, in the
/// cache folder, for another user may own the one below /tmp.
fn picture_folder(app: &AppHandle) -> Option<PathBuf> {
    let path = app.path();
    if path.runtime_dir().is_ok() {
        None
    } else {
        path.app_cache_dir().ok().map(|folder| folder.join("tray"))
    }
}

fn chosen(app: &AppHandle, id: &str) {
    match id {
        "open-terminal" => in_background(app, commands::open_page),
        "copy-token" => in_background(app, commands::copy),
        "kill-everything" => in_background(app, commands::end_everything),
        "show-window" => window::show(app),
        "quit" => crate::quit(app),
        _ => {
            if let Some(command) = id.strip_prefix(KILL).and_then(|id| id.parse().ok()) {
                in_background(app, move |app| commands::kill(&app.state::<Arc<Lifecycle>>(), command));
            }
        }
    }
}

/// Does what may block away from the main thread; where it fails the window shows, since a menu cannot say why.
fn in_background(app: &AppHandle, act: impl FnOnce(&AppHandle) -> Result<(), String> + Send + 'static) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = act(&app) {
            tracing::warn!("{error}");
            window::show(&app);
        }
    });
}
