//! The Porthole server: sessions, shells, pipes and rendering behind a websocket.
//!
//! Data goes one way: socket, connection, session, command, update, socket. ARCHITECTURE.md is the map.

pub mod activity;
mod engine;
mod limits;
pub mod protocol;
pub mod render;
mod token_store;

pub use engine::{Engine, Settings, StartError};
pub use limits::Limits;
pub use token_store::{Token, TokenError, TokenStoreKind};
