//! Printed: what a client asks about the images that a command printed.

use super::Connection;
use crate::images::ImageError;
use crate::protocol::{Code, PrintedImage, PrintedOf, ProtocolError};

impl Connection {
    /// An image that a command printed, without its `data`, and the bytes that were asked for.
    pub(super) async fn printed(&self, ask: &PrintedOf) -> Result<(PrintedImage, Vec<u8>), ProtocolError> {
        let PrintedOf { server_id, image, .. } = *ask;
        let picture = self.session.picture(server_id, image)?;
        let small = &picture.thumbnail;
        let answer = PrintedImage {
            server_id,
            image,
            width: small.width,
            height: small.height,
            size: small.source.bytes as u64,
            format: small.source.kind.name().to_owned(),
            media_type: small.media_type.to_owned(),
            offset: 0,
            end: true,
            data: None,
        };
        let original = picture.original.bytes();
        if let Some(offset) = ask.offset {
            let bytes = original.ok_or_else(gone)?;
            let limit = self.context.limits.file_range;
            let length =
                ask.length.map_or(limit, |length| usize::try_from(length).unwrap_or(limit).min(limit));
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let to = from.saturating_add(length).min(bytes.len());
            let media_type = small.source.kind.media_type().to_owned();
            let end = to == bytes.len();
            return Ok((PrintedImage { media_type, offset, end, ..answer }, bytes[from..to].to_vec()));
        }
        let side = ask.side.unwrap_or(self.context.limits.thumbnail_side);
        let Some(bytes) = original.filter(|_| side != self.context.limits.thumbnail_side) else {
            return Ok((answer, small.bytes.clone()));
        };
        let made = self.context.images.of_bytes(bytes, side).await.map_err(refusal)?;
        Ok((PrintedImage { media_type: made.media_type.to_owned(), ..answer }, made.bytes))
    }
}

fn gone() -> ProtocolError {
    ProtocolError::new(
        Code::NoSuchFile,
        "This image is not kept as it was printed any more; without \"offset\" there is a picture of it.",
    )
}

/// Only its turn can fail: it has been decoded before.
fn refusal(error: ImageError) -> ProtocolError {
    ProtocolError::new(Code::TooSlow, error.to_string())
}
