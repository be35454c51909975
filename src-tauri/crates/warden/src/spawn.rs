//! Starting a program in its own process session, with its controlling terminal.

use crate::wire::Frame;
use crate::wire::Parts;
use std::os::fd::RawFd;
use std::ptr;

/// Forks and executes what the frame asks for: folder, program, arguments, environment; stdin, stdout and stderr
/// as descriptors. stdin is the controlling terminal when it is one. Gives the process id or the error's number.
pub(crate) fn spawn(frame: &Frame, socket: RawFd) -> Result<libc::pid_t, i32> {
    let &[stdin, stdout, stderr] = frame.descriptors.as_slice() else { return Err(libc::EINVAL) };
    let mut parts = Parts(&frame.payload);
    let folder = parts.string();
    let program = parts.string();
    let arguments = pointers(&parts.strings());
    let environment = pointers(&parts.strings());
    // SAFETY: single-threaded, so the child may do anything that the parent may.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EAGAIN)),
        0 => {
            // SAFETY: every pointer is to a NUL-terminated string or a null-terminated list of such, which live on.
            unsafe {
                libc::close(socket);
                become_session_leader([stdin, stdout, stderr]);
                if libc::chdir(folder.as_ptr().cast()) != 0 {
                    libc::chdir(c"/".as_ptr());
                }
                libc::execve(program.as_ptr().cast(), arguments.as_ptr(), environment.as_ptr());
                libc::_exit(127);
            }
        }
        pid => Ok(pid),
    }
}

fn pointers(strings: &[&[u8]]) -> Vec<*const libc::c_char> {
    strings.iter().map(|string| string.as_ptr().cast()).chain([ptr::null()]).collect()
}

/// Puts the streams in place, takes the terminal, and gives back every signal's default.
///
/// # Safety
/// For the child of a fork, before it executes a program.
unsafe fn become_session_leader(streams: [RawFd; 3]) {
    // SAFETY: plain system calls on integers and on locals.
    unsafe {
        libc::setsid();
        for (number, descriptor) in streams.into_iter().enumerate() {
            // Invariant: received descriptors are above 2, because 0 to 2 are open in the warden.
            libc::dup2(descriptor, number as RawFd);
        }
        if libc::isatty(0) == 1 {
            libc::ioctl(0, libc::TIOCSCTTY as _, 0);
        }
        for signal in 1..32 {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, ptr::null_mut());
    }
}
