//! Uploads: files that come in parts, and have their name once they are whole.

use super::{FilePath, FilePlace};
use serde::{Deserialize, Serialize};

/// Begins an upload: a file that comes in parts, and has its name once it is whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct BeginUpload {
    /// The file.
    #[serde(flatten)]
    pub place: FilePlace,
    /// How many bytes it has.
    pub size: u64,
    /// Replace a regular file of that name, where there is one.
    pub overwrite: Option<bool>,
}

/// Bytes of an upload. Parts may come in any order, and again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadPart {
    /// The upload.
    pub upload: u64,
    /// Where the bytes begin in the file.
    pub offset: u64,
    /// The bytes in base64, with padding.
    pub data: String,
}

/// Ends an upload that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct FinishUpload {
    /// The upload.
    pub upload: u64,
    /// In place of what the upload began with.
    pub overwrite: Option<bool>,
}

/// Drops an upload.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AbortUpload {
    /// The upload.
    pub upload: u64,
}

/// An upload that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadBegun {
    /// Its number.
    pub upload: u64,
    /// The absolute path that the file will have.
    pub path: FilePath,
}

/// Bytes of an upload were taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartTaken {
    /// The upload.
    pub upload: u64,
    /// Where the bytes begin in the file.
    pub offset: u64,
    /// How many different bytes of the file have come so far.
    pub received: u64,
}

/// An upload that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadAborted {
    /// The upload.
    pub upload: u64,
}
