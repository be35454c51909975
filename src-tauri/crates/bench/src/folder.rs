//! A folder for what a run needs, removed at its end.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A new folder under the system's one for temporary files, with mode 0700.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let path = std::env::temp_dir().join(format!("porthole-bench-{}", std::process::id()));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies among the temporary files, and is told by its name.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
