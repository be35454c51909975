//! Watch: a folder whose changes a client is told of, with the feature `notifications`.

use super::{FilePath, FilePlace};
use serde::{Deserialize, Serialize};

/// Asks to be told of what changes in a folder; of what its own folders hold that is not told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct WatchRequest {
    /// The folder.
    #[serde(flatten)]
    pub place: FilePlace,
}

/// The folder is watched from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct WatchAnswer {
    /// Names the watch, also in `folderChanged`.
    pub watch: u64,
    /// The folder: absolute, with no symbolic link in it.
    pub path: FilePath,
}

/// Ends a watch of this client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct UnwatchRequest {
    /// The watch.
    pub watch: u64,
}

/// The watch has ended; nothing more is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct UnwatchAnswer {
    /// The watch.
    pub watch: u64,
}

/// What became of one entry of a watched folder since the last notification of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
pub struct FolderChange {
    /// The entry.
    pub name: FilePath,
    /// What became of it.
    pub change: EntryChange,
}

/// What can become of an entry of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum EntryChange {
    /// It is new, or came here by another name.
    Created,
    /// Its content, or what is known of it, is another one.
    Changed,
    /// It is gone, or has another name.
    Removed,
}
