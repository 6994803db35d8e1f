//! Removes from Kafka what nobody needs any more: plans and states of deliveries that have been over for long, revisions of routes
//! that have not been offered for long. What counts as long is for [`crate::retention`].
//!
//! First plans, then states: a state without a plan is nobody's, but a plan without a state would be a delivery that has yet
//! to start. The states' one writer is the simulator; that of such a delivery is long gone.

use crate::context::Context;
use crate::log::WriteError;
use crate::{catalogue, removal, retention::Retention};
use delivery_messages::{Millis, Topic};

/// The most keys of one topic that are removed at once; the rest follows at the next time.
const MOST: usize = 500;

/// Removes what has expired by now.
///
/// # Errors
/// When Kafka does not take it; the rest is removed another time.
pub async fn expire(context: &Context, now: Millis) -> Result<(), WriteError> {
    let retention = Retention::of(&context.config);
    let mut removed = 0;
    for id in context.plans.expired(&context.installation(), &retention, now, MOST) {
        removal::plan(context, &id, now).await?;
        removed += 1;
    }
    for id in context.states.expired(|id| context.plans.knows(id), retention.ended, now, MOST) {
        removal::state(context, &id, now).await?;
        removed += 1;
    }
    let needed = context.plans.routes();
    let namespaces = &context.config.watch_namespaces;
    for key in context.catalogue.expired(namespaces, retention.ended, now, |key| needed.contains(key)) {
        if catalogue::remove(&context.catalogue, &context.log, &key, || context.plans.routes()).await? {
            context.metrics.tombstone(Topic::Catalogue);
            removed += 1;
        }
    }
    if removed > 0 {
        tracing::info!(removed, "Keys of what ended long ago were removed from Kafka.");
    }
    Ok(())
}
