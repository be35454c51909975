//! What becomes of images, of those that are none, and of those that are made to cost.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};
use tempfile::TempDir;

use super::*;

/// A picture with many colours.
fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 7) as u8, (y * 5) as u8, (x * y / 9) as u8])
    }))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = io::Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&picture(width, height), ImageFormat::Png)
}

fn decoded(thumbnail: &Thumbnail) -> DynamicImage {
    assert!(thumbnail.bytes.len() <= Limits::default().thumbnail_bytes);
    let image = image::load_from_memory(&thumbnail.bytes).unwrap();
    assert!(image.width().max(image.height()) <= Limits::default().thumbnail_side);
    image
}

fn made(bytes: &[u8]) -> Result<Thumbnail, ImageError> {
    thumbnail(bytes, 320, &Limits::default())
}

/// A chunk of a PNG with its checksum.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut checked = kind.to_vec();
    checked.extend_from_slice(data);
    let mut crc = u32::MAX;
    for byte in &checked {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [&(data.len() as u32).to_be_bytes()[..], &checked, &(!crc).to_be_bytes()].concat()
}

/// The beginning of a PNG of a size, of 16 bits for each of four channels where it is `deep`.
fn png_header(width: u32, height: u32, deep: bool) -> Vec<u8> {
    let kind: [u8; 5] = if deep { [16, 6, 0, 0, 0] } else { [8, 2, 0, 0, 0] };
    let data = [&width.to_be_bytes()[..], &height.to_be_bytes(), &kind].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &data)].concat()
}

#[test]
fn each_format_becomes_a_picture_of_its_shape() {
    let image = picture(640, 320);
    let mut gif = Vec::new();
    GifEncoder::new(&mut gif).encode_frame(image::Frame::new(image.to_rgba8())).unwrap();
    for (bytes, kind) in [
        (encoded(&image, ImageFormat::Png), ImageKind::Png),
        (encoded(&image, ImageFormat::Jpeg), ImageKind::Jpeg),
        (encoded(&image, ImageFormat::WebP), ImageKind::WebP),
        (gif, ImageKind::Gif),
    ] {
        let thumbnail = made(&bytes).unwrap();
        assert_eq!((thumbnail.source.kind, thumbnail.source.bytes), (kind, bytes.len()));
        assert_eq!((thumbnail.width, thumbnail.height), (640, 320));
        let small = decoded(&thumbnail);
        assert_eq!((small.width(), small.height()), (320, 160), "{kind:?}");
    }
}

#[test]
fn a_small_image_keeps_every_pixel_and_what_is_transparent_stays_so() {
    let mut image = RgbaImage::new(3, 2);
    image.put_pixel(1, 1, image::Rgba([200, 10, 30, 128]));
    let bytes = encoded(&DynamicImage::ImageRgba8(image.clone()), ImageFormat::Png);
    assert_eq!(decoded(&made(&bytes).unwrap()).into_rgba8(), image);
}

#[test]
fn a_photograph_is_upright_though_its_camera_was_not() {
    let plain = encoded(&picture(60, 40), ImageFormat::Jpeg);
    // An Exif segment with nothing but orientation 6: turned to the right.
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let segment = [&[0xff, 0xe1][..], &(exif.len() as u16 + 2).to_be_bytes(), exif].concat();
    let turned = [&plain[..2], &segment, &plain[2..]].concat();
    let thumbnail = made(&turned).unwrap();
    assert_eq!((thumbnail.width, thumbnail.height), (40, 60));
    assert_eq!(decoded(&thumbnail).width(), 40);
}

#[test]
fn noise_is_made_smaller_until_it_fits() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let image = RgbaImage::from_fn(480, 480, |_, _| image::Rgba([noise(), noise(), noise(), noise()]));
    let bytes = encoded(&DynamicImage::ImageRgba8(image), ImageFormat::Png);
    let limits = Limits::default();
    decoded(&thumbnail(&bytes, limits.thumbnail_side, &limits).unwrap());
    let large = thumbnail(&bytes, 10_000, &limits).unwrap();
    assert!(large.bytes.len() > limits.thumbnail_bytes && large.bytes.len() <= limits.picture_bytes);
}

#[test]
fn a_picture_in_words_is_no_image() {
    for bytes in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..],
        b"BM",
        b"",
        b"\x89PNG",
    ] {
        assert!(matches!(made(bytes), Err(ImageError::NotAnImage)));
    }
}

