//! Tap drawing: what flows through tapped pipes in the form that one client asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::drawing::Pictures;
use super::room::Room;
use crate::breakpoints::TapStream;
use crate::command::{Reading, TapTag};
use crate::protocol::Granted;
use crate::protocol::{BreakpointOutput, Chunk, ChunkStream, Feature};
use crate::render::{Form, Fragment, Names, Pushed, Renderer};

/// Streams whose unfinished line is remembered; that of an older run begins anew.
const STREAMS: usize = 256;

/// The renderers of a command's taps for one client.
pub(super) struct TapDrawing {
    form: Form,
    details: bool,
    pictures: Pictures,
    streams: BTreeMap<TapTag, Renderer>,
    /// Both streams of a run as one, for the bare form.
    combined: BTreeMap<(usize, u32), Renderer>,
}

impl TapDrawing {
    pub(super) fn new(form: Form, granted: Granted, pictures: Pictures) -> Self {
        let details = granted.has(Feature::Details);
        Self { form, details, pictures, streams: BTreeMap::new(), combined: BTreeMap::new() }
    }

    /// From now on these names are links.
    pub(super) fn set_names(&mut self, names: &Arc<Names>) {
        self.form.names = Some(Arc::clone(names));
        self.streams
            .values_mut()
            .chain(self.combined.values_mut())
            .for_each(|stream| stream.set_names(names));
    }

    /// One chunk for each piece for which there is room.
    pub(super) fn chunks(&mut self, reading: &mut Reading, room: &mut Room, chunks: &mut Vec<Chunk>) {
        let (pictures, picture) = (self.pictures, reading.tapped_picture.as_ref());
        room.fill(&mut reading.taps, |tag, bytes, room| {
            let pushed = pictures.push(self.stream(tag), bytes, room, picture);
            chunks.push(chunk(tag, pushed.fragment));
            (pushed.taken, pushed.weight)
        });
    }

    /// What was carried over, at the end of the command.
    pub(super) fn finish_chunks(&mut self) -> Vec<Chunk> {
        let streams = std::mem::take(&mut self.streams).into_iter();
        let finished = streams.map(|(tag, mut renderer)| chunk(tag, renderer.finish()));
        finished.filter(|chunk| !chunk.data.is_empty() || !chunk.line.is_empty()).collect()
    }

    /// One entry for each pipe, and under `details` for each run of it, as far as there is room.
    pub(super) fn bare(&mut self, reading: &mut Reading, room: &mut Room) -> Vec<BreakpointOutput> {
        let mut outputs: Vec<BreakpointOutput> = Vec::new();
        let (pictures, picture) = (self.pictures, reading.tapped_picture.as_ref());
        room.fill(&mut reading.taps, |tag, bytes, room| {
            let Pushed { taken, weight, fragment } =
                pictures.push(self.stream(tag), bytes, room / 2, picture);
            let combined = self.combined(tag.location, tag.run);
            let combined = pictures.push(combined, &bytes[..taken], usize::MAX, picture).fragment;
            self.entry(&mut outputs, tag, &combined.data, &fragment.data);
            (taken, weight * 2)
        });
        outputs
    }

    /// Adds what was carried over, at the end of the command.
    pub(super) fn finish_bare(&mut self, outputs: &mut Vec<BreakpointOutput>) {
        for (tag, mut renderer) in std::mem::take(&mut self.streams) {
            let data = renderer.finish().data;
            let both = self.combined.remove(&(tag.location, tag.run));
            let combined = both.map_or_else(String::new, |mut renderer| renderer.finish().data);
            if !data.is_empty() || !combined.is_empty() {
                self.entry(outputs, tag, &combined, &data);
            }
        }
    }

    fn entry(&self, outputs: &mut Vec<BreakpointOutput>, tag: TapTag, combined: &str, data: &str) {
        let run = self.details.then_some(tag.run);
        let same = |output: &BreakpointOutput| output.location == tag.location && output.run == run;
        let index = outputs.iter().position(same).unwrap_or_else(|| {
            outputs.push(BreakpointOutput { location: tag.location, run, ..BreakpointOutput::default() });
            outputs.len() - 1
        });
        let output = &mut outputs[index];
        output.combined.push_str(combined);
        match tag.stream {
            TapStream::Stdout => output.stdout.push_str(data),
            TapStream::Stderr => output.stderr.push_str(data),
        }
    }

    fn stream(&mut self, tag: TapTag) -> &mut Renderer {
        while self.streams.len() >= STREAMS && !self.streams.contains_key(&tag) {
            self.streams.pop_first();
        }
        self.streams.entry(tag).or_insert_with(|| Renderer::new(self.form.clone()))
    }

    fn combined(&mut self, location: usize, run: u32) -> &mut Renderer {
        while self.combined.len() >= STREAMS && !self.combined.contains_key(&(location, run)) {
            self.combined.pop_first();
        }
        self.combined.entry((location, run)).or_insert_with(|| Renderer::new(self.form.clone()))
    }
}

fn chunk(tag: TapTag, fragment: Fragment) -> Chunk {
    Chunk {
        stream: match tag.stream {
            TapStream::Stdout => ChunkStream::Stdout,
            TapStream::Stderr => ChunkStream::Stderr,
        },
        location: Some(tag.location),
        run: Some(tag.run),
        data: fragment.data,
        line: fragment.line,
    }
}
