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
            "No display answers (WAYLAND_DISPLAY, DISPLAY): this starts the engine without the tray and the \
             window, and installs nothing for them."
        );
    }
    let uses: &[Use] = if desktop { &[Use::Engine, Use::App] } else { &[Use::Engine] };
    packages::install_missing(&packages::needed_for(uses), steps)?;
    if !ui::packages(steps)? || !ui::build(steps)? {
        return Err("the pages could not be built (above).".into());
    }
    let programs = programs(desktop);
    let mut build = vec!["build"];
    for (package, program) in programs {
        build.extend(["--package", package, "--bin", program]);
    }
    if release {
        build.push("--release");
    }
    let hint = "cargo build; the first one compiles all dependencies and takes minutes";
    if !steps.run("porthole", hint, workspace::cargo(&build)) {
        return Err("Porthole could not be built (above).".into());
    }
    let (_, started) = programs[0];
    let path = workspace::programs(release)?.join(started);
    let arguments = if desktop { arguments.to_vec() } else { serve(arguments) };
    if !desktop {
        println!("\nThe web terminal asks for the token; this prints it, in another terminal:");
        println!("  {} token\n", path.display());
    }
    let error = workspace::program(&path, &arguments).exec();
    Err(format!("{} does not start: {error}", path.display()).into())
}

/// The packages and programs to build; the first one is started. The command line shows the token and the state of the app,
/// too.
fn programs(desktop: bool) -> &'static [(&'static str, &'static str)] {
    const ALL: [(&str, &str); 2] = [("porthole-app", "porthole-app"), ("cli", "porthole")];
    if desktop { &ALL } else { &ALL[1..] }
}

/// The engine's command line. Where there is no desktop there is no unlocked keychain either, so that the
/// token is kept in a file, unless the person chose a store.
fn serve(arguments: &[String]) -> Vec<String> {
    let mut line = vec!["serve".to_owned()];
    let chosen = |argument: &String| argument.split('=').next() == Some("--token-store");
    if !arguments.iter().any(chosen) {
        println!("The token is kept in a file that only you can read (--token-store file).");
        line.extend(["--token-store", "file"].map(str::to_owned));
    }
    line.extend_from_slice(arguments);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        serve(&arguments).join(" ")
    }

    #[test]
    fn with_a_desktop_the_app_is_started_and_the_command_line_is_there_too() {
        assert_eq!(programs(true), [("porthole-app", "porthole-app"), ("cli", "porthole")]);
        assert_eq!(programs(false), [("cli", "porthole")]);
    }

    #[test]
    fn without_a_desktop_the_token_goes_to_a_file_unless_a_store_is_chosen() {
        assert_eq!(served(&["--port", "0"]), "serve --token-store file --port 0");
        assert_eq!(served(&["--token-store", "memory"]), "serve --token-store memory");
        assert_eq!(served(&["--token-store=keychain"]), "serve --token-store=keychain");
    }
}
