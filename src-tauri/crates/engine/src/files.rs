//! Files: what a command's working directory holds.

use std::fs;
use std::path::Path;

use crate::render::Names;

/// The names in a folder, at most `limit`; none where it cannot be read.
pub(crate) fn names_in(folder: &Path, limit: usize) -> Names {
    let Ok(entries) = fs::read_dir(folder) else { return Names::default() };
    Names::new(entries.flatten().take(limit).filter_map(|entry| entry.file_name().into_string().ok()))
}
