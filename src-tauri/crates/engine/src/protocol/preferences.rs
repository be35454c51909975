//! Preferences: what the user likes, the same for every client.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Format, Streams};

/// The preferences that every client understands, each with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// The colours.
    pub theme: Theme,
    /// The family of the terminal's font; "" leaves that to the client.
    pub font: String,
    /// The size of the terminal's font in pixels, 6 to 72.
    pub font_size: u32,
    /// The form of output where a command does not say it.
    pub format: Format,
    /// How streams are carried where a command does not say it.
    pub streams: Streams,
    /// Whether names of files and addresses in output are links.
    pub links: bool,
    /// Whether images in output are shown.
    pub thumbnails: bool,
    /// Whether the end of a long command is shown outside the page.
    pub notifications: bool,
    /// From how many seconds on a command is a long one, 1 to 86,400.
    pub long_command: u32,
    /// For how many days commands are kept, 1 to 3,650.
    pub retention_days: u32,
    /// How many commands are kept, the newest ones, 1 to 1,000,000.
    pub retention_commands: u32,
}

/// The colours of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// Those of the system that shows it.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Asks for the preferences.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PreferencesRequest {}

/// The preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PreferencesAnswer {
    /// Those that every client understands.
    pub values: Preferences,
    /// Those that clients of this name keep for themselves.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub own: Map<String, Value>,
}

/// Changes preferences: all that are named, or none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct SetPreferencesRequest {
    /// By name; null puts a preference back to what it is by itself. What no preference is called is kept for clients of
    /// this client's name, and null takes it away.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub values: Map<String, Value>,
}

/// What changed of the preferences; every client with the feature is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct PreferencesChange {
    /// The new values of those that every client understands.
    #[cfg_attr(test, ts(type = "Partial<Preferences>"))]
    pub values: Map<String, Value>,
    /// The new values of those that clients of this name keep for themselves; null where one is gone.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub own: Map<String, Value>,
}
