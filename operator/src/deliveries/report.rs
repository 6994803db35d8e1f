//! Writes statuses by server-side apply: only when they differ, and within the budget. Publishes the Events of transitions.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use delivery_api::{Delivery, DeliveryPhase, DeliveryStatus};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource};
use kube_runtime::events::Recorder;
use serde_json::json;

use crate::base::api::answered;
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
pub const OUTDATED: Duration = Duration::from_millis(500);

/// Writes the statuses of Deliveries.
pub struct StatusWriter {
    client: Client,
    recorder: Recorder,
    objects: Arc<Objects>,
    metrics: Metrics,
    budget: Budget,
    written: WrittenStatuses,
}

impl StatusWriter {
    #[must_use]
    pub fn new(client: Client, recorder: Recorder, objects: Arc<Objects>, metrics: Metrics) -> Self {
        let budget = Budget::new(MAX_WRITES_PER_SECOND);
        Self { client, recorder, objects, metrics, budget, written: WrittenStatuses::default() }
    }

    /// Gives an object the status that was written last, if the watch has not returned it yet.
    pub fn refresh(&self, subject: &mut Subject) {
        self.written.refresh(subject);
    }

    /// Writes a status if it differs and the budget allows it; returns how long to wait if it does not.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn report(&self, subject: &Subject, new: &DeliveryStatus) -> Result<Option<Duration>, Error> {
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
    pub async fn record(&self, subject: &Subject, new: &DeliveryStatus) -> Result<bool, Error> {
        let old = subject.status.clone().unwrap_or_default();
        if !self.write(subject, new).await? {
            return Ok(false);
        }
        self.metrics.status_written(if is_refresh(&old, new) { "refresh" } else { "transition" });
        if let Some(event) = event(&old, new)
            && let Err(error) = self.recorder.publish(&event, &subject.object_reference()).await
        {
            let (namespace, delivery, reason) = (&subject.key.namespace, &subject.key.name, &event.reason);
            tracing::warn!(namespace, delivery, reason, %error, "Cannot publish an event.");
        }
        Ok(true)
    }

    /// The same without an Event.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn write(&self, subject: &Subject, status: &DeliveryStatus) -> Result<bool, Error> {
        let (namespace, name) = (&subject.key.namespace, &subject.key.name);
        let api: Api<Delivery> = Api::namespaced(self.client.clone(), namespace);
        // With the uid, so that another object of the same name never gets this status.
        let body = json!({
            "apiVersion": Delivery::api_version(&()),
            "kind": Delivery::kind(&()),
            "metadata": {
                "name": name, "uid": subject.key.uid, "resourceVersion": self.written.resource_version(subject),
            },
            "status": status,
        });
        match api.patch_status(name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&body)).await {
            Ok(returned) => {
                self.written.note(&subject.key, &returned, status);
                Ok(true)
            }
            Err(error) if answered(&error, 404) || answered(&error, 409) => {
                tracing::debug!(namespace, delivery = name, %error, "The status is outdated.");
                Ok(false)
            }
            Err(error) => Err(Error::api("write the status of the Delivery")(error)),
        }
    }

    /// How often the progress of one delivery is written.
    #[must_use]
    pub fn refresh_interval(&self) -> Duration {
        let phases = self.objects.phases();
        let running = phases.iter().find(|(phase, _)| *phase == DeliveryPhase::Running).map_or(0, |(_, count)| *count);
        self.budget.refresh_interval(running)
    }

    /// Forgets the objects that are gone.
    pub fn keep(&self, exists: &HashSet<String>) {
        self.written.keep(exists);
        self.budget.keep(exists);
    }
}
