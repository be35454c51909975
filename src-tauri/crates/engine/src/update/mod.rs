//! Update: how one client follows the commands of a session.

mod drawing;
mod tap_drawing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::command::{Command, Ended, Position, Reading, timestamp};
use crate::protocol::Granted;
use crate::protocol::{Feature, Output, Status, StreamOrder, Streams, Update};
use drawing::Drawing;

static LAST_FOLLOWER: AtomicU64 = AtomicU64::new(0);

/// Where one client stands in the output of every command of its session.
pub(crate) struct Follower {
    id: u64,
    granted: Granted,
    news: watch::Receiver<u64>,
    /// The next entry of the session's published commands.
    next: u64,
    follows: VecDeque<Follow>,
}

struct Follow {
    command: Arc<Command>,
    position: Position,
    /// Made at the first output, when the names to link to are known.
    drawing: Option<Drawing>,
    told_begin: bool,
    told_end: bool,
}

impl Follower {
    /// Follows a session from its first command on.
    pub(crate) fn new(news: watch::Receiver<u64>, granted: Granted) -> Self {
        Self {
            id: LAST_FOLLOWER.fetch_add(1, Ordering::Relaxed),
            news,
            granted,
            next: 0,
            follows: VecDeque::new(),
        }
    }

    /// Goes on where an earlier connection stood, in the form that the new one asked for.
    pub(crate) fn resumed(mut self, granted: Granted) -> Self {
        for follow in &mut self.follows {
            follow.command.attach(self.id, follow.position.output);
            if self.granted != granted {
                follow.drawing = None;
            }
        }
        self.granted = granted;
        self
    }

    /// Lets the commands run free of this client, and keeps where it stood.
    pub(crate) fn parked(self) -> Self {
        for follow in &self.follows {
            follow.command.detach(self.id);
        }
        self
    }

    /// Waits for news of the session. False once the session is gone.
    pub(crate) async fn changed(&mut self) -> bool {
        self.news.changed().await.is_ok()
    }

    /// Makes the next [`changed`](Self::changed) return at once.
    pub(crate) fn look_again(&mut self) {
        self.news.mark_changed();
    }

    /// The next update that is due now; `published` gives the commands from an index on, and the index after them.
    ///
    /// Commands take turns, so that a loud one leaves room for a quiet one.
    pub(crate) fn next(&mut self, published: impl FnOnce(u64) -> (Vec<Arc<Command>>, u64)) -> Option<Update> {
        // Seen before it is read: what comes in between wakes the follower again.
        self.news.mark_unchanged();
        let (commands, next) = published(self.next);
        self.next = next;
        self.take_up(commands);
        for _ in 0..self.follows.len() {
            let mut follow = self.follows.pop_front()?;
            let reading = follow.command.read(self.id, follow.position);
            let exhausted = reading.exhausted;
            let update = follow.update(reading, self.granted);
            if exhausted && follow.told_end {
                follow.command.detach(self.id);
            } else {
                self.follows.push_back(follow);
            }
            if update.is_some() {
                return update;
            }
        }
        None
    }

    fn take_up(&mut self, commands: Vec<Arc<Command>>) {
        for command in commands {
            command.attach(self.id, 0);
            self.follows.push_back(Follow {
                position: Position::default(),
                drawing: None,
                told_begin: false,
                told_end: false,
                command,
            });
        }
    }
}

impl Follow {
    fn update(&mut self, reading: Reading, granted: Granted) -> Option<Update> {
        self.position = reading.position;
        let ends_now = reading.ended.is_some() && !self.told_end;
        let details = granted.has(Feature::Details);
        let silent = reading.pieces.is_empty() && reading.taps.is_empty();
        let counts = details && !reading.stages.is_empty();
        if silent && !counts && self.told_begin && !ends_now {
            return None;
        }
        let output = if silent && self.drawing.is_none() {
            Drawing::nothing(granted)
        } else {
            let command = &self.command;
            let drawing = self.drawing.get_or_insert_with(|| Drawing::new(command, granted));
            drawing.draw(&reading, ends_now)
        };
        self.told_begin = true;
        self.told_end |= ends_now;
        let ended = reading.ended.as_ref();
        Some(Update {
            command: self.command.plan.text.clone(),
            server_id: self.command.plan.server_id,
            output,
            begin: self.command.begin(),
            end: ended.map_or_else(String::new, |ended| timestamp(ended.at)),
            status: if ended.is_some() { Status::Completed } else { Status::Running },
            dropped: (details && reading.dropped > 0).then_some(reading.dropped),
            stages: if details { reading.stages } else { Vec::new() },
            order: details.then_some(match self.command.plan.streams {
                Streams::Exact => StreamOrder::Exact,
                Streams::Split | Streams::Pipes => StreamOrder::Approximate,
            }),
            ..details_of(if details { ended } else { None })
        })
    }
}

/// An update with nothing but the details of an end.
fn details_of(ended: Option<&Ended>) -> Update {
    let ending = ended.map(|ended| &ended.ending);
    Update {
        command: String::new(),
        server_id: 0,
        output: Output::Chunks { chunks: Vec::new() },
        begin: String::new(),
        end: String::new(),
        status: Status::Running,
        exit_code: ending.map(|ending| ending.exit_code),
        signal: ending.and_then(|ending| ending.signal),
        cwd: ending.map(|ending| ending.cwd.to_string_lossy().into_owned()),
        duration_ms: ended.map(|ended| ended.duration_ms),
        pipe_status: ending.map(|ending| ending.pipe_status.clone()).filter(|all| !all.is_empty()),
        order: None,
        stages: Vec::new(),
        dropped: None,
    }
}
