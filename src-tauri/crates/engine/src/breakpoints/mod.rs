//! Breakpoints: where a command's pipes are, and what flows through the chosen ones.
//!
//! Invariant: a breakpoint never changes a command's result. Where that cannot be kept the breakpoint
//! is unavailable, with the reason, and the command runs as it was sent.

mod breakpoint;
mod capture;
mod check;
mod event;
mod means;
mod program;
mod pump;
mod rewrite;
mod scanner;
mod store;
mod taps;

pub use breakpoint::{Breakpoint, BreakpointError};
pub use capture::Kept;
pub use event::{TapEvent, TapStream};
pub use means::Means;
pub use pump::{Action, GateError, Gates};
pub use scanner::{Dialect, Pipe, PipeOperator, Refusal, scan};
pub use store::Captured;
pub use taps::{Availability, Captures, Taps};
