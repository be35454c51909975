//! Thumbnails: pictures of image files, bounded in whatever a file says of itself.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::client::Heard;
use crate::files::{ask, in_a_folder};
use crate::server::TestServer;

/// A picture that is hard to pack: no two pixels next to each other are alike.
fn noisy(width: u32, height: u32) -> RgbImage {
    let noise = |x: u32, y: u32| {
        (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(x + y + 7) >> 9
    };
    RgbImage::from_fn(width, height, |x, y| Rgb(noise(x, y).to_be_bytes()[1..].try_into().unwrap()))
}

fn picture(answer: &Value) -> RgbImage {
    let bytes = BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    let format = match answer["mediaType"].as_str().unwrap() {
        "image/png" => ImageFormat::Png,
        "image/jpeg" => ImageFormat::Jpeg,
        other => panic!("{other}"),
    };
    image::load_from_memory_with_format(&bytes, format).unwrap().into_rgb8()
}

#[tokio::test]
async fn an_image_file_has_a_small_picture_and_a_larger_one_where_that_is_asked_for() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    // What a name says counts for nothing.
    noisy(3000, 1500).save_with_format(folder.join("photo.txt"), ImageFormat::Jpeg).unwrap();
    let small = ask(&mut client, json!({"type": "thumbnail", "path": "photo.txt", "clientId": 4})).await;
    assert_eq!((&small["type"], &small["clientId"]), (&json!("thumbnail"), &json!(4)), "{small}");
    assert_eq!((&small["width"], &small["height"]), (&json!(3000), &json!(1500)));
    assert_eq!((&small["format"], &small["path"]), (&json!("JPEG"), &json!(folder.join("photo.txt"))));
    assert_eq!(small["size"], fs::metadata(folder.join("photo.txt")).unwrap().len());
    let drawn = picture(&small);
    assert!(drawn.width() <= 480 && drawn.width() == drawn.height() * 2, "{:?}", drawn.dimensions());
    assert!(small["data"].as_str().unwrap().len() <= 64 << 10);
    let large = ask(&mut client, json!({"type": "thumbnail", "path": "photo.txt", "side": 99_999})).await;
    let larger = picture(&large);
    assert!(larger.width() > drawn.width() && larger.width() <= 1600, "{:?}", larger.dimensions());
    assert!(large["data"].as_str().unwrap().len() <= 700_000);
}

#[tokio::test]
async fn under_binary_the_picture_comes_in_a_frame() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files", "binary"]).await;
    noisy(20, 10).save(folder.join("a.png")).unwrap();
    client
        .send(json!({"type": "files", "payload": {"type": "thumbnail", "path": "a.png", "clientId": 9}}))
        .await;
    let Heard::Frame(frame) = client.hear().await else { panic!("no frame") };
    assert_eq!((frame[1], &frame[8..16]), (5, &9u64.to_be_bytes()[..]));
    assert!(frame[32..].starts_with(b"\x89PNG"));
    let answer = client.next().await["payload"].clone();
    assert_eq!((&answer["width"], answer.get("data")), (&json!(20), None));
}

#[tokio::test]
async fn what_is_no_image_or_says_it_is_enormous_costs_nothing_and_is_refused() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_a_folder(&server, &["files"]).await;
    fs::write(folder.join("text.png"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    noisy(60, 60).save(folder.join("whole.png")).unwrap();
    let whole = fs::read(folder.join("whole.png")).unwrap();
    fs::write(folder.join("cut.png"), &whole[..whole.len() / 2]).unwrap();
    // 60,000 x 60,000 pixels, says its header.
    let mut bomb = whole.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    fs::write(folder.join("bomb.png"), bomb).unwrap();
    fs::File::create(folder.join("long.png")).unwrap().set_len(1 << 40).unwrap();
    client.run("mkfifo fifo.png; mkdir dir.png").await;
    for (path, code) in [
        ("text.png", "wrong-kind"),
        ("fifo.png", "wrong-kind"),
        ("dir.png", "wrong-kind"),
        ("/dev/zero", "wrong-kind"),
        ("none.png", "no-such-file"),
        ("long.png", "too-large"),
    ] {
        let answer = ask(&mut client, json!({"type": "thumbnail", "path": path})).await;
        assert_eq!(answer["code"], code, "{path}: {answer}");
    }
    for path in ["cut.png", "bomb.png"] {
        let answer = ask(&mut client, json!({"type": "thumbnail", "path": path})).await;
        assert_eq!(answer["result"], "error", "{path}");
    }
    let answer = ask(&mut client, json!({"type": "thumbnail", "path": "whole.png", "side": 0})).await;
    assert_eq!(answer["result"], "ok", "{answer}");
}
