//! The Porthole server: sessions, shells, pipes and rendering behind a websocket.
//!
//! Data goes one way: socket, connection, session, command, update, socket. ARCHITECTURE.md is the map.

pub mod breakpoints;
mod limits;
pub mod protocol;

pub use limits::Limits;
