//! The helper on disk: the small program that a tapped stage runs to find where to write.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

static TAP: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tap"));

/// Folders in which it is known to run.
static INSTALLED: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// Attempts to run a program that another thread's child may still have open for writing.
const ATTEMPTS: u32 = 20;

/// Puts the helper into `folder`, which only the user can enter, and gives its path. Blocks.
pub(super) fn install(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join("tap");
    let mut installed = INSTALLED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if installed.contains(folder) && path.exists() {
        return Ok(path);
    }
    let temporary = folder.join(format!("tap.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o700).open(&temporary)?;
    file.write_all(TAP)?;
    drop(file);
    std::fs::rename(&temporary, &path)?;
    runs(&path)?;
    installed.insert(folder.to_path_buf());
    Ok(path)
}

fn runs(path: &Path) -> io::Result<()> {
    for attempt in 1.. {
        match Command::new(path).stdin(Stdio::null()).stdout(Stdio::null()).status() {
            Ok(status) if status.success() => break,
            Ok(status) => return Err(io::Error::other(format!("the helper ended with {status}"))),
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && attempt < ATTEMPTS => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
