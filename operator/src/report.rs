//! Writes statuses: by server-side apply, only when they differ, and no more often than the budget allows.

use crate::announce;
use crate::budget::{Answer, Urgency};
use crate::context::{Context, MANAGER};
use crate::error::{Error, answered};
use crate::status::is_refresh;
use delivery_api::{Delivery, DeliveryPhase, DeliveryStatus};
use kube::api::{Patch, PatchParams};
use kube::{Api, Resource, ResourceExt};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When an object that has changed in the meantime is looked at again: its change is on the way to the watch.
pub const OUTDATED: Duration = Duration::from_millis(500);

/// The statuses that were written and may not have come back by the watch yet, by uid.
///
/// Without it, a reconciliation that follows at once would decide by what was true before.
#[derive(Debug, Default)]
pub struct Written(Mutex<HashMap<String, (u64, DeliveryStatus)>>);

impl Written {
    /// The status that was written last and its resource version, if the watch has not brought it yet.
    fn newest(&self, delivery: &Delivery) -> Option<(u64, DeliveryStatus)> {
        let uid = delivery.uid()?;
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = written.get(&uid)?;
        if revision(delivery).is_some_and(|seen| seen < newest.0) {
            return Some(newest.clone());
        }
        written.remove(&uid);
        None
    }

    /// Gives an object the status that was written last, if the watch has not brought it yet.
    pub fn refresh(&self, delivery: &mut Delivery) {
        if let Some((version, status)) = self.newest(delivery) {
            delivery.metadata.resource_version = Some(version.to_string());
            delivery.status = Some(status);
        }
    }

    fn note(&self, answer: &Delivery, status: &DeliveryStatus) {
        if let (Some(uid), Some(version)) = (answer.uid(), revision(answer)) {
            let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            written.insert(uid, (version, status.clone()));
        }
    }

    /// Forgets the objects that are gone.
    pub fn keep(&self, exists: &HashSet<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| exists.contains(uid));
    }
}

/// Resource versions of one kind grow (KEP-5504).
fn revision(delivery: &Delivery) -> Option<u64> {
    delivery.resource_version()?.parse().ok()
}

/// Writes a status if it differs and the budget has room. Tells how long to wait if it has none.
///
/// # Errors
/// When the API server refuses it.
pub async fn report(context: &Context, delivery: &Delivery, new: &DeliveryStatus) -> Result<Option<Duration>, Error> {
    let old = delivery.status.clone().unwrap_or_default();
    if old == *new {
        return Ok(None);
    }
    let uid = delivery.uid().unwrap_or_default();
    let urgency = if is_refresh(&old, new) { Urgency::Refresh } else { Urgency::Transition };
    let interval = refresh_interval(context);
    match context.budget.ask(&uid, urgency, interval, Instant::now()) {
        Answer::Later(wait) => return Ok(Some(wait)),
        Answer::Granted => {}
    }
    if !record(context, delivery, new).await? {
        return Ok(Some(OUTDATED));
    }
    Ok(None)
}

/// Writes a status, and the Event of the transition, whether or not the budget has room: something that must be fixed before the
/// next step. False when the object is not as it was when the status was decided: gone, another of its name, or changed.
///
/// # Errors
/// When the API server refuses it.
pub async fn record(context: &Context, delivery: &Delivery, new: &DeliveryStatus) -> Result<bool, Error> {
    let old = delivery.status.clone().unwrap_or_default();
    if !write(context, delivery, new).await? {
        return Ok(false);
    }
    context.metrics.status_written(if is_refresh(&old, new) { "refresh" } else { "transition" });
    if let Some(event) = announce::event(&old, new)
        && let Err(error) = context.recorder.publish(&event, &delivery.object_ref(&())).await
    {
        tracing::warn!(delivery = delivery.name_any(), reason = event.reason, %error, "An event could not be written.");
    }
    Ok(true)
}

/// The same without an Event.
///
/// # Errors
/// When the API server refuses it.
pub async fn write(context: &Context, delivery: &Delivery, status: &DeliveryStatus) -> Result<bool, Error> {
    let api: Api<Delivery> = Api::namespaced(context.client.clone(), &delivery.namespace().unwrap_or_default());
    let name = delivery.name_any();
    // What we have written ourselves since it was looked at is no change.
    let version = context.written.newest(delivery).map(|(version, _)| version.to_string());
    // With its uid, so that another object of the same name is never given this status.
    let body = json!({
        "apiVersion": Delivery::api_version(&()),
        "kind": Delivery::kind(&()),
        "metadata": {
            "name": name, "uid": delivery.uid(), "resourceVersion": version.or_else(|| delivery.resource_version()),
        },
        "status": status,
    });
    match api.patch_status(&name, &PatchParams::apply(MANAGER).force(), &Patch::Apply(&body)).await {
        Ok(answer) => {
            context.written.note(&answer, status);
            Ok(true)
        }
        Err(error) if answered(&error, 404) || answered(&error, 409) => {
            tracing::debug!(delivery = name, %error, "A status is outdated.");
            Ok(false)
        }
        Err(error) => Err(Error::api("write the status")(error)),
    }
}

/// How long the progress of one delivery stays as it was written.
#[must_use]
pub fn refresh_interval(context: &Context) -> Duration {
    let phases = context.objects.phases();
    let running = phases.iter().find(|(phase, _)| *phase == DeliveryPhase::Running).map_or(0, |(_, count)| *count);
    context.budget.refresh_interval(running)
}
