//! System packages: which of them a task needs, which are missing here, and their installation.

mod install;
mod list;

pub(crate) use install::install_missing;
pub(crate) use list::{Package, Use, needed_for};

use std::path::Path;
use std::process::{Command, Stdio};

/// How to tell that a package's content is on the machine, whatever the system calls the package.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Probe {
    /// One of these programs is in the PATH.
    Program(&'static [&'static str]),
    /// This file is there.
    File(&'static str),
    /// pkg-config knows this library.
    Library(&'static str),
}

impl Probe {
    fn succeeds(self) -> bool {
        match self {
            Probe::Program(names) => names.iter().any(|name| in_path(name)),
            Probe::File(path) => Path::new(path).exists(),
            Probe::Library(name) => Command::new("pkg-config")
                .args(["--exists", name])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}

/// Those of `packages` that are not on this machine.
pub(crate) fn missing(packages: &[&'static Package]) -> Vec<&'static Package> {
    missing_by(packages, Probe::succeeds)
}

fn missing_by(packages: &[&'static Package], succeeds: impl Fn(Probe) -> bool) -> Vec<&'static Package> {
    let is_missing = |package: &&&Package| !succeeds(package.probe);
    packages.iter().filter(is_missing).copied().collect()
}

/// Whether a program of this name is in the PATH.
pub(crate) fn in_path(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| is_program(&folder.join(name))))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_missing() {
        let needed = needed_for(&[Use::Engine, Use::App]);
        let there = |probe: Probe| matches!(probe, Probe::Program(_));
        let names: Vec<_> = missing_by(&needed, there).iter().map(|package| package.debian).collect();
        assert_eq!(names, ["libwebkit2gtk-4.1-dev", "libayatana-appindicator3-dev"]);
    }

    #[test]
    fn the_engine_alone_needs_nothing_of_the_desktop() {
        let needed = needed_for(&[Use::Engine]);
        assert!(!needed.is_empty());
        assert!(needed.iter().all(|package| !package.debian.contains("webkit")));
    }

    #[test]
    fn programs_are_found_in_the_path_and_folders_are_not_programs() {
        assert!(in_path("sh"));
        assert!(!in_path("no-such-program-here"));
        assert!(!is_program(Path::new("/")));
    }
}
