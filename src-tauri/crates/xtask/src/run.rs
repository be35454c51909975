//! `cargo xtask run`: builds what this machine can show, and becomes it.

use crate::packages::{self, Use};
use crate::steps::Steps;
use crate::{Result, display, ui, workspace};
use std::os::unix::process::CommandExt;

/// Sets the machine up, builds and starts Porthole. It returns only with an error: the started program takes
/// this process's place, and so has its signals and its exit code.
///
/// # Errors
/// What kept it from starting, and what to do.
pub(crate) fn run(release: bool, arguments: &[String]) -> Result<()> {
    let steps = &mut Steps::new()?;
    let desktop = display::reachable();
    if !desktop {
        println!(
            "No display answers (WAYLAND_DISPLAY, DISPLAY), so this starts the engine alone: no tray and no \
             window, and nothing is installed for them."
        );
    }
    let uses: &[Use] = if desktop {
        &[Use::Engine, Use::App]
    } else {
        &[Use::Engine]
    };
    packages::install_missing(&packages::needed_for(uses), steps)?;
    if !ui::packages(steps)? || !ui::build(steps)? {
        return Err("the pages could not be built (above).".into());
    }
    let (package, name) = if desktop {
        ("porthole-app", "porthole-app")
    } else {
        ("cli", "porthole")
    };
    let mut build = vec!["build", "--package", package, "--bin", name];
    if release {
        build.push("--release");
    }
    let hint = "cargo build; the first one compiles all dependencies and takes minutes";
    if !steps.run("porthole", hint, workspace::cargo(&build)) {
        return Err("Porthole could not be built (above).".into());
    }
    let path = workspace::programs(release)?.join(name);
    let mut program = workspace::program(&path, &[]);
    if !desktop {
        program.args(serve(arguments));
        println!(
            "The web terminal asks for the token; this prints it:\n  {} token\n",
            path.display()
        );
    } else {
        program.args(arguments);
    }
    let error = program.exec();
    Err(format!("{} does not start: {error}", path.display()).into())
}

/// The engine's command line. There is no keychain where there is no desktop, so that a store is named.
fn serve(arguments: &[String]) -> Vec<String> {
    let mut line = vec!["serve".to_owned()];
    line.extend_from_slice(arguments);
    line
}
