//! What clients see of the bytes that programs write.
#![allow(clippy::unwrap_used, missing_docs)]

mod abuse;
mod bounds;
mod client;
mod drawing;
mod linking;
mod page;
mod properties;
mod recorded;
mod screen;
