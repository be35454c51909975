//! Child processes that are measured by the processor time that they take, so that a busy machine does not count.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// Runs a program of one thread from a file to nowhere. Seconds of processor time that it took.
pub(crate) fn processor_seconds(mut command: Command, input: &Path) -> Result<f64> {
    let name = command.get_program().to_string_lossy().into_owned();
    let file = File::open(input).with_context(|| format!("{} cannot be read", input.display()))?;
    command.stdin(file).stdout(Stdio::null());
    let mut child = command.spawn().with_context(|| format!("`{name}` does not start"))?;
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process has an id")?;
    // Its account can be read until it is waited for.
    waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let account = std::fs::read_to_string(format!("/proc/{}/schedstat", child.id()));
    ensure!(child.wait()?.success(), "`{name}` failed");
    let nanoseconds = account?.split(' ').next().and_then(|field| field.parse::<f64>().ok());
    Ok(nanoseconds.context("the system tells no processor time")? / 1e9)
}

/// This program as another contender.
pub(crate) fn this_program_as(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("as").args(arguments);
    Ok(command)
}
