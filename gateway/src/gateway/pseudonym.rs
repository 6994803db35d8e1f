//! The `clientId` of a client: a hash of its address, so that the limit on deliveries per client counts whoever asks, and the log
//! never holds an address.
//!
//! There are so few IPv4 addresses that a plain hash of one is soon undone by trying all. The hash therefore has a secret key: that
//! of the configuration, which all gateways share, or a random one that dies with the process.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use delivery_http_server::PeerAddress;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The minimum length of a configured key, bytes.
const MIN_KEY: usize = 16;
/// How many bytes of the hash are kept: enough to tell clients apart, 16 characters in base64.
const KEPT: usize = 12;

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("Cannot read the key in {}: {source}. Check http.clientIdKeyFile.", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("The key in {} is shorter than {MIN_KEY} bytes. Use a random one: openssl rand -base64 32.", .0.display())]
    TooShort(PathBuf),
}

/// Makes `clientId`s.
pub(crate) struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    /// With the key in this file; without a file with a random one.
    ///
    /// # Errors
    /// When the file cannot be read, or holds too little.
    pub(crate) fn new(file: Option<&Path>) -> Result<Self, KeyError> {
        let secret = match file {
            None => [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat(),
            Some(path) => {
                let secret =
                    std::fs::read(path).map_err(|source| KeyError::Unreadable { path: path.to_owned(), source })?;
                if secret.trim_ascii().len() < MIN_KEY {
                    return Err(KeyError::TooShort(path.to_owned()));
                }
                secret.trim_ascii().to_vec()
            }
        };
        // Hashed to one length, so that no key can be continued by an address.
        Ok(Self { key: Sha256::digest(secret).into() })
    }

    /// The `clientId` of an address.
    pub(crate) fn of(&self, address: PeerAddress) -> String {
        let hash = Sha256::new().chain_update(self.key).chain_update(address.bytes()).finalize();
        URL_SAFE_NO_PAD.encode(hash.iter().take(KEPT).copied().collect::<Vec<_>>())
    }
}

#[cfg(test)]
#[path = "tests/pseudonym.rs"]
mod tests;
