//! `customer.erased`: the customers who are to be forgotten. The record's key is the customer's id, which follows from the e-mail address.
//!
//! Whatever a customer did up to that time is forgotten by whoever keeps purchases, invoices or notifications, and also what of it is read
//! later, because a group's offsets were set back. So the list must live as long as the log. It holds neither names nor addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Millis;

/// A customer is to be forgotten, as long as this is the newest record of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerErased {
    /// When that was asked for. What the customer does later is not concerned.
    pub erased_at: Millis,
}

/// The id of the customer with an e-mail address: a UUID of version 8 (RFC 9562 §5.8) of the SHA-256 of the address in lower case.
#[must_use]
pub fn customer_id(email: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(email.to_lowercase().as_bytes()).into();
    hash.iter().take(16).enumerate().fold(String::with_capacity(36), |text, (place, byte)| {
        let hyphen = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
        let byte = match place {
            // The version, and the variant.
            6 => (byte & 0x0f) | 0x80,
            8 => (byte & 0x3f) | 0x80,
            _ => *byte,
        };
        text + &format!("{hyphen}{byte:02x}")
    })
}

#[cfg(test)]
#[path = "tests/customer.rs"]
mod tests;
