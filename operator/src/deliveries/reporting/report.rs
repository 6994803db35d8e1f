//! Writes statuses by server-side apply: only when they differ, and within the budget. Publishes the Events of transitions.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_api::{DeliveryPhase, DeliveryStatus};
use delivery_controller::events::Events;
use delivery_controller::status::{Write, apply};
use jiff::Timestamp;
use kube::Client;
use kube_runtime::events::Event;

use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::Objects;
use crate::base::subject::Subject;
use crate::deliveries::reporting::budget::{Budget, MAX_WRITES_PER_SECOND, Permit, Urgency};
use crate::deliveries::reporting::event::event;
use crate::deliveries::reporting::status::is_refresh;
use crate::deliveries::reporting::waits::{Waits, cause};
use crate::deliveries::reporting::written::WrittenStatuses;
use crate::error::Error;
use crate::log::connection::Log;

/// When to requeue an object that has changed since it was observed: the watch is about to return the change.
pub(crate) const OUTDATED: Duration = Duration::from_millis(500);

/// Writes the statuses of Deliveries.
pub(crate) struct StatusWriter {
    client: Client,
    events: Events,
    log: Arc<Log>,
    objects: Arc<Objects>,
    metrics: Metrics,
    budget: Budget,
    written: WrittenStatuses,
    waits: Waits,
}

impl StatusWriter {
    #[must_use]
    pub(crate) fn new(client: Client, events: Events, log: Arc<Log>, objects: Arc<Objects>, metrics: Metrics) -> Self {
        let budget = Budget::new(MAX_WRITES_PER_SECOND);
        let (written, waits) = (WrittenStatuses::default(), Waits::default());
        Self { client, events, log, objects, metrics, budget, written, waits }
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
        self.measure(subject, &old, new);
        if let Some(event) = event(&old, new) {
            self.announce(subject, &event).await;
        }
        Ok(true)
    }

    /// Measures what a delivery has waited for.
    fn measure(&self, subject: &Subject, old: &DeliveryStatus, new: &DeliveryStatus) {
        let delays = self.metrics.delays();
        if let Some((cause, wait)) = self.waits.note(&subject.key.uid, cause(new), Instant::now()) {
            delays.waited(cause, wait);
        }
        if let (None, Some(_), Some(created)) = (&old.started_at, &new.started_at, subject.created_at) {
            // The API server's clock may be ahead of ours.
            let delay = Duration::try_from(Timestamp::now().duration_since(created)).unwrap_or_default();
            delays.started(delay, &subject.traceparent);
        }
    }

    /// Publishes an Event about an object, in the cluster and in its plan.
    pub(crate) async fn announce(&self, subject: &Subject, event: &Event) {
        self.log.note_event(&subject.key.uid, event);
        self.events.publish(event, &subject.object_reference()).await;
    }

    /// The same as [`Self::record`] without an Event.
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
        self.waits.keep(exists);
    }
}
