//! The Porthole server: sessions, shells, pipes and rendering behind a websocket.
//!
//! Data goes one way: socket, connection, session, command, update, socket. ARCHITECTURE.md is the map.

pub mod activity;
pub mod audit;
mod authentication;
pub mod breakpoints;
mod ceiling;
mod clock;
mod command;
mod completion;
mod connection;
mod context;
pub mod control;
mod data_dir;
mod engine;
mod files;
mod history;
mod images;
mod limits;
mod notifications;
mod port_holder;
mod preferences;
pub mod protocol;
pub mod render;
mod server;
mod session;
pub mod shell;
mod store;
mod tls;
mod token_store;
mod update;
mod watches;

pub use clock::{MachineTime, TimeSource};
pub use data_dir::{DataDir, DataDirError};
pub use engine::{Engine, Settings, StartError};
pub use limits::{Limits, StoreLimits};
pub use port_holder::PortHolder;
pub use store::StoreError;
pub use tls::{TlsError, fingerprint};
pub use token_store::{Token, TokenError, TokenFault, TokenStore, TokenStoreKind};
