//! Removes keys from the compacted topics: the tombstone, and the tables that must know of it. Whose keys, and when, is for
//! [`crate::expiry`] and [`crate::erasure`].

use crate::context::Context;
use crate::log::WriteError;
use delivery_messages::{Millis, Topic};

/// The most second tombstones that are written at once.
const MOST: usize = 500;

/// Removes the plan of a delivery.
///
/// # Errors
/// When Kafka does not take the tombstone.
pub async fn plan(context: &Context, id: &str, now: Millis) -> Result<(), WriteError> {
    context.log.remove(Topic::Plan, id).await?;
    context.plans.removed(id);
    gone(context, Topic::Plan, id, now);
    Ok(())
}

/// Removes the state of a delivery that nobody writes any more.
///
/// # Errors
/// When Kafka does not take the tombstone.
pub async fn state(context: &Context, id: &str, now: Millis) -> Result<(), WriteError> {
    context.log.remove(Topic::State, id).await?;
    context.states.read(id, None, now);
    gone(context, Topic::State, id, now);
    Ok(())
}

fn gone(context: &Context, topic: Topic, id: &str, now: Millis) {
    context.lingering.note(topic, id, now);
    context.metrics.tombstone(topic);
}

/// Writes the second tombstones that are due: see [`crate::lingering`].
///
/// # Errors
/// When Kafka does not take one; the rest is written another time.
pub async fn again(context: &Context, now: Millis) -> Result<(), WriteError> {
    for (topic, key) in context.lingering.due(now, MOST) {
        let in_use = if topic == Topic::Plan { context.plans.knows(&key) } else { context.states.get(&key).is_some() };
        if !in_use {
            context.log.remove(topic, &key).await?;
        }
        context.lingering.done(topic, &key);
    }
    Ok(())
}

#[cfg(test)]
#[path = "removal_tests.rs"]
mod tests;
