//! Decode: from an image's bytes to its thumbnail, within the limits.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits as DecoderLimits,
};

use super::header::is_progressive;
use super::{Header, ImageError, ImageKind, Thumbnail};
use crate::limits::Limits;

/// Of 100, for pictures that do not fit as PNG.
const QUALITY: u8 = 80;
/// Bytes of a PNG's texts and profiles, unpacked.
const METADATA: u64 = 4 << 20;
/// Sides below this are not tried.
const LEAST_SIDE: u32 = 8;

/// Makes a picture with sides of at most `side` pixels; beyond [`Limits::thumbnail_side`] it may have as many bytes as a
/// large one. An image that is smaller keeps its size, and the first frame
/// stands for a moving one. Takes CPU time: for a thread that serves nobody.
///
/// # Errors
/// It is no PNG, JPEG, GIF or WebP, its length or what its header says is beyond the limits, or it is broken.
pub(crate) fn thumbnail(bytes: &[u8], side: u32, limits: &Limits) -> Result<Thumbnail, ImageError> {
    let kind = ImageKind::of(bytes).ok_or(ImageError::NotAnImage)?;
    if bytes.len() > limits.image_bytes {
        return Err(ImageError::TooLong { bytes: bytes.len() as u64, limit: limits.image_bytes });
    }
    let mut decoder = decoder(kind, bytes, limits)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(ImageError::Broken("it has no pixels".to_owned()));
    }
    if !is_within(kind, bytes, &decoder, limits) {
        return Err(ImageError::TooLarge { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let most = if side > limits.thumbnail_side { limits.picture_bytes } else { limits.thumbnail_bytes };
    let mut side = side.clamp(LEAST_SIDE, limits.picture_side);
    let mut small = shrunk(image, side);
    small.apply_orientation(orientation);
    let (width, height) = if is_turned(orientation) { (height, width) } else { (width, height) };
    let small = plain(small);
    loop {
        let sized = if small.width().max(small.height()) > side {
            small.thumbnail(side, side)
        } else {
            small.clone()
        };
        if let Some((media_type, encoded)) = encoded(&sized, most)? {
            let source = Header { kind, bytes: bytes.len() };
            return Ok(Thumbnail { source, width, height, media_type, bytes: encoded });
        }
        side /= 2;
        if side < LEAST_SIDE {
            return Err(ImageError::Broken("its thumbnail does not get small enough".to_owned()));
        }
    }
}

fn decoder<'a>(
    kind: ImageKind,
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<impl ImageDecoder + use<'a>, ImageError> {
    let format = match kind {
        ImageKind::Png => ImageFormat::Png,
        ImageKind::Jpeg => ImageFormat::Jpeg,
        ImageKind::Gif => ImageFormat::Gif,
        ImageKind::WebP => ImageFormat::WebP,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = DecoderLimits::default();
    // For a PNG it bounds what texts and profiles are unpacked to, and nothing else.
    let metadata = if kind == ImageKind::Png { METADATA } else { u64::MAX };
    bounds.max_alloc = Some(limits.image_memory.min(metadata));
    reader.limits(bounds);
    reader.into_decoder().map_err(broken)
}

/// Whether what the header says is within the limits.
fn is_within(kind: ImageKind, bytes: &[u8], decoder: &impl ImageDecoder, limits: &Limits) -> bool {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // What a decoder holds for each pixel besides the picture that it gives.
    let besides = match kind {
        ImageKind::Png => 0,
        ImageKind::Jpeg if is_progressive(bytes) => 8,
        ImageKind::Jpeg => 0,
        ImageKind::Gif => 4,
        ImageKind::WebP => 5,
    };
    let memory = decoder.total_bytes().saturating_add(pixels * besides);
    width.max(height) <= limits.image_side && pixels <= limits.image_pixels && memory <= limits.image_memory
}

fn shrunk(image: DynamicImage, side: u32) -> DynamicImage {
    if image.width().max(image.height()) > side { image.thumbnail(side, side) } else { image }
}

fn is_turned(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Eight bits a channel, with an alpha channel only where something is transparent.
fn plain(image: DynamicImage) -> DynamicImage {
    if matches!(image.color(), ColorType::L8 | ColorType::Rgb8) {
        return image;
    }
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let pixels = image.into_rgba8();
    if pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8());
    }
    DynamicImage::ImageRgba8(pixels)
}

/// The picture in the better of two formats that fits in `limit` bytes.
fn encoded(image: &DynamicImage, limit: usize) -> Result<Option<(&'static str, Vec<u8>)>, ImageError> {
    let png = written(|out| image.write_to(out, ImageFormat::Png))?;
    if png.len() <= limit {
        return Ok(Some(("image/png", png)));
    }
    if image.color().has_alpha() {
        return Ok(None);
    }
    let jpeg = written(|out| JpegEncoder::new_with_quality(out, QUALITY).encode_image(image))?;
    Ok((jpeg.len() <= limit).then_some(("image/jpeg", jpeg)))
}

fn written(write: impl FnOnce(&mut Cursor<Vec<u8>>) -> ImageResult<()>) -> Result<Vec<u8>, ImageError> {
    let mut out = Cursor::new(Vec::new());
    write(&mut out).map_err(broken)?;
    Ok(out.into_inner())
}

fn broken(error: image::ImageError) -> ImageError {
    ImageError::Broken(error.to_string().trim_end_matches('.').to_owned())
}
