//! Inline images of OSC 1337: pictures among the text, of the size and with the name that their program asks for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::images::{among_images, pictures, value};
use crate::server::TestServer;

#[tokio::test]
async fn inline_images_of_osc_1337_are_pictures() {
    let server = TestServer::start().await;
    let (mut client, _) = among_images(&server, &[]).await;
    let show = "printf 'see \\e]1337;File=size=1;inline=1:%s\\a\\n' $(base64 -w0 b.jpg)";
    let finished = client.run(&format!("{show}; echo end")).await;
    let (pictures, text) = pictures(&finished.combined);
    assert_eq!((pictures.len(), text.as_str()), (1, "see \n<>\nend\n"));
}

#[tokio::test]
async fn an_inline_image_has_the_size_and_the_name_that_its_program_asks_for() {
    let server = TestServer::start().await;
    let (mut client, _) = among_images(&server, &["streams"]).await;
    let name = BASE64_STANDARD.encode("\"><b>\u{202e}\x1b[31mcat.png");
    let data = "$(base64 -w0 a.png)";
    let show = |arguments: &str| {
        let arguments = arguments.replace('%', "%%");
        format!("printf '\\e]1337;File=inline=1;name={name};{arguments}:%s\\a\\n' {data}")
    };
    let in_parts = |arguments: &str| {
        let arguments = arguments.replace('%', "%%");
        format!(
            "printf '\\e]1337;MultipartFile=inline=1;name={name};{arguments}\\a\\e]1337;FilePart=%s\\a\\e]1337;FileEnd\\a\\n' {data}"
        )
    };
    // Without a terminal its size is that of one of 80 columns and 24 rows.
    for streams in ["exact", "pipes"] {
        for (arguments, width, height) in [
            ("size=1", "200", "100"),
            ("width=10", "80", "40"),
            ("width=auto;height=2", "64", "32"),
            ("width=100%", "640", "320"),
            ("width=99999;height=-1", "200", "100"),
            ("width=60000px", "640", "320"),
            ("width=300px;height=20px;preserveAspectRatio=0", "300", "20"),
        ] {
            for command in [show(arguments), in_parts(arguments)] {
                let finished = client.run_with(&command, json!({"streams": streams})).await;
                let (pictures, text) = pictures(&finished.stdout);
                let sides = (value(&pictures[0], "width"), value(&pictures[0], "height"));
                assert_eq!(sides, (Some(width), Some(height)), "{command}");
                let alt = value(&pictures[0], "alt").unwrap();
                assert!(alt.starts_with("&quot;&gt;&lt;b&gt;[31mcat.png: image/png, 200 x 100, "), "{alt}");
                assert_eq!(text, "<>\n");
            }
        }
    }
}
