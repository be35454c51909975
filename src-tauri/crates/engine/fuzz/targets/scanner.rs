//! What a person types as a command.
#![no_main]
#![allow(dead_code)]

#[path = "../../tests/breakpoints/scanned.rs"]
mod scanned;

libfuzzer_sys::fuzz_target!(|input: &[u8]| scanned::check(input));
