//! Breakpoints, as far as they only compute.

#[path = "../src/breakpoints/scanner/mod.rs"]
mod scanner;

pub use scanner::{Dialect, Pipe, PipeOperator, Refusal, scan};
