//! Descriptors that tokio watches: nonblocking, owned, closed on exec.
#![allow(unsafe_code)]

use rustix::fs::OFlags;
use rustix::net::SendFlags;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use tokio::io::unix::AsyncFd;

/// A descriptor whose readiness tokio tells.
pub(super) type Watched = AsyncFd<OwnedFd>;

/// No SIGPIPE where the peer of a socket is gone; elsewhere the program ignores that, as every program in Rust does.
#[cfg(target_os = "linux")]
pub(crate) const SILENT: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
pub(crate) const SILENT: SendFlags = SendFlags::empty();

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

/// Reads what comes, waiting for it. Cancel-safe.
pub(super) async fn read(descriptor: &Watched, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let mut guard = descriptor.readable().await?;
        match guard.try_io(|inner| Ok(rustix::io::read(inner.get_ref(), &mut *buffer)?)) {
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(result) => return result,
            Err(_would_block) => {}
        }
    }
}

/// Writes everything, waiting while it is not taken.
pub(super) async fn write_all(descriptor: &Watched, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let mut guard = descriptor.writable().await?;
        match guard.try_io(|inner| Ok(rustix::io::write(inner.get_ref(), bytes)?)) {
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(result) => bytes = &bytes[result?..],
            Err(_would_block) => {}
        }
    }
    Ok(())
}

/// Makes a FIFO for the user alone and opens it for both directions, so that neither end ever finds it closed.
pub(super) fn fifo(path: &std::path::Path) -> io::Result<OwnedFd> {
    make_fifo(path)?;
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?)
}

/// Makes a FIFO for the user alone and opens its reading end, which finds it closed once all writers are gone.
pub(super) fn reading_fifo(path: &std::path::Path) -> io::Result<OwnedFd> {
    make_fifo(path)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?)
}

/// Makes a FIFO for the user alone.
pub(crate) fn make_fifo(path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: mkfifo takes a C string, which lives until it returns.
    if unsafe { libc::mkfifo(name.as_ptr(), 0o600) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
