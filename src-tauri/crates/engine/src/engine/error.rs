//! Start errors: why an engine could not start, in one sentence for a person.

use std::io;
use std::net::SocketAddr;

use crate::control::ControlError;
use crate::data_dir::DataDirError;
use crate::port_holder::PortHolder;
use crate::shell::ShellError;
use crate::store::StoreError;
use crate::tls::TlsError;
use crate::token_store::TokenError;

/// Why an engine could not start. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used, or another Porthole uses it.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The pairing token can be neither read nor made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The certificate can be neither read nor made.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The control socket cannot be had.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// No shell can be started.
    #[error(transparent)]
    Shell(#[from] ShellError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port is taken.
    #[error("Port {port} is taken by {}; end it or choose another port with --port.", named(.holder.as_ref()))]
    PortTaken {
        /// The port.
        port: u16,
        /// Who listens there, where the system tells.
        holder: Option<PortHolder>,
    },
    /// The address cannot be listened on for another reason.
    #[error("Porthole cannot listen on {address}: {error}.")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
}

fn named(holder: Option<&PortHolder>) -> String {
    holder.map_or_else(|| "another program".to_owned(), PortHolder::to_string)
}

impl StartError {
    pub(super) fn not_listening(address: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                Self::PortTaken { port: address.port(), holder: PortHolder::of(address) }
            }
            _ => Self::Listen { address, error },
        }
    }
}
