//! Images that commands print: shown where they stand, whatever the terminal makes of their bytes.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::render::ALLOWED;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::client::TestClient;
use crate::files::{ask, in_a_folder};
use crate::server::TestServer;

const FILES: [(&str, ImageFormat, &str); 4] = [
    ("a.png", ImageFormat::Png, "image/png"),
    ("b.jpg", ImageFormat::Jpeg, "image/jpeg"),
    ("c.gif", ImageFormat::Gif, "image/gif"),
    ("d.webp", ImageFormat::WebP, "image/webp"),
];

/// Noise, whose bytes have every value, line ends among them.
fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 7_u32;
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb(state.to_be_bytes()[..3].try_into().unwrap())
    }))
}

/// A client in a folder with a file of each format.
pub(crate) async fn among_images(server: &TestServer, features: &[&str]) -> (TestClient, PathBuf) {
    let (client, folder) = in_a_folder(server, features).await;
    for (name, format, _) in FILES {
        noise(200, 100).save_with_format(folder.join(name), format).unwrap();
        assert!(fs::read(folder.join(name)).unwrap().contains(&b'\n'));
    }
    (client, folder)
}

/// The attributes of the images in `html`, and the text around them.
pub(crate) fn pictures(html: &str) -> (Vec<Vec<(String, String)>>, String) {
    let mut pieces = html.split("<img ");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut pictures: Vec<Vec<(String, String)>> = Vec::new();
    for piece in pieces {
        let (tag, after) = piece.split_once("\">").unwrap();
        let attributes = tag.split("\" ").map(|attribute| attribute.split_once("=\"").unwrap());
        pictures.push(attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        text.push_str("<>");
        text.push_str(after);
    }
    for (name, _) in pictures.iter().flatten() {
        let (_, allowed) = ALLOWED.iter().find(|(element, _)| *element == "img").unwrap();
        assert!(allowed.contains(&name.as_str()), "{name}");
    }
    (pictures, text)
}

pub(crate) fn value<'a>(picture: &'a [(String, String)], name: &str) -> Option<&'a str> {
    picture.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn an_image_that_is_printed_to_a_terminal_is_a_picture_between_the_lines_around_it() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &[]).await;
    for (name, _, kind) in FILES {
        let finished = client.run(&format!("echo before; cat {name}; echo after")).await;
        let (pictures, text) = pictures(&finished.combined);
        assert_eq!(text, "before\n<>\nafter\n", "{name}");
        let size = fs::metadata(folder.join(name)).unwrap().len();
        let alt = value(&pictures[0], "alt").unwrap();
        assert!(alt.starts_with(&format!("{kind}, 200 x 100, {}", size / 1000)), "{alt}");
        let (data, _) = value(&pictures[0], "src").unwrap().rsplit_once(',').map(|(a, b)| (b, a)).unwrap();
        let shown = image::load_from_memory(&BASE64_STANDARD.decode(data).unwrap()).unwrap();
        assert_eq!(shown.width(), 200, "{name}");
        assert!(data.len() <= 64 << 10);
        assert_eq!(value(&pictures[0], "width"), Some("200"));
        // A picture that has lost one byte would not look like this.
        let original = image::open(folder.join(name)).unwrap().into_rgb8();
        if shown.color().has_alpha() || data.starts_with("iVBOR") {
            assert_eq!(shown.into_rgb8(), original, "{name}");
        }
    }
}

#[tokio::test]
async fn many_images_and_both_streams_keep_their_order() {
    let server = TestServer::start().await;
    let (mut client, _) = among_images(&server, &["chunks", "streams", "details"]).await;
    let command = "for i in 1 2 3; do echo $i; cat a.png b.jpg; cat c.gif >&2; done; printf end";
    for streams in ["exact", "split", "pipes"] {
        let finished = client.run_with(command, json!({"streams": streams})).await;
        let (_, out) = pictures(&finished.stdout);
        let (_, err) = pictures(&finished.stderr);
        let three = |images: &str| (1..4).map(|i| format!("{i}\n{images}")).collect::<String>();
        if streams == "exact" {
            assert_eq!((out, err), (three("<>\n<>\n<>\n") + "end", String::new()));
        } else {
            assert_eq!((out, err), (three("<>\n<>\n") + "end", "<>\n".repeat(3)), "{streams}");
        }
        assert_eq!(finished.last["payload"]["exitCode"], 0);
    }
}

