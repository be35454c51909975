//! Installing missing system packages with apt, or saying what is needed where there is no apt.

use super::{Package, in_path, missing};
use crate::Result;
use crate::steps::Steps;
use crate::workspace;
use std::io::IsTerminal;
use std::process::Command;

/// Installs those of `packages` that are missing, after saying which and why.
///
/// # Errors
/// What the person has to install where this program cannot: no apt, no root and no sudo, a failed apt.
pub(crate) fn install_missing(packages: &[&'static Package], steps: &mut Steps) -> Result<()> {
    let wanted = missing(packages);
    if wanted.is_empty() {
        return Ok(());
    }
    println!("Missing on this machine:\n{}", listed(&wanted));
    if !in_path("apt-get") {
        return Err(format!(
            "this system has no apt-get; install the above with its own package manager \
             (names are Debian's) and start again. Looked for: {}.",
            wanted.iter().map(|package| looked_for(package)).collect::<Vec<_>>().join(", ")
        )
        .into());
    }
    let root = is_root();
    if !root && !in_path("sudo") {
        return Err(format!(
            "installing needs root and there is no sudo. As root: apt-get install {}",
            names(&wanted).join(" ")
        )
        .into());
    }
    if !root && std::io::stdin().is_terminal() {
        let mut unlock = workspace::command("sudo", &["-v"]);
        // A password is asked for here, where no step writes over the question; without one this says nothing.
        let _ = unlock.status();
    }
    let updated = steps.run("package lists", "apt-get update", apt(root, &["update"]));
    let mut install = apt(root, &["install", "-y", "--no-install-recommends"]);
    install.args(names(&wanted));
    let installed = steps.run("system packages", "apt-get install, downloads some of them", install);
    let left = missing(packages);
    if left.is_empty() {
        return Ok(());
    }
    let reason = match (updated, installed) {
        (_, false) => "apt-get install failed (above)",
        (false, _) => "apt-get update failed (above)",
        _ => "apt-get said it installed them, yet they are not found",
    };
    Err(format!("still missing: {}; {reason}.", names(&left).join(" ")).into())
}

fn listed(packages: &[&Package]) -> String {
    let line = |package: &&Package| format!("  {:<30} for {}", package.debian, package.purpose);
    packages.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn looked_for(package: &Package) -> String {
    match package.probe {
        super::Probe::Program(names) => format!("the program {}", names.join(" or ")),
        super::Probe::File(path) => format!("the file {path}"),
        super::Probe::Library(name) => format!("the library {name} (pkg-config)"),
    }
}

fn names(packages: &[&Package]) -> Vec<&'static str> {
    let ubuntu = std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=ubuntu"));
    packages.iter().map(|package| name_on(package, ubuntu)).collect()
}

fn name_on(package: &Package, ubuntu: bool) -> &'static str {
    match package.debian {
        "chromium" if ubuntu => "chromium-browser",
        name => name,
    }
}

fn apt(root: bool, arguments: &[&str]) -> Command {
    let mut command =
        if root { workspace::command("env", &[]) } else { workspace::command("sudo", &["-n", "env"]) };
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"])
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(arguments);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::super::{Use, needed_for};
    use super::*;

    #[test]
    fn what_is_missing_is_listed_with_its_purpose() {
        let text = listed(&needed_for(&[Use::Engine]));
        assert!(text.contains("build-essential"), "{text}");
        assert!(text.contains("for compiling"), "{text}");
    }

    #[test]
    fn ubuntu_has_another_name_for_the_browser() {
        let needed = needed_for(&[Use::E2e]);
        let on = |ubuntu| {
            let names: Vec<_> = needed.iter().map(|package| name_on(package, ubuntu)).collect();
            (names.contains(&"chromium"), names.contains(&"chromium-browser"))
        };
        assert_eq!(on(false), (true, false));
        assert_eq!(on(true), (false, true));
    }
}
