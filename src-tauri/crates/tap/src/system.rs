//! System calls of the helper.
#![allow(unsafe_code)]

use std::io::{Read, Write};
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long the engine may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// The lowest number for descriptors of the helper's own: above the standard streams and what is handed in, also where the
/// shell had closed some of them.
const OWN: RawFd = 4;

/// The process that waits for this one's output: the stage's shell.
pub(crate) fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

fn open(path: &str, flags: libc::c_int) -> Option<OwnedFd> {
    let path = std::ffi::CString::new(path).ok()?;
    // SAFETY: the path is a C string that outlives the call.
    let descriptor =
        unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK) };
    own(descriptor)
}

fn own(descriptor: RawFd) -> Option<OwnedFd> {
    // SAFETY: a descriptor that a call has just returned belongs to nobody else.
    (descriptor >= 0).then(|| unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Opens a pipe anew for writing; nothing where it has no reader any more.
pub(crate) fn open_writer(path: &str) -> Option<OwnedFd> {
    open(path, libc::O_WRONLY)
}

/// Opens a pipe anew for reading.
pub(crate) fn open_reader(path: &str) -> Option<OwnedFd> {
    open(path, libc::O_RDONLY)
}

/// A copy of a descriptor, with the file position that its other holders share.
pub(crate) fn take(descriptor: RawFd) -> Option<OwnedFd> {
    // SAFETY: duplicating touches no memory; a closed descriptor gives an error.
    own(unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, OWN) })
}

/// Whether there is such a process.
pub(crate) fn lives(process: u32) -> bool {
    let Ok(process) = libc::pid_t::try_from(process) else { return false };
    // SAFETY: no signal is sent.
    let found = unsafe { libc::kill(process, 0) } == 0;
    found || std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
}

pub(crate) fn print(path: &str) {
    // A shell that does not read the path any more has ended.
    let _ = std::io::stdout().write_all(path.as_bytes());
}

/// Forks; tells whether this is the child.
pub(crate) fn fork_child() -> bool {
    // SAFETY: this process has one thread, so that the child may go on as the parent would.
    unsafe { libc::fork() == 0 }
}

pub(crate) fn close_standard_streams() {
    for descriptor in 0..OWN {
        // SAFETY: the child uses none of them; an OwnedFd that it holds never has such a low number.
        unsafe { libc::close(descriptor) };
    }
}

/// A connection to the engine.
pub(crate) struct Socket(UnixStream);

impl Socket {
    pub(crate) fn connect(path: &str) -> Option<Self> {
        let socket = UnixStream::connect(path).ok()?;
        socket.set_read_timeout(Some(ANSWER)).ok()?;
        Some(Self(take(socket.as_raw_fd())?.into()))
    }

    /// Sends a request, with a descriptor where there is one.
    pub(crate) fn send(&self, request: &[u8], descriptor: Option<&OwnedFd>) -> Option<()> {
        let mut part = libc::iovec { iov_base: request.as_ptr().cast_mut().cast(), iov_len: request.len() };
        let mut control = [0_u64; 4];
        // SAFETY: all zeroes are a valid message header without parts.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        if let Some(descriptor) = descriptor {
            let size = u32::try_from(size_of::<RawFd>()).ok()?;
            message.msg_control = control.as_mut_ptr().cast();
            // SAFETY: the macros compute sizes; the control buffer holds 32 aligned bytes, one descriptor needs 24 at the most.
            unsafe {
                message.msg_controllen = libc::CMSG_SPACE(size) as _;
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = libc::CMSG_LEN(size) as _;
                libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(descriptor.as_raw_fd());
            }
        }
        // A program in Rust ignores SIGPIPE: an engine that is gone gives an error.
        // SAFETY: the message points to buffers that live until the call returns.
        let sent = unsafe { libc::sendmsg(self.0.as_raw_fd(), &raw const message, 0) };
        (usize::try_from(sent) == Ok(request.len())).then_some(())
    }

    /// The engine's answer: a path, and the reader that keeps it open.
    pub(crate) fn receive(&mut self) -> Option<(Vec<u8>, Option<OwnedFd>)> {
        let mut length = [0_u8; 2];
        let mut part = libc::iovec { iov_base: length.as_mut_ptr().cast(), iov_len: length.len() };
        let mut control = [0_u64; 4];
        // SAFETY: all zeroes are a valid message header without parts.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of::<[u64; 4]>() as _;
        // SAFETY: the message points to buffers that live until the call returns.
        let received = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut message, 0) };
        // SAFETY: the header that the kernel wrote lies within the control buffer, and a descriptor in it is new.
        let reader = unsafe {
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            let passed = !header.is_null() && (*header).cmsg_type == libc::SCM_RIGHTS;
            if passed { own(libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned()) } else { None }
        };
        // The guard executes nothing, so that nothing is to be closed then.
        if usize::try_from(received) != Ok(length.len()) {
            return None;
        }
        let mut path = vec![0; u16::from_le_bytes(length).into()];
        self.0.read_exact(&mut path).ok()?;
        Some((path, reader))
    }

    /// Waits for news of the engine, at most for `pause`, in milliseconds rounded up.
    pub(crate) fn news(&self, pause: Duration) -> News {
        let mut byte = 0_u8;
        let mut wait = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let pause = libc::c_int::try_from(pause.as_micros().div_ceil(1000)).unwrap_or(libc::c_int::MAX);
        // SAFETY: one valid entry.
        if unsafe { libc::poll(&raw mut wait, 1, pause) } <= 0 {
            return News::None;
        }
        // SAFETY: the buffer is one byte.
        let read = unsafe { libc::recv(self.0.as_raw_fd(), (&raw mut byte).cast(), 1, libc::MSG_DONTWAIT) };
        if read == 1 {
            return News::Enough;
        }
        News::Dead
    }
}

/// What the engine says to a guard.
pub(crate) enum News {
    None,
    /// The stage has opened the path.
    Enough,
    /// The engine is gone.
    Dead,
}
