//! The ids of the notifications about a purchase, which follow from the purchase's own. Pure.
//!
//! The service of notifications derives them, so that news that it makes twice are one notification. No message says which purchase a
//! notification is about.

use sha2::{Digest as _, Sha256};
use uuid::Builder;

/// The kinds of news, as they are in the ids.
pub(crate) const NEWS: [&str; 9] =
    ["approved", "invoiced", "accepted", "under-way", "late", "nearly-there", "finished", "cancelled", "failed"];

/// The id of the notification with such news about a purchase: a UUID of version 8, from the SHA-256 of both.
pub(crate) fn notification(purchase: &str, news: &str) -> String {
    let mut bytes = [0; 16];
    for (byte, digest) in bytes.iter_mut().zip(Sha256::digest(format!("{purchase}/{news}"))) {
        *byte = digest;
    }
    Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

#[cfg(test)]
#[path = "tests/kin.rs"]
mod tests;
