//! The Events of a delivery, as `kubectl describe delivery` lists them: the newest few, in its plan. For those who have no access to
//! the Kubernetes API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// How many Events a plan holds at most.
pub const MAX_EVENTS: usize = 10;
/// The longest message of one in bytes; whoever writes it cuts it.
pub const MAX_MESSAGE: usize = 512;

/// An Event of the Delivery, with its repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryEvent {
    /// Why, in one word: a stable name.
    pub reason: String,
    /// What happened, as a sentence.
    pub message: String,
    /// Whether its type is `Warning`, not `Normal`.
    pub warning: bool,
    /// When it happened first.
    pub first: Millis,
    /// When it happened last.
    pub last: Millis,
    /// How often it happened.
    pub count: u32,
}

impl DeliveryEvent {
    fn repeats(&self, other: &Self) -> bool {
        self.reason == other.reason && self.message == other.message && self.warning == other.warning
    }
}

/// Adds what has happened to a delivery's Events. One that has happened before is counted; beyond [`MAX_EVENTS`] the oldest leave. The
/// newest is last, and later than all before it even if the clock is not, so that of two lists the newer one is known.
pub fn add(events: &mut Vec<DeliveryEvent>, event: DeliveryEvent) {
    let last = event.last.max(newest(events).saturating_add(1));
    let known = events.iter().position(|known| known.repeats(&event)).map(|place| events.remove(place));
    events.push(match known {
        Some(known) => DeliveryEvent { last, count: known.count.saturating_add(event.count), ..known },
        None => DeliveryEvent { last, ..event },
    });
    let surplus = events.len().saturating_sub(MAX_EVENTS);
    events.drain(..surplus);
}

/// When the last of them happened; less than any time when there are none.
#[must_use]
pub fn newest(events: &[DeliveryEvent]) -> Millis {
    events.last().map_or(Millis::MIN, |event| event.last)
}

#[cfg(test)]
#[path = "tests/event.rs"]
mod tests;
