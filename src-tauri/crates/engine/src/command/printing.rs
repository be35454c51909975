//! Printing: the images among what a command prints, made into small pictures before anybody reads on.
//!
//! In the log each is a line of words, which is all that is left of it for a client of the format `text`, for the tray
//! and after a restart. Where the words stand, a client of the format `html` gets the picture.

use std::sync::Arc;

use tokio::time::Instant;

use super::linking::Looking;
use super::{Command, Picture};
use crate::images::{ImageError, Images, Room};
use crate::limits::Limits;
use crate::protocol::Format;
use crate::render::{Found, Image, ImageKind, Scanner};
use crate::shell::StreamKind;

/// What looks for images in the streams of one command.
pub(super) struct Printing {
    /// None where the bytes go on as they are.
    streams: Option<[Scanner; 2]>,
    room: Room,
    /// When the beginning of what could be an image is output after all.
    due: Option<Instant>,
}

impl Printing {
    pub(super) fn new(format: Format, images: &Images, limits: &Limits) -> Self {
        let scanner = || Scanner::new(limits.image_bytes);
        let streams = (format != Format::Raw).then(|| [scanner(), scanner()]);
        Self { streams, room: images.room(), due: None }
    }

    /// Waits until what is held back is to be output; for ever where nothing is.
    pub(super) async fn due(&self) {
        match self.due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    fn is_waiting(&self) -> bool {
        self.streams.iter().flatten().any(Scanner::is_waiting)
    }

    /// Makes room for what is collected, or lets it go.
    fn make_room(&mut self, stream: StreamKind) {
        let Some(streams) = &mut self.streams else { return };
        let collected = |streams: &[Scanner; 2]| streams.iter().map(Scanner::collected).sum();
        if !self.room.resize(collected(streams)) {
            streams[index(stream)].abandon();
            self.room.resize(collected(streams));
        }
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
        printing.due = printing.is_waiting().then(|| Instant::now() + self.limits.image_beginning);
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
    }

    /// The command has ended; what comes later begins anew.
    pub(super) async fn finish_output(&self, printing: &mut Printing, looking: &mut Looking) {
        printing.due = None;
        for stream in [StreamKind::Stdout, StreamKind::Stderr] {
            let found = printing.streams.as_mut().map(|streams| streams[index(stream)].finish());
            self.take_found(looking, stream, found.unwrap_or_default()).await;
        }
        printing.make_room(StreamKind::Stdout);
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
        let begins_line = image.begins_line;
        let (words, picture) = self.picture(image).await;
        let before = if begins_line { "" } else { "\r\n" };
        let line = format!("{before}[{words}]\r\n");
        let mut state = self.lock();
        let (from, to) = (state.log.end() + before.len() as u64, state.log.end() + line.len() as u64);
        if let Some(picture) = picture {
            state.pictures.add(from, to, picture);
        }
        drop(state);
        self.append(stream, line.as_bytes());
    }

    /// What an image is in words, and its picture where it has one.
    async fn picture(&self, image: Image) -> (String, Option<Picture>) {
        let kind = image.kind.map_or("image", ImageKind::media_type);
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
                (words.clone(), Some(Picture { thumbnail, original, words }))
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
        ImageError::Broken(_) | ImageError::NotAFile | ImageError::Unreadable(_) => {
            "it cannot be decoded".to_owned()
        }
    }
}

fn size_in_words(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
