//! What a person sees of steps: progress while they run, the end of a failed log, the table at the end.

use std::fmt::Write as _;
use std::fs;
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::time::Duration;

/// How many lines of a failed step's log are shown; the whole is in its file.
const LINES_SHOWN: usize = 400;
/// How often a long step says that it is alive where the output is no terminal.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// How many columns of a program's last line stand beside the elapsed time.
const COLUMNS: usize = 60;

/// How a step ended.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) passed: bool,
    pub(super) elapsed: Duration,
    pub(super) note: String,
}

/// The lines about one step: its start, signs of life, its end.
pub(super) struct Progress {
    name: String,
    terminal: bool,
}

impl Progress {
    /// Says that the step starts, and in `hint` what takes time.
    pub(super) fn new(name: &str, hint: &str) -> Progress {
        let hint = if hint.is_empty() { String::new() } else { format!(" ({hint})") };
        println!("{name}{hint} ...");
        Progress { name: name.to_owned(), terminal: std::io::stdout().is_terminal() }
    }

    /// The time between two signs of life.
    pub(super) fn interval(&self) -> Duration {
        if self.terminal { Duration::from_secs(1) } else { SIGN_OF_LIFE }
    }

    /// Says that the step still runs, with the last line that it wrote to its log.
    pub(super) fn alive(&self, elapsed: Duration, log: &Path) {
        let last = fs::read_to_string(log).map_or_else(|_| String::new(), |text| last_line(&text));
        let line = format!("  {} {}  {last}", self.name, spelled(elapsed));
        if self.terminal {
            print!("\r\x1b[K{line}");
            // Where nobody can be told, the work goes on.
            let _ = std::io::stdout().flush();
        } else {
            println!("{line}");
        }
    }

    /// Removes the sign of life from a terminal.
    pub(super) fn clear(&self) {
        if self.terminal {
            print!("\r\x1b[K");
        }
    }

    /// Says how the step ended.
    pub(super) fn end(&self, outcome: &Outcome) {
        self.clear();
        println!("  {}", row(outcome, 0));
    }
}

/// The table of all outcomes, one a line.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|step| step.name.len()).max().unwrap_or(0);
    let rows = outcomes.iter().map(|step| row(step, width) + "\n");
    rows.collect()
}

fn row(outcome: &Outcome, width: usize) -> String {
    let result = if outcome.passed { "passed" } else { "FAILED" };
    let Outcome { name, elapsed, note, .. } = outcome;
    let line = format!("{result}  {name:<width$}  {:>7}  {note}", spelled(*elapsed));
    line.trim_end().to_owned()
}

/// The last lines of a log, and how many came before.
pub(super) fn end_of(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    let hidden = lines.len().saturating_sub(LINES_SHOWN);
    let mut text = String::new();
    if hidden > 0 {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "[{hidden} lines before these]");
    }
    text + &lines[hidden..].join("\n")
}

/// What a test program says of its count: the sum over Rust's test programs, or the last line about passed tests.
pub(super) fn count_in(log: &str) -> String {
    let plain = without_colours(log);
    let of_rust: Vec<usize> = plain.lines().filter_map(passed_of_rust).collect();
    if !of_rust.is_empty() {
        return format!("{} passed", of_rust.iter().sum::<usize>());
    }
    let about = |line: &&str| {
        let counts = line.contains(" passed") || line.contains(" pass ");
        counts && line.contains(|letter: char| letter.is_ascii_digit())
    };
    let line = plain.lines().rfind(about).unwrap_or_default();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn passed_of_rust(line: &str) -> Option<usize> {
    line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse().ok()
}

fn last_line(log: &str) -> String {
    let plain = without_colours(log);
    let line = plain.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().filter(|letter| !letter.is_control()).take(COLUMNS).collect()
}

fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|letter: char| ('@'..='~').contains(&letter));
        plain.push_str(end.map_or("", |end| &piece[end + 1..]));
    }
    plain
}

fn spelled(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds < 60 {
        format!("{:.1}s", elapsed.as_secs_f64())
    } else {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_write_them() {
        assert_eq!(spelled(Duration::from_millis(1240)), "1.2s");
        assert_eq!(spelled(Duration::from_secs(61)), "1m01s");
    }

    #[test]
    fn the_count_of_a_test_program_is_found_in_its_colours() {
        let log = "PASS a\n\x1b[1m     Summary\x1b[0m [ 1.2s] 14 tests run: 14 passed, 0 skipped\nbye\n";
        assert_eq!(count_in(log), "Summary [ 1.2s] 14 tests run: 14 passed, 0 skipped");
        let rust = "test result: ok. 4 passed; 0 failed\n\ntest result: ok. 3 passed; 0 failed\n";
        assert_eq!(count_in(rust), "7 passed");
        assert_eq!(count_in("# tests 3\n# pass 3\n# fail 0\n"), "# pass 3");
        assert_eq!(count_in("nothing of the kind"), "");
    }

    #[test]
    fn a_long_log_shows_its_end_and_says_what_is_hidden() {
        let log: String = (0..LINES_SHOWN + 7).map(|line| format!("line {line}\n")).collect();
        let text = end_of(&log);
        assert!(text.starts_with("[7 lines before these]\nline 7\n"), "{}", &text[..60]);
        assert!(text.ends_with(&format!("line {}", LINES_SHOWN + 6)));
        assert_eq!(end_of("one\ntwo\n"), "one\ntwo");
    }

    #[test]
    fn a_failed_step_stands_out_in_the_table() {
        let outcome = |name: &str, passed| Outcome {
            name: name.to_owned(),
            passed,
            elapsed: Duration::from_secs(2),
            note: String::new(),
        };
        let text = table(&[outcome("clippy", true), outcome("tests of all", false)]);
        assert_eq!(text, "passed  clippy           2.0s\nFAILED  tests of all     2.0s\n");
    }
}
