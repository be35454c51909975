//! The user interface: Node, its npm packages, its build, each only when something changed.

use crate::Result;
use crate::steps::Steps;
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The oldest Node that the build tools run on.
const NODE: (u32, u32) = (20, 19);

/// Installs the npm packages where they differ from the lock file. Whether they are there.
///
/// # Errors
/// Node is missing or too old, in a sentence.
pub(crate) fn packages(steps: &mut Steps) -> Result<bool> {
    let ui = workspace::ui();
    let installed = ui.join("node_modules/.package-lock.json");
    let wanted = newest(&[ui.join("package-lock.json"), ui.join("package.json")]);
    if wanted.is_some() && modified(&installed) >= wanted {
        return Ok(true);
    }
    check_node()?;
    let arguments = ["ci", "--no-audit", "--no-fund"];
    Ok(steps.run(
        "ui packages",
        "npm ci, downloads what ui/package-lock.json names",
        workspace::npm(&arguments),
    ))
}

/// Builds the pages where a source is newer than the last whole build; the packages are there. Whether the build is.
///
/// # Errors
/// Node is missing or too old, in a sentence; the build cannot be marked as whole.
pub(crate) fn build(steps: &mut Steps) -> Result<bool> {
    let ui = workspace::ui();
    // There are several pages: only this mark tells a whole build from one that stopped between two.
    let mark = ui.join("dist/.built");
    let built = modified(&mark);
    if built.is_some() && newest_source(&ui) <= built {
        return Ok(true);
    }
    check_node()?;
    let done = steps.run("ui build", "npm run build", workspace::npm(&["run", "build"]));
    if done {
        fs::write(&mark, "").map_err(|error| format!("{}: {error}", mark.display()))?;
    }
    Ok(done)
}

fn check_node() -> Result<()> {
    let needed = format!("{}.{} or newer", NODE.0, NODE.1);
    let output = Command::new("node").arg("--version").output().map_err(|_| {
        format!(
            "Node is not in the PATH. Install Node {needed} with npm (https://nodejs.org) and start again."
        )
    })?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version(&text) {
        Some(found) if found >= NODE => Ok(()),
        _ => Err(format!(
            "Node {needed} is needed to build the pages; this one says `{text}`. Install a newer one \
             (https://nodejs.org) and start again."
        )
        .into()),
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// When the pages' sources last changed: the folders of sources, and the settings beside them.
fn newest_source(ui: &Path) -> Option<SystemTime> {
    let settings = fs::read_dir(ui).ok()?.flatten().map(|entry| entry.path());
    let mut sources: Vec<_> = settings.filter(|path| path.is_file()).collect();
    for folder in [ui.join("src"), ui.join("public"), workspace::root().join("icons")] {
        sources.extend(everything_in(&folder));
    }
    newest(&sources)
}

/// All files and folders below a folder, and itself: a removed file shows in its folder's time.
fn everything_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next) {
        let inside = fs::read_dir(path).into_iter().flatten().flatten();
        let inside: Vec<_> = inside.map(|entry| entry.path()).collect();
        found.extend(inside);
        next += 1;
    }
    found
}

fn newest(paths: &[PathBuf]) -> Option<SystemTime> {
    paths.iter().filter_map(|path| modified(path)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_compare_by_number() {
        assert!(version("v20.19.0") >= Some(NODE));
        assert!(version("v22.3.1") >= Some(NODE));
        assert!(version("v20.9.0") < Some(NODE));
        assert_eq!(version("20.19"), None);
        assert_eq!(version(""), None);
    }
}
