//! The engine's modules that only compute, by themselves: a target is built in seconds, and what it reaches is all that is
//! looked at.
#![allow(dead_code, unused_imports)]

pub mod breakpoints;
#[path = "../src/protocol/mod.rs"]
pub mod protocol;
#[path = "../src/render/mod.rs"]
pub mod render;
