//! The W3C trace context of a delivery: from the start request that made it, else one that follows from its uid. Pure.
//!
//! <https://www.w3.org/TR/trace-context/>: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, ids not all zero.

use delivery_api::Delivery;
use delivery_api::names::TRACEPARENT_ANNOTATION;
use kube::ResourceExt;
use sha2::{Digest, Sha256};

/// The trace context of a Delivery.
#[must_use]
pub fn of(delivery: &Delivery) -> String {
    let given = delivery.annotations().get(TRACEPARENT_ANNOTATION).filter(|text| is_valid(text));
    given.cloned().unwrap_or_else(|| made(&delivery.uid().unwrap_or_default()))
}

/// A trace context that is always the same for one delivery id, so that nobody needs to keep it.
#[must_use]
pub fn made(delivery_id: &str) -> String {
    let mut digits = format!("{:x}", Sha256::digest(delivery_id));
    digits.truncate(48);
    let (trace, parent) = digits.split_at(32);
    format!("00-{trace}-{parent}-01")
}

/// Whether a text is a trace context of the first version.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts.as_slice() else { return false };
    *version == "00"
        && (trace.len(), parent.len(), flags.len()) == (32, 16, 2)
        && parts.iter().all(|part| is_hex(part))
        && [trace, parent].iter().all(|id| id.bytes().any(|byte| byte != b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use delivery_api::DeliverySpec;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn delivery(annotation: &str) -> Delivery {
        let mut delivery = Delivery::new("primeiro", DeliverySpec::default());
        delivery.metadata.uid = Some("7d0c6a1e-0000-4000-8000-000000000001".to_owned());
        delivery.annotations_mut().insert(TRACEPARENT_ANNOTATION.to_owned(), annotation.to_owned());
        delivery
    }

    #[test]
    fn a_given_trace_is_kept_and_rubbish_is_replaced_by_one_that_stays() {
        assert_eq!(of(&delivery(GIVEN)), GIVEN);
        let made = of(&delivery("<script>"));
        assert!(is_valid(&made), "{made}");
        assert_eq!(made, of(&delivery("")));
        assert_ne!(made, super::made("another"));
    }

    #[test]
    fn only_what_the_standard_allows_is_valid() {
        assert!(is_valid(GIVEN));
        for text in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
