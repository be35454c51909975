//! Token: the secret that pairs a client with this engine.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::TokenError;

const PREFIX: &str = "ph1_";
const SECRET: usize = 32;
/// Of the checksum's base64url digits: enough that one mistyped token in 2^36 goes unnoticed.
const CHECKSUM: usize = 6;

/// A pairing token: `ph1_`, 32 random bytes in base64url, and a checksum of 6 digits. It does not show itself in logs,
/// is compared in constant time, and is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Token(String);

/// Why a text cannot be anybody's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It has not the form of a token.
    #[error("This is no token: a token begins with \"ph1_\" and has 53 characters.")]
    Form,
    /// It has the form, but some character is not the one that was shown.
    #[error("The token is mistyped or cut off; copy it again.")]
    Mistyped,
}

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random() -> Result<Self, TokenError> {
        let mut secret = Zeroizing::new([0; SECRET]);
        SystemRandom::new()
            .fill(secret.as_mut_slice())
            .map_err(|_| TokenError("The system gave no random bytes for a token; try again.".into()))?;
        let mut text = String::with_capacity(PREFIX.len() + 43 + CHECKSUM);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(secret.as_slice(), &mut text);
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self(text))
    }

    /// The token's text, `ph1_...`, for showing to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `sent` is this token; takes the same time wherever the two differ.
    pub fn matches(&self, sent: &str) -> bool {
        self.0.as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

impl FromStr for Token {
    type Err = TokenFault;

    /// Reads a token's text, without any white space around it.
    fn from_str(text: &str) -> Result<Self, TokenFault> {
        let digits = text.strip_prefix(PREFIX).ok_or(TokenFault::Form)?;
        if digits.len() != 43 + CHECKSUM
            || !digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            return Err(TokenFault::Form);
        }
        let (body, sent) = text.split_at(text.len() - CHECKSUM);
        // The last digit of 43 carries four bits; only one way to write them is a token.
        let secret = URL_SAFE_NO_PAD.decode(&body[PREFIX.len()..]).map(Zeroizing::new);
        if secret.is_err() || checksum(body) != sent {
            return Err(TokenFault::Mistyped);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(hidden)")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

fn checksum(text: &str) -> String {
    let mut digits = URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()));
    digits.truncate(CHECKSUM);
    digits
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_32_random_bytes_and_reads_back() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(one.reveal().len(), 53);
        assert_eq!(URL_SAFE_NO_PAD.decode(&one.reveal()[4..47]).unwrap().len(), 32);
        assert!(one.reveal().parse::<Token>().unwrap().matches(one.reveal()));
        assert!(one.matches(one.reveal()));
        assert!(!one.matches(other.reveal()));
        assert!(!one.matches(""));
        assert!(!one.matches(&one.reveal()[..52]));
    }

    #[test]
    fn every_mistyped_character_is_noticed() {
        let token = Token::random().unwrap();
        for position in 4..53 {
            let mut text = token.reveal().as_bytes().to_vec();
            text[position] = if text[position] == b'A' { b'B' } else { b'A' };
            let fault = String::from_utf8(text).unwrap().parse::<Token>().unwrap_err();
            assert_eq!(fault, TokenFault::Mistyped, "position {position}");
        }
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_told_apart() {
        let token = Token::random().unwrap();
        let text = token.reveal();
        for wrong in [
            "",
            "ph1_",
            &text[1..],
            &text[..52],
            &format!("{text}A"),
            &format!(" {text}"),
            &text.replace("ph1_", "ph2_"),
            &format!("ph1_{}", "é".repeat(24)),
        ] {
            assert_eq!(wrong.parse::<Token>().unwrap_err(), TokenFault::Form, "{wrong}");
        }
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", Token::random().unwrap()), "Token(hidden)");
    }
}
