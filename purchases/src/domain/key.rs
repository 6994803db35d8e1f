//! The idempotency key of a request: with the same key it is the same purchase, however often it is sent.
//!
//! The id of a purchase with a key follows from the key, so the unique index that every store has, the one on `_id`, is the one on keys, too:
//! no second index has to exist, and no request in between can take the same key.

use super::email::uuid_of;

/// The maximum length of a key, in characters.
const MAX_LENGTH: usize = 128;
/// What goes before the key, so that the id is no hash of anything else.
const DOMAIN: &[u8] = b"code-delivery/purchases/idempotency-key\0";

/// An idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(String);

/// What was sent is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The header Idempotency-Key is not valid; write 1 to {MAX_LENGTH} visible ASCII characters, such as a UUID.")]
pub(crate) struct InvalidKey;

impl IdempotencyKey {
    /// Reads the value of the header.
    ///
    /// # Errors
    /// When it is empty, too long, or not visible ASCII.
    pub(crate) fn read(value: &[u8]) -> Result<Self, InvalidKey> {
        let text = std::str::from_utf8(value).map_err(|_| InvalidKey)?;
        let fits = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if fits && text.trim() == text { Ok(Self(text.to_owned())) } else { Err(InvalidKey) }
    }

    /// The id of the purchase with this key: a UUID of version 8.
    pub(crate) fn purchase_id(&self) -> String {
        uuid_of(&[DOMAIN, self.0.as_bytes()].concat())
    }
}

#[cfg(test)]
#[path = "tests/key.rs"]
mod tests;
