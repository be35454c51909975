//! `cargo xtask`: sets a machine up for Porthole, then runs, tests, measures or packages it.

mod arguments;
mod bench;
mod display;
mod fuzz;
mod house;
mod package;
mod packages;
mod run;
mod steps;
mod test;
mod ui;
mod workspace;

use arguments::{Task, USAGE};
use std::process::ExitCode;

/// What a task gives; the error is one or more sentences for the person at the terminal.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let task = match arguments::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let done = match task {
        Task::Help => {
            println!("{USAGE}");
            Ok(true)
        }
        Task::Run { release, arguments } => run::run(release, &arguments).map(|()| true),
        Task::Bench(arguments) => bench::bench(&arguments),
        Task::Fuzz(targets, seconds) => fuzz::fuzz(&targets, seconds),
        Task::Package => package::package().map(|()| true),
        Task::Test(parts) => test::test(&parts),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
