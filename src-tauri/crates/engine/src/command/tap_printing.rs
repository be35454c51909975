//! Tap printing: the images among what flows through the tapped pipes of a command.

use std::collections::BTreeMap;

use super::printing::{Line, Printing};
use super::{Command, TapTag};
use crate::breakpoints::TapEvent;
use crate::render::{Found, Scanner};

/// What looks for images in tapped streams.
pub(super) struct TapScanners {
    streams: BTreeMap<TapTag, Scanner>,
    /// Streams that are looked at, at the most; of others images are not shown.
    most: usize,
    limit: usize,
}

impl TapScanners {
    pub(super) fn new(most: usize, limit: usize) -> Self {
        Self { streams: BTreeMap::new(), most, limit }
    }

    /// No terminal has changed what flows through a pipe.
    fn of(&mut self, tag: TapTag) -> Option<&mut Scanner> {
        let has_room = self.streams.len() < self.most || self.streams.contains_key(&tag);
        has_room.then(|| self.streams.entry(tag).or_insert_with(|| Scanner::of_bytes(self.limit)))
    }

    pub(super) fn collected(&self) -> usize {
        self.streams.values().map(Scanner::collected).sum()
    }

    pub(super) fn abandon(&mut self, tag: TapTag) {
        self.streams.get_mut(&tag).into_iter().for_each(Scanner::abandon);
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.streams.values().any(Scanner::is_waiting)
    }

    /// What is held back in all streams and is no image yet.
    pub(super) fn release(&mut self) -> Vec<(TapTag, Vec<u8>)> {
        let released = self.streams.iter_mut().map(|(tag, scanner)| (*tag, scanner.release()));
        released.filter(|(_, held)| !held.is_empty()).collect()
    }

    /// A stretch of a stream was not kept.
    fn skip(&mut self, tag: TapTag) -> Vec<Found<'static>> {
        self.streams.get_mut(&tag).map(Scanner::skip).unwrap_or_default()
    }

    /// The streams of a run have ended, or of every run.
    fn finish(&mut self, run: Option<(usize, u32)>) -> Vec<(TapTag, Vec<Found<'static>>)> {
        let ends = |tag: &TapTag| run.is_none_or(|run| run == (tag.location, tag.run));
        let (ended, going): (BTreeMap<_, _>, _) =
            std::mem::take(&mut self.streams).into_iter().partition(|(tag, _)| ends(tag));
        self.streams = going;
        ended.into_iter().map(|(tag, mut scanner)| (tag, scanner.finish())).collect()
    }
}

impl Command {
    /// Takes an event of the taps, whose bytes are at the start of `buffer`.
    pub(super) async fn take_tap(&self, printing: &mut Printing, event: TapEvent, buffer: &[u8]) {
        match event {
            TapEvent::Output { location, run, stream, length } => {
                let (tag, bytes) = (TapTag { location, run, stream }, &buffer[..length]);
                self.lock().tapped.count(event);
                match printing.taps.as_mut().and_then(|taps| taps.of(tag)).map(|scanner| scanner.push(bytes))
                {
                    Some(found) => {
                        printing.make_room_for_tap(tag);
                        self.take_tapped(tag, found).await;
                        printing.wait_again(&self.limits);
                    }
                    None => self.append_tapped(tag, bytes),
                }
            }
            // What follows a gap is no part of an image before it.
            TapEvent::Lost { location, run, stream, .. } => {
                let tag = TapTag { location, run, stream };
                let found = printing.taps.as_mut().map(|taps| taps.skip(tag)).unwrap_or_default();
                self.take_tapped(tag, found).await;
                printing.shrink();
                self.lock().tapped.count(event);
            }
            TapEvent::Ended { location, run, .. } => {
                self.finish_taps(printing, Some((location, run))).await;
                self.lock().tapped.count(event);
            }
            TapEvent::Held { .. } | TapEvent::Exited { .. } => self.lock().tapped.count(event),
        }
        let mut state = self.lock();
        self.note_captures(&mut state);
        self.note(&state);
    }

    /// The streams of a run of a tapped stage have ended, or all.
    pub(super) async fn finish_taps(&self, printing: &mut Printing, run: Option<(usize, u32)>) {
        let finished = printing.taps.as_mut().map(|taps| taps.finish(run)).unwrap_or_default();
        for (tag, found) in finished {
            self.take_tapped(tag, found).await;
        }
        printing.shrink();
    }

    /// Takes bytes of a tapped stream as they are.
    pub(super) fn append_tapped(&self, tag: TapTag, bytes: &[u8]) {
        let moment = self.share.ceiling().moment();
        self.lock().tapped.append(tag, bytes, moment);
    }

    async fn take_tapped(&self, tag: TapTag, found: Vec<Found<'_>>) {
        for one in found {
            match one {
                Found::Output(bytes) => self.append_tapped(tag, &bytes),
                Found::Image(image) => {
                    let Line { text, begin, picture } = self.line_of(image).await;
                    let state = &mut *self.lock();
                    let end = state.tapped.log.end();
                    state.tapped.append(tag, text.as_bytes(), self.share.ceiling().moment());
                    if let Some(picture) = picture {
                        let number = state.next_image();
                        let place = end + begin as u64..state.tapped.log.end();
                        state.tapped.pictures.add(number, place, picture);
                    }
                }
            }
        }
    }
}
