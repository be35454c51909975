//! What a program prints, and how it is cut.
#![no_main]
#![allow(dead_code)]

#[path = "../../tests/render/client.rs"]
mod client;
#[path = "../../tests/render/fuzzed.rs"]
mod fuzzed;
#[path = "../../tests/render/page.rs"]
mod page;

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzed::check(input));
