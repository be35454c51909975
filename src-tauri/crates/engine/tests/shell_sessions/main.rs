//! Shells through the interface that the engine's sessions use, with every shell that is installed.
#![allow(clippy::unwrap_used, missing_docs)]

mod endings;
mod fixture;
mod hooks;
mod jobs;
mod orphans;
mod siblings;
mod state;
mod streams;
