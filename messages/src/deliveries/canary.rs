//! The canary's deliveries, and how everybody tells them apart from real traffic: by their courier, which is no person.
//!
//! [`is_canary`] is the one predicate. Who follows it:
//! - the operator deletes a canary's Delivery a minute after its end ([`TTL_SECONDS`]), whatever holds for requested deliveries;
//! - the gateway leaves them out of `GET /deliveries`, and of the lists and counts of deliveries and requests under `/history…`, unless the
//!   query names their courier;
//! - the page leaves them off the map, its list and its counts (`web/src/names.ts` repeats the name); the page of one delivery shows it.
//!
//! Who does not: the WebSocket sends them like all others, because all clients share its bytes, and each delivery names its courier. Metrics count them. Positions in the index carry no courier, so what is computed from positions alone (heat, near,
//! speeds, delays) has them.

/// The courier of the canary's deliveries.
pub const COURIER: &str = "code-delivery-canary";

/// How long the object of one that has ended is kept.
pub const TTL_SECONDS: u32 = 60;

/// Whether deliveries with this courier are the canary's.
#[must_use]
pub fn is_canary(courier: &str) -> bool {
    courier == COURIER
}
