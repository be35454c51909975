//! `cargo xtask package`: the desktop app as .deb and .rpm.

use crate::packages::{self, Use};
use crate::steps::Steps;
use crate::{Result, ui, workspace};
use std::path::{Path, PathBuf};

/// The packager, fetched when it is asked for: it is large, and only this task needs it.
const TAURI: &str = "--package=@tauri-apps/cli@2.12.5";
const FORMATS: [&str; 2] = ["deb", "rpm"];

/// Builds the packages and says where they are.
///
/// # Errors
/// What kept them from being built, and what to do.
pub(crate) fn package() -> Result<()> {
    let steps = &mut Steps::new()?;
    packages::install_missing(&packages::needed_for(&[Use::Engine, Use::App]), steps)?;
    if !ui::packages(steps)? || !ui::build(steps)? {
        return Err("the pages could not be built (above).".into());
    }
    let formats = FORMATS.join(",");
    let tauri = ["exec", "--yes", TAURI, "--", "tauri", "build", "--ci", "--bundles", &formats];
    let hint = "tauri build; optimises everything, which takes several minutes";
    if !steps.run("packages", hint, workspace::command("npm", &tauri)) {
        return Err("the packages could not be built (above).".into());
    }
    let bundles = workspace::programs(true)?.join("bundle");
    for format in FORMATS {
        for path in of_format(&bundles.join(format), format) {
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn of_format(folder: &Path, format: &str) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = inside.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == format)).collect()
}
