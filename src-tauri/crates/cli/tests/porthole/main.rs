//! `porthole` as a user's shell sees it: real processes, their output and their exit codes.

#![allow(clippy::unwrap_used, unreachable_pub)]

#[allow(dead_code)]
#[path = "../../../engine/tests/wire/client.rs"]
mod client;
mod command_line;
mod history;
mod keychain;
mod kills;
mod process;
mod run;
mod running;
mod serve;
mod sessions;
