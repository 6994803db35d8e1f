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
pub(crate) struct Active {
    pub all: usize,
    /// Of the requesting client; 0 if it has no id.
    pub of_client: usize,
}

/// Whether one more may be started.
///
/// # Errors
/// When a limit is reached.
pub(crate) fn admit(request: &Request, active: Active, limits: &Requests) -> Result<(), Rejection> {
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

/// The Deliveries that were just created and that the watch has not returned yet: their clients by name.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<HashMap<String, (String, Instant)>>);

impl Recent {
    /// Notes a Delivery that was just created.
    pub(crate) fn note(&self, name: String, client: String) {
        lock(&self.0).insert(name, (client, Instant::now()));
    }

    /// Counts the deliveries that have not ended, including those that were just created.
    #[must_use]
    pub(crate) fn active(&self, client: &str, deliveries: &[Arc<GuardedDelivery>]) -> Active {
        let mut recent = lock(&self.0);
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
        recent.values().for_each(|(client, _)| count(Some(client)));
        active
    }
}

#[cfg(test)]
#[path = "tests/admission.rs"]
mod tests;
