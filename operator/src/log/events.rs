//! Writes the Events of deliveries into their plans, for those who cannot ask the API server: see [`delivery_messages::deliveries::event`].
//!
//! Apart from the reconciliations: no decision depends on an Event, so nothing waits for one to be written, and while Kafka is away they
//! are only late. Those of a short time are written together.

use std::time::Duration;

use delivery_messages::deliveries::event;
use delivery_messages::records::text;
use delivery_messages::{DeliveryEvent, Millis, Plan, Topic};
use delivery_observability::Heartbeat;
use futures::future::join_all;
use jiff::Timestamp;
use kube_runtime::events::{Event, EventType};
use tokio::time::sleep;

use crate::log::connection::Log;

/// How long Events are gathered.
const GATHER: Duration = Duration::from_secs(1);
/// When what Kafka did not accept is written again.
const RETRY: Duration = Duration::from_secs(10);
/// How many plans are written at once.
const AT_ONCE: usize = 100;
/// How long writing them may take.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

impl Log {
    /// Notes an Event of a delivery; it is written soon.
    pub(crate) fn note_event(&self, delivery_id: &str, event: &Event) {
        self.tables.plans.note(delivery_id, noted(event, Timestamp::now().as_millisecond()));
        self.noted.notify_one();
    }

    /// Writes what is noted, forever.
    pub(crate) async fn write_events(&self, heartbeat: &Heartbeat) {
        loop {
            if let Some(delay) = heartbeat.during(self.write_noted()).await {
                sleep(delay).await;
            } else {
                self.noted.notified().await;
                sleep(GATHER).await;
            }
        }
    }

    /// Writes the Events of some plans. When to write those that are left; `None` when none is.
    pub(crate) async fn write_noted(&self) -> Option<Duration> {
        let plans = &self.tables.plans;
        let noted = plans.take_noted(AT_ONCE);
        let written = join_all(noted.iter().map(|(plan, trace)| self.write_events_of(plan, trace.as_deref()))).await;
        let failed = || noted.iter().zip(&written).filter(|(_, is_written)| !**is_written);
        plans.note_again(failed().map(|((plan, _), _)| plan.delivery_id.clone()));
        if failed().next().is_some() {
            return Some(RETRY);
        }
        plans.has_noted().then_some(GATHER)
    }

    /// Whether Kafka accepted them.
    async fn write_events_of(&self, plan: &Plan, trace: Option<&str>) -> bool {
        // There may be a newer plan, after which this one must not be written.
        if self.reading.borrow().of_key(Topic::Plan, &plan.delivery_id).is_some() {
            return false;
        }
        let written = self.writer.write(Topic::Plan, &plan.delivery_id, plan, trace).await;
        if let Err(error) = &written {
            let (namespace, delivery) = (&plan.namespace, &plan.name);
            tracing::debug!(namespace, delivery, %error, "Cannot write the Events of a delivery to Kafka yet; retrying.");
        }
        written.is_ok()
    }
}

/// An Event as a plan has it.
fn noted(event: &Event, at: Millis) -> DeliveryEvent {
    DeliveryEvent {
        reason: event.reason.clone(),
        message: text::cut(event.note.as_deref().unwrap_or_default(), event::MAX_MESSAGE).into_owned(),
        warning: matches!(event.type_, EventType::Warning),
        first: at,
        last: at,
        count: 1,
    }
}

#[cfg(test)]
#[path = "tests/events.rs"]
mod tests;
