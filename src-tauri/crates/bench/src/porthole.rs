//! The Porthole that is measured: the built `porthole serve` as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::folder::Folder;
use crate::processes;

static STARTED: AtomicUsize = AtomicUsize::new(0);

/// One that serves on a port of its own, with a home and a data folder of its own. It ends with this value.
pub(crate) struct Porthole {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

impl Porthole {
    /// Starts one whose sessions run `shell`, a program in the PATH.
    pub(crate) fn start(folder: &Folder, shell: &str) -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("porthole");
        let home = folder.path().join(format!("porthole-{}", STARTED.fetch_add(1, Ordering::Relaxed)));
        create_home(&home)?;
        let mut process = Command::new(&program)
            .args(["serve", "--json", "--port", "0", "--token-store", "memory", "--shell"])
            .arg(found(shell)?)
            .arg("--data-dir")
            .arg(home.join("data"))
            .env("HOME", &home)
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!("{} does not start; `cargo xtask bench` builds it", program.display())
            })?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("its output is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("Porthole did not say where it listens")?;
        let text = |name: &str| told[name].as_str().with_context(|| format!("`{name}` was not told"));
        let address = text("wss")?.trim_start_matches("wss://").trim_end_matches('/').parse()?;
        let token = text("token")?.to_owned();
        Ok(Self { process, address, token })
    }

    /// Resident bytes of the engine's own process.
    pub(crate) fn memory(&self) -> Result<u64> {
        processes::memory(self.process.id())
    }

    /// The most resident bytes that the engine's own process has had.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        processes::peak_memory(self.process.id())
    }

    /// Processor seconds that the engine, its shells and all their processes have taken, those that have ended included.
    pub(crate) fn processor_seconds(&self) -> Result<f64> {
        processes::processor_seconds(self.process.id())
    }
}

impl Drop for Porthole {
    fn drop(&mut self) {
        let id = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        let told = id.map(|id| kill_process(id, Signal::TERM));
        if !matches!(told, Some(Ok(()))) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Makes a home for shells.
pub(crate) fn create_home(path: &Path) -> Result<()> {
    // Without this folder the first fish reads all manuals of the system for minutes, on all processors.
    Ok(std::fs::create_dir_all(path.join(".local/share/fish/generated_completions"))?)
}

/// The path of a program.
pub(crate) fn found(program: &str) -> Result<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::env::split_paths(&path).map(|folder| folder.join(program));
    let mut there = candidates.filter(|path| Path::is_file(path));
    let first = there.next();
    ensure!(first.is_some(), "there is no `{program}` in the PATH");
    first.context("it was just seen")
}
