//! The machine: what a result was measured on, and how busy that was.

use std::fmt;
use std::process::Command;

/// The line that stands over every table.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gb: u64,
    system: String,
    kernel: String,
    load: String,
    commit: String,
    at: String,
}

impl Machine {
    /// This machine as it is now.
    pub(crate) fn now() -> Self {
        let cpu = read("/proc/cpuinfo");
        let processor = value(&cpu, "model name", ':').unwrap_or("unknown processor").to_owned();
        let memory = read("/proc/meminfo");
        let memory = value(&memory, "MemTotal", ':').and_then(|text| text.split(' ').next()?.parse().ok());
        let release = read("/etc/os-release");
        let system = value(&release, "PRETTY_NAME", '=').unwrap_or(std::env::consts::OS);
        let load = read("/proc/loadavg");
        Self {
            processor,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gb: memory.unwrap_or(0u64).div_ceil(1 << 20),
            system: system.trim_matches('"').to_owned(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: load.split(' ').take(3).collect::<Vec<_>>().join(" "),
            commit: output("git", &["describe", "--always", "--dirty", "--exclude=*"]),
            at: output("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, memory_gb, system, kernel, load, commit, at } = self;
        write!(
            out,
            "{processor}, {cores} cores, {memory_gb} GB, {system}, Linux {kernel}; load at the start {load}; \
             commit {commit}, release build without link-time optimisation; {at}"
        )
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// What follows `name` and the separator on the first line that begins with it.
fn value<'a>(text: &'a str, name: &str, separator: char) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(separator).map(|(_, value)| value.trim())
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
