//! Measures Porthole beside its peers and floors, as ratios of one run; `cargo xtask bench` builds and starts it.

mod alone;
mod child;
mod client;
mod coloured_log;
mod folder;
mod forwarder;
mod machine;
mod parts;
mod porthole;
mod processes;
mod pty;
mod report;
mod rounds;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use folder::Folder;
use machine::Machine;
use report::Row;

const USAGE: &str = "\
Usage: bench [PART...] [--results FOLDER]

Measures these parts, or all of them, and prints a table. With --results each part is also written to a file there.";

/// One thing that is measured by itself: its name, what it is about, and how.
pub(crate) struct Part {
    name: &'static str,
    about: &'static str,
    measure: fn(&Folder) -> Result<Vec<Row>>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        // What a part measures as a process of its own is this program, too.
        Some((first, rest)) if first == "as" => parts::become_contender(rest).map(|()| true),
        _ => measure(arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures what the arguments name. Whether every aim was met.
fn measure(arguments: Vec<String>) -> Result<bool> {
    let mut arguments = arguments.into_iter();
    let mut results: Option<PathBuf> = None;
    let mut chosen: Vec<&Part> = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => {
                println!("{USAGE}\n\nParts:\n{}", parts::listed());
                return Ok(true);
            }
            "--results" => results = Some(arguments.next().context("--results needs a folder")?.into()),
            name => match parts::ALL.iter().find(|part| part.name == name) {
                Some(part) => chosen.push(part),
                None => bail!("There is no part `{name}`. Parts:\n{}", parts::listed()),
            },
        }
    }
    if chosen.is_empty() {
        chosen.extend(&parts::ALL);
    }
    let folder = Folder::new()?;
    let mut met = true;
    for part in chosen {
        let machine = Machine::now();
        println!("\n{}: {}\n{machine}", part.name, part.about);
        let rows = (part.measure)(&folder).with_context(|| format!("{} could not be measured", part.name))?;
        let table = report::table(&rows);
        println!("\n{table}");
        met &= rows.iter().all(Row::is_met);
        if let Some(results) = &results {
            report::write(results, part, &machine, &table)?;
        }
    }
    Ok(met)
}
