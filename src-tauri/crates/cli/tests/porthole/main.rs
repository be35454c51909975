//! `porthole` as a user's shell sees it: real processes, their output and their exit codes.

#![allow(clippy::unwrap_used, unreachable_pub)]

mod command_line;
mod keychain;
mod process;
mod run;
mod running;
mod serve;
