//! Features: what a client may ask for beyond the bare protocol.

use super::{Code, ProtocolError};

/// Extensions that a client asks for in `authentication` and gets when the server has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Feature {
    /// Messages of type `pipes`: where a breakpoint can be set in a text; breakpoints that hold, with their updates.
    Breakpoints,
    /// Messages of type `complete`: what the word at the cursor of a line can become.
    Complete,
    /// `exitCode`, `signal`, `cwd`, `durationMs`, `pipes` and their like in answers and updates.
    Details,
    /// Messages of type `files`: the user's files are listed, read, written.
    Files,
    /// `format` on a command: `html`, `text` or `raw`.
    Format,
    /// Output as an ordered list of chunks without duplicated text.
    Chunks,
    /// `size` on a command, and updates of type `resize`.
    Resize,
    /// `streams` on a command: `split`, `exact` or `pipes`.
    Streams,
    /// Output of raw commands, and input, as binary frames.
    Binary,
    /// `screen` in the output of updates: what a full-screen program shows, as rows that change.
    Screens,
    /// Messages of type `history`, `importHistory` and `forget`.
    History,
    /// Messages of type `notes`, `setNote` and `deleteNote`, and `noteChanged`.
    Notes,
    /// Messages of type `processes` and `kill`: what runs in the session, and signals for single processes.
    Processes,
    /// Messages of type `notifications` and `notification`.
    Notifications,
    /// Messages of type `preferences` and `setPreferences`, and `preferencesChanged`.
    Preferences,
    /// `seq` on what the server sends, `ack`, and `resume` in the authentication: nothing is lost with a connection.
    Resume,
    /// `stdinFrom` on a command: what a breakpoint of another command captured becomes its input.
    StdinFrom,
}

impl Feature {
    /// Every feature of this server, in the order in which they are granted.
    pub const ALL: &[Self] = &[
        Self::Breakpoints,
        Self::Complete,
        Self::Details,
        Self::Files,
        Self::Format,
        Self::Chunks,
        Self::Resize,
        Self::Streams,
        Self::Binary,
        Self::Screens,
        Self::History,
        Self::Notes,
        Self::Processes,
        Self::Notifications,
        Self::Preferences,
        Self::Resume,
        Self::StdinFrom,
    ];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breakpoints => "breakpoints",
            Self::Complete => "complete",
            Self::Details => "details",
            Self::Files => "files",
            Self::Format => "format",
            Self::Chunks => "chunks",
            Self::Resize => "resize",
            Self::Streams => "streams",
            Self::Binary => "binary",
            Self::Screens => "screens",
            Self::History => "history",
            Self::Notes => "notes",
            Self::Processes => "processes",
            Self::Notifications => "notifications",
            Self::Preferences => "preferences",
            Self::Resume => "resume",
            Self::StdinFrom => "stdinFrom",
        }
    }

    /// The feature of that name on the wire, if this server has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.name() == name)
    }
}

/// The features that a connection was granted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Granted(u32);

impl Granted {
    /// Those of `names` that this server has.
    pub(crate) fn of(names: &[String]) -> Self {
        let features = names.iter().filter_map(|name| Feature::named(name));
        Self(features.fold(0, |all, feature| all | 1 << feature as u32))
    }

    pub(crate) fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u32) != 0
    }

    /// Refuses the use of a field that needs a feature which was not granted.
    pub(crate) fn need(self, feature: Feature, used: bool, field: &str) -> Result<(), ProtocolError> {
        if !used || self.has(feature) {
            return Ok(());
        }
        let name = feature.name();
        Err(ProtocolError::new(
            Code::FeatureMissing,
            format!("\"{field}\" needs the feature \"{name}\"; ask for it in the authentication."),
        ))
    }

    pub(crate) fn list(self) -> Vec<Feature> {
        Feature::ALL.iter().copied().filter(|feature| self.has(*feature)).collect()
    }
}
