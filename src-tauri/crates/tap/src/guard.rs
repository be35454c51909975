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

/// How it is seen what the stage has open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// In /proc.
    Proc,
    /// Not at all: the engine sees whether the path is open, and the guard whether the stage lives.
    None,
}

/// What a stage is about to open.
pub(crate) struct Watched<'a> {
    pub(crate) path: &'a str,
    pub(crate) stage: u32,
    /// As which of its descriptors.
    pub(crate) number: u32,
    pub(crate) sight: Sight,
}

/// Leaves a child behind that holds `reader` until the stage has the path open.
pub(crate) fn start(watched: &Watched<'_>, reader: OwnedFd, socket: Option<Socket>) {
    if !system::fork_child() {
        return;
    }
    // The command substitution lasts until its output is closed.
    system::close_standard_streams();
    match socket {
        None => std::thread::sleep(UNTAPPED),
        Some(socket) => {
            let mut pause = FIRST;
            let mut orphaned = Duration::ZERO;
            while orphaned < ORPHANED && !watched.is_opened() {
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

impl Watched<'_> {
    /// Whether the stage is seen to have the path open, or is gone.
    fn is_opened(&self) -> bool {
        let Self { path, stage, number, sight } = self;
        match sight {
            Sight::Proc => std::fs::read_link(format!("/proc/{stage}/fd/{number}"))
                .map_or(true, |target| target == Path::new(path)),
            Sight::None => !system::lives(*stage),
        }
    }
}
