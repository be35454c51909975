//! Update: how one client follows the commands of a session.

mod binary;
mod drawing;
mod room;
mod showing;
mod tally;
mod tap_drawing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::watch;

use crate::command::{Command, Ended, Position, Reading, timestamp};
use crate::protocol::Granted;
use crate::protocol::{Feature, Format, Output, StageCount, Status, StreamOrder, Streams, Update};
use crate::shell::StreamKind;
use drawing::Drawing;
use room::Room;
use showing::Showing;
use tally::{Tally, counts_of};

static LAST_FOLLOWER: AtomicU64 = AtomicU64::new(0);

/// Where one client stands in the output of every command of its session.
pub(crate) struct Follower {
    /// What names it among the followers of a command.
    pub(crate) id: u64,
    granted: Granted,
    news: watch::Receiver<u64>,
    /// The next entry of the session's published commands.
    next: u64,
    /// What is published from now on, the client has seen from its beginning.
    is_present: bool,
    follows: VecDeque<Follow>,
}

struct Follow {
    command: Arc<Command>,
    position: Position,
    /// Made at the first output, when the names to link to are known.
    drawing: Option<Drawing>,
    showing: Showing,
    tally: Tally,
    /// What a client begins with that came to a raw command while it was drawing on a screen.
    snapshot: Option<Snapshot>,
    /// The position up to which output was printed before the client came.
    replay_until: Option<u64>,
    /// What one update had no room for, and whether it is replay.
    rest: Option<(Reading, bool)>,
    /// A frame and a report that are due before anything is read.
    waiting: Option<Vec<u8>>,
    reported: Option<News>,
    told_begin: bool,
    told_end: bool,
    is_exhausted: bool,
}

struct Snapshot {
    bytes: Vec<u8>,
    /// A part of it was sent.
    begun: bool,
}

/// One message that is due.
pub(crate) enum News {
    /// In the protocol's words.
    Update(Box<Update>),
    /// A binary frame.
    Frame(Vec<u8>),
}

impl Follower {
    /// Follows a session from its first command on.
    pub(crate) fn new(news: watch::Receiver<u64>, granted: Granted) -> Self {
        Self {
            id: LAST_FOLLOWER.fetch_add(1, Ordering::Relaxed),
            news,
            granted,
            next: 0,
            is_present: false,
            follows: VecDeque::new(),
        }
    }

    /// Goes on where an earlier connection stood, in the form that the new one asked for.
    pub(crate) fn resumed(mut self, granted: Granted) -> Self {
        for follow in &mut self.follows {
            follow.command.attach(self.id, follow.position.output);
            // A client that was loaded anew does not know what is held.
            follow.position.stages = 0;
            if self.granted != granted {
                follow.drawing = None;
            }
            follow.showing = Showing::default();
            follow.come_late(self.id);
        }
        self.granted = granted;
        self.is_present = false;
        self
    }

    /// Lets the commands run free of this client while it is away.
    pub(crate) fn leave(&self) {
        for follow in &self.follows {
            follow.command.detach(self.id);
        }
    }

    /// Goes on exactly where the client was when it left. Where it was not alone in its session, others may have
    /// answered what programs asked their terminals meanwhile.
    pub(crate) fn come_back(&mut self, is_alone: bool) {
        for follow in &mut self.follows {
            follow.command.attach(self.id, follow.position.output);
            if !is_alone || follow.command.has_dropped(follow.position) {
                follow.come_late(self.id);
            }
        }
        self.is_present &= is_alone;
    }