#[tokio::test]
async fn a_client_with_files_asks_for_the_picture_and_for_the_image_itself() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &["files", "chunks"]).await;
    noise(900, 300).save(folder.join("large.png")).unwrap();
    let finished = client.run("cat a.png; cat large.png").await;
    let (pictures, _) = pictures(&finished.stdout);
    assert_eq!((value(&pictures[1], "data-image"), value(&pictures[1], "src")), (Some("1"), None));
    assert_eq!((value(&pictures[1], "width"), value(&pictures[1], "height")), (Some("480"), Some("160")));
    let server_id = &finished.answer["payload"]["serverId"];
    let request = |more: Value| {
        let mut request = json!({"type": "image", "serverId": server_id, "image": 1});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let bytes = |answer: &Value| BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    let small = ask(&mut client, request(json!({}))).await;
    assert_eq!((&small["width"], &small["format"]), (&json!(900), &json!("PNG")), "{small}");
    assert!(image::load_from_memory(&bytes(&small)).unwrap().width() <= 480);
    let large = ask(&mut client, request(json!({"side": 800}))).await;
    assert!(image::load_from_memory(&bytes(&large)).unwrap().width() > 480, "{}", large["mediaType"]);
    let mut whole = Vec::new();
    loop {
        let part = ask(&mut client, request(json!({"offset": whole.len()}))).await;
        assert_eq!(part["mediaType"], "image/png");
        whole.extend(bytes(&part));
        if part["end"] == true {
            break;
        }
    }
    assert!(whole == fs::read(folder.join("large.png")).unwrap());
    let unknown = ask(&mut client, json!({"type": "image", "serverId": server_id, "image": 2})).await;
    assert_eq!(unknown["code"], "no-such-file");
}

#[tokio::test]
async fn what_cannot_be_shown_is_a_line_that_says_why_and_nothing_after_it_is_lost() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &[]).await;
    let png = fs::read(folder.join("a.png")).unwrap();
    fs::write(folder.join("cut.png"), &png[..png.len() / 2]).unwrap();
    fs::write(folder.join("x.svg"), "<svg onload=alert(1)>").unwrap();
    let finished = client.run("cat cut.png; echo after the end").await;
    let (line, after) = finished.combined.split_once('\n').unwrap();
    assert!(line.ends_with(", not shown: it breaks off]"), "{line}");
    assert!(after.ends_with("after the end\n"), "{after}");
    let finished =
        client.run("cat x.svg; printf '\\e]1337;File=inline=1:%s\\a\\n' $(base64 -w0 x.svg)").await;
    assert_eq!(
        finished.combined,
        "&lt;svg onload=alert(1)&gt;\n[image, 21 B, not shown: it is no PNG, JPEG, GIF or WebP]\n"
    );
}

/// The checksum of a chunk of a PNG, over its kind and data.
fn crc(checked: &[u8]) -> [u8; 4] {
    let crc = checked.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    });
    (!crc).to_be_bytes()
}

