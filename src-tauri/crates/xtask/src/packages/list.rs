//! The system packages that Porthole is built and tested with.

use super::Probe;

/// One system package, by its name on Debian and Ubuntu.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name on Debian.
    pub(crate) debian: &'static str,
    /// What it is for, to be read after "for".
    pub(crate) purpose: &'static str,
    /// How to tell that it is there.
    pub(crate) probe: Probe,
    uses: &'static [Use],
}

/// What packages are needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Building the engine and the command line.
    Engine,
    /// Building the desktop app.
    App,
    /// The Rust tests.
    RustTests,
    /// The page in a browser.
    E2e,
    /// The tray app on a virtual display.
    Desktop,
    /// Measuring beside peers.
    Bench,
}

/// The packages for any of these uses, each once.
pub(crate) fn needed_for(uses: &[Use]) -> Vec<&'static Package> {
    let serves = |package: &&Package| package.uses.iter().any(|used| uses.contains(used));
    // macOS has its own web view and no virtual display.
    let exists =
        |package: &&Package| cfg!(target_os = "linux") || !matches!(package.uses, [Use::App | Use::Desktop]);
    PACKAGES.iter().filter(serves).filter(exists).collect()
}

const fn program(
    debian: &'static str,
    names: &'static [&'static str],
    purpose: &'static str,
    uses: &'static [Use],
) -> Package {
    let probe = Probe::Program(names);
    Package { debian, purpose, probe, uses }
}

const fn library(
    debian: &'static str,
    name: &'static str,
    purpose: &'static str,
    uses: &'static [Use],
) -> Package {
    let probe = Probe::Library(name);
    Package { debian, purpose, probe, uses }
}

const fn file(
    debian: &'static str,
    path: &'static str,
    purpose: &'static str,
    uses: &'static [Use],
) -> Package {
    let probe = Probe::File(path);
    Package { debian, purpose, probe, uses }
}

static PACKAGES: [Package; 31] = {
    use Use::{App, Bench, Desktop, E2e, Engine, RustTests};
    const SHELLS: &str = "tests in this shell";
    const PEER: &str = "measuring beside it";
    const FULL_SCREEN: &str = "tests with full-screen programs";
    [
        program("build-essential", &["cc"], "compiling and linking", &[Engine]),
        program("pkg-config", &["pkg-config"], "finding the libraries below", &[App]),
        library("libwebkit2gtk-4.1-dev", "webkit2gtk-4.1", "the app's window", &[App]),
        library("libayatana-appindicator3-dev", "ayatana-appindicator3-0.1", "the tray icon", &[App]),
        program("git", &["git"], "tests with a real program", &[RustTests, E2e]),
        program("python3", &["python3"], "tests with an interpreter", &[RustTests, E2e]),
        program("nodejs", &["node"], "tests with another interpreter", &[RustTests]),
        program("gcc", &["gcc"], "tests with a compiler's messages", &[RustTests]),
        program("curl", &["curl"], "tests with a bar of progress", &[RustTests]),
        program("procps", &["ps"], "tests that look at processes", &[RustTests, E2e, Desktop]),
        program("zsh", &["zsh"], SHELLS, &[RustTests, Bench]),
        program("fish", &["fish"], SHELLS, &[RustTests, Bench]),
        program("dash", &["dash"], SHELLS, &[RustTests, Bench]),
        file(
            "bash-completion",
            "/usr/share/bash-completion/bash_completion",
            "tests of completions",
            &[RustTests],
        ),
        program("htop", &["htop"], FULL_SCREEN, &[RustTests, E2e]),
        program("vim", &["vim"], FULL_SCREEN, &[RustTests, E2e]),
        program("less", &["less"], FULL_SCREEN, &[RustTests, E2e]),
        program("tmux", &["tmux"], FULL_SCREEN, &[RustTests]),
        program("dialog", &["dialog"], FULL_SCREEN, &[RustTests]),
        program("dbus", &["dbus-daemon"], "a bus for keychain and tray", &[RustTests, Desktop]),
        program(
            "gnome-keyring",
            &["gnome-keyring-daemon"],
            "tests with a real keychain",
            &[RustTests, Desktop],
        ),
        program(
            "chromium",
            &["chromium", "chromium-browser", "google-chrome"],
            "tests of the web terminal",
            &[E2e],
        ),
        program("libnss3-tools", &["certutil"], "trust in the test's certificate", &[E2e]),
        program("xvfb", &["Xvfb"], "a virtual display", &[Desktop]),
        program("openbox", &["openbox"], "a window manager on it", &[Desktop]),
        program("xdotool", &["xdotool"], "input to windows on it", &[Desktop]),
        program("imagemagick", &["import"], "screenshots of it", &[Desktop]),
        program("webkit2gtk-driver", &["WebKitWebDriver"], "tests of the app's window", &[Desktop]),
        program("aha", &["aha"], PEER, &[Bench]),
        program("colorized-logs", &["ansi2html"], PEER, &[Bench]),
        program("pv", &["pv"], PEER, &[Bench]),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_listed_once_and_serves_something() {
        for (index, package) in PACKAGES.iter().enumerate() {
            assert!(!package.uses.is_empty(), "{}", package.debian);
            let again = PACKAGES[..index].iter().any(|other| other.debian == package.debian);
            assert!(!again, "{}", package.debian);
        }
    }
}