    /// Lets the commands run free of this client, and keeps where it stood.
    pub(crate) fn parked(self) -> Self {
        self.leave();
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

    /// The next message that is due now; `published` gives the commands from an index on, and the index after them.
    ///
    /// Commands take turns, so that a loud one leaves room for a quiet one.
    pub(crate) fn next(&mut self, published: impl FnOnce(u64) -> (Vec<Arc<Command>>, u64)) -> Option<News> {
        // Seen before it is read: what comes in between wakes the follower again.
        self.news.mark_unchanged();
        let (commands, next) = published(self.next);
        self.next = next;
        self.take_up(commands);
        let mut read_on = false;
        for _ in 0..self.follows.len() {
            let mut follow = self.follows.pop_front()?;
            // What was told before has been sent by now.
            if follow.told_end {
                follow.command.deliver();
            }
            let before = follow.position.output;
            let news = follow.next(self.id, self.granted);
            read_on |= follow.position.output > before;
            if follow.is_over() {
                follow.command.detach(self.id);
            } else {
                self.follows.push_back(follow);
            }
            if news.is_some() {
                return news;
            }
        }
        if read_on {
            // There may be more of what a screen shows.
            self.look_again();
        }
        None
    }

    /// When the next frame of a screen may be sent, where one waits.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.follows.iter().filter_map(|follow| follow.showing.due()).min()
    }

    fn take_up(&mut self, commands: Vec<Arc<Command>>) {
        let was_present = std::mem::replace(&mut self.is_present, true);
        let takes_all = self.granted.has(Feature::Resume);
        for command in commands.into_iter().filter(|command| takes_all || !command.was_seen()) {
            let is_first = command.attach(self.id, 0);
            let mut follow = Follow {
                position: Position::default(),
                drawing: None,
                showing: Showing::default(),
                tally: Tally::default(),
                snapshot: None,
                replay_until: None,
                rest: None,
                waiting: None,
                reported: None,
                told_begin: false,
                told_end: false,
                is_exhausted: false,
                command,
            };
            if !is_first && !was_present {
                follow.come_late(self.id);
            }
            self.follows.push_back(follow);
        }
    }
}

impl Follow {
    /// The client was not there when a raw command printed what comes next.
    fn come_late(&mut self, follower: u64) {
        if self.command.plan.format != Format::Raw {
            return;
        }
        let (replay_until, snapshot) = self.command.join(follower, &mut self.position);
        self.replay_until = Some(replay_until);
        if let Some(bytes) = snapshot {
            self.snapshot = Some(Snapshot { bytes, begun: false });
            (self.waiting, self.rest) = (None, None);
            self.drawing = None;
        }
    }

    /// Whether nothing will ever follow.
    fn is_over(&self) -> bool {
        let waits = self.waiting.is_some() || self.reported.is_some() || self.rest.is_some();
        self.is_exhausted && self.told_end && !waits
    }

    fn next(&mut self, follower: u64, granted: Granted) -> Option<News> {
        if let Some(report) = self.reported.take() {
            return Some(report);
        }
        if self.command.plan.format == Format::Raw && granted.has(Feature::Binary) {
            return self.next_binary(follower, granted);
        }
        let (mut reading, replay) = self.rest.take().unwrap_or_else(|| self.read(follower, granted));
        let update = self.update(&mut reading, granted)?;
        if !reading.is_silent() {
            self.rest = Some((reading, replay));
        }
        Some(News::Update(Box::new(Update { replay, ..update })))
    }

    /// What was printed since the last reading, and whether it is replay.
    fn read(&mut self, follower: u64, granted: Granted) -> (Reading, bool) {
        let until = self.replay_until.filter(|until| *until > self.position.output);
        let mut reading = self.command.read(follower, self.position, until);
        self.position = reading.position;
        self.is_exhausted = reading.exhausted;
        reading.taps.iter().for_each(|(tag, bytes)| self.tally.count(*tag, bytes.len()));
        self.tally.settle(&mut reading.stages, reading.is_current);
        if let Some(snapshot) = self.snapshot.take() {
            reading.pieces.insert(0, (StreamKind::Stdout, snapshot.bytes));
        }
        let is_replay = until.is_some() || (self.command.plan.format == Format::Raw && !reading.answers);
        (reading, is_replay && granted.has(Feature::Screens))
    }

