//! System calls of the helper.
#![allow(unsafe_code)]

use std::io::Write;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

/// How long the engine may take to answer.
const ANSWER_SECONDS: libc::time_t = 3;
/// Bytes of the engine's answer, a path.
const PATH: usize = 4096;

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

/// A copy of an inherited descriptor, with the file position that its other holders share.
pub(crate) fn take(descriptor: RawFd) -> Option<OwnedFd> {
    // SAFETY: duplicating touches no memory; a closed descriptor gives an error.
    own(unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 4) })
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
    for descriptor in 0..=3 {
        // SAFETY: the child uses none of them; an OwnedFd never has such a low number, see `take`.
        unsafe { libc::close(descriptor) };
    }
}

/// A connection to the engine.
pub(crate) struct Socket(OwnedFd);

impl Socket {
    pub(crate) fn connect(path: &str) -> Option<Self> {
        let path = Path::new(path).as_os_str().as_bytes();
        // SAFETY: all zeroes are a valid address without a name.
        let mut address: libc::sockaddr_un = unsafe { zeroed() };
        address.sun_family = libc::sa_family_t::try_from(libc::AF_UNIX).ok()?;
        if path.len() >= address.sun_path.len() {
            return None;
        }
        for (to, from) in address.sun_path.iter_mut().zip(path) {
            *to = *from as libc::c_char;
        }
        // SAFETY: no pointers are passed.
        let socket =
            own(unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, 0) })?;
        // Above the standard streams, also where the shell had closed some of them.
        // SAFETY: duplicating touches no memory.
        let socket = own(unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 4) })?;
        let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_un>()).ok()?;
        // SAFETY: the address is valid for its length.
        let result = unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), length) };
        (result == 0).then_some(Self(socket))
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
            // SAFETY: the macros compute sizes; the control buffer holds 32 aligned bytes, one descriptor needs 24.
            unsafe {
                message.msg_controllen = libc::CMSG_SPACE(size) as _;
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = libc::CMSG_LEN(size) as _;
                libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(descriptor.as_raw_fd());
            }
        }
        // SAFETY: the message points to buffers that live until the call returns.
        let sent = unsafe { libc::sendmsg(self.0.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) };
        (usize::try_from(sent) == Ok(request.len())).then_some(())
    }

    /// The engine's answer: a path, and the reader that keeps it open.
    pub(crate) fn receive(&self) -> Option<(Vec<u8>, Option<OwnedFd>)> {
        let answer = libc::timeval { tv_sec: ANSWER_SECONDS, tv_usec: 0 };
        let length = libc::socklen_t::try_from(size_of::<libc::timeval>()).ok()?;
        // SAFETY: the option's value is valid for its length.
        unsafe {
            libc::setsockopt(
                self.0.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_RCVTIMEO,
                (&raw const answer).cast(),
                length,
            );
        }
        let mut path = vec![0_u8; PATH];
        let mut part = libc::iovec { iov_base: path.as_mut_ptr().cast(), iov_len: path.len() };
        let mut control = [0_u64; 4];
        // SAFETY: all zeroes are a valid message header without parts.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of::<[u64; 4]>() as _;
        // SAFETY: the message points to buffers that live until the call returns.
        let received = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) };
        let received = usize::try_from(received).ok()?;
        path.truncate(received);
        // SAFETY: the header that the kernel wrote lies within the control buffer, and a descriptor in it is new.
        let reader = unsafe {
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            let passed = !header.is_null() && (*header).cmsg_type == libc::SCM_RIGHTS;
            if passed { own(libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned()) } else { None }
        };
        Some((path, reader))
    }

    /// Waits for news of the engine, at most for `pause`.
    pub(crate) fn news(&self, pause: Duration) -> News {
        let mut byte = 0_u8;
        let mut wait = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let time = libc::timespec { tv_sec: 0, tv_nsec: pause.subsec_nanos().into() };
        // SAFETY: one valid entry, and a valid time.
        if unsafe { libc::ppoll(&raw mut wait, 1, &raw const time, std::ptr::null()) } <= 0 {
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
