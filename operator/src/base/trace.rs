//! The W3C trace context of a delivery: that of its start request, else one derived from its uid. Pure.
//!
//! <https://www.w3.org/TR/trace-context/>: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, ids not all zero.

use delivery_api::Delivery;
use delivery_api::names::TRACEPARENT_ANNOTATION;
use kube::ResourceExt;
use sha2::{Digest, Sha256};

/// The trace context of a Delivery.
#[must_use]
pub(crate) fn of(delivery: &Delivery, uid: &str) -> String {
    let given = delivery.annotations().get(TRACEPARENT_ANNOTATION).filter(|text| is_valid(text));
    given.cloned().unwrap_or_else(|| derived(uid))
}

/// The trace context that follows from a delivery id, so that it need not be stored.
#[must_use]
pub(crate) fn derived(delivery_id: &str) -> String {
    let mut digits = format!("{:x}", Sha256::digest(delivery_id));
    digits.truncate(48);
    let (trace, parent) = digits.split_at(32);
    format!("00-{trace}-{parent}-01")
}

/// Whether a text is a trace context of the first version.
#[must_use]
pub(crate) fn is_valid(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts.as_slice() else { return false };
    *version == "00"
        && (trace.len(), parent.len(), flags.len()) == (32, 16, 2)
        && parts.iter().all(|part| is_hex(part))
        && [trace, parent].iter().all(|id| id.bytes().any(|byte| byte != b'0'))
}

#[cfg(test)]
#[path = "tests/trace.rs"]
mod tests;
