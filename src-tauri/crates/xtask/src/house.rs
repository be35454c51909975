//! The rules of the house that no compiler checks; CONTRIBUTING.md states them for people.

mod imports;
mod layers;
mod layout;
mod linux;
mod source;

use crate::steps::Steps;
use crate::{Result, workspace};
use source::Source;
use std::fmt;
use std::process::Command;

/// One place that breaks a rule.
#[derive(Debug)]
struct Violation {
    path: String,
    line: usize,
    message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// A rule looks at one source and names every place that breaks it.
type Rule = fn(&Source) -> Vec<Violation>;

/// Runs the rules as steps.
pub(crate) fn check(steps: &mut Steps) {
    let sources = match source::all() {
        Ok(sources) => sources,
        Err(error) => {
            steps.check("sources", || Err(error));
            return;
        }
    };
    let rules: [(&str, &[Rule]); 3] = [
        ("layout of sources", &[layout::opening, layout::length, layout::names, layout::unsafe_code]),
        ("what Linux alone has", &[linux::elsewhere]),
        ("imports of the engine", &[layers::pure_modules, layers::direction]),
    ];
    for (name, rules) in rules {
        steps.check(name, || {
            let apply = |source| rules.iter().flat_map(move |rule| rule(source));
            verdict(&sources.iter().flat_map(apply).collect::<Vec<_>>())
        });
    }
    steps.check("engine without tauri", engine_without_tauri);
}

fn verdict(violations: &[Violation]) -> Result<()> {
    if violations.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = violations.iter().map(Violation::to_string).collect();
    Err(lines.join("\n").into())
}

fn engine_without_tauri() -> Result<()> {
    let mut tree: Command = workspace::cargo(&["tree", "--package", "engine", "--locked"]);
    let output = tree.args(["--edges", "all", "--prefix", "none", "--format", "{p}"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let found = of_the_desktop(&String::from_utf8_lossy(&output.stdout));
    if found.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the engine must not depend on the desktop, yet `cargo tree -p engine` shows: {}. Move what needs it \
         to src-tauri/src.",
        found.join(", ")
    )
    .into())
}

fn of_the_desktop(tree: &str) -> Vec<String> {
    let of_the_desktop =
        |name: &&str| ["tao", "wry"].contains(name) || *name == "tauri" || name.starts_with("tauri-");
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<_> = names.filter(of_the_desktop).map(str::to_owned).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_the_desktop_are_found_in_a_tree() {
        let tree =
            "engine v0.1.0 (/a/tauri/b)\ntauri v2.9.1\nserde v1.0.1\ntauri-utils v2.0.0\ntauri v2.9.1 (*)\n";
        assert_eq!(of_the_desktop(tree), ["tauri", "tauri-utils"]);
    }

    #[test]
    fn a_violation_reads_as_file_line_and_what_to_do() {
        let violation = Violation { path: "a.rs".to_owned(), line: 3, message: "split it".to_owned() };
        assert_eq!(violation.to_string(), "a.rs:3: split it");
    }
}
