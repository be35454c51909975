//! The engine: one running server with everything that belongs to it, as the app and the command line hold it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::activity::{Activity, CommandId};
use crate::limits::Limits;
use crate::token_store::{Token, TokenError, TokenStoreKind};

/// How to start an engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on; loopback unless the user says otherwise.
    pub bind: IpAddr,
    /// The port; 0 picks a free one.
    pub port: u16,
    /// The folder for certificate, control socket and lock; made with mode 0700 where it is missing.
    pub data_dir: PathBuf,
    /// Where the pairing token is kept.
    pub token_store: TokenStoreKind,
    /// A shell to use in place of the user's login shell.
    pub shell: Option<PathBuf>,
    /// Origins that may connect besides the engine's own pages, as `scheme://host[:port]`.
    pub origins: Vec<String>,
    /// The bounds.
    pub limits: Limits,
}

impl Settings {
    /// The default port.
    pub const PORT: u16 = 7867;

    /// Loopback, the default port, the keychain and the user's login shell, with everything kept in `data_dir`.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Self::PORT,
            data_dir,
            token_store: TokenStoreKind::Keychain,
            shell: None,
            origins: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// Why an engine could not start. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub(crate) String);

/// A running engine.
pub struct Engine {
    address: SocketAddr,
    fingerprint: String,
    activity: Activity,
}

impl Engine {
    /// Takes the data folder, reads or makes token and certificate, and listens.
    ///
    /// # Errors
    /// One sentence: the port is taken (and by whom), the folder cannot be used, another Porthole uses it, the token
    /// cannot be read, or the shell cannot be started. Nothing is left half-made.
    pub async fn start(_settings: Settings) -> Result<Self, StartError> {
        Err(StartError("The engine is not built yet.".into()))
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The web terminal's address, for example `https://127.0.0.1:7867/`.
    pub fn page_url(&self) -> String {
        format!("https://{}/", self.address)
    }

    /// The websocket's address, for example `wss://127.0.0.1:7867/`.
    pub fn socket_url(&self) -> String {
        format!("wss://{}/", self.address)
    }

    /// The certificate's fingerprint: `sha256:` and 64 hexadecimal digits.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The pairing token.
    pub fn token(&self) -> Token {
        unimplemented!()
    }

    /// Makes a new pairing token, keeps it, and closes every connection; the former token and all session tokens are void.
    ///
    /// # Errors
    /// The store refused the new token; the former one stays in force.
    pub async fn rotate_token(&self) -> Result<Token, TokenError> {
        unimplemented!()
    }

    /// Who is connected and what runs.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Ends a running command: TERM, then KILL after the grace. False when no such command runs.
    pub fn kill(&self, _command: CommandId) -> bool {
        unimplemented!()
    }

    /// Ends every running command of every session and says how many there were.
    pub fn kill_everything(&self) -> usize {
        unimplemented!()
    }

    /// Closes a client's connection; its session stays. False when there is no such client.
    pub fn disconnect(&self, _client: u64) -> bool {
        unimplemented!()
    }

    /// Ends commands, closes connections and stops listening; returns when all of that is done.
    pub async fn stop(&self) {
        unimplemented!()
    }
}
