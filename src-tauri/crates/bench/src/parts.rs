//! The parts that can be measured by themselves.

mod bulk;
mod completion;
mod latency;
mod memory;
mod overhead;
mod render;
mod scanner;
mod taps;

use anyhow::{Result, bail};
use tokio::runtime::Runtime;

use crate::{Part, forwarder};

/// Every part, in the order in which they are measured.
pub(crate) const ALL: [Part; 8] = [
    Part { name: "render", about: "a coloured log to HTML", measure: render::measure },
    Part { name: "scanner", about: "finding the pipes of a command", measure: scanner::measure },
    Part { name: "taps", about: "breakpoints in a pipeline", measure: taps::measure },
    Part { name: "bulk", about: "much output of a command through the websocket", measure: bulk::measure },
    Part { name: "overhead", about: "a command beside the shell itself", measure: overhead::measure },
    Part { name: "latency", about: "echo, first byte, first output", measure: latency::measure },
    Part { name: "completion", about: "a word completed beside the shell", measure: completion::measure },
    Part { name: "memory", about: "memory, and many sessions at once", measure: memory::measure },
];

/// The parts with what they are about, one a line.
pub(crate) fn listed() -> String {
    ALL.iter().map(|part| format!("  {:<11} {}\n", part.name, part.about)).collect()
}

/// Is what a part measures as a process of its own.
pub(crate) fn become_contender(arguments: &[String]) -> Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["forwarder"] => forwarder::serve(),
        ["renderer", form @ ..] => render::renderer(form),
        _ => bail!("there is no such contender"),
    }
}

/// The runtime of the clients.
fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// For a client that only ever waits for the next message: on more threads each would have one more to wake.
fn one_thread() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
