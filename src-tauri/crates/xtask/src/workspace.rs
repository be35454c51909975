//! Where the workspace is, and the commands that run in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(3)
        .expect("the package lies three folders below the root")
}

/// The folder of the user interface's npm package.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// The folder that cargo builds programs into, found beside this very program so that every setting of a
/// target folder is followed.
pub(crate) fn programs(release: bool) -> crate::Result<PathBuf> {
    programs_of(if release { "release" } else { "debug" })
}

/// The same for the folder of a profile.
pub(crate) fn programs_of(folder: &str) -> crate::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let profile = this.parent().ok_or("this program has no folder")?;
    Ok(profile.with_file_name(folder))
}

/// The folder for the logs of steps.
pub(crate) fn logs() -> crate::Result<PathBuf> {
    Ok(programs(false)?.with_file_name("xtask"))
}

/// `cargo` with these arguments, at the root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command("cargo", arguments);
    if std::env::var_os("CI").is_some() {
        // Nothing is built a second time there.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// `npm` with these arguments, in the user interface's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = command("npm", arguments);
    command.current_dir(ui());
    command
}

/// A command at the root, without what cargo told this program about its package: a build script that
/// looks at it would run again each time.
pub(crate) fn command(program: impl Into<OsString>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program.into());
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(about_the_package) {
            command.env_remove(name);
        }
    }
    command
}

/// A command in the folder and the environment that the person called `cargo xtask` in. What cargo and
/// rustup add would otherwise reach every shell that Porthole opens, and pin its toolchain.
pub(crate) fn program(program: &Path, arguments: &[String]) -> Command {
    let mut command = command(program, &[]);
    command.args(arguments);
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTUP_TOOLCHAIN_SOURCE");
    if let Ok(folder) = std::env::current_dir() {
        command.current_dir(folder);
    }
    for name in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
        let Some(value) = std::env::var_os(name) else {
            continue;
        };
        let own: Vec<_> = std::env::split_paths(&value).filter(|path| !added_by_cargo(path)).collect();
        match std::env::join_paths(&own) {
            Ok(value) if !own.is_empty() => command.env(name, value),
            _ => command.env_remove(name),
        };
    }
    command
}

fn about_the_package(name: &str) -> bool {
    const NAMES: [&str; 5] =
        ["CARGO", "CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "RUST_RECURSION_COUNT"];
    NAMES.contains(&name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

fn added_by_cargo(library_path: &Path) -> bool {
    let of_the_toolchain = ["rustlib", "toolchains"];
    library_path.components().any(|part| of_the_toolchain.iter().any(|name| part.as_os_str() == *name))
        || programs(false).is_ok_and(|folder| library_path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_of_the_lock_file() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn settings_of_the_person_are_kept_and_those_of_cargo_are_not() {
        for name in ["CARGO_HOME", "CARGO_TARGET_DIR", "RUSTFLAGS", "PATH", "HOME"] {
            assert!(!about_the_package(name), "{name}");
        }
        for name in ["CARGO", "CARGO_PKG_NAME", "CARGO_MANIFEST_DIR"] {
            assert!(about_the_package(name), "{name}");
        }
    }

    #[test]
    fn library_paths_of_the_toolchain_are_told_from_others() {
        let toolchain = "/home/sailor/.rustup/toolchains/stable/lib/rustlib/x86_64-unknown-linux-gnu/lib";
        assert!(added_by_cargo(Path::new(toolchain)));
        assert!(!added_by_cargo(Path::new("/opt/cuda/lib64")));
    }
}
