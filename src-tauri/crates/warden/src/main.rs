//! Warden: starts shells for the engine, and lets none of their processes outlive it.
//!
//! The engine starts one warden, with a socket as stdin. For every shell the warden forks a keeper with a socket of
//! its own; the keeper is the reaper of everything below its shell, double-forked daemons included. When a socket
//! closes, however the engine ended, its keeper kills all of its descendants and ends.

#![allow(unsafe_code)]

mod descendants;
mod serve;
mod spawn;
mod terminals;
mod wire;

fn main() {
    if std::env::args_os().nth(1).is_some_and(|mode| mode == "terminals") {
        terminals::hand_over(0);
    }
    // SAFETY: plain system calls at the start of a single-threaded process.
    unsafe {
        libc::setsid();
        for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGTERM, libc::SIGPIPE, libc::SIGQUIT] {
            libc::signal(signal, libc::SIG_IGN);
        }
    }
    serve::close_other_descriptors();
    serve::serve(0);
}
