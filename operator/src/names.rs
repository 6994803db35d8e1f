//! Names that follow from what they name, so that whoever makes an object twice makes the same one.

use sha2::{Digest, Sha256};

/// The name of the pod, and of its ConfigMap, of one attempt at a delivery: at most 63 characters.
#[must_use]
pub fn pod(delivery: &str, uid: &str, attempt: u32) -> String {
    format!("{delivery}-{}", hash(&format!("{uid}/{attempt}"), 8))
}

/// The name of the Delivery that a start request becomes. `turn` is 0, or counts the names that another request has taken.
#[must_use]
pub fn requested_delivery(route: &str, request: &str, turn: u32) -> String {
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
mod tests {
    use super::*;
    use delivery_api::names::{MAX_DELIVERY_NAME, MAX_ROUTE_NAME};

    #[test]
    fn the_longest_names_fit_in_63_characters() {
        assert_eq!(pod(&"d".repeat(MAX_DELIVERY_NAME), "uid", 1).len(), 63);
        assert_eq!(requested_delivery(&"r".repeat(MAX_ROUTE_NAME), "request", 0).len(), MAX_DELIVERY_NAME);
    }

    #[test]
    fn another_attempt_another_object_and_another_request_have_other_names() {
        assert_eq!(pod("primeiro", "u1", 1), pod("primeiro", "u1", 1));
        assert_ne!(pod("primeiro", "u1", 1), pod("primeiro", "u1", 2));
        assert_ne!(pod("primeiro", "u1", 1), pod("primeiro", "u2", 1));
        assert_ne!(requested_delivery("primeiro", "a", 0), requested_delivery("primeiro", "b", 0));
        assert_ne!(requested_delivery("primeiro", "a", 0), requested_delivery("primeiro", "a", 1));
    }
}
