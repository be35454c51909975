//! Runs a text in a shell, with and without taps, as a child process on pipes.

// Each test file uses a part of it.
#![allow(dead_code)]

use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use engine::Limits;
use engine::breakpoints::{Availability, Captures, Dialect, Means, Taps};

/// What a person sees of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) code: Option<i32>,
}

pub(crate) fn program(shell: &str) -> Option<PathBuf> {
    let program = if shell == "sh" { "dash" } else { shell };
    std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
}

/// Starts `text`; the environment holds `DIR`. The input is a file, so that a stage can give back what it read too far.
pub(crate) fn start(shell: &str, text: &str, stdin: &[u8], folder: &Path) -> Child {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(stdin).unwrap();
    input.rewind().unwrap();
    let mut command = Command::new(program(shell).unwrap());
    match shell {
        "zsh" => command.arg("-f"),
        "fish" => command.arg("--no-config"),
        _ => &mut command,
    };
    command
        .args(["-c", text])
        .env("DIR", folder)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder)
        .stdin(Stdio::from(input))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for the child's end and that of its output.
pub(crate) fn finish(mut child: Child) -> Outcome {
    let (stdout, stderr) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
    let status = child.wait().unwrap();
    Outcome { stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), code: status.code() }
}

pub(crate) fn run(shell: &str, text: &str, stdin: &[u8], folder: &Path) -> Outcome {
    finish(start(shell, text, stdin, folder))
}

/// A tapped run.
pub(crate) struct Tapped {
    pub(crate) outcome: Outcome,
    pub(crate) availability: Vec<Availability>,
    pub(crate) captures: Captures,
}

/// A folder for the helper and the FIFOs.
pub(crate) fn runtime() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("taps").tempdir().unwrap()
}

pub(crate) async fn prepare(
    shell: &str,
    text: &str,
    locations: &[usize],
    runtime: &Path,
) -> (String, Taps, Vec<Availability>) {
    prepare_by(Means::HERE, shell, text, locations, runtime).await
}

pub(crate) async fn prepare_by(
    means: Means,
    shell: &str,
    text: &str,
    locations: &[usize],
    runtime: &Path,
) -> (String, Taps, Vec<Availability>) {
    let dialect = Dialect::of_program(shell).unwrap();
    let (shell, limits) = (program(shell).unwrap(), Limits::default());
    Taps::prepare_by(text, dialect, &shell, locations, (runtime, means), &limits).await.unwrap()
}

pub(crate) async fn run_tapped(
    shell: &str,
    text: &str,
    stdin: &[u8],
    locations: &[usize],
    folder: &Path,
    runtime: &Path,
) -> Tapped {
    run_tapped_by(Means::HERE, shell, text, stdin, locations, (folder, runtime)).await
}

pub(crate) async fn run_tapped_by(
    means: Means,
    shell: &str,
    text: &str,
    stdin: &[u8],
    locations: &[usize],
    (folder, runtime): (&Path, &Path),
) -> Tapped {
    let (rewritten, taps, availability) = prepare_by(means, shell, text, locations, runtime).await;
    let child = start(shell, &rewritten, stdin, folder);
    let outcome = tokio::task::spawn_blocking(move || finish(child)).await.unwrap();
    taps.settle(&Limits::default()).await;
    Tapped { outcome, availability, captures: taps.finish() }
}
