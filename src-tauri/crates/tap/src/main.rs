//! Hands one stream of a tapped stage to the engine and names the file to which the stage shall write instead.
//!
//! The rewritten pipeline runs it in a command substitution: `>>"$({ exec tap FOLDER o LOCATION $?; } 3>&2 2>/dev/null)"`.
//! It prints one path and exits with the status that it was given, so that `$?` stays what it was. Whatever fails, it prints
//! the stage's own stream, and the pipeline runs untapped. One argument more, `3`, says that the stream is handed in as that
//! descriptor, and that this system does not tell what another process has open.
//!
//! Invariant: whoever opens the printed path does not wait for ever. A child (the guard) keeps the FIFO's reader until the stage
//! has opened it, or opens it in the engine's place, so that the death of the engine leaves no shell hanging.

mod guard;
mod system;

use guard::{Sight, Watched};
use system::Socket;

/// The descriptor on which a stream of the stage arrives.
const HANDED: i32 = 3;

/// Which of the stage's streams is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Channel {
    Out,
    Err,
    /// What a stage of fish writes into a pipe that fish has not made yet.
    FishOut,
}

impl Channel {
    fn of(argument: &str) -> Option<Self> {
        match argument {
            "o" => Some(Self::Out),
            "e" => Some(Self::Err),
            "O" => Some(Self::FishOut),
            _ => None,
        }
    }

    /// The stream's descriptor in the stage.
    fn number(self) -> u32 {
        match self {
            Self::Out | Self::FishOut => 1,
            Self::Err => 2,
        }
    }

    fn letter(self) -> u8 {
        match self {
            Self::Out => b'o',
            Self::Err => b'e',
            Self::FishOut => b'O',
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, channel, location, status, handed @ ..] = arguments.as_slice() else {
        // Asked whether it can run here.
        std::process::exit(0);
    };
    let status = status.parse().unwrap_or(0);
    if let Some(channel) = Channel::of(channel) {
        let location = location.parse().unwrap_or(0);
        let sight = if handed.is_empty() { Sight::Proc } else { Sight::None };
        if hand_over(folder, channel, location, sight).is_none() {
            untapped(channel, sight);
        }
    }
    std::process::exit(status);
}

/// Gives the stream to the engine that listens in `folder`, and prints what it answers.
fn hand_over(folder: &str, channel: Channel, location: u32, sight: Sight) -> Option<()> {
    let stage = system::parent();
    let mut socket = Socket::connect(&format!("{folder}/s"))?;
    let stream = match channel {
        Channel::FishOut => None,
        Channel::Out if sight == Sight::Proc => system::open_writer(&format!("/proc/{stage}/fd/1")),
        Channel::Out | Channel::Err => system::take(HANDED),
    };
    let mut request = vec![channel.letter()];
    request.extend(location.to_le_bytes());
    request.extend(stage.to_le_bytes());
    socket.send(&request, stream.as_ref())?;
    drop(stream);
    let (path, reader) = socket.receive()?;
    let path = String::from_utf8(path).ok().filter(|path| !path.is_empty())?;
    match reader {
        Some(reader) => {
            let watched = Watched { path: &path, stage, number: channel.number(), sight };
            guard::start(&watched, reader, Some(socket));
        }
        None => guard::watch(&path, stage, &socket),
    }
    system::print(&path);
    Some(())
}

/// Names the stage's own stream. A pipe without a reader would make the stage wait: the guard is one for a moment.
fn untapped(channel: Channel, sight: Sight) {
    let stage = system::parent();
    let path = match channel {
        // Nothing stands for a pipe that fish has not made yet; without the engine there is nobody to see what is lost.
        Channel::FishOut => "/dev/null".to_owned(),
        _ => format!("/dev/fd/{}", channel.number()),
    };
    // Where there is no /proc, to open such a path is to duplicate the descriptor, which does not wait.
    let waits = channel == Channel::Out && sight == Sight::Proc;
    if let Some(own) = waits.then(|| system::open_reader(&format!("/proc/{stage}/fd/1"))).flatten() {
        guard::start(&Watched { path: &path, stage, number: channel.number(), sight }, own, None);
    }
    system::print(&path);
}
