//! The command line of `cargo xtask`.

/// What `cargo xtask help` prints.
pub(crate) const USAGE: &str = "\
Usage: cargo xtask <task>

  run [--release] [-- ARGUMENTS]
      Set up this machine, build Porthole and start it: the desktop app where there is a
      display, else the engine alone. ARGUMENTS go to the program that starts.

  test [house] [checks] [rust] [ui] [e2e] [desktop]
      Set up this machine and run these tests; all of them where none is named.
        house     formatting and the rules of the house; seconds
        checks    clippy
        rust      unit, wire and documentation tests
        ui        types and unit tests of the pages
        e2e       the web terminal in Chromium against the real engine
        desktop   the tray app on a virtual display

  bench [PART...]
      Set up this machine, build an optimised Porthole and measure it beside its peers; all
      parts where none is named, and `bench --help` lists them. Results are written to
      target/measured/results.

  fuzz [render] [scanner] [SECONDS]
      Look for input that breaks what turns output into HTML, or what finds pipes, guided by
      the branches that inputs take; a minute each where nothing else is said. What was found
      worth keeping stays in the target folder, and the next run goes on from there.

  package
      Build the desktop app as .deb and .rpm.

  help
      Print this.

Examples:
  cargo xtask run
  cargo xtask run -- --port 0
  cargo xtask test checks rust
  cargo xtask bench render";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Print the usage.
    Help,
    /// Build and start Porthole.
    Run {
        /// Optimised.
        release: bool,
        /// What the started program gets.
        arguments: Vec<String>,
    },
    /// Build .deb and .rpm.
    Package,
    /// Fuzz these targets, each for that many seconds.
    Fuzz(Vec<Target>, u32),
    /// Measure, with these arguments for the program that does.
    Bench(Vec<String>),
    /// Test these parts, in the order of [`Part`].
    Test(Vec<Part>),
}

/// One part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Formatting and the rules of the house, which need nothing but cargo.
    House,
    /// Lints.
    Checks,
    /// Tests of the Rust crates.
    Rust,
    /// Tests of the pages.
    Ui,
    /// The page in a browser against the engine.
    E2e,
    /// The tray app on a virtual display.
    Desktop,
}

impl Part {
    /// Every part.
    pub(crate) const ALL: [Part; 6] =
        [Part::House, Part::Checks, Part::Rust, Part::Ui, Part::E2e, Part::Desktop];

    fn named(name: &str) -> Option<Part> {
        match name {
            "house" => Some(Part::House),
            "checks" => Some(Part::Checks),
            "rust" => Some(Part::Rust),
            "ui" => Some(Part::Ui),
            "e2e" => Some(Part::E2e),
            "desktop" => Some(Part::Desktop),
            _ => None,
        }
    }
}

/// What can be fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Output to HTML.
    Render,
    /// The pipes of a command.
    Scanner,
}

impl Target {
    /// Every target.
    pub(crate) const ALL: [Target; 2] = [Target::Render, Target::Scanner];

    /// Its name, which is that of its program, too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Render => "render",
            Target::Scanner => "scanner",
        }
    }
}

/// Seconds for which a target is fuzzed where nothing else is said.
const FUZZ_SECONDS: u32 = 60;

/// Reads the arguments that follow `cargo xtask`. The error is a sentence about the first wrong one.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut arguments = arguments.peekable();
    match arguments.next().as_deref() {
        None => Err("Which task?".to_owned()),
        Some("help" | "--help" | "-h") => Ok(Task::Help),
        Some("run") => parse_run(arguments),
        Some("test") => parse_test(arguments),
        Some("bench") => Ok(Task::Bench(arguments.collect())),
        Some("fuzz") => parse_fuzz(arguments),
        Some("package") => match arguments.next().as_deref() {
            None => Ok(Task::Package),
            Some("--help" | "-h") => Ok(Task::Help),
            Some(other) => Err(format!("`package` takes no `{other}`.")),
        },
        Some(other) => Err(format!("There is no task `{other}`.")),
    }
}

fn parse_run(mut arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut release = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--release" => release = true,
            "--help" | "-h" => return Ok(Task::Help),
            "--" => {
                let arguments = arguments.collect();
                return Ok(Task::Run { release, arguments });
            }
            other => {
                return Err(format!(
                    "`run` does not know `{other}`; what is meant for Porthole goes after `--`."
                ));
            }
        }
    }
    Ok(Task::Run { release, arguments: Vec::new() })
}

fn parse_test(arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let mut parts = Vec::new();
    for argument in arguments {
        if matches!(argument.as_str(), "--help" | "-h") {
            return Ok(Task::Help);
        }
        let part = Part::named(&argument).ok_or_else(|| format!("`test` has no part `{argument}`."))?;
        parts.push(part);
    }
    if parts.is_empty() {
        parts.extend(Part::ALL);
    }
    parts.sort_unstable();
    parts.dedup();
    Ok(Task::Test(parts))
}

fn parse_fuzz(arguments: impl Iterator<Item = String>) -> Result<Task, String> {
    let (mut targets, mut seconds) = (Vec::new(), FUZZ_SECONDS);
    for argument in arguments {
        if matches!(argument.as_str(), "--help" | "-h") {
            return Ok(Task::Help);
        }
        match (Target::ALL.iter().find(|target| target.name() == argument), argument.parse()) {
            (Some(target), _) => targets.push(*target),
            (None, Ok(number)) => seconds = number,
            (None, Err(_)) => return Err(format!("`fuzz` has no target `{argument}`.")),
        }
    }
    if targets.is_empty() {
        targets.extend(Target::ALL);
    }
    targets.sort_unstable();
    targets.dedup();
    Ok(Task::Fuzz(targets, seconds))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_follows_two_dashes_is_left_to_porthole() {
        let task = parsed("run --release -- --port 0 --release").unwrap();
        let arguments = ["--port", "0", "--release"].map(str::to_owned).to_vec();
        assert_eq!(task, Task::Run { release: true, arguments });
    }

    #[test]
    fn an_argument_for_porthole_without_the_dashes_is_explained() {
        assert!(parsed("run --port 0").unwrap_err().contains("after `--`"));
    }

    #[test]
    fn test_without_parts_means_all_of_them() {
        assert_eq!(parsed("test").unwrap(), Task::Test(Part::ALL.to_vec()));
    }

    #[test]
    fn parts_run_once_and_in_their_order() {
        let task = parsed("test ui checks ui").unwrap();
        assert_eq!(task, Task::Test(vec![Part::Checks, Part::Ui]));
    }

    #[test]
    fn the_parts_of_a_measurement_are_left_to_what_measures() {
        let parts = ["render", "--help"].map(str::to_owned).to_vec();
        assert_eq!(parsed("bench render --help").unwrap(), Task::Bench(parts));
    }

    #[test]
    fn fuzzing_takes_targets_and_a_time() {
        assert_eq!(parsed("fuzz").unwrap(), Task::Fuzz(Target::ALL.to_vec(), FUZZ_SECONDS));
        assert_eq!(parsed("fuzz scanner 900").unwrap(), Task::Fuzz(vec![Target::Scanner], 900));
        assert!(parsed("fuzz scaner").unwrap_err().contains("`scaner`"));
    }

    #[test]
    fn unknown_words_are_named() {
        assert!(parsed("build").unwrap_err().contains("`build`"));
        assert!(parsed("package --rpm").unwrap_err().contains("`--rpm`"));
        assert!(parsed("test rusty").unwrap_err().contains("`rusty`"));
        assert!(parsed("").is_err());
    }
}
