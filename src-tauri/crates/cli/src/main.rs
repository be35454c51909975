//! `porthole`: serves web terminals without a desktop, and talks to the engine that runs.

mod arguments;
mod audit;
mod history;
mod kill;
mod run;
mod serve;
mod sessions;
mod status;
mod stdout;
mod token;

use std::io;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};
use engine::control::ClientError;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};

const FAILED: u8 = 1;
const NOT_RUNNING: u8 = 4;
/// `run` exits with the command's own code, so its own failures have one that commands hardly use, as with ssh.
const RUN_FAILED: u8 = 255;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("PORTHOLE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let runs = matches!(arguments.command, Command::Run(_));
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("porthole: No threads could be started: {error}.");
            return ExitCode::from(FAILED);
        }
    };
    let done = runtime.block_on(execute(&arguments));
    // A thread may still wait for standard input, and nothing can wake it.
    runtime.shutdown_background();
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if stdout::reader_is_gone(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("porthole: {error:#}");
            ExitCode::from(if runs { RUN_FAILED } else { failure_code(&error) })
        }
    }
}

async fn execute(arguments: &Arguments) -> Result<u8> {
    match &arguments.command {
        Command::Serve(serve) => return serve::serve(serve, arguments).await,
        Command::Token { rotate } => token::token(&arguments.data_dir()?, *rotate).await?,
        Command::Status { json } => status::status(&arguments.data_dir()?, *json).await?,
        Command::Sessions { json } => sessions::sessions(&arguments.data_dir()?, *json).await?,
        Command::History(ask) => history::history(&arguments.data_dir()?, ask).await?,
        Command::Audit(ask) => audit::audit(&arguments.data_dir()?, ask).await?,
        Command::Forget(forget) => history::forget(&arguments.data_dir()?, forget).await?,
        Command::Kill(kill) => kill::kill(&arguments.data_dir()?, kill).await?,
        Command::Run(run) => return run::run(&arguments.data_dir()?, run).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "porthole", &mut script);
            stdout::write(&script)?;
        }
    }
    Ok(0)
}

fn failure_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(ClientError::NotRunning { .. }) => NOT_RUNNING,
        _ => FAILED,
    }
}
