//! The guard: keeps the reader of what a stage is about to open, and says when it has.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use crate::system::{self, News, Socket};

/// How often it looks, at first and at last.
const FIRST: Duration = Duration::from_micros(200);
const LAST: Duration = Duration::from_millis(5);
/// How long it stays where it cannot tell.
const UNTAPPED: Duration = Duration::from_millis(200);
/// How long it stays when the engine has died and the stage has not opened the path.
const ORPHANED: Duration = Duration::from_secs(2);

/// Leaves a child behind that holds `reader` until `stage` has `path` as its descriptor `number`.
pub(crate) fn start(path: &str, stage: u32, number: u32, reader: OwnedFd, socket: Option<Socket>) {
    if !system::fork_child() {
        return;
    }
    // The command substitution lasts until its output is closed.
    system::close_standard_streams();
    match socket {
        None => std::thread::sleep(UNTAPPED),
        Some(socket) => {
            let link = format!("/proc/{stage}/fd/{number}");
            let mut pause = FIRST;
            let mut orphaned = Duration::ZERO;
            while orphaned < ORPHANED && !opened(&link, path) {
                match socket.news(pause) {
                    News::Enough => break,
                    News::Dead => {
                        std::thread::sleep(pause);
                        orphaned += pause;
                    }
                    News::None => {}
                }
                pause = (pause * 2).min(LAST);
            }
            // The end of the connection tells the engine.
            drop(reader);
        }
    }
    std::process::exit(0);
}

/// Leaves a child behind that opens `path` should the engine die before it has let `stage` open it.
pub(crate) fn watch(path: &str, stage: u32, socket: &Socket) {
    if !system::fork_child() {
        return;
    }
    system::close_standard_streams();
    let lives = format!("/proc/{stage}");
    while Path::new(&lives).exists() {
        match socket.news(UNTAPPED) {
            News::Enough => break,
            News::Dead => {
                let reader = system::open_reader(path);
                std::thread::sleep(ORPHANED);
                drop(reader);
                break;
            }
            News::None => {}
        }
    }
    std::process::exit(0);
}

/// Whether the stage has the file open, or is gone.
fn opened(link: &str, path: &str) -> bool {
    match std::fs::read_link(link) {
        Ok(target) => target == Path::new(path),
        Err(_) => true,
    }
}
