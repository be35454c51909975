//! Descriptors that tokio watches: nonblocking, owned, closed on exec.
#![allow(unsafe_code)]

use rustix::fs::OFlags;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::unix::AsyncFd;

/// A descriptor whose readiness tokio tells.
pub(super) type Watched = AsyncFd<OwnedFd>;

/// Makes a descriptor nonblocking and has tokio watch it. Needs a tokio runtime.
pub(super) fn watch(descriptor: OwnedFd) -> io::Result<Watched> {
    set_nonblocking(&descriptor)?;
    // SAFETY: an OwnedFd names the same open descriptor for as long as the AsyncFd owns it.
    Ok(unsafe { AsyncFd::register(descriptor) }?)
}

/// Makes reads and writes of a descriptor return instead of wait.
fn set_nonblocking(descriptor: impl AsFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(&descriptor)?;
    Ok(rustix::fs::fcntl_setfl(&descriptor, flags | OFlags::NONBLOCK)?)
}
