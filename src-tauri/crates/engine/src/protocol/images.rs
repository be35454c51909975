//! Images: what a client may ask about the images that a command printed.

use serde::{Deserialize, Serialize};

/// Asks for an image that a command of the session printed: a picture of it, or with `offset` a range of its own bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[cfg_attr(test, ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct PrintedOf {
    /// The command.
    pub server_id: u64,
    /// The `data-image` of the `img` in its output.
    pub image: u64,
    /// The most pixels of the picture's longer side; 480 where it is left out, 1,600 at the most.
    pub side: Option<u32>,
    /// The first byte of the image as it was printed, from 0.
    pub offset: Option<u64>,
    /// The most bytes of it; the server's own limit where it is left out or larger.
    pub length: Option<u64>,
}

/// A picture of an image that a command printed, drawn anew, or a range of the image as it was printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PrintedImage {
    /// The command.
    pub server_id: u64,
    /// Its number among the images of the command.
    pub image: u64,
    /// The image's own width in pixels, as it is to be looked at.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Bytes of the image as it was printed.
    pub size: u64,
    /// `PNG`, `JPEG`, `GIF` or `WebP`: what the image is.
    pub format: String,
    /// What the bytes here are: `image/png` or `image/jpeg` of a picture, else what the image is.
    pub media_type: String,
    /// Where the bytes begin in the image; 0 for a picture.
    pub offset: u64,
    /// Whether nothing follows them.
    pub end: bool,
    /// The bytes in base64, with padding. Absent under `binary`: there they come in a frame before this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub data: Option<String>,
}