/// An image file whose header claims to be far larger, and is otherwise sound.
fn claiming(mut image: Vec<u8>, format: ImageFormat) -> Vec<u8> {
    let side = [0xea, 0x60];
    match format {
        ImageFormat::Png => {
            image[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
            let checked = crc(&image[12..29]);
            image[29..33].copy_from_slice(&checked);
        }
        ImageFormat::Jpeg => {
            let frame = image.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
            image[frame + 5..frame + 9].copy_from_slice(&[side, side].concat());
        }
        ImageFormat::Gif => {
            let frame = image.windows(5).position(|five| five == [0x2c, 0, 0, 0, 0]).unwrap();
            for at in [6, 8, frame + 5, frame + 7] {
                image[at..at + 2].copy_from_slice(&[0x60, 0xea]);
            }
        }
        ImageFormat::WebP => {
            assert_eq!((&image[12..16], image[20]), (&b"VP8L"[..], 0x2f));
            // 14 bits for each side, less 1.
            let flags = image[24] & 0xf0;
            image[21..25].copy_from_slice(&(15_999_u32 | 15_999 << 14).to_le_bytes());
            image[24] |= flags;
        }
        other => panic!("{other:?}"),
    }
    image
}

#[tokio::test]
async fn a_header_that_claims_too_many_pixels_is_told_and_nothing_is_decoded() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &[]).await;
    for (name, format, kind) in FILES {
        let bomb = claiming(fs::read(folder.join(name)).unwrap(), format);
        fs::write(folder.join(name), &bomb).unwrap();
        let finished = client.run(&format!("cat {name}; echo after")).await;
        let side = if format == ImageFormat::WebP { 16_000 } else { 60_000 };
        let size = format!("{}.{} kB", bomb.len() / 1000, bomb.len() % 1000 / 100);
        let words = format!("[{kind}, {size}, not shown: {side} x {side} pixels are too many]\nafter\n");
        assert_eq!(finished.combined, words);
    }
}

#[tokio::test]
async fn an_image_that_flows_through_a_tapped_pipe_is_a_picture_there() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &["breakpoints", "details", "format", "streams"]).await;
    let text = |all: &str| pictures(all).1;
    for (name, _, kind) in FILES {
        let command = format!("{{ echo before; cat {name}; echo after; }} | cat");
        let finished = client.run_with(&command, json!({"breakpoints": [0]})).await;
        let (tapped, _) = &finished.taps[&(0, 0)];
        assert_eq!(text(tapped), "before\n<>\nafter\n", "{name}");
        assert!(value(&pictures(tapped).0[0], "alt").unwrap().starts_with(kind), "{tapped:.200}");
        // The output of the command has it, too, as what went through the pipe was not changed.
        assert_eq!(text(&finished.combined), "before\n<>\nafter\n", "{name}");
        let stage = finished.stages.last().unwrap();
        let size = fs::metadata(folder.join(name)).unwrap().len() + 13;
        assert_eq!((&stage["bytes"], &stage["dropped"]), (&json!(size), &json!(0)), "{stage}");
        let cut = format!("head -c 300 {name} | cat > /dev/null");
        let finished = client.run_with(&cut, json!({"breakpoints": [0]})).await;
        let (tapped, _) = &finished.taps[&(0, 0)];
        assert!(tapped.contains(", not shown: it breaks off]"), "{tapped}");
    }
    let raw = json!({"breakpoints": [0], "format": "raw", "streams": "pipes"});
    let finished = client.run_with("cat a.png | wc -c", raw).await;
    let expected = String::from_utf8_lossy(&fs::read(folder.join("a.png")).unwrap()).into_owned();
    assert_eq!(finished.taps[&(0, 0)].0, expected);
}

#[tokio::test]
async fn an_image_of_which_a_breakpoint_did_not_keep_every_byte_is_told_so_and_not_as_broken() {
    let server = TestServer::with(|settings| {
        settings.limits.tap_head = 8 << 10;
        settings.limits.tap_tail = 4 << 10;
    })
    .await;
    let (mut client, folder) = among_images(&server, &["breakpoints", "details"]).await;
    noise(1200, 800).save(folder.join("long.png")).unwrap();
    let finished = client.run_with("cat long.png | cat >/dev/null", json!({"breakpoints": [0]})).await;
    let stage = finished.stages.last().unwrap();
    assert!(stage["dropped"].as_u64().unwrap() > 0, "{stage}");
    let (tapped, _) = &finished.taps[&(0, 0)];
    assert!(tapped.starts_with("[image/png, "), "{tapped:.200}");
    assert!(tapped.contains(", not shown: part of it was not kept]\n"), "{tapped:.200}");
    assert!(!tapped.contains("it breaks off"), "{tapped:.200}");
}

