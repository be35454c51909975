//! Images: a bounded thumbnail of a PNG, JPEG, GIF or WebP, whatever the bytes say of themselves.
//!
//! What is told in a file's header is held against the limits before a pixel is decoded. Decoding is off the threads
//! that serve clients, and few at a time. A thumbnail is always drawn anew: no byte of the source is in it.

mod decode;
mod header;
mod shelf;
mod source;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::files::FileError;
use crate::limits::Limits;
pub(crate) use decode::thumbnail;
pub(crate) use header::{Header, ImageKind};
use shelf::Shelf;
pub(crate) use shelf::{Original, Room};

/// A small picture of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thumbnail {
    /// What the image is.
    pub(crate) source: Header,
    /// Its own width in pixels.
    pub(crate) width: u32,
    /// Its own height in pixels.
    pub(crate) height: u32,
    /// `image/png` or `image/jpeg`.
    pub(crate) media_type: &'static str,
    /// The encoded picture, at most [`Limits::thumbnail_bytes`], or [`Limits::picture_bytes`] of a large one.
    pub(crate) bytes: Vec<u8>,
}

impl Thumbnail {
    /// The size in which it is shown among text: its own, or one with sides of at most `side` pixels.
    pub(crate) fn shown(&self, side: u32) -> (u32, u32) {
        let longer = self.width.max(self.height).max(1);
        let scaled = |length: u32| {
            let scaled = u64::from(length) * u64::from(side.min(longer)) / u64::from(longer);
            u32::try_from(scaled).unwrap_or(side).max(1)
        };
        (scaled(self.width), scaled(self.height))
    }

    /// The picture as a `data:` address.
    pub(crate) fn data_uri(&self) -> String {
        format!("data:{};base64,{}", self.media_type, STANDARD.encode(&self.bytes))
    }
}

/// Why there is no thumbnail. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    /// It is nothing that can be shown.
    #[error("This is no PNG, JPEG, GIF or WebP; nothing else is shown as a picture.")]
    NotAnImage,
    /// The file is too long.
    #[error("The image has {bytes} bytes; at most {limit} are read for a picture.")]
    TooLong {
        /// Its length, or more than the limit where that is not known.
        bytes: u64,
        /// The limit.
        limit: usize,
    },
    /// It has too many pixels, or needs too much memory.
    #[error("The image has {width} x {height} pixels, more than are decoded for a picture.")]
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Its bytes cannot be decoded.
    #[error("The image cannot be decoded: {0}.")]
    Broken(String),
    /// The file cannot be read, or nothing is read of what it is.
    #[error(transparent)]
    File(#[from] FileError),
    /// Others are being decoded.
    #[error("Too many images are being decoded; ask again in a moment.")]
    Busy,
}

/// Makes thumbnails beside what else an engine does.
#[derive(Debug, Clone)]
pub(crate) struct Images {
    places: Arc<Semaphore>,
    limits: Arc<Limits>,
    shelf: Arc<Shelf>,
}

impl Images {
    /// Takes its bounds from the limits: [`Limits::image_decodes`] at a time, and each within [`Limits::image_patience`].
    pub(crate) fn new(limits: Arc<Limits>) -> Self {
        let shelf = Arc::new(Shelf::new(limits.printed_images));
        Self { places: Arc::new(Semaphore::new(limits.image_decodes)), limits, shelf }
    }

    /// No room yet for an image that is printed; it grows within [`Limits::printed_images`].
    pub(crate) fn room(&self) -> Room {
        Shelf::room(&self.shelf)
    }

    /// Keeps an image for which there is room, until newer ones need it.
    pub(crate) fn keep(&self, bytes: Arc<Vec<u8>>, room: Room) -> Arc<Original> {
        self.shelf.keep(bytes, room)
    }

    /// The thumbnail of an image that is in memory, with sides of at most `side` pixels.
    ///
    /// # Errors
    /// It is no image, too large, or broken; or there was no turn for it in time.
    pub(crate) async fn of_bytes(&self, bytes: Arc<Vec<u8>>, side: u32) -> Result<Thumbnail, ImageError> {
        self.decode(side, move |_| Ok(bytes)).await
    }

    /// The thumbnail of a file, with sides of at most `side` pixels. Reads regular files only.
    ///
    /// # Errors
    /// It cannot be read or is no regular file; else as for [`of_bytes`](Self::of_bytes).
    pub(crate) async fn of_file(&self, path: PathBuf, side: u32) -> Result<Thumbnail, ImageError> {
        self.decode(side, move |limits| source::read(&path, limits).map(Arc::new)).await
    }

    async fn decode(
        &self,
        side: u32,
        read: impl FnOnce(&Limits) -> Result<Arc<Vec<u8>>, ImageError> + Send + 'static,
    ) -> Result<Thumbnail, ImageError> {
        let (places, limits) = (Arc::clone(&self.places), Arc::clone(&self.limits));
        let work = async move {
            let place = places.acquire_owned().await.map_err(|_| ImageError::Busy)?;
            let decoding = move || {
                // Held until the thread is done, also when nobody waits for it any more.
                let _place = place;
                thumbnail(&read(&limits)?, side, &limits)
            };
            tokio::task::spawn_blocking(decoding)
                .await
                .map_err(|error| ImageError::Broken(error.to_string()))?
        };
        timeout(self.limits.image_patience, work).await.map_err(|_| ImageError::Busy)?
    }
}
