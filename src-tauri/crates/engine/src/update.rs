//! Update: how one client follows a session; turns what its commands print into messages.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::authentication::Granted;
use crate::command::{Command, Ended, Reading, timestamp};
use crate::protocol::{
    Chunk, ChunkStream, Feature, Format, Output, ServerMessage, Status, StreamOrder, Streams, Update,
    UpdateAnswer,
};
use crate::render::{Drawing, Form, Fragment, Renderer};
use crate::session::Session;
use crate::shell::StreamKind;

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
    cursor: u64,
    /// Made at the first output, when the names to link to are known.
    drawing: Option<Streaming>,
    told_begin: bool,
    told_end: bool,
}

impl Follower {
    /// Follows a session from its first command on.
    pub(crate) fn new(session: &Session, granted: Granted) -> Self {
        Self {
            id: LAST_FOLLOWER.fetch_add(1, Ordering::Relaxed),
            news: session.news(),
            granted,
            next: 0,
            follows: VecDeque::new(),
        }
    }

    /// Goes on where an earlier connection stood, in the form that the new one asked for.
    pub(crate) fn resumed(mut self, granted: Granted) -> Self {
        for follow in &mut self.follows {
            follow.command.attach(self.id, follow.cursor);
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

    /// The next update that is due now. Commands take turns, so that a loud one leaves room for a quiet one.
    pub(crate) fn next(&mut self, session: &Session) -> Option<ServerMessage> {
        // Seen before it is read: what comes in between wakes the follower again.
        self.news.mark_unchanged();
        self.take_up_new_commands(session);
        for _ in 0..self.follows.len() {
            let mut follow = self.follows.pop_front()?;
            let reading = follow.command.read(self.id, follow.cursor);
            let exhausted = reading.exhausted;
            let update = follow.update(reading, self.granted);
            if exhausted && follow.told_end {
                follow.command.detach(self.id);
            } else {
                self.follows.push_back(follow);
            }
            if let Some(update) = update {
                return Some(ServerMessage::Update(UpdateAnswer::News(Box::new(update))));
            }
        }
        None
    }

    fn take_up_new_commands(&mut self, session: &Session) {
        let (commands, next) = session.published_since(self.next);
        self.next = next;
        for command in commands {
            command.attach(self.id, 0);
            self.follows.push_back(Follow {
                cursor: 0,
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
        self.cursor = reading.cursor;
        let ends_now = reading.ended.is_some() && !self.told_end;
        if reading.pieces.is_empty() && self.told_begin && !ends_now {
            return None;
        }
        let output = if reading.pieces.is_empty() && self.drawing.is_none() {
            Drawn::nothing(granted)
        } else {
            let command = &self.command;
            let drawing = self.drawing.get_or_insert_with(|| Streaming::new(command, granted));
            let mut drawn = drawing.draw(&reading.pieces);
            if ends_now {
                drawing.finish(&mut drawn);
            }
            drawn
        };
        self.told_begin = true;
        self.told_end |= ends_now;
        let details = granted.has(Feature::Details);
        let ended = reading.ended.as_ref();
        Some(Update {
            command: self.command.plan.text.clone(),
            server_id: self.command.plan.server_id,
            output: output.into_output(),
            begin: self.command.begin(),
            end: ended.map_or_else(String::new, |ended| timestamp(ended.at)),
            status: if ended.is_some() { Status::Completed } else { Status::Running },
            dropped: (details && reading.dropped > 0).then_some(reading.dropped),
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
        dropped: None,
    }
}

/// The renderers of one command's streams for one client.
enum Streaming {
    /// Under `chunks`: each stream by itself.
    Chunks { stdout: Renderer, stderr: Renderer },
    /// The bare form. `combined` is stdout's own renderer until the first byte of stderr parts them.
    Bare { stdout: Renderer, stderr: Renderer, combined: Option<Renderer> },
}

/// What one reading draws.
enum Drawn {
    Chunks(Vec<Chunk>),
    Bare { combined: Option<String>, stdout: String, stderr: String },
}

impl Streaming {
    fn new(command: &Command, granted: Granted) -> Self {
        let chunks = granted.has(Feature::Chunks);
        let form = Form {
            format: command.plan.format,
            drawing: if chunks && command.plan.format != Format::Raw {
                Drawing::Replace
            } else {
                Drawing::Append
            },
            names: command.names(),
        };
        let (stdout, stderr) = (Renderer::new(form.clone()), Renderer::new(form));
        if chunks { Self::Chunks { stdout, stderr } } else { Self::Bare { stdout, stderr, combined: None } }
    }

    fn draw(&mut self, pieces: &[(StreamKind, Vec<u8>)]) -> Drawn {
        match self {
            Self::Chunks { stdout, stderr } => Drawn::Chunks(
                pieces
                    .iter()
                    .map(|(stream, bytes)| match stream {
                        StreamKind::Stdout => chunk(ChunkStream::Stdout, stdout.push(bytes)),
                        StreamKind::Stderr => chunk(ChunkStream::Stderr, stderr.push(bytes)),
                    })
                    .collect(),
            ),
            Self::Bare { stdout, stderr, combined } => {
                let (mut all, mut out, mut err) = (String::new(), String::new(), String::new());
                for (stream, bytes) in pieces {
                    if *stream == StreamKind::Stderr && combined.is_none() {
                        *combined = Some(stdout.clone());
                        all.clone_from(&out);
                    }
                    match stream {
                        StreamKind::Stdout => out.push_str(&stdout.push(bytes).data),
                        StreamKind::Stderr => err.push_str(&stderr.push(bytes).data),
                    }
                    if let Some(combined) = combined {
                        all.push_str(&combined.push(bytes).data);
                    }
                }
                Drawn::Bare { combined: combined.is_some().then_some(all), stdout: out, stderr: err }
            }
        }
    }

    fn finish(&mut self, drawn: &mut Drawn) {
        match (self, drawn) {
            (Self::Chunks { stdout, stderr }, Drawn::Chunks(chunks)) => {
                for (stream, fragment) in
                    [(ChunkStream::Stdout, stdout.finish()), (ChunkStream::Stderr, stderr.finish())]
                {
                    let last = chunks.iter().rev().find(|chunk| chunk.stream == stream);
                    let line = last.map_or("", |chunk| &chunk.line);
                    if !fragment.data.is_empty() || fragment.line != line {
                        chunks.push(chunk(stream, fragment));
                    }
                }
            }
            (
                Self::Bare { stdout, stderr, combined },
                Drawn::Bare { combined: all, stdout: out, stderr: err },
            ) => {
                out.push_str(&stdout.finish().data);
                err.push_str(&stderr.finish().data);
                if let (Some(combined), Some(all)) = (combined, all) {
                    all.push_str(&combined.finish().data);
                }
            }
            _ => unreachable!("a drawing has the form of its renderers"),
        }
    }
}

impl Drawn {
    fn nothing(granted: Granted) -> Self {
        if granted.has(Feature::Chunks) {
            Self::Chunks(Vec::new())
        } else {
            Self::Bare { combined: None, stdout: String::new(), stderr: String::new() }
        }
    }

    fn into_output(self) -> Output {
        match self {
            Self::Chunks(chunks) => Output::Chunks { chunks },
            Self::Bare { combined, stdout, stderr } => Output::Streams {
                combined: combined.unwrap_or_else(|| stdout.clone()),
                stdin: stdout.clone(),
                stdout,
                stderr,
                breakpoints: Vec::new(),
            },
        }
    }
}

fn chunk(stream: ChunkStream, fragment: Fragment) -> Chunk {
    Chunk { stream, location: None, data: fragment.data, line: fragment.line }
}
