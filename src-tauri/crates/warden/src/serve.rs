//! Serving one socket: forking keepers, starting shells, telling their ends, ending what is left.

use crate::descendants;
use crate::spawn;
use crate::wire::{Frame, Parts, receive, tell};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// Requests. Keep in step with the engine's `shell/warden.rs`.
const FORK_KEEPER: u8 = b'k';
const SPAWN: u8 = b's';
const STOP: u8 = b'q';

/// Events.
const SPAWNED: u8 = b'S';
const FAILED: u8 = b'F';
const EXITED: u8 = b'E';
const EMPTY: u8 = b'0';
const DONE: u8 = b'D';

/// Time between TERM and KILL when the engine is gone: enough for a program to give its locks back.
const LAST_GRACE: Duration = Duration::from_secs(1);

static CHILD_ENDED: AtomicI32 = AtomicI32::new(-1);

extern "C" fn note_child_end(_: libc::c_int) {
    // SAFETY: write is async-signal-safe; a full pipe is as good as a written byte.
    unsafe { libc::write(CHILD_ENDED.load(Ordering::Relaxed), [0_u8].as_ptr().cast(), 1) };
}

/// Closes what was inherited beside the socket, and puts /dev/null on stdout and stderr.
pub(crate) fn close_other_descriptors() {
    // SAFETY: plain system calls; nothing else in this process owns a descriptor yet.
    unsafe {
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
        libc::dup2(null, 1);
        libc::dup2(null, 2);
        let highest = libc::sysconf(libc::_SC_OPEN_MAX).clamp(64, 4096) as RawFd;
        for descriptor in 3..highest {
            libc::close(descriptor);
        }
    }
}

/// Makes this process the one that orphans below it are given to, and opens the pipe that tells children's ends.
pub(crate) fn become_reaper() -> RawFd {
    let mut ends = [0; 2];
    // SAFETY: plain system calls on locals; the handler only writes to a pipe.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        libc::pipe(ends.as_mut_ptr());
        for end in ends {
            libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC);
            libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK);
        }
        CHILD_ENDED.store(ends[1], Ordering::Relaxed);
        let handler: extern "C" fn(libc::c_int) = note_child_end;
        libc::signal(libc::SIGCHLD, handler as libc::sighandler_t);
    }
    ends[0]
}

/// Serves the socket until it closes, then ends every descendant and the process.
pub(crate) fn serve(socket: RawFd) -> ! {
    let child_ended = become_reaper();
    let mut shell = 0;
    let mut empty_was_told = false;
    loop {
        wait(&[socket, child_ended], None);
        drain(child_ended);
        let left = reap(socket);
        if shell != 0 && !left && !empty_was_told {
            empty_was_told = true;
            tell(socket, EMPTY, 0, 0);
        }
        if !readable(socket) {
            continue;
        }
        let Some(frame) = receive(socket) else { break };
        match frame.kind {
            FORK_KEEPER => fork_keeper(socket, child_ended, &frame),
            SPAWN => match spawn::spawn(&frame, socket) {
                Ok(pid) => {
                    shell = pid;
                    // The engine looks for the shell's descendants below this process.
                    tell(socket, SPAWNED, pid, std::process::id() as i32);
                }
                Err(error) => tell(socket, FAILED, error, 0),
            },
            STOP => {
                let grace = Duration::from_millis(Parts(&frame.payload).number());
                end_descendants(socket, child_ended, grace);
                tell(socket, DONE, 0, 0);
            }
            _ => break,
        }
        for descriptor in frame.descriptors {
            // SAFETY: the frame owned it; the child that was to have it has its own.
            unsafe { libc::close(descriptor) };
        }
    }
    end_descendants(socket, child_ended, LAST_GRACE);
    std::process::exit(0)
}

fn fork_keeper(socket: RawFd, child_ended: RawFd, frame: &Frame) {
    let Some(&own) = frame.descriptors.first() else { return };
    // SAFETY: single-threaded, so the child may go on as the parent would.
    if unsafe { libc::fork() } == 0 {
        // SAFETY: the parent's socket and pipe are not the keeper's; its own socket takes stdin's place, so that the
        // numbers 0 to 2 stay in use.
        unsafe {
            libc::close(child_ended);
            libc::close(CHILD_ENDED.load(Ordering::Relaxed));
            libc::dup2(own, socket);
            libc::close(own);
            libc::setsid();
        }
        serve(socket);
    }
}

/// Ends every descendant: TERM (and HUP, which interactive shells heed), then KILL until none is left.
fn end_descendants(socket: RawFd, child_ended: RawFd, grace: Duration) {
    for signal in [libc::SIGHUP, libc::SIGTERM, libc::SIGCONT] {
        descendants::signal(signal);
    }
    let deadline = Instant::now() + grace;
    while reap(socket) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        wait(&[child_ended], Some(left));
        drain(child_ended);
    }
    // What forks while it is being killed is found in the next round.
    while reap(socket) {
        descendants::signal(libc::SIGKILL);
        wait(&[child_ended], Some(Duration::from_millis(5)));
        drain(child_ended);
    }
}

/// Takes the ends of children and tells them; says whether any child is left.
fn reap(socket: RawFd) -> bool {
    loop {
        let mut status = 0;
        // SAFETY: status is a live local.
        match unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) } {
            0 => return true,
            pid @ 1.. => tell(socket, EXITED, pid, status),
            _ => return false,
        }
    }
}

fn wait(descriptors: &[RawFd], time: Option<Duration>) {
    let mut polled: Vec<libc::pollfd> =
        descriptors.iter().map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }).collect();
    let time = time.map_or(-1, |time| time.as_millis().clamp(1, 60_000) as i32);
    // SAFETY: the list is live and its length is passed with it.
    unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, time) };
}

fn readable(socket: RawFd) -> bool {
    let mut polled = libc::pollfd { fd: socket, events: libc::POLLIN, revents: 0 };
    // SAFETY: one live pollfd.
    unsafe { libc::poll(&mut polled, 1, 0) == 1 }
}

fn drain(pipe: RawFd) {
    let mut bytes = [0_u8; 64];
    // SAFETY: the buffer is live; the pipe does not block.
    while unsafe { libc::read(pipe, bytes.as_mut_ptr().cast(), bytes.len()) } > 0 {}
}
