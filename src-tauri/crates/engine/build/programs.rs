//! Takes into the program the small programs that it starts: each is a crate beside the engine, linked statically.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

/// Builds each of `names` for the target and leaves it in `out` under its name.
pub(crate) fn build(names: &[&str], out: &Path) -> io::Result<()> {
    let variable = |name: &str| env::var(name).map_err(io::Error::other);
    let crates = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("..");
    for name in names {
        let manifest = crates.join(name).join("Cargo.toml");
        println!("cargo::rerun-if-changed={}", manifest.display());
        println!("cargo::rerun-if-changed={}", crates.join(name).join("src").display());
        let linux = variable("CARGO_CFG_TARGET_OS")? == "linux";
        let flags = if linux { "-C target-feature=+crt-static -C panic=abort" } else { "-C panic=abort" };
        let target = variable("TARGET")?;
        // Its own target folder: this one is locked by the build that runs this script.
        let folder = out.join("helpers");
        let status = Command::new(variable("CARGO")?)
            .args(["build", "--quiet", "--release", "--offline", "--manifest-path"])
            .arg(&manifest)
            .args(["--target", &target, "--target-dir"])
            .arg(&folder)
            .env("RUSTFLAGS", flags)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("the helper {name} was not built")));
        }
        fs::copy(folder.join(target).join("release").join(name), out.join(name))?;
    }
    Ok(())
}
