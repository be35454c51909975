//! Drawing: a command's output in the form that one client asked for.

use std::sync::Arc;

use super::room::Room;
use super::tap_drawing::TapDrawing;
use crate::command::{Command, Placed, Reading, Shape};
use crate::protocol::Granted;
use crate::protocol::{BreakpointOutput, Chunk, ChunkStream, Feature, Format, Output};
use crate::render::{self, Form, Fragment, Names, Picture, Pushed, Renderer};
use crate::shell::StreamKind;

/// The renderers of one command for one client.
pub(super) struct Drawing {
    streams: Streams,
    taps: TapDrawing,
    names: Option<Arc<Names>>,
    pictures: Pictures,
}

/// How pictures are given to the client.
#[derive(Clone, Copy)]
pub(super) struct Pictures {
    /// It asks for them by their numbers.
    by_number: bool,
    /// Pixels of the longer side, as they are shown.
    side: u32,
}

enum Streams {
    /// Under `chunks`: each stream by itself.
    Chunks { stdout: Renderer, stderr: Renderer },
    /// The bare form. `combined` is stdout's own renderer until the first byte of stderr parts them.
    Bare { stdout: Renderer, stderr: Renderer, combined: Option<Renderer> },
}

impl Drawing {
    pub(super) fn new(command: &Command, granted: Granted) -> Self {
        let chunks = granted.has(Feature::Chunks);
        let format = command.plan.format;
        let replaces = chunks && format != Format::Raw;
        let form = Form {
            format,
            drawing: if replaces { render::Drawing::Replace } else { render::Drawing::Append },
            names: command.names(),
        };
        let names = form.names.clone();
        let (stdout, stderr) = (Renderer::new(form.clone()), Renderer::new(form.clone()));
        let streams = if chunks {
            Streams::Chunks { stdout, stderr }
        } else {
            Streams::Bare { stdout, stderr, combined: None }
        };
        let pictures = Pictures { by_number: granted.has(Feature::Files), side: command.thumbnail_side() };
        Self { streams, taps: TapDrawing::new(form, granted, pictures), names, pictures }
    }

    /// From now on these names are links.
    pub(super) fn set_names(&mut self, names: Option<Arc<Names>>) {
        let Some(names) =
            names.filter(|names| !self.names.as_ref().is_some_and(|old| Arc::ptr_eq(old, names)))
        else {
            return;
        };
        match &mut self.streams {
            Streams::Chunks { stdout, stderr } => {
                [stdout, stderr].into_iter().for_each(|stream| stream.set_names(&names));
            }
            Streams::Bare { stdout, stderr, combined } => {
                [Some(stdout), Some(stderr), combined.as_mut()]
                    .into_iter()
                    .flatten()
                    .for_each(|stream| stream.set_names(&names));
            }
        }
        self.taps.set_names(&names);
        self.names = Some(names);
    }

    /// The output of an update that has none.
    pub(super) fn nothing(granted: Granted) -> Output {
        if granted.has(Feature::Chunks) {
            Output::Chunks { chunks: Vec::new(), screen: None }
        } else {
            Output::Streams {
                combined: String::new(),
                stdin: String::new(),
                stdout: String::new(),
                stderr: String::new(),
                breakpoints: Vec::new(),
                screen: None,
            }
        }
    }

    /// Draws what there is room for of a reading, which keeps the rest: where a screen begins the unfinished line first,
    /// and at the end of the command, once all is drawn, what was carried over.
    pub(super) fn draw(
        &mut self,
        reading: &mut Reading,
        enters: bool,
        ends: bool,
        room: &mut Room,
    ) -> Output {
        match &mut self.streams {
            Streams::Chunks { stdout, stderr } => {
                let mut before = if enters { stdout.break_line() } else { Fragment::default() };
                before.data.push_str(&take_finished(reading, room, 1));
                let mut chunks = Vec::new();
                if enters || !before.data.is_empty() {
                    chunks.push(chunk(ChunkStream::Stdout, before));
                }
                draw_chunks(stdout, stderr, self.pictures, reading, room, &mut chunks);
                self.taps.chunks(reading, room, &mut chunks);
                if ends && reading.is_silent() {
                    finish_chunks(stdout, stderr, &mut chunks);
                    chunks.extend(self.taps.finish_chunks());
                }
                Output::Chunks { chunks, screen: None }
            }
            Streams::Bare { stdout, stderr, combined } => {
                let mut before = [String::new(), String::new()];
                if enters {
                    before[1] = stdout.break_line().data;
                    before[0] = combined.as_mut().map_or(before[1].clone(), |all| all.break_line().data);
                }
                let finished = take_finished(reading, room, 3);
                let mut texts = before.map(|text| text + &finished);
                let err = draw_bare(stdout, stderr, combined, self.pictures, reading, &mut texts, room);
                let breakpoints = self.taps.bare(reading, room);
                let mut bare = Bare { texts, err, breakpoints };
                if ends && reading.is_silent() {
                    bare.finish(stdout, stderr, combined.as_mut());
                    self.taps.finish_bare(&mut bare.breakpoints);
                }
                bare.output(combined.is_some())
            }
        }
    }
}

