//! Outcome: what became of an image that was printed.

use super::{Asked, ImageKind};

/// An image that was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its bytes, or why they are not there.
    pub bytes: Result<Vec<u8>, Missing>,
    /// Its format, where the beginning told one.
    pub kind: Option<ImageKind>,
    /// Bytes of it that were printed.
    pub size: u64,
    /// Whether it stands at the beginning of a line.
    pub begins_line: bool,
    /// What an OSC 1337 said of how it is to be shown.
    pub asked: Asked,
}

/// Why there are no bytes of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Less came than there has to be, or something else.
    #[error("it breaks off")]
    Cut,
    /// A stretch of the stream is not known.
    #[error("part of it was not kept")]
    NotKept,
    /// It is no base64.
    #[error("it is no base64")]
    Encoding,
    /// It has more bytes than are collected.
    #[error("it is too long")]
    TooLong,
    /// Too much is collected at the same time.
    #[error("too many images are printed at once")]
    TooMany,
}