#[tokio::test]
async fn a_client_with_files_asks_for_an_image_of_a_tapped_pipe_as_for_any_other() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &["files", "breakpoints"]).await;
    let finished =
        client.run_with("cat a.png; cat b.jpg | cat >/dev/null", json!({"breakpoints": [0]})).await;
    let (pictures, _) = pictures(&finished.taps[&(0, 0)].0);
    let number: u64 = value(&pictures[0], "data-image").unwrap().parse().unwrap();
    let server_id = &finished.answer["payload"]["serverId"];
    let image =
        ask(&mut client, json!({"type": "image", "serverId": server_id, "image": number, "offset": 0})).await;
    let bytes = BASE64_STANDARD.decode(image["data"].as_str().unwrap()).unwrap();
    assert!(bytes == fs::read(folder.join("b.jpg")).unwrap(), "{}", image["mediaType"]);
}

#[tokio::test]
async fn what_could_begin_an_image_in_a_tapped_pipe_is_shown_when_nothing_follows() {
    let server = TestServer::start().await;
    let mut client = server.client_with(&["breakpoints", "details"]).await;
    let answer = client.start_with("{ printf RIFF; read x; } | cat", json!({"breakpoints": [0]})).await;
    let shown = |message: &Value| message["payload"]["output"]["breakpoints"][0]["stdout"] == "RIFF";
    client.next_where(shown).await;
    let server_id = answer["payload"]["serverId"].clone();
    client.stdin(&server_id, "\n").await;
    client.finish(answer).await;
}

#[tokio::test]
async fn text_says_what_was_there_and_raw_is_what_it_was() {
    let server = TestServer::start().await;
    let (mut client, folder) = among_images(&server, &["format", "streams"]).await;
    let finished = client.run_with("cat a.png", json!({"format": "text"})).await;
    assert!(finished.combined.starts_with("[image/png, 200 x 100, "), "{}", finished.combined);
    assert!(finished.combined.ends_with("]\n"));
    let raw = client.run_with("cat a.png", json!({"format": "raw", "streams": "pipes"})).await;
    let expected = String::from_utf8_lossy(&fs::read(folder.join("a.png")).unwrap()).into_owned();
    assert_eq!(raw.combined, expected);
}

#[tokio::test]
async fn a_prompt_that_could_begin_an_image_is_shown() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let answer = client.start("printf RIFF; read x; echo got $x").await;
    let server_id = answer["payload"]["serverId"].clone();
    client.until_stdout(&server_id, |text| text.contains("RIFF")).await;
    client.stdin(&server_id, "it\n").await;
    let finished = client.finish(answer).await;
    assert!(finished.stdout.ends_with("got it\n"), "{}", finished.stdout);
}

#[tokio::test]
async fn images_without_end_stay_within_their_bounds() {
    let server = TestServer::with(|settings| {
        settings.limits.printed_images = 1 << 20;
        settings.limits.image_bytes = 600 << 10;
        settings.limits.printed_pictures = 100 << 10;
    })
    .await;
    let (mut client, folder) = among_images(&server, &[]).await;
    noise(800, 400).save(folder.join("long.png")).unwrap();
    let finished = client.run("cat long.png; for i in $(seq 40); do cat a.png; done; echo end").await;
    let (pictures, text) = pictures(&finished.combined);
    assert!(text.starts_with("[image/png, "), "{text}");
    assert!(text.contains("not shown: it is too long]\n"), "{text}");
    // Who reads late finds words in place of the oldest pictures.
    assert!(!pictures.is_empty());
    assert!(text.ends_with("end\n"));
    // Half of a chunk without end, and a stream that never ends its command.
    let finished = client.run("head -c 60 a.png; head -c 30000000 /dev/zero; echo end").await;
    assert!(finished.combined.contains("not shown: "), "{}", finished.combined.len());
}