impl Pictures {
    /// Draws bytes, or the picture that stands for them.
    pub(super) fn push(
        self,
        renderer: &mut Renderer,
        bytes: &[u8],
        room: usize,
        placed: Option<&Placed>,
    ) -> Pushed {
        let Some(Placed { number, picture, .. }) = placed else { return renderer.push_some(bytes, room) };
        let (width, height) = picture.asked.unwrap_or_else(|| picture.thumbnail.shown(self.side));
        let src = (!self.by_number).then(|| picture.thumbnail.data_uri());
        let shown = Picture {
            src: src.as_deref(),
            number: self.by_number.then_some(*number),
            width,
            height,
            alt: &picture.words,
        };
        renderer.show(&shown, bytes)
    }
}

/// The streams of an update in the bare form.
struct Bare {
    /// Combined, as far as it is not stdout, and stdout.
    texts: [String; 2],
    err: String,
    breakpoints: Vec<BreakpointOutput>,
}

impl Bare {
    /// Adds what was carried over.
    fn finish(&mut self, stdout: &mut Renderer, stderr: &mut Renderer, combined: Option<&mut Renderer>) {
        let [all, out] = &mut self.texts;
        out.push_str(&stdout.finish().data);
        self.err.push_str(&stderr.finish().data);
        if let Some(combined) = combined {
            all.push_str(&combined.finish().data);
        }
    }

    fn output(self, has_combined: bool) -> Output {
        let [all, stdout] = self.texts;
        Output::Streams {
            combined: if has_combined { all } else { stdout.clone() },
            stdin: stdout.clone(),
            stdout,
            stderr: self.err,
            breakpoints: self.breakpoints,
            screen: None,
        }
    }
}

/// What left a screen for good, as far as there is room for it in so many copies.
fn take_finished(reading: &mut Reading, room: &mut Room, copies: usize) -> String {
    match &mut reading.shape {
        Shape::Lines => String::new(),
        Shape::Screen { finished, .. } => room.lines(finished, copies),
    }
}

fn draw_chunks(
    stdout: &mut Renderer,
    stderr: &mut Renderer,
    pictures: Pictures,
    reading: &mut Reading,
    room: &mut Room,
    chunks: &mut Vec<Chunk>,
) {
    let picture = reading.picture.take();
    room.fill(&mut reading.pieces, |stream, bytes, room| {
        let (name, renderer) = match stream {
            StreamKind::Stdout => (ChunkStream::Stdout, &mut *stdout),
            StreamKind::Stderr => (ChunkStream::Stderr, &mut *stderr),
        };
        let pushed = pictures.push(renderer, bytes, room, picture.as_ref());
        chunks.push(chunk(name, pushed.fragment));
        (pushed.taken, pushed.weight)
    });
}

fn finish_chunks(stdout: &mut Renderer, stderr: &mut Renderer, chunks: &mut Vec<Chunk>) {
    for (stream, fragment) in [(ChunkStream::Stdout, stdout.finish()), (ChunkStream::Stderr, stderr.finish())]
    {
        let last = chunks.iter().rev().find(|chunk| chunk.stream == stream && chunk.location.is_none());
        let line = last.map_or("", |chunk| &chunk.line);
        if !fragment.data.is_empty() || fragment.line != line {
            chunks.push(chunk(stream, fragment));
        }
    }
}

/// Draws stdout, combined where it is not the same, and stderr, which it gives.
fn draw_bare(
    stdout: &mut Renderer,
    stderr: &mut Renderer,
    combined: &mut Option<Renderer>,
    pictures: Pictures,
    reading: &mut Reading,
    [all, out]: &mut [String; 2],
    room: &mut Room,
) -> String {
    let mut err = String::new();
    let picture = reading.picture.take();
    room.fill(&mut reading.pieces, |stream, bytes, room| {
        if stream == StreamKind::Stderr && combined.is_none() {
            *combined = Some(stdout.clone());
            all.clone_from(out);
        }
        // Stdout is sent under two names, and again in combined.
        let (renderer, to, copies) = match stream {
            StreamKind::Stdout => (&mut *stdout, &mut *out, 2),
            StreamKind::Stderr => (&mut *stderr, &mut err, 1),
        };
        let Pushed { taken, weight, fragment } =
            pictures.push(renderer, bytes, room / (copies + 1), picture.as_ref());
        to.push_str(&fragment.data);
        if let Some(combined) = combined {
            all.push_str(
                &pictures.push(combined, &bytes[..taken], usize::MAX, picture.as_ref()).fragment.data,
            );
        }
        (taken, weight * (copies + 1))
    });
    err
}

fn chunk(stream: ChunkStream, fragment: Fragment) -> Chunk {
    Chunk { stream, location: None, run: None, data: fragment.data, line: fragment.line }
}
