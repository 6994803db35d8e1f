//! Names that are derived from what they name, so that creating an object twice yields one object.

use sha2::{Digest, Sha256};

/// The field manager of everything that the operator writes, and the controller that its Events name.
pub(crate) const FIELD_MANAGER: &str = "code-delivery-operator";

/// The name of the pod, and of its ConfigMap, of one attempt at a delivery: at most 63 characters.
#[must_use]
pub(crate) fn pod(delivery: &str, uid: &str, attempt: u32) -> String {
    format!("{delivery}-{}", hash(&format!("{uid}/{attempt}"), 8))
}

/// The name of the Delivery that a start request becomes. `turn` is 0, or the number of names that were taken by other requests.
#[must_use]
pub(crate) fn requested_delivery(route: &str, request: &str, turn: u32) -> String {
    let identity = if turn == 0 { request.to_owned() } else { format!("{request}#{turn}") };
    format!("{route}-{}", hash(&identity, 12))
}

/// The first hexadecimal digits of the SHA-256 of a text.
fn hash(text: &str, digits: usize) -> String {
    let mut hash = format!("{:x}", Sha256::digest(text));
    hash.truncate(digits);
    hash
}

#[cfg(test)]
#[path = "tests/names.rs"]
mod tests;
