//! Printing: the images among what a command prints, made into small pictures before anybody reads on.
//!
//! In the log each is a line of words, which is all that is left of it for a client of the format `text`, for the tray
//! and after a restart. Where the words stand, a client of the format `html` gets the picture.

use std::sync::Arc;

use tokio::time::Instant;

use super::linking::Looking;
use super::tap_printing::TapScanners;
use super::{Command, Picture, State, TapTag};
use crate::images::{ImageError, Images, Room};
use crate::limits::Limits;
use crate::protocol::{Format, Streams};
use crate::render::{Found, Image, ImageKind, Scanner};
use crate::shell::StreamKind;

/// What looks for images in the streams of one command.
pub(super) struct Printing {
    /// None where the bytes go on as they are.
    streams: Option<[Scanner; 2]>,
    /// Those of the tapped pipes, where images are looked for.
    pub(super) taps: Option<TapScanners>,
    room: Room,
    /// When the beginning of what could be an image is output after all.
    due: Option<Instant>,
}

/// An image as a line of words.
pub(super) struct Line {
    pub(super) text: String,
    /// Where its own line begins: after the end of the line that was before it.
    pub(super) begin: usize,
    pub(super) picture: Option<Picture>,
}

impl State {
    /// The number of the next image of the command.
    pub(super) fn next_image(&mut self) -> u64 {
        let number = self.images;
        self.images += 1;
        number
    }
}

impl Printing {
    pub(super) fn new(format: Format, streams: Streams, images: &Images, limits: &Limits) -> Self {
        let scanner = || match streams {
            Streams::Pipes => Scanner::of_bytes(limits.image_bytes),
            Streams::Split | Streams::Exact => Scanner::new(limits.image_bytes),
        };
        let is_looked_at = format != Format::Raw;
        let streams = is_looked_at.then(|| [scanner(), scanner()]);
        let taps = is_looked_at.then(|| TapScanners::new(limits.tap_runs, limits.image_bytes));
        Self { streams, taps, room: images.room(), due: None }
    }

    /// Waits until what is held back is to be output; for ever where nothing is.
    pub(super) async fn due(&self) {
        match self.due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    fn is_waiting(&self) -> bool {
        let taps = self.taps.as_ref().is_some_and(TapScanners::is_waiting);
        taps || self.streams.iter().flatten().any(Scanner::is_waiting)
    }

    /// Something came: what is held back waits from now on.
    pub(super) fn wait_again(&mut self, limits: &Limits) {
        self.due = self.is_waiting().then(|| Instant::now() + limits.image_beginning);
    }

    fn collected(&self) -> usize {
        let streams: usize = self.streams.iter().flatten().map(Scanner::collected).sum();
        streams + self.taps.as_ref().map_or(0, TapScanners::collected)
    }

    /// Makes room for what is collected, or lets go of what a stream has collected.
    fn make_room(&mut self, stream: StreamKind) {
        if !self.room.resize(self.collected()) {
            self.streams.iter_mut().for_each(|streams| streams[index(stream)].abandon());
            self.shrink();
        }
    }

    /// The same for a tapped stream.
    pub(super) fn make_room_for_tap(&mut self, tag: TapTag) {
        if !self.room.resize(self.collected()) {
            self.taps.iter_mut().for_each(|taps| taps.abandon(tag));
            self.shrink();
        }
    }

    /// Gives back the room of what is not collected any more.
    pub(super) fn shrink(&mut self) {
        self.room.resize(self.collected());
    }
}

fn index(stream: StreamKind) -> usize {
    usize::from(stream == StreamKind::Stderr)
}

impl Command {
    /// Takes what the command printed into its log.
    pub(super) async fn take_output(
        &self,
        printing: &mut Printing,
        looking: &mut Looking,
        stream: StreamKind,
        bytes: &[u8],
    ) {
        let Some(streams) = &mut printing.streams else {
            self.look_for_names(looking, bytes).await;
            return self.append(stream, bytes);
        };
        let found = streams[index(stream)].push(bytes);
        printing.make_room(stream);
        self.take_found(looking, stream, found).await;
        printing.wait_again(&self.limits);
    }

