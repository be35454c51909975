//! Whatever a program prints, in whatever pieces: real output and attacks, changed at random. `PORTHOLE_FUZZ_SECONDS`
//! sets for how long; `cargo xtask fuzz render` goes on from there with the branches that inputs take.

use crate::abuse::ATTACKS;
use crate::{fuzzed, mutation};
use std::path::Path;
use std::time::Duration;

const TOKENS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\x08",
    b"\t",
    b"\x0e",
    b"\x0f",
    b"\x7f",
    b"\0",
    b"\x1b",
    b"\x1b[",
    b"\x1b]8;;",
    b"\x1b]8;;http://a.b/\x07",
    b"\x1b]0;",
    b"\x1b]1337;File=inline=1:",
    b"\x07",
    b"\x1b\\",
    b"\x1b[m",
    b"\x1b[1;31m",
    b"\x1b[38;5;",
    b"\x1b[48;2;1;2;3m",
    b"\x1b[4:3m",
    b"\x1b[K",
    b"\x1b[1K",
    b"\x1b[2K",
    b"\x1b[J",
    b"\x1b[2J",
    b"\x1b[H",
    b"\x1b[A",
    b"\x1b[5B",
    b"\x1b[3C",
    b"\x1b[9D",
    b"\x1b[40G",
    b"\x1b[2P",
    b"\x1b[3@",
    b"\x1b[4X",
    b"\x1b[99b",
    b"\x1b7",
    b"\x1b8",
    b"\x1b[s",
    b"\x1b[u",
    b"\x1b(0",
    b"\x1b(B",
    b"\x1bM",
    b"\x1bD",
    b"\x1bE",
    b"\x1bc",
    b"\x1bP",
    b"\x1b_",
    b"\x1b[?1049h",
    b"\x1b[?1049l",
    b"\x1b[?25l",
    b"\x1b[?2004h",
    b"\x1b[2;4r",
    b"\x1b[L",
    b"\x1b[M",
    b"\x1b[S",
    b"\x1b[T",
    b"\x1b[6n",
    b"\x1b[c",
    b"<script>",
    b"</a>",
    b"&amp;",
    b"\"",
    b"'",
    b"a.png",
    b"main.rs:3:7",
    b"my file",
    b"<b>",
    b"http://a.b/c?d=e&f",
    b"https://",
    b"./",
    b"~/",
    "é".as_bytes(),
    "汉".as_bytes(),
    "\u{301}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{9b}".as_bytes(),
    "👩\u{200d}👧".as_bytes(),
    b"\xff",
    b"\xe2\x82",
    b"\xf0\x9f",
    b"\x9b31m",
];

fn corpus() -> Vec<Vec<u8>> {
    let mut corpus: Vec<Vec<u8>> = ATTACKS.iter().map(|attack| attack.as_bytes().to_vec()).collect();
    for folder in ["tests/render/recorded", "tests/render/screens"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "raw") {
                corpus.push(std::fs::read(path).unwrap());
            }
        }
    }
    assert!(corpus.len() > ATTACKS.len());
    corpus
}

#[test]
fn any_bytes_become_allowed_markup_with_the_text_of_the_terminal_however_they_are_cut() {
    mutation::run(Duration::from_secs(3), &corpus(), TOKENS, fuzzed::check);
}
