//! The icon's look: one picture for each state, light for dark panels and dark for light ones.

use tauri::image::Image;
use tauri::include_image;

use crate::bridge::State;

/// What the icon says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It listens and nothing runs.
    Idle,
    /// Commands run.
    Running,
    /// It could not start, or runs with something wrong, and wants to be looked at.
    Attention,
    /// Nothing listens: it starts or ends.
    Stopped,
}

impl Look {
    /// The look of a state in which `running` commands run.
    pub(super) fn of(state: &State, running: usize) -> Self {
        match (state.running, running) {
            _ if state.error.is_some() || state.problem.is_some() => Self::Attention,
            (true, 0) => Self::Idle,
            (true, _) => Self::Running,
            (false, _) => Self::Stopped,
        }
    }

    /// The picture for a panel of that brightness.
    pub(super) fn picture(self, panel: Panel) -> Image<'static> {
        match (self, panel) {
            (Self::Idle, Panel::Dark) => include_image!("../icons/tray-idle-on-dark.png"),
            (Self::Idle, Panel::Light) => include_image!("../icons/tray-idle-on-light.png"),
            (Self::Running, Panel::Dark) => include_image!("../icons/tray-running-on-dark.png"),
            (Self::Running, Panel::Light) => include_image!("../icons/tray-running-on-light.png"),
            (Self::Attention, Panel::Dark) => include_image!("../icons/tray-attention-on-dark.png"),
            (Self::Attention, Panel::Light) => {
                include_image!("../icons/tray-attention-on-light.png")
            }
            (Self::Stopped, Panel::Dark) => include_image!("../icons/tray-stopped-on-dark.png"),
            (Self::Stopped, Panel::Light) => include_image!("../icons/tray-stopped-on-light.png"),
        }
    }

    /// Whether macOS may recolour the picture; the colour of attention is part of what it says.
    pub(super) fn is_template(self) -> bool {
        self != Self::Attention
    }
}

/// The brightness of the panel that holds the icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    /// Wants a light picture.
    Dark,
    /// Wants a dark picture.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    Light,
}

impl Panel {
    /// The panel's brightness as well as it can be known: a few desktops match it to the theme, the others have a
    /// dark one in every theme. On macOS the pictures are templates, which the system recolours.
    pub(super) fn current() -> Self {
        #[cfg(target_os = "linux")]
        {
            use gtk::prelude::GtkSettingsExt as _;
            let desktop = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
            let theme = gtk::Settings::default().and_then(|settings| settings.gtk_theme_name());
            Self::known_by(&desktop, theme.as_deref().unwrap_or_default())
        }
        #[cfg(not(target_os = "linux"))]
        Self::Dark
    }

    #[cfg(target_os = "linux")]
    fn known_by(desktop: &str, theme: &str) -> Self {
        let follows_theme = desktop.split(':').any(|name| matches!(name, "KDE" | "MATE"));
        if follows_theme && !theme.to_lowercase().contains("dark") { Self::Light } else { Self::Dark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Phase;

    #[test]
    fn the_icon_tells_idle_running_attention_and_stopped_apart() {
        let mut state = State::of(&Phase::Starting);
        assert_eq!(Look::of(&state, 0), Look::Stopped);
        state.running = true;
        assert_eq!(Look::of(&state, 0), Look::Idle);
        assert_eq!(Look::of(&state, 3), Look::Running);
        state.problem = Some("The disk is full.".into());
        assert_eq!(Look::of(&state, 3), Look::Attention);
        let failed = State::of(&Phase::Failed("Port 7867 is taken.".into()));
        assert_eq!(Look::of(&failed, 0), Look::Attention);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_a_panel_that_follows_a_light_theme_is_light() {
        assert_eq!(Panel::known_by("KDE", "Breeze"), Panel::Light);
        assert_eq!(Panel::known_by("KDE", "Breeze-Dark"), Panel::Dark);
        assert_eq!(Panel::known_by("ubuntu:GNOME", "Adwaita"), Panel::Dark);
    }
}