    /// Nothing has followed what could be the beginning of an image.
    pub(super) async fn release_output(&self, printing: &mut Printing, looking: &mut Looking) {
        printing.due = None;
        for stream in [StreamKind::Stdout, StreamKind::Stderr] {
            let held = printing.streams.as_mut().map(|streams| streams[index(stream)].release());
            if let Some(held) = held.filter(|held| !held.is_empty()) {
                self.look_for_names(looking, &held).await;
                self.append(stream, &held);
            }
        }
        for (tag, held) in printing.taps.as_mut().map(TapScanners::release).unwrap_or_default() {
            self.append_tapped(tag, &held);
        }
    }

    /// The command has ended; what comes later begins anew.
    pub(super) async fn finish_output(&self, printing: &mut Printing, looking: &mut Looking) {
        printing.due = None;
        for stream in [StreamKind::Stdout, StreamKind::Stderr] {
            let found = printing.streams.as_mut().map(|streams| streams[index(stream)].finish());
            self.take_found(looking, stream, found.unwrap_or_default()).await;
        }
        printing.shrink();
    }

    async fn take_found(&self, looking: &mut Looking, stream: StreamKind, found: Vec<Found<'_>>) {
        for one in found {
            match one {
                Found::Output(bytes) => {
                    self.look_for_names(looking, &bytes).await;
                    self.append(stream, &bytes);
                }
                // A program that draws on a screen has its own places for images, which rows of text have not.
                Found::Image(_) if self.lock().screens.is_drawn_on() => {}
                Found::Image(image) => self.show(stream, image).await,
            }
        }
    }

    /// Makes a picture of an image, and takes it into the log.
    async fn show(&self, stream: StreamKind, image: Image) {
        let Line { text, begin, picture } = self.line_of(image).await;
        let mut state = self.lock();
        let end = state.log.end();
        if let Some(picture) = picture {
            let number = state.next_image();
            state.pictures.add(number, end + begin as u64..end + text.len() as u64, picture);
        }
        drop(state);
        self.append(stream, text.as_bytes());
    }

    /// An image as a line of its own.
    pub(super) async fn line_of(&self, image: Image) -> Line {
        let before = if image.begins_line { "" } else { "\r\n" };
        let (words, picture) = self.picture(image).await;
        Line { text: format!("{before}[{words}]\r\n"), begin: before.len(), picture }
    }

    /// What an image is in words, and its picture where it has one.
    async fn picture(&self, image: Image) -> (String, Option<Picture>) {
        let name = image.asked.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let kind = format!("{name}{}", image.kind.map_or("image", ImageKind::media_type));
        let size = size_in_words(image.size);
        let refused = |reason: String| (format!("{kind}, {size}, not shown: {reason}"), None);
        let bytes = match image.bytes {
            Ok(bytes) => Arc::new(bytes),
            Err(missing) => return refused(missing.to_string()),
        };
        let mut room = self.images.room();
        if !room.resize(bytes.len()) {
            return refused("too many images are printed at once".to_owned());
        }
        let side = self.limits.thumbnail_side;
        match self.images.of_bytes(Arc::clone(&bytes), side).await {
            Ok(thumbnail) => {
                let words = format!("{kind}, {} x {}, {size}", thumbnail.width, thumbnail.height);
                let original = self.images.keep(bytes, room);
                let terminal = self.lock().screens.size().unwrap_or_default();
                let asked = image.asked.size((thumbnail.width, thumbnail.height), terminal);
                (words.clone(), Some(Picture { thumbnail, original, words, asked }))
            }
            Err(error) => refused(reason(&error)),
        }
    }
}

fn reason(error: &ImageError) -> String {
    match error {
        ImageError::NotAnImage => "it is no PNG, JPEG, GIF or WebP".to_owned(),
        ImageError::TooLong { limit, .. } => format!("it has more than {limit} bytes"),
        ImageError::TooLarge { width, height } => format!("{width} x {height} pixels are too many"),
        ImageError::Busy => "too many images are being decoded".to_owned(),
        ImageError::Broken(_) | ImageError::File(_) => "it cannot be decoded".to_owned(),
    }
}

fn size_in_words(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
