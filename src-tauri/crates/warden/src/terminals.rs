//! A devpts instance of its own, handed to whoever holds the socket.

use std::os::fd::RawFd;

/// Mounts a new devpts instance over the working directory, in a mount namespace of this process, and sends a
/// descriptor of it. The instance lives as long as that descriptor. Ends the process; the exit code tells success.
#[cfg(target_os = "linux")]
pub(crate) fn hand_over(socket: RawFd) -> ! {
    std::process::exit(match mount() {
        Some(folder) if send(socket, folder) => 0,
        _ => 1,
    })
}

/// No such thing here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn hand_over(_: RawFd) -> ! {
    std::process::exit(1)
}

#[cfg(target_os = "linux")]
fn mount() -> Option<RawFd> {
    let folder = std::env::current_dir().ok()?;
    // SAFETY: plain system calls with static strings, in a process of one thread.
    unsafe {
        let (user, group) = (libc::getuid(), libc::getgid());
        if libc::unshare(libc::CLONE_NEWNS) != 0 {
            // Without the privilege a user namespace gives it, in which the user stays who they are.
            if libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) != 0 {
                return None;
            }
            std::fs::write("/proc/self/setgroups", "deny").ok()?;
            std::fs::write("/proc/self/uid_map", format!("{user} {user} 1")).ok()?;
            std::fs::write("/proc/self/gid_map", format!("{group} {group} 1")).ok()?;
        }
        let none = std::ptr::null();
        let private = libc::MS_REC | libc::MS_PRIVATE;
        if libc::mount(none, c"/".as_ptr(), none, private, none.cast()) != 0 {
            return None;
        }
        let options = c"newinstance,ptmxmode=0600,mode=0600";
        let flags = libc::MS_NOSUID | libc::MS_NOEXEC;
        let name = c"devpts".as_ptr();
        if libc::mount(name, c".".as_ptr(), name, flags, options.as_ptr().cast()) != 0 {
            return None;
        }
        // The working directory is the folder below the mount; its path leads to the mount.
        let path = std::ffi::CString::new(folder.into_os_string().into_encoded_bytes()).ok()?;
        let opened = libc::open(path.as_ptr(), libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC);
        (opened >= 0).then_some(opened)
    }
}

#[cfg(target_os = "linux")]
fn send(socket: RawFd, descriptor: RawFd) -> bool {
    let mut control = [0_u64; 4];
    let mut byte = [1_u8];
    // SAFETY: the message describes live buffers; the control buffer holds one header and one descriptor.
    unsafe {
        let mut part = libc::iovec { iov_base: byte.as_mut_ptr().cast(), iov_len: 1 };
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(size_of::<RawFd>() as u32) as _;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(size_of::<RawFd>() as u32) as _;
        libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(descriptor);
        libc::sendmsg(socket, &message, 0) == 1
    }
}
