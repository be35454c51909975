//! Runs a text in a shell, with and without taps, as a child process on pipes.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use engine::Limits;
use engine::breakpoints::{Availability, Captures, Dialect, Taps};

/// What a person sees of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub code: Option<i32>,
}

pub fn program(shell: &str) -> Option<PathBuf> {
    let program = if shell == "sh" { "dash" } else { shell };
    std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
}

/// Starts `text`; the environment holds `DIR`.
pub fn start(shell: &str, text: &str, folder: &Path) -> Child {
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
        .stdin(Stdio::piped())
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

/// Feeds `stdin` to the child and waits for its end and that of its output.
pub fn finish(mut child: Child, stdin: &[u8]) -> Outcome {
    let (stdout, stderr) = (collect(child.stdout.take().unwrap()), collect(child.stderr.take().unwrap()));
    let mut input = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = input.write_all(&bytes);
    });
    let status = child.wait().unwrap();
    writer.join().unwrap();
    Outcome { stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), code: status.code() }
}

pub fn run(shell: &str, text: &str, stdin: &[u8], folder: &Path) -> Outcome {
    finish(start(shell, text, folder), stdin)
}

/// A tapped run.
pub struct Tapped {
    pub outcome: Outcome,
    pub availability: Vec<Availability>,
    pub captures: Captures,
}

/// A folder for the helper and the FIFOs.
pub fn runtime() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("taps").tempdir().unwrap()
}

pub async fn prepare(
    shell: &str,
    text: &str,
    locations: &[usize],
    runtime: &Path,
) -> (String, Taps, Vec<Availability>) {
    let dialect = Dialect::of_program(shell).unwrap();
    Taps::prepare(text, dialect, &program(shell).unwrap(), locations, runtime, &Limits::default())
        .await
        .unwrap()
}

pub async fn run_tapped(
    shell: &str,
    text: &str,
    stdin: &[u8],
    locations: &[usize],
    folder: &Path,
    runtime: &Path,
) -> Tapped {
    let (rewritten, taps, availability) = prepare(shell, text, locations, runtime).await;
    let (child, stdin) = (start(shell, &rewritten, folder), stdin.to_vec());
    let outcome = tokio::task::spawn_blocking(move || finish(child, &stdin)).await.unwrap();
    taps.settle(&Limits::default()).await;
    Tapped { outcome, availability, captures: taps.finish() }
}
