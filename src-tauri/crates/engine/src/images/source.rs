//! Source: the bytes of an image file, read so that no kind of file can hold the reader up.

use std::fs::{File, OpenOptions, metadata};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::ImageError;
use crate::limits::Limits;

/// Reads a regular file of at most `limits.image_bytes`.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, ImageError> {
    // Looked at before it is opened, since opening some devices does something.
    if !metadata(path)?.is_file() {
        return Err(ImageError::NotAFile);
    }
    let file = open(path)?;
    let known = file.metadata()?;
    if !known.is_file() {
        return Err(ImageError::NotAFile);
    }
    let limit = limits.image_bytes;
    if known.len() > limit as u64 {
        return Err(ImageError::TooLong { bytes: known.len(), limit });
    }
    // Files of the kernel's own say that they are empty, and may be without end.
    if known.len() == 0 {
        return Err(ImageError::NotAnImage);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(known.len()).unwrap_or(limit));
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(ImageError::TooLong { bytes: bytes.len() as u64, limit });
    }
    Ok(bytes)
}

/// Opens without waiting: of a pipe that took the file's place meanwhile nobody may ever write.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}
