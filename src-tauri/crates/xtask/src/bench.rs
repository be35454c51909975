//! `cargo xtask bench`: builds Porthole as it is shipped, and measures it beside its peers.

use crate::packages::{self, Use};
use crate::steps::Steps;
use crate::{Result, workspace};

/// The profile of Cargo.toml that is measured.
const PROFILE: &str = "measured";

/// Sets the machine up, builds and measures. Whether every aim was met.
///
/// # Errors
/// What kept it from measuring at all.
pub(crate) fn bench(arguments: &[String]) -> Result<bool> {
    let steps = &mut Steps::new()?;
    packages::install_missing(&packages::needed_for(&[Use::Engine, Use::Bench]), steps)?;
    let build = ["build", "--profile", PROFILE, "--package", "bench", "--package", "cli", "--locked"];
    let hint = "optimised; the first one compiles all dependencies and takes minutes";
    if !steps.run("bench", hint, workspace::cargo(&build)) {
        return Err("what measures could not be built (above).".into());
    }
    let programs = workspace::programs_of(PROFILE)?;
    let (program, results) = (programs.join("bench"), programs.join("results"));
    let mut bench = workspace::program(&program, arguments);
    // The commit that stands in the results is that of the workspace.
    bench.arg("--results").arg(results).current_dir(workspace::root());
    let status = bench.status().map_err(|error| format!("{} does not start: {error}", program.display()))?;
    Ok(status.success())
}
