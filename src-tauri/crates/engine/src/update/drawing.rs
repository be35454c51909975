//! Drawing: a command's output in the form that one client asked for.

use super::tap_drawing::TapDrawing;
use crate::command::{Command, Reading, Shape};
use crate::protocol::Granted;
use crate::protocol::{Chunk, ChunkStream, Feature, Format, Output};
use crate::render::{self, Form, Fragment, Renderer};
use crate::shell::StreamKind;

/// The renderers of one command for one client.
pub(super) struct Drawing {
    streams: Streams,
    taps: TapDrawing,
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
        let (stdout, stderr) = (Renderer::new(form.clone()), Renderer::new(form.clone()));
        let streams = if chunks {
            Streams::Chunks { stdout, stderr }
        } else {
            Streams::Bare { stdout, stderr, combined: None }
        };
        Self { streams, taps: TapDrawing::new(form, granted) }
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

    /// Draws a reading; where a screen begins the unfinished line first, and at the end of the command what was
    /// carried over.
    pub(super) fn draw(&mut self, reading: &Reading, enters: bool, ends: bool) -> Output {
        let finished = match &reading.shape {
            Shape::Lines => "",
            Shape::Screen { finished, .. } => finished,
        };
        match &mut self.streams {
            Streams::Chunks { stdout, stderr } => {
                let mut before = if enters { stdout.break_line() } else { Fragment::default() };
                before.data.push_str(finished);
                let mut chunks = Vec::new();
                if enters || !before.data.is_empty() {
                    chunks.push(chunk(ChunkStream::Stdout, before));
                }
                chunks.extend(draw_chunks(stdout, stderr, reading));
                chunks.extend(self.taps.chunks(&reading.taps));
                if ends {
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
                let before = before.map(|text| text + finished);
                let [all, out, err] = draw_bare(stdout, stderr, combined, reading, before, ends);
                Output::Streams {
                    combined: all,
                    stdin: out.clone(),
                    stdout: out,
                    stderr: err,
                    breakpoints: self.taps.bare(&reading.taps, ends),
                    screen: None,
                }
            }
        }
    }
}

fn draw_chunks(stdout: &mut Renderer, stderr: &mut Renderer, reading: &Reading) -> Vec<Chunk> {
    let pieces = reading.pieces.iter();
    pieces
        .map(|(stream, bytes)| match stream {
            StreamKind::Stdout => chunk(ChunkStream::Stdout, stdout.push(bytes)),
            StreamKind::Stderr => chunk(ChunkStream::Stderr, stderr.push(bytes)),
        })
        .collect()
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

/// Combined, stdout and stderr.
fn draw_bare(
    stdout: &mut Renderer,
    stderr: &mut Renderer,
    combined: &mut Option<Renderer>,
    reading: &Reading,
    [mut all, mut out]: [String; 2],
    ends: bool,
) -> [String; 3] {
    let mut err = String::new();
    for (stream, bytes) in &reading.pieces {
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
    if ends {
        out.push_str(&stdout.finish().data);
        err.push_str(&stderr.finish().data);
    }
    match combined {
        None => all.clone_from(&out),
        Some(combined) if ends => all.push_str(&combined.finish().data),
        Some(_) => {}
    }
    [all, out, err]
}

fn chunk(stream: ChunkStream, fragment: Fragment) -> Chunk {
    Chunk { stream, location: None, run: None, data: fragment.data, line: fragment.line }
}
