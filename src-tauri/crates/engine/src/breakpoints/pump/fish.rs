//! What the pump does for fish, which makes its pipes after it has asked for a tap.

#[cfg(target_os = "linux")]
mod backlog;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod launch;
#[cfg(target_os = "linux")]
mod own_pipe;
#[cfg(target_os = "linux")]
mod pipe_end;
#[cfg(target_os = "linux")]
mod upstream;

#[cfg(target_os = "linux")]
pub(super) use self::{
    backlog::Backlog,
    launch::{Launch, Launched, Openings},
    upstream::Upstream,
};
#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{Backlog, Launch, Launched, Openings, Upstream};
