//! Private terminals: a devpts instance of the engine's own, made by a helper in a mount namespace of its own.

use std::os::fd::OwnedFd;
use std::path::Path;

/// The instance's folder, which holds `ptmx`; `None` where the system refuses one.
#[cfg(target_os = "linux")]
pub(super) async fn open(runtime_dir: &Path) -> Option<OwnedFd> {
    let runtime_dir = runtime_dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || ask_helper(&runtime_dir)).await;
    match opened.ok()? {
        Ok(folder) => Some(folder),
        Err(error) => {
            tracing::info!(%error, "no private terminals; stderr apart from stdout goes through a pipe");
            None
        }
    }
}

/// Such systems have none.
#[cfg(not(target_os = "linux"))]
pub(super) async fn open(_: &Path) -> Option<OwnedFd> {
    None
}

#[cfg(target_os = "linux")]
fn ask_helper(runtime_dir: &Path) -> std::io::Result<OwnedFd> {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};
    use std::io::{ErrorKind, IoSliceMut};
    use std::process::{Command, Stdio};

    let (own, theirs) = std::os::unix::net::UnixStream::pair()?;
    own.set_read_timeout(Some(std::time::Duration::from_secs(2)))?;
    let mut child = Command::new(runtime_dir.join("warden"))
        .arg("terminals")
        .env_clear()
        .current_dir(runtime_dir)
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let received =
        rustix::net::recvmsg(&own, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC);
    if received.is_err() {
        child.kill()?;
    }
    child.wait()?;
    received?;
    let descriptor = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    descriptor.ok_or_else(|| ErrorKind::PermissionDenied.into())
}
