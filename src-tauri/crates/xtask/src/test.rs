//! `cargo xtask test`: everything that a change must pass, on a machine that it sets up itself.

use crate::arguments::Part;
use crate::packages::{self, Use, in_path};
use crate::steps::Steps;
use crate::workspace::{cargo, command, npm, programs, root};
use crate::{Result, house, ui};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Runs these parts, all of them even where one fails. Whether all passed.
///
/// # Errors
/// Only what keeps the steps from being run at all.
pub(crate) fn test(parts: &[Part]) -> Result<bool> {
    let steps = &mut Steps::new()?;
    let has = |part| parts.contains(&part);
    components(steps);
    if has(Part::House) {
        steps.run("format", "rustfmt", cargo(&["fmt", "--all", "--check"]));
        house::check(steps);
    }
    if parts == [Part::House] {
        return Ok(steps.summary());
    }
    prepare(parts, steps);
    if has(Part::Checks) {
        clippy(steps);
    }
    build(parts, steps);
    if has(Part::Rust) {
        rust(steps);
    }
    if has(Part::Ui) {
        steps.run("ui types", "npm run check", npm(&["run", "check"]));
        steps.run("ui tests", "npm test", npm(&["test"]));
    }
    if has(Part::E2e) {
        let mut e2e = npm(&["run", "e2e"]);
        e2e.env("PORTHOLE_BIN", programs(false)?.join("porthole"));
        steps.run("e2e tests", "the web terminal in Chromium", e2e);
    }
    if has(Part::Desktop) {
        let arguments = ["test", "--workspace", "--test", "desktop", "--", "--nocapture"];
        steps.run("desktop tests", "the tray app on a virtual display", cargo(&arguments));
    }
    Ok(steps.summary())
}

/// Everything that tests find on the machine. What cannot be installed counts as a failed step.
fn prepare(parts: &[Part], steps: &mut Steps) {
    let mut uses = vec![Use::Engine];
    for part in parts {
        uses.extend_from_slice(match part {
            Part::House => &[],
            Part::Checks => &[Use::App],
            Part::Rust => &[Use::App, Use::RustTests],
            Part::Ui => &[],
            Part::E2e => &[Use::E2e],
            Part::Desktop => &[Use::App, Use::Desktop],
        });
    }
    let setup = packages::install_missing(&packages::needed_for(&uses), steps);
    steps.check("setup", || setup);
    let pages = ui::packages(steps).and_then(|_| ui::build(steps));
    if let Err(error) = pages {
        steps.check("pages", || Err(error));
    }
}

/// rustfmt and clippy, which rustup's smallest profile leaves out.
fn components(steps: &mut Steps) {
    let answers = |tool: &str| {
        let output = cargo(&[tool, "--version"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if in_path("rustup") && !(answers("fmt") && answers("clippy")) {
        let add = ["component", "add", "rustfmt", "clippy"];
        steps.run("rust components", "rustup", command("rustup", &add));
    }
}

fn clippy(steps: &mut Steps) {
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--locked", "--keep-going", "--", "-D", "warnings"];
    steps.run("clippy", "checks every crate and, the first time, its dependencies", cargo(&clippy));
}

/// Builds everything with one set of features, so that no later step compiles a dependency again.
fn build(parts: &[Part], steps: &mut Steps) {
    let everything = parts.iter().any(|part| matches!(part, Part::Rust | Part::Desktop));
    if everything {
        let all = ["build", "--workspace", "--all-targets", "--locked", "--keep-going"];
        steps.run("build", "app, engine and tests; minutes the first time", cargo(&all));
    } else if parts.contains(&Part::E2e) {
        let engine = ["build", "--package", "cli", "--locked"];
        steps.run("build", "the engine; minutes the first time", cargo(&engine));
    }
}

fn rust(steps: &mut Steps) {
    // The desktop test needs a display of its own and is a part of its own.
    if in_path("cargo-nextest") {
        let filter = "not (package(porthole-app) and binary(desktop))";
        let tests = ["nextest", "run", "--workspace", "--locked", "-E", filter];
        steps.run("rust tests", "cargo nextest", cargo(&tests));
    } else {
        let mut tests = cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins"]);
        for name in integration_tests() {
            tests.args(["--test", &name]);
        }
        steps.run("rust tests", "cargo test", tests);
    }
    steps.run("doc tests", "examples in the documentation", cargo(&["test", "--workspace", "--doc"]));
}

/// The names of the crates' integration tests; those of the app, which need a display, are not among them.
fn integration_tests() -> BTreeSet<String> {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    let crates = entries(root().join("src-tauri/crates"));
    let tests = crates.flat_map(|found| entries(found.path().join("tests"))).map(|found| found.path());
    let is_test = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").is_file()
    };
    tests.filter(is_test).filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_over_a_real_socket_are_found_and_those_on_a_display_are_left() {
        let names = integration_tests();
        assert!(names.contains("wire"), "{names:?}");
        assert!(!names.contains("desktop"), "{names:?}");
    }
}
