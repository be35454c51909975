//! Every pipe is found where the shell sees it.

#![allow(clippy::unwrap_used)]

use engine::breakpoints::{Dialect, scan};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    shell: String,
    command: String,
    pipes: Vec<usize>,
}

fn offsets(text: &str, dialect: Dialect) -> Result<Vec<usize>, String> {
    scan(text, dialect)
        .map(|pipes| pipes.iter().map(|pipe| pipe.offset).collect())
        .map_err(|refusal| refusal.to_string())
}

fn check(file: &str) {
    let cases: Vec<Case> = serde_json::from_str(file).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let dialect = Dialect::of_program(&case.shell).unwrap();
        let found = offsets(&case.command, dialect);
        if found.as_ref() != Ok(&case.pipes) {
            wrong.push(format!(
                "{}: {:?}\n  expected {:?}, found {:?}",
                case.name, case.command, case.pipes, found
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_listed_position_is_found() {
    check(include_str!("cases/pipe_positions.json"));
}

#[test]
fn every_pipe_of_the_tap_cases_is_found() {
    check(include_str!("cases/pipe_taps.json"));
}
