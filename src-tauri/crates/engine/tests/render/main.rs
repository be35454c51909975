//! What clients see of the bytes that programs write.
#![allow(clippy::unwrap_used, missing_docs)]

mod abuse;
mod bounds;
mod cells;
mod client;
mod drawing;
mod fuzz;
mod fuzzed;
mod linking;
#[path = "../fuzz/mutation.rs"]
mod mutation;
mod page;
mod properties;
mod recorded;
mod screen;
