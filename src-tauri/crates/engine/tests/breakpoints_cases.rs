//! The listed cases: a tapped command's result is what it is untapped, and the taps show what flowed.

#![allow(clippy::unwrap_used)]

#[path = "breakpoints/shell.rs"]
mod shell;

use std::path::Path;

use engine::breakpoints::Means;
use serde::Deserialize;
use shell::{Outcome, program, run, run_tapped_by, runtime};

#[derive(Deserialize)]
struct Case {
    name: String,
    shell: String,
    command: String,
    breakpoints: Vec<usize>,
    stdin: String,
    #[serde(default)]
    stderr_any: bool,
    #[serde(default)]
    note: String,
    expected_stdout: String,
    expected_stderr: Option<String>,
    exit_code: i32,
    expected_taps: Vec<Tap>,
    nondeterministic_stderr_order: bool,
}

#[derive(Deserialize)]
struct Tap {
    location: usize,
    stdout: Option<String>,
    stderr: Option<String>,
    stdout_prefix: Option<String>,
}

/// A folder that holds the empty files a.png and b.txt.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.png", "b.txt"] {
        std::fs::write(folder.path().join(name), []).unwrap();
    }
    folder
}

fn bytes(text: &str) -> Vec<u8> {
    match text.strip_prefix("hex:") {
        Some(digits) => (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect(),
        None => text.as_bytes().to_vec(),
    }
}

fn sorted(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines
}

impl Case {
    fn compare(
        &self,
        what: &str,
        outcome: &Outcome,
        stdout: &[u8],
        stderr: Option<&[u8]>,
        code: Option<i32>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut expect = |right: bool, part: &str| {
            if !right {
                wrong.push(format!(
                    "{} ({}): {part} is not {what}: {}",
                    self.name,
                    self.shell,
                    show(outcome)
                ));
            }
        };
        expect(outcome.stdout == stdout, "stdout");
        expect(outcome.code == code, "the exit code");
        if let Some(stderr) = stderr.filter(|_| !self.stderr_any) {
            let same = if self.nondeterministic_stderr_order {
                sorted(&outcome.stderr) == sorted(stderr)
            } else {
                outcome.stderr == stderr
            };
            expect(same, "stderr");
        }
        wrong
    }

    async fn check(&self, means: Means, runtime: &Path) -> Vec<String> {
        let here = folder();
        let untapped = run(&self.shell, &self.command, self.stdin.as_bytes(), here.path());
        let here = folder();
        let tapped = run_tapped_by(
            means,
            &self.shell,
            &self.command,
            self.stdin.as_bytes(),
            &self.breakpoints,
            (here.path(), runtime),
        )
        .await;
        let expected_stderr = self.expected_stderr.as_ref().map(String::as_bytes);
        let mut wrong = self.compare(
            "as listed",
            &tapped.outcome,
            self.expected_stdout.as_bytes(),
            expected_stderr,
            Some(self.exit_code),
        );
        let oracle = Some(untapped.stderr.as_slice());
        wrong.extend(self.compare("as untapped", &tapped.outcome, &untapped.stdout, oracle, untapped.code));
        if self.note.contains("refuse the breakpoint") {
            if tapped.availability.iter().any(|answer| answer.unavailable.is_none()) {
                wrong.push(format!("{}: the breakpoint is not refused", self.name));
            }
            return wrong;
        }
        for answer in tapped.availability {
            if let Some(reason) = answer.unavailable {
                wrong.push(format!("{}: {} is unavailable: {reason}", self.name, answer.location));
            }
        }
        let mut runs = [0; 16];
        for tap in &self.expected_taps {
            let run = &mut runs[tap.location];
            let Some(captured) = tapped.captures.captured(tap.location, Some(*run)) else {
                wrong.push(format!("{}: run {run} of {} is missing", self.name, tap.location));
                continue;
            };
            *run += 1;
            for (name, kept, expected) in
                [("stdout", &captured.stdout, &tap.stdout), ("stderr", &captured.stderr, &tap.stderr)]
            {
                let prefix = tap.stdout_prefix.as_ref().filter(|_| name == "stdout");
                let right = match (prefix, expected) {
                    (Some(prefix), _) => kept.head.starts_with(prefix.as_bytes()),
                    (None, Some(expected)) => kept.head == bytes(expected),
                    (None, None) => true,
                };
                if !right {
                    let head = String::from_utf8_lossy(&kept.head[..kept.head.len().min(200)]).into_owned();
                    wrong.push(format!("{}: {name} of tap {} is {head:?}", self.name, tap.location));
                }
            }
        }
        for location in &self.breakpoints {
            if tapped.captures.captured(*location, Some(runs[*location])).is_some() {
                wrong.push(format!("{}: tap {location} has more runs than {}", self.name, runs[*location]));
            }
        }
        wrong
    }
}

fn show(outcome: &Outcome) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    format!("stdout {:?}, stderr {:?}, code {:?}", text(&outcome.stdout), text(&outcome.stderr), outcome.code)
}

async fn check(shell: &str, means: Means) {
    if program(shell).is_none() {
        return;
    }
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases/pipe_taps.json")).unwrap();
    let runtime = runtime();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.shell == shell) {
        wrong.extend(case.check(means, runtime.path()).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn tapped_commands_of_bash_do_what_they_did_and_show_what_flows() {
    check("bash", Means::HERE).await;
}

#[tokio::test]
async fn tapped_commands_of_a_posix_shell_do_what_they_did_and_show_what_flows() {
    check("sh", Means::HERE).await;
}

#[tokio::test]
async fn tapped_commands_of_zsh_do_what_they_did_and_show_what_flows() {
    check("zsh", Means::HERE).await;
}

#[tokio::test]
async fn tapped_commands_of_fish_do_what_they_did_and_show_what_flows() {
    check("fish", Means::HERE).await;
}

#[tokio::test]
async fn what_every_posix_system_has_does_for_bash() {
    check("bash", Means::Posix).await;
}

#[tokio::test]
async fn what_every_posix_system_has_does_for_a_posix_shell() {
    check("sh", Means::Posix).await;
}

#[tokio::test]
async fn what_every_posix_system_has_does_for_zsh() {
    check("zsh", Means::Posix).await;
}
