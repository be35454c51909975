//! Control: how other processes of the same user talk to the engine that runs, over a unix socket in its data folder.
//!
//! Each side writes JSON, one message a line: a [`Request`] is answered by an [`Answer`]. The socket has mode 0600, and
//! a peer of another user is hung up on.

mod client;
mod message;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use client::{Client, ClientError};
pub use message::Status;
pub(crate) use message::{Answer, Request};
pub use server::ControlError;
pub(crate) use server::{Controlled, listen, serve};

/// Time for a peer to send or to take in one line.
const LINE_TIME: Duration = Duration::from_secs(5);
/// Bytes of one request.
const REQUEST: u64 = 64 << 10;
/// Bytes of one answer.
const ANSWER: u64 = 16 << 20;
/// Entries of the audit trail in one answer.
const AUDIT: usize = 10_000;
/// Peers that are served at once; others wait.
const PEERS: usize = 8;

fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}
