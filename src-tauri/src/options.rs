//! Options: the app's flags and environment, the same as `porthole serve` takes.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use engine::{Settings, TokenStoreKind};

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
    pub(crate) fn into_settings(self) -> anyhow::Result<Settings> {
        let data_dir = match self.data_dir {
            Some(folder) => folder,
            None => default_data_dir().context(
                "Your home folder is unknown, so Porthole cannot tell where to keep its files; name a folder with --data-dir.",
            )?,
        };
        let mut settings = Settings::new(data_dir);
        settings.port = self.port;
        settings.bind = self.bind;
        settings.shell = self.shell;
        settings.token_store = match self.token_store {
            TokenStore::Keychain => TokenStoreKind::Keychain,
            TokenStore::File => TokenStoreKind::File,
            TokenStore::Memory => TokenStoreKind::Memory,
        };
        Ok(settings)
    }
}

fn default_data_dir() -> Option<PathBuf> {
    if let Some(folder) =
        std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute())
    {
        return Some(folder.join("porthole"));
    }
    let home = std::env::home_dir().filter(|home| home.is_absolute())?;
    let below_home = if cfg!(target_os = "macos") {
        "Library/Application Support/porthole"
    } else {
        ".local/share/porthole"
    };
    Some(home.join(below_home))
}
