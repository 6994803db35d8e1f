//! How many deliveries have not ended, and whether one more may be started. No client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use delivery_api::names::CLIENT_ID_ANNOTATION;
use delivery_observability::locks::lock;
use kube::ResourceExt;

use crate::base::config::Requests;
use crate::base::objects::{GuardedDelivery, phase};
use crate::requests::outcome::{Refusal, Rejection};
use crate::requests::request::Request;

/// How long the watch may take to return a created Delivery.
const WATCH_DELAY: Duration = Duration::from_mins(1);

/// How many deliveries have not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Active {
    all: usize,
    /// Of the requesting client; 0 if it has no id.
    of_client: usize,
}

/// Whether one more may be started.
///
/// # Errors
/// When a limit is reached.
fn admit(request: &Request, active: Active, limits: &Requests) -> Result<(), Rejection> {
    if active.all >= limits.max_active {
        let refusal = Refusal::TooManyActive { active: active.all, max: limits.max_active };
        return Err(request.rejected(refusal));
    }
    if active.of_client >= limits.max_active_per_client {
        let refusal = Refusal::TooManyOfClient { active: active.of_client, max: limits.max_active_per_client };
        return Err(request.rejected(refusal));
    }
    Ok(())
}

/// The Deliveries that are being created, or that the watch has not returned yet: their clients by name, and since when.
type Clients = HashMap<String, (String, Instant)>;

/// The same, shared by all requests that are being served.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Clients>);

impl Recent {
    /// Admits a Delivery that is about to be created, if one more may be started. From then on it counts, so that of two that are created
    /// at the same time each knows of the other. `deliveries` are those that the watch has returned.
    ///
    /// # Errors
    /// When a limit is reached.
    pub(crate) fn admit(
        &self,
        request: &Request,
        name: &str,
        deliveries: impl FnOnce() -> Vec<Arc<GuardedDelivery>>,
        limits: &Requests,
    ) -> Result<(), Rejection> {
        let mut recent = lock(&self.0);
        // Not before: one that the watch returns meanwhile would be forgotten by another request, and missed by this one.
        let deliveries = deliveries();
        // An earlier attempt for the same request is no other delivery.
        recent.remove(name);
        let client = &request.direction.client_id;
        admit(request, count(&mut recent, client, &deliveries), limits)?;
        recent.insert(name.to_owned(), (client.clone(), Instant::now()));
        Ok(())
    }

    /// Forgets a Delivery that was not created after all.
    pub(crate) fn forget(&self, name: &str) {
        lock(&self.0).remove(name);
    }
}

/// Counts the deliveries that have not ended, including the recent ones.
fn count(recent: &mut Clients, client: &str, deliveries: &[Arc<GuardedDelivery>]) -> Active {
    let mut active = Active::default();
    let mut count = |of: Option<&str>| {
        active.all += 1;
        active.of_client += usize::from(!client.is_empty() && of == Some(client));
    };
    for delivery in deliveries {
        recent.remove(&delivery.name_any());
        if !phase(delivery).is_final() {
            count(delivery.annotations().get(CLIENT_ID_ANNOTATION).map(String::as_str));
        }
    }
    recent.retain(|_, (_, created)| created.elapsed() < WATCH_DELAY);
    for (client, _) in recent.values() {
        count(Some(client));
    }
    active
}

#[cfg(test)]
#[path = "tests/admission.rs"]
mod tests;
