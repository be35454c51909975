//! Options: the app's flags and environment, the same as `porthole serve` takes.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use engine::{DataDir, DataDirError, Settings, TokenStoreKind};

/// Porthole in the tray: any paired web terminal works in this machine's shell.
#[derive(Debug, Parser)]
#[command(name = "porthole-app", version)]
pub struct Options {
    /// The port to listen on; 0 picks a free one.
    #[arg(long, env = "PORTHOLE_PORT", default_value_t = Settings::PORT)]
    port: u16,

    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    bind: IpAddr,

    /// The folder for certificate and state.
    #[arg(long, env = "PORTHOLE_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Where the pairing token is kept.
    #[arg(long, env = "PORTHOLE_TOKEN_STORE", value_enum, default_value = "keychain")]
    token_store: TokenStore,

    /// A shell to use in place of the login shell.
    #[arg(long, value_name = "PATH")]
    shell: Option<PathBuf>,

    /// A web page's origin that may connect, as https://host[:port]; may be repeated.
    #[arg(long = "origin", value_name = "O")]
    origins: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TokenStore {
    /// The system's keychain.
    Keychain,
    /// A file that only its owner can read.
    File,
    /// Nowhere: a new token at every start.
    Memory,
}

impl Options {
    /// The engine's settings.
    ///
    /// # Errors
    /// No data folder is named and the home folder is unknown.
    pub(crate) fn into_settings(self) -> Result<Settings, DataDirError> {
        let data_dir = self.data_dir.map_or_else(DataDir::default_path, Ok)?;
        let mut settings = Settings::new(data_dir);
        settings.port = self.port;
        settings.bind = self.bind;
        settings.shell = self.shell;
        settings.origins = self.origins;
        settings.token_store = match self.token_store {
            TokenStore::Keychain => TokenStoreKind::Keychain,
            TokenStore::File => TokenStoreKind::File,
            TokenStore::Memory => TokenStoreKind::Memory,
        };
        Ok(settings)
    }
}
