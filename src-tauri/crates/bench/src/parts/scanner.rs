//! The scanner of pipes, over the commands that its tests list.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result};
use engine::breakpoints::{Dialect, scan};
use serde_json::Value;

use crate::folder::Folder;
use crate::report::Row;
use crate::rounds::{Contender, Rounds};

const CASES: &str = include_str!("../../../engine/tests/cases/pipe_positions.json");
/// The tricky ones of the list are short; this one is as long as what people type at the most.
const LONG: &str = "for f in $(find . -name '*.log' | sort); do grep -E \"err(or)?|warn\" \"$f\" | sed 's/|/ /g' | \
                    awk -F'|' '{ print $2 }' || echo none; done | sort -u | head -n 20 # the | end";
const ROUNDS: usize = 9;
const REPEATS: usize = 200;
/// "About half a microsecond a command" is met by anything of that scale.
const AIM_US: f64 = 1.0;

/// Microseconds a command.
pub(super) fn measure(_: &Folder) -> Result<Vec<Row>> {
    let cases: Vec<Value> = serde_json::from_str(CASES)?;
    let listed: Option<Vec<(&str, Dialect)>> = cases
        .iter()
        .map(|case| Some((case["command"].as_str()?, Dialect::of_program(case["shell"].as_str()?)?)))
        .collect();
    let listed = listed.context("the list of cases has another form")?;
    let long = [(LONG, Dialect::Bash)];
    let bytes: usize = listed.iter().map(|(text, _)| text.len()).sum();
    let rounds = Rounds::run(
        ROUNDS,
        &mut [
            Contender::new("listed", || Ok(microseconds(&listed))),
            Contender::new("long", || Ok(microseconds(&long))),
        ],
    )?;
    let median = rounds.median("listed");
    Ok(vec![
        Row::new(format!("{} tricky commands, each", listed.len()), median, "us")
            .note(format!("{} bytes on average", bytes / listed.len()))
            .aim(format!("at most {AIM_US} us"), median <= AIM_US),
        Row::new(format!("a command of {} bytes", LONG.len()), rounds.median("long"), "us"),
    ])
}

fn microseconds(commands: &[(&str, Dialect)]) -> f64 {
    let begin = Instant::now();
    for _ in 0..REPEATS {
        for (text, dialect) in commands {
            let _ = black_box(scan(black_box(text), *dialect));
        }
    }
    begin.elapsed().as_secs_f64() * 1e6 / (REPEATS * commands.len()) as f64
}