    /// Draws what there is room for of a reading, which keeps the rest. None where there is nothing to tell.
    fn update(&mut self, reading: &mut Reading, granted: Granted) -> Option<Update> {
        let mut ends_now = reading.ended.is_some() && !self.told_end;
        let details = granted.has(Feature::Details);
        let enters = self.showing.enters(reading);
        let counts = details && !reading.stages.is_empty();
        let mut room = Room::new(self.command.rendered_bytes());
        let is_silent = !enters && reading.is_silent();
        let output = if is_silent && (self.drawing.is_none() || !ends_now) {
            Drawing::nothing(granted)
        } else {
            let command = &self.command;
            let drawing = self.drawing.get_or_insert_with(|| Drawing::new(command, granted));
            drawing.set_names(command.names());
            drawing.draw(reading, enters, ends_now, &mut room)
        };
        let screen = self.showing.news(&self.command, reading, granted, &room);
        // What is left of the screen comes before the end, too.
        let is_whole = reading.is_silent() && !self.showing.is_behind();
        let has_gap = told_of_gaps(granted) && reading.dropped > 0;
        if is_silent && !counts && screen.is_none() && self.told_begin && !ends_now && !has_gap {
            return None;
        }
        ends_now &= is_whole;
        self.told_begin = true;
        self.told_end |= ends_now;
        let dropped = has_gap.then_some(std::mem::take(&mut reading.dropped));
        let stages = if details { counts_of(std::mem::take(&mut reading.stages)) } else { Vec::new() };
        let ended = reading.ended.as_ref().filter(|_| is_whole);
        let report = self.report(granted, ended, stages, dropped);
        Some(Update { output: output.with_screen(screen), ..report })
    }

    /// An update without output.
    fn report(
        &self,
        granted: Granted,
        ended: Option<&Ended>,
        stages: Vec<StageCount>,
        dropped: Option<u64>,
    ) -> Update {
        let details = granted.has(Feature::Details);
        Update {
            command: self.command.plan.text.clone(),
            server_id: self.command.plan.server_id,
            output: Drawing::nothing(granted),
            begin: self.command.begin(),
            end: ended.map_or_else(String::new, |ended| timestamp(ended.at)),
            status: if ended.is_some() { Status::Completed } else { Status::Running },
            dropped,
            stages,
            order: details.then_some(match self.command.plan.streams {
                Streams::Exact => StreamOrder::Exact,
                Streams::Split | Streams::Pipes => StreamOrder::Approximate,
            }),
            ..details_of(if details { ended } else { None })
        }
    }
}

/// Whether a client is told how many bytes were dropped.
fn told_of_gaps(granted: Granted) -> bool {
    granted.has(Feature::Details) || granted.has(Feature::Resume)
}

/// An update with nothing but the details of an end.
fn details_of(ended: Option<&Ended>) -> Update {
    let ending = ended.filter(|ended| !ended.lost).map(|ended| &ended.ending);
    Update {
        command: String::new(),
        server_id: 0,
        output: Output::Chunks { chunks: Vec::new(), screen: None },
        begin: String::new(),
        end: String::new(),
        status: Status::Running,
        exit_code: ending.map(|ending| ending.exit_code),
        signal: ending.and_then(|ending| ending.signal),
        cwd: ended.map(|ended| ended.ending.cwd.to_string_lossy().into_owned()),
        duration_ms: ended.filter(|ended| !ended.lost).map(|ended| ended.duration_ms),
        background: ending.map(|ending| ending.background).filter(|count| *count > 0),
        pipe_status: ending.map(|ending| ending.pipe_status.clone()).filter(|all| !all.is_empty()),
        lost: ended.filter(|ended| ended.lost).map(|_| true),
        order: None,
        stages: Vec::new(),
        replay: false,
        dropped: None,
    }
}
