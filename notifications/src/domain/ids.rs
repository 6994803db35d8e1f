//! The ids of notifications and recipients: UUIDs, some of them derived from what must not happen twice. Pure, but for chance.

use std::fmt;

use delivery_messages::records::text::cut;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::invalid::Invalid;

/// The most bytes of a wrong id that a message repeats.
const MAX_QUOTED: usize = 60;
/// The length of a UUID with its hyphens.
const LENGTH: usize = 36;

/// A notification's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NotificationId(Uuid);

/// A recipient's id; of a customer, the customer's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RecipientId(Uuid);

impl NotificationId {
    /// An id that nothing else has.
    #[must_use]
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id that follows from a text: the same text always has the same one (a UUID of version 8, from its SHA-256).
    #[must_use]
    pub(crate) fn derived(text: &str) -> Self {
        let mut bytes = [0; 16];
        for (byte, digest) in bytes.iter_mut().zip(Sha256::digest(text)) {
            *byte = digest;
        }
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The id of a notification that a client asked for with an idempotency key.
    ///
    /// # Errors
    /// When the key is empty, too long or not printable.
    pub(crate) fn of_key(key: &str) -> Result<Self, Invalid> {
        let fits = (1..=128).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if fits { Ok(Self::derived(&format!("Idempotency-Key/{key}"))) } else { Err(Invalid::IdempotencyKey) }
    }

    /// # Errors
    /// When the text is not a UUID with hyphens; `field` is what to call it.
    pub(crate) fn read(field: &'static str, text: &str) -> Result<Self, Invalid> {
        read(field, text).map(Self)
    }
}

impl RecipientId {
    /// # Errors
    /// When the text is not a UUID with hyphens; `field` is what to call it.
    pub(crate) fn read(field: &'static str, text: &str) -> Result<Self, Invalid> {
        read(field, text).map(Self)
    }
}

impl fmt::Display for NotificationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.hyphenated())
    }
}

impl fmt::Display for RecipientId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.hyphenated())
    }
}

/// Whether a text is a UUID with hyphens, in either case of letters.
#[must_use]
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == LENGTH && Uuid::try_parse(text).is_ok()
}

fn read(field: &'static str, text: &str) -> Result<Uuid, Invalid> {
    let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == LENGTH);
    uuid.ok_or_else(|| Invalid::Id { field, value: cut(text, MAX_QUOTED).into_owned() })
}

#[cfg(test)]
#[path = "tests/ids.rs"]
mod tests;
