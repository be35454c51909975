//! The pairing token, and the places that keep it: the OS keychain, a 0600 file, or memory.

mod file;
mod keychain;
mod token;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use token::{Token, TokenFault};

/// Where the pairing token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenStoreKind {
    /// The OS keychain.
    Keychain,
    /// A file of mode 0600 in the data folder.
    File,
    /// Nowhere: a new token at every start.
    Memory,
}

/// Why a store could not give or take a token. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(String);

/// What a store holds.
enum Kept {
    Nothing,
    /// Something that is no token.
    Damaged,
    Whole(Token),
}

impl Kept {
    fn read(text: &str) -> Self {
        text.trim().parse().map_or(Self::Damaged, Self::Whole)
    }
}

/// The place that keeps one engine's pairing token.
#[derive(Debug, Clone)]
pub struct TokenStore {
    kind: TokenStoreKind,
    data_dir: PathBuf,
    timeout: Duration,
}

impl TokenStore {
    /// A store of that kind for the engine of `data_dir`; the keychain has `timeout` for each answer. Nothing is read yet.
    pub fn open(kind: TokenStoreKind, data_dir: &Path, timeout: Duration) -> Self {
        Self { kind, data_dir: data_dir.to_owned(), timeout }
    }

    /// The token that is kept, or else a new one, which is then kept. A damaged one, which nobody can use, counts as none.
    ///
    /// # Errors
    /// The store is missing, locked, does not answer in time, or cannot be trusted.
    pub async fn load_or_make(&self) -> Result<Token, TokenError> {
        let kept = match self.kind {
            TokenStoreKind::Keychain => keychain::load(&self.data_dir, self.timeout).await?,
            TokenStoreKind::File => file::load(&self.data_dir)?,
            TokenStoreKind::Memory => Kept::Nothing,
        };
        match kept {
            Kept::Whole(token) => return Ok(token),
            Kept::Damaged => {
                tracing::warn!("The kept token is damaged and is replaced; every browser has to pair again.")
            }
            Kept::Nothing => {}
        }
        self.rotate().await
    }

    /// A new token in place of the one that is kept.
    ///
    /// # Errors
    /// The store is missing, locked, does not answer in time, or cannot be written; it then holds what it held before.
    pub async fn rotate(&self) -> Result<Token, TokenError> {
        let token = Token::random()?;
        match self.kind {
            TokenStoreKind::Keychain => keychain::save(&self.data_dir, &token, self.timeout).await?,
            TokenStoreKind::File => file::save(&self.data_dir, &token)?,
            TokenStoreKind::Memory => {}
        }
        Ok(token)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_in_memory_is_new_at_every_start_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(TokenStoreKind::Memory, folder.path(), Duration::ZERO);
        let first = store.load_or_make().await.unwrap();
        let second = store.load_or_make().await.unwrap();
        assert!(!first.matches(second.reveal()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
