//! Steps: commands and checks with a name, a log, a time and a place in the summary.

mod child;
mod report;

use crate::Result;
use report::{Outcome, Progress};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A step that takes longer is stuck. The slowest, a cold build of everything, takes about ten minutes.
const LIMIT: Duration = Duration::from_secs(25 * 60);

/// Runs steps one after the other and remembers how they ended.
pub(crate) struct Steps {
    logs: PathBuf,
    outcomes: Vec<Outcome>,
}

impl Steps {
    /// No steps yet; their logs go to the target folder.
    pub(crate) fn new() -> Result<Steps> {
        let logs = crate::workspace::logs()?;
        fs::create_dir_all(&logs)
            .map_err(|error| format!("the folder {} cannot be made: {error}", logs.display()))?;
        let outcomes = Vec::new();
        Ok(Steps { logs, outcomes })
    }

    /// Runs a command to its end, without input. Its output is shown if it fails. Whether it succeeded.
    pub(crate) fn run(&mut self, name: &str, hint: &str, command: Command) -> bool {
        let begin = Instant::now();
        let progress = Progress::new(name, hint);
        let log = self.logs.join(name.replace(' ', "-") + ".log");
        let (passed, note) = match logged(command, &log, &progress) {
            Ok(()) => (
                true,
                fs::read_to_string(&log).map_or_else(|_| String::new(), |text| report::count_in(&text)),
            ),
            Err(reason) => {
                progress.clear();
                println!("---- {name} ({}) ----", log.display());
                println!("{}", report::end_of(&fs::read_to_string(&log).unwrap_or_default()));
                println!("---- {name}: {reason} ----");
                (false, reason)
            }
        };
        self.end(&progress, name, passed, begin.elapsed(), note)
    }

    /// Runs a check inside this program; its error is shown. Whether it succeeded.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) -> bool {
        let begin = Instant::now();
        let progress = Progress::new(name, "");
        let done = check();
        if let Err(error) = &done {
            progress.clear();
            println!("---- {name} ----\n{error}");
        }
        self.end(&progress, name, done.is_ok(), begin.elapsed(), String::new())
    }

    fn end(
        &mut self,
        progress: &Progress,
        name: &str,
        passed: bool,
        elapsed: Duration,
        note: String,
    ) -> bool {
        let name = name.to_owned();
        let outcome = Outcome { name, passed, elapsed, note };
        progress.end(&outcome);
        self.outcomes.push(outcome);
        passed
    }

    /// Prints a table of all steps and the count, `N passed, N failed`. Whether none failed.
    pub(crate) fn summary(&self) -> bool {
        println!("\n{}", report::table(&self.outcomes));
        let failed = self.outcomes.iter().filter(|step| !step.passed).count();
        println!("{} passed, {failed} failed", self.outcomes.len() - failed);
        failed == 0
    }
}

/// Runs `command` with its output in the file `log`. The error says how it ended.
fn logged(mut command: Command, log: &Path, progress: &Progress) -> std::result::Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let file = File::create(log).map_err(|error| format!("no log {}: {error}", log.display()))?;
    let second = file.try_clone().map_err(|error| error.to_string())?;
    command.stdin(Stdio::null()).stdout(file).stderr(second);
    let child = command.spawn().map_err(|error| format!("`{program}` does not start: {error}"))?;
    let status = child::wait(child, LIMIT, progress.interval(), |elapsed| {
        progress.alive(elapsed, log);
    });
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{program}` ended with {status}")),
        Err(reason) => Err(reason),
    }
}