#[test]
fn what_a_header_says_is_held_against_the_limits() {
    let mut gif = b"GIF89a\xff\xff\xff\xff\0\0\0\x2c\0\0\0\0\xff\xff\xff\xff\0\x02".to_vec();
    gif.extend([0; 64]);
    let vp8x = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x5f\xea\0\x5f\xea\0VP8 \0\0\0\0".to_vec();
    let mut jpeg = encoded(&picture(16, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    for (name, bytes) in [
        ("sides", png_header(60_000, 60_000, false)),
        ("one side", png_header(16_385, 1, false)),
        ("pixels", png_header(7100, 7100, false)),
        ("memory", png_header(7000, 7000, true)),
        ("gif", gif),
        ("webp", vp8x),
        ("jpeg", jpeg),
    ] {
        let bytes = if name == "jpeg" || name == "gif" || name == "webp" {
            bytes
        } else {
            [bytes, chunk(b"IDAT", b"x")].concat()
        };
        let error = made(&bytes).unwrap_err();
        let is_refused = matches!(error, ImageError::TooLarge { .. })
            // A decoder may find it wrong by itself before that.
            || (name == "webp" && matches!(error, ImageError::Broken(_)));
        assert!(is_refused, "{name}: {error:?}");
    }
    let limits = Limits { image_bytes: 100, ..Limits::default() };
    assert!(matches!(thumbnail(&png(20, 20), 20, &limits), Err(ImageError::TooLong { limit: 100, .. })));
}

#[test]
fn coefficients_of_a_progressive_jpeg_count_as_memory() {
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg).encode_image(&picture(64, 64)).unwrap();
    let limits = Limits { image_memory: 64 * 64 * 3, ..Limits::default() };
    assert!(thumbnail(&jpeg, 64, &limits).is_ok());
    let frame = jpeg.windows(2).position(|bytes| bytes == [0xff, 0xc0]).unwrap();
    jpeg[frame + 1] = 0xc2;
    assert!(matches!(thumbnail(&jpeg, 64, &limits), Err(ImageError::TooLarge { .. })));
}

#[test]
fn an_image_that_was_cut_anywhere_is_a_picture_or_an_error() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = encoded(&DynamicImage::ImageRgba8(picture(40, 30).to_rgba8()).to_rgb8().into(), format);
        for length in 0..bytes.len() {
            drop(made(&bytes[..length]));
        }
    }
    assert!(matches!(made(&png(40, 30)[..60]), Err(ImageError::Broken(_))));
}

#[test]
fn an_image_with_any_byte_changed_is_a_picture_or_an_error() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = encoded(&picture(12, 9), format);
        for at in 0..bytes.len() {
            for value in [0, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                drop(made(&changed));
            }
        }
    }
}

/// The most memory that this process has had, in MiB.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() >> 10
}

/// Text of 129 MB that was packed to 0.8 MB: one zero, repeated by copies of 258 bytes in 13 bits each (RFC 1951).
#[cfg(target_os = "linux")]
fn packed_text() -> Vec<u8> {
    let mut packed = b"Comment\0\0\x78\x9c".to_vec();
    let (mut bits, mut count) = (0_u32, 0);
    let mut push = |value: u32, length: u32| {
        bits |= value << count;
        count += length;
        while count >= 8 {
            packed.push(bits as u8);
            (bits, count) = (bits >> 8, count - 8);
        }
    };
    push(0b011, 3);
    push(0b0000_1100, 8);
    for _ in 0..500_000 {
        push(0b1010_0011, 8);
        push(0, 5);
    }
    push(0, 15);
    packed
}

#[cfg(target_os = "linux")]
#[test]
fn bombs_cost_no_memory() {
    let start = png_header(10, 10, false);
    let text = packed_text();
    let bombs = [
        [png_header(60_000, 60_000, true), chunk(b"IDAT", &[0; 1000])].concat(),
        [start.clone(), chunk(b"zTXt", &text), chunk(b"IDAT", b"x")].concat(),
        [start.clone(), chunk(b"iCCP", &text), chunk(b"IDAT", b"x")].concat(),
        [start, u32::MAX.to_be_bytes().to_vec(), b"IDAT".to_vec()].concat(),
    ];
    let before = peak();
    for bomb in bombs {
        assert!(made(&bomb).is_err());
    }
    assert!(peak() - before < 64, "{} MiB before, {} after", before, peak());
}

async fn of_file(path: &Path) -> Result<Thumbnail, ImageError> {
    Images::new(Arc::new(Limits::default())).of_file(path.to_owned(), 100).await
}

#[tokio::test]
async fn a_file_becomes_a_picture_behind_a_link_too() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.txt");
    fs::write(&file, png(200, 100)).unwrap();
    std::os::unix::fs::symlink(&file, folder.path().join("link")).unwrap();
    for name in ["a.txt", "link"] {
        let thumbnail = of_file(&folder.path().join(name)).await.unwrap();
        assert_eq!(decoded(&thumbnail).width(), 100);
        assert!(thumbnail.data_uri().starts_with("data:image/"));
    }
}

#[tokio::test]
async fn what_is_no_regular_file_is_refused_and_holds_nobody_up() {
    let folder = TempDir::new().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for path in [&fifo, folder.path(), Path::new("/dev/zero"), Path::new("/dev/tty")] {
        let refused = matches!(of_file(path).await, Err(ImageError::File(FileError::NotAFile(..))));
        assert!(refused, "{}", path.display());
    }
    let missing = of_file(&folder.path().join("none")).await;
    assert!(matches!(missing, Err(ImageError::File(FileError::Missing(_)))));
    let long = folder.path().join("long");
    fs::File::create(&long).unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(of_file(&long).await, Err(ImageError::TooLong { .. })));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_kernel_makes_while_it_is_read_is_refused_as_for_every_other_reader() {
    for path in ["/proc/self/environ", "/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"] {
        let refused = of_file(Path::new(path)).await;
        if !matches!(refused, Err(ImageError::File(FileError::Missing(_)))) {
            assert!(matches!(refused, Err(ImageError::File(FileError::MadeByTheKernel(_)))), "{path}");
        }
    }
}

#[tokio::test]
async fn an_image_that_gets_no_turn_in_time_is_told_so() {
    let limits = Limits { image_decodes: 0, image_patience: Duration::from_millis(10), ..Limits::default() };
    let images = Images::new(Arc::new(limits));
    assert!(matches!(images.of_bytes(Arc::new(png(10, 10)), 10).await, Err(ImageError::Busy)));
}
