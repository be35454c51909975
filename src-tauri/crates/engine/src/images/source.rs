//! Source: the bytes of an image file, opened as every file of the user is.

use std::io::Read;
use std::path::Path;

use super::ImageError;
use crate::files::{self, FileError};
use crate::limits::Limits;

/// Reads a regular file of at most `limits.image_bytes`.
///
/// # Errors
/// Those of [`files::open`]; it is longer, also where it grows meanwhile.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, ImageError> {
    let (file, known) = files::open(path)?;
    let limit = limits.image_bytes;
    if known.len() > limit as u64 {
        return Err(ImageError::TooLong { bytes: known.len(), limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(known.len()).unwrap_or(limit));
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| FileError::of(path, error))?;
    if bytes.len() > limit {
        return Err(ImageError::TooLong { bytes: bytes.len() as u64, limit });
    }
    Ok(bytes)
}
