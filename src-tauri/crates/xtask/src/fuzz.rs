//! `cargo xtask fuzz`: fuzz targets that follow the branches which inputs take.

use crate::arguments::Target;
use crate::packages::{self, Use};
use crate::steps::Steps;
use crate::{Result, workspace};
use std::fs;

const ENGINE: &str = "src-tauri/crates/engine";
/// Bytes of an input at the most.
const LONGEST: u32 = 2048;
/// Has the compiler count branches and comparisons for libFuzzer, which the targets are linked with.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
                        -Ccodegen-units=1";

/// Builds the targets and runs each for its time. Whether none of them found anything.
///
/// # Errors
/// What kept them from being run at all.
pub(crate) fn fuzz(targets: &[Target], seconds: u32) -> Result<bool> {
    let steps = &mut Steps::new()?;
    packages::install_missing(&packages::needed_for(&[Use::Engine]), steps)?;
    let root = workspace::root();
    let manifest = root.join(ENGINE).join("fuzz/Cargo.toml");
    let folder = workspace::programs(false)?.with_file_name("fuzz");
    let host = host()?;
    let mut build = workspace::cargo(&["build", "--release", "--target", &host, "--manifest-path"]);
    build.arg(&manifest).arg("--target-dir").arg(&folder).env("RUSTFLAGS", COVERAGE);
    let hint = "with branches counted; the first one compiles all dependencies and takes minutes";
    if !steps.run("fuzz targets", hint, build) {
        return Err("the fuzz targets could not be built (above).".into());
    }
    for target in targets {
        let name = target.name();
        let seeds: &[&str] = match target {
            Target::Render => &["tests/render/recorded", "tests/render/screens"],
            Target::Scanner => &["tests/cases"],
        };
        let found = folder.join("found").join(name);
        fs::create_dir_all(&found)?;
        let program = folder.join(&host).join("release").join(name);
        let mut command = workspace::command(&program, &[]);
        command
            .args([format!("-max_total_time={seconds}"), format!("-max_len={LONGEST}")])
            .args(["-timeout=10", "-rss_limit_mb=2048"])
            .arg(format!("-artifact_prefix={}/", folder.display()))
            .arg(&found)
            .args(seeds.iter().map(|seeds| root.join(ENGINE).join(seeds)));
        steps.run(&format!("fuzz {name}"), "an input that breaks it is written to a file", command);
    }
    Ok(steps.summary())
}

/// The triple of this machine; named explicitly, build scripts are built without the counters.
fn host() -> Result<String> {
    let output = workspace::command("rustc", &["-vV"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not say what it compiles for")?.to_owned())
}
