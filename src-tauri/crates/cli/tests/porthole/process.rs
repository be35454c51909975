//! Processes under test: bounded in time, and ended with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// No test waits longer than this for a thing that has to come; none asserts how long it took.
pub const PATIENCE: Duration = Duration::from_secs(60);

impl Drop for Serving {
    /// Ends it in order, so that it ends the commands that still run; what does not end is killed right after.
    fn drop(&mut self) {
        let begin = Instant::now();
        if matches!(self.child.0.try_wait(), Ok(None)) {
            self.signal(Signal::TERM);
        }
        while matches!(self.child.0.try_wait(), Ok(None)) && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// `porthole` with an environment that holds nothing of the user's.
pub fn porthole(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porthole"));
    command
        .env_remove("XDG_DATA_HOME")
        .env_remove("PORTHOLE_LOG")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("DISPLAY")
        .env("HOME", home)
        .env("SHELL", "/bin/bash");
    command
}

/// Runs to the end and gives exit code, stdout and stderr.
pub fn finished(command: &mut Command) -> (i32, String, String) {
    finished_with(command, b"")
}

/// The same with something on standard input.
pub fn finished_with(command: &mut Command, input: &[u8]) -> (i32, String, String) {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Ended(child);
    let mut stdin = child.0.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = thread::spawn(move || {
        // Who does not read it has ended before.
        let _ = stdin.write_all(&input);
    });
    let (stdout, stderr) = (drain(child.0.stdout.take().unwrap()), drain(child.0.stderr.take().unwrap()));
    let status = wait(&mut child.0);
    writer.join().unwrap();
    let output = Output { status, stdout: stdout.recv().unwrap(), stderr: stderr.recv().unwrap() };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn drain(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (done, all) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = done.send(bytes);
    });
    all
}

/// Waits for a process to end.
pub fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begin.elapsed() < PATIENCE, "the process has to end");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A process that does not outlive its test.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal to the process.
pub fn signal(child: &Ended, number: Signal) {
    let pid = i32::try_from(child.0.id()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), number).unwrap();
}

/// `porthole serve --json` on a free port, with everything in a folder of its own.
pub struct Serving {
    pub child: Ended,
    pub first_line: Value,
    home: Option<TempDir>,
    stderr: mpsc::Receiver<Vec<u8>>,
}

impl Serving {
    pub fn start() -> Self {
        Self::with(&["--token-store", "memory"])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let mut command = porthole(home.path());
        command.args(["serve", "--port", "0", "--json"]).args(arguments);
        Self::spawn(&mut command, home)
    }

    pub fn spawn(command: &mut Command, home: TempDir) -> Self {
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut child = Ended(child);
        let stderr = drain(child.0.stderr.take().unwrap());
        let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Ok(first_line) = serde_json::from_str(&line) else {
            panic!("{line:?}; {}", String::from_utf8_lossy(&stderr.recv().unwrap()))
        };
        Self { child, first_line, home: Some(home), stderr }
    }

    /// `porthole` that finds this engine.
    pub fn porthole(&self, arguments: &[&str]) -> Command {
        let mut command = porthole(self.home());
        command.args(arguments);
        command
    }

    pub fn home(&self) -> &Path {
        self.home.as_ref().unwrap().path()
    }

    /// Its folder, once it has ended, for another one.
    pub fn into_home(mut self) -> TempDir {
        self.home.take().unwrap()
    }

    pub fn data_dir(&self) -> PathBuf {
        self.home().join(".local/share/porthole")
    }

    pub fn signal(&self, number: Signal) {
        signal(&self.child, number);
    }

    /// Waits for its end and gives the exit code and what it wrote to stderr.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let status = wait(&mut self.child.0);
        let stderr = self.stderr.recv().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    }
}
