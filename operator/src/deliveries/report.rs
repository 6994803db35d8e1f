//! Writes statuses by server-side apply: only when they differ, and within the budget. Publishes the Events of transitions.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_controller::events::Events;
use delivery_controller::status::{Write, apply};
use kube::Client;

use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::Objects;
use crate::base::subject::Subject;
use crate::deliveries::budget::{Budget, MAX_WRITES_PER_SECOND, Permit, Urgency};
use crate::deliveries::event::event;
use crate::deliveries::status::is_refresh;
use crate::deliveries::written::WrittenStatuses;
use crate::error::Error;

/// When to requeue an object that has changed since it was observed: the watch is about to return the change.
pub(crate) const OUTDATED: Duration = Duration::from_millis(500);

/// Writes the statuses of Deliveries.
pub(crate) struct StatusWriter {
    client: Client,
    events: Events,
    objects: Arc<Objects>,
    metrics: Metrics,
    budget: Budget,
    written: WrittenStatuses,
}

impl StatusWriter {
    #[must_use]
    pub(crate) fn new(client: Client, events: Events, objects: Arc<Objects>, metrics: Metrics) -> Self {
        let budget = Budget::new(MAX_WRITES_PER_SECOND);
        Self { client, events, objects, metrics, budget, written: WrittenStatuses::default() }
    }

    /// Gives an object the status that was written last, if the watch has not returned it yet.
    pub(crate) fn refresh(&self, subject: &mut Subject) {
        self.written.refresh(subject);
    }

    /// Writes a status if it differs and the budget allows it; returns how long to wait if it does not.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub(crate) async fn report(&self, subject: &Subject, new: &DeliveryStatus) -> Result<Option<Duration>, Error> {
        let old = subject.status.clone().unwrap_or_default();
        if old == *new {
            return Ok(None);
        }
        let urgency = if is_refresh(&old, new) { Urgency::Refresh } else { Urgency::Transition };
        match self.budget.ask(&subject.key.uid, urgency, self.refresh_interval(), Instant::now()) {
            Permit::RetryAfter(wait) => return Ok(Some(wait)),
            Permit::Granted => {}
        }
        let written = self.record(subject, new).await?;
        Ok((!written).then_some(OUTDATED))
    }

    /// Writes a status, and the Event of the transition, regardless of the budget: it must be recorded before the next step. False
    /// when the object is no longer as it was observed: gone, another of its name, or changed.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub(crate) async fn record(&self, subject: &Subject, new: &DeliveryStatus) -> Result<bool, Error> {
        let old = subject.status.clone().unwrap_or_default();
        if !self.write(subject, new).await? {
            return Ok(false);
        }
        self.metrics.status_written(if is_refresh(&old, new) { "refresh" } else { "transition" });
        if let Some(event) = event(&old, new) {
            self.events.publish(&event, &subject.object_reference()).await;
        }
        Ok(true)
    }

    /// The same without an Event.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub(crate) async fn write(&self, subject: &Subject, status: &DeliveryStatus) -> Result<bool, Error> {
        let version = self.written.resource_version(subject);
        match apply(&self.client, &subject.identity(), version.as_deref(), status, FIELD_MANAGER).await? {
            Write::Done(returned) => {
                self.written.note(&subject.key, &returned, status);
                Ok(true)
            }
            Write::Conflict | Write::Gone => {
                tracing::debug!(
                    namespace = subject.key.namespace,
                    delivery = subject.key.name,
                    "The status is outdated."
                );
                Ok(false)
            }
        }
    }

    /// How often the progress of one delivery is written.
    #[must_use]
    pub(crate) fn refresh_interval(&self) -> Duration {
        let phases = self.objects.phases();
        let running = phases.iter().find(|(phase, _)| *phase == DeliveryPhase::Running).map_or(0, |(_, count)| *count);
        self.budget.refresh_interval(running)
    }

    /// Forgets the objects that are gone.
    pub(crate) fn keep(&self, exists: &HashSet<String>) {
        self.written.keep(exists);
        self.budget.keep(exists);
    }
}
