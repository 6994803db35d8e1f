//! A customer's e-mail address, and the id of the customer that follows from it.
//!
//! The form is that of RFC 5321 without quotes, comments and address literals, which no shop sees, and in ASCII alone, because not every
//! mail server takes others. Whether mail arrives there is found out by sending some.

use std::fmt;

use sha2::{Digest, Sha256};
use uuid::Builder;

/// The maximum length of an address, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_LENGTH: usize = 254;
/// The maximum length of the part before the `@`.
const MAX_LOCAL: usize = 64;
/// The maximum length of a part of the domain.
const MAX_LABEL: usize = 63;

/// An e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(crate) fn read(text: String) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("it has a control character, such as a line break; leave it out".to_owned());
        }
        if text.len() > MAX_LENGTH {
            return Err(format!("it has {} bytes; at most {MAX_LENGTH} are allowed", text.len()));
        }
        let is_address = text.rsplit_once('@').is_some_and(|(local, domain)| is_local(local) && is_domain(domain));
        if is_address {
            Ok(Self(text))
        } else {
            Err("it is no e-mail address; write one like name@example.com".to_owned())
        }
    }

    /// An address that was valid when it was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the customer with this address.
    pub(crate) fn customer_id(&self) -> String {
        delivery_messages::sales::customer::customer_id(&self.0)
    }
}

impl fmt::Debug for Email {
    /// Without the address, which is nobody's business in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(…)")
    }
}

/// The UUID of version 8 that follows from bytes: the first half of their SHA-256.
pub(super) fn uuid_of(bytes: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let mut half = [0; 16];
    half.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    Builder::from_custom_bytes(half).into_uuid().to_string()
}

fn is_local(local: &str) -> bool {
    let fits = |letter: u8| letter.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&letter);
    local.len() <= MAX_LOCAL && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(fits))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let fits = label.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
        (1..=MAX_LABEL).contains(&label.len()) && fits && !label.starts_with('-') && !label.ends_with('-')
    })
}

#[cfg(test)]
#[path = "tests/email.rs"]
mod tests;
