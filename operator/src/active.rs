//! How many deliveries have not ended, and whether one more may be started. Pure but for the time of what was created a moment ago.

use crate::inbox::Rejection;
use crate::objects::{GuardedDelivery, phase};
use crate::requests::Request;
use delivery_api::names::CLIENT_ID_ANNOTATION;
use kube::ResourceExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a created Delivery may take to come back by the watch.
const ECHO: Duration = Duration::from_mins(1);

/// How many deliveries have not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// In all.
    pub all: usize,
    /// Of the client that asks; 0 for one without a name.
    pub of_client: usize,
}

/// Whether one more may be started.
///
/// # Errors
/// When it is one too many.
pub fn admit(request: &Request, active: Active, most: usize, most_of_client: usize) -> Result<(), Rejection> {
    if active.all >= most {
        let message =
            format!("{} deliveries are under way, and no more than {most} may be; try again later.", active.all);
        return Err(request.rejected("TooManyActive", message));
    }
    if active.of_client >= most_of_client {
        let message = format!(
            "This client has {} deliveries under way, and may have no more than {most_of_client}; try again later.",
            active.of_client
        );
        return Err(request.rejected("TooManyActive", message));
    }
    Ok(())
}

/// The Deliveries that were created a moment ago and that the watch has not brought yet: name, and whose.
#[derive(Debug, Default)]
pub struct Recent(Mutex<HashMap<String, (String, Instant)>>);

impl Recent {
    /// Notes that a Delivery was created.
    pub fn note(&self, name: String, client: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, (client, Instant::now()));
    }

    /// Counts what has not ended, the newest included.
    #[must_use]
    pub fn active(&self, client: &str, deliveries: &[Arc<GuardedDelivery>]) -> Active {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        recent.retain(|_, (_, created)| created.elapsed() < ECHO);
        recent.values().for_each(|(client, _)| count(Some(client)));
        active
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::{Origin, read};

    const PLACE: &str = "route.new-direction/0/41";

    #[test]
    fn one_too_many_is_rejected_with_the_limit() {
        let origin = Origin { place: PLACE.to_owned(), ..Origin::default() };
        let request = read(&origin, Some(br#"{"routeId":"1","clientId":"a"}"#)).unwrap();
        assert_eq!(admit(&request, Active { all: 2, of_client: 1 }, 3, 2), Ok(()));
        let in_all = admit(&request, Active { all: 3, of_client: 0 }, 3, 2).unwrap_err();
        assert!(in_all.message.contains("no more than 3"), "{}", in_all.message);
        let of_client = admit(&request, Active { all: 2, of_client: 2 }, 3, 2).unwrap_err();
        assert_eq!(of_client.reason, "TooManyActive");
        assert!(of_client.message.contains("This client"), "{}", of_client.message);
        assert_eq!(of_client.request_id.as_deref(), Some(PLACE));
    }

    fn running(name: &str, client: &str, phase: &str) -> Arc<GuardedDelivery> {
        let manifest = format!(
            "{{ apiVersion: codedelivery.dev/v1alpha1, kind: Delivery, metadata: {{ name: {name}, annotations: {{ {CLIENT_ID_ANNOTATION}: {client} }} }}, spec: {{}}, status: {{ phase: {phase} }} }}"
        );
        Arc::new(serde_yaml::from_str(&manifest).unwrap())
    }

    #[test]
    fn those_that_the_watch_has_not_brought_yet_count_once() {
        let recent = Recent::default();
        let deliveries =
            [running("a", "me", "Running"), running("b", "me", "Finished"), running("c", "you", "Pending")];
        assert_eq!(recent.active("me", &deliveries), Active { all: 2, of_client: 1 });
        recent.note("d".to_owned(), "me".to_owned());
        recent.note("a".to_owned(), "me".to_owned());
        assert_eq!(recent.active("me", &deliveries), Active { all: 3, of_client: 2 });
        assert_eq!(
            recent.active("", &deliveries),
            Active { all: 3, of_client: 0 },
            "without a name, nobody is counted"
        );
    }
}
