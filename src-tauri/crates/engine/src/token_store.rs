//! The pairing token, and the places that keep it: the OS keychain, a 0600 file, or memory.

use std::fmt;

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

/// A pairing token. It does not show itself in logs.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token's text, `ph1_...`, for showing to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(hidden)")
    }
}

/// Why a store could not give or take a token. Every message is one sentence for a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(String);
