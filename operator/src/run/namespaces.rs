//! Watches over the watched namespaces: which of them can be served, and what keeps the others from it.
//!
//! The process is ready when at least one can be, and nothing waits any longer for those that cannot; they are named in `/readyz`, in the
//! log, in the metric `namespace_watched` and, by the leader, in an Event. The state of a namespace is decided in
//! [`crate::run::namespace_state`]; that its deliveries are cancelled when it is gone is left to `cleanup/`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use delivery_controller::events::{Events, event};
use delivery_observability::Health;
use futures::future::select_all;
use k8s_openapi::api::core::v1::{Namespace as NamespaceObject, ObjectReference};
use kube::{Api, Client};
use kube_runtime::events::EventType;
use tokio::time::Instant;

use crate::base::api::answered;
use crate::base::metrics::Metrics;
use crate::base::objects::{Namespace, Objects};
use crate::leadership::guard::LeadershipGuard;
use crate::run::namespace_state::{Existence, NamespaceState};

/// How often the namespaces are looked at, if nothing changes.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long the question whether a namespace exists may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How long a look at all of them may take.
const ROUND_LIMIT: Duration = Duration::from_mins(2);

/// The requirement that is met when the namespaces are settled, and what it waits for.
pub(crate) const OBJECTS: (&str, &str) = ("objects", "Listing the Deliveries and DeliveryRoutes.");

/// What watching over the namespaces needs.
pub(crate) struct NamespaceWatch {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub guard: LeadershipGuard,
    pub health: Health,
    pub metrics: Metrics,
    pub events: Events,
    /// The operator's own pod, which the Events are about.
    pub pod: Option<ObjectReference>,
}

/// The state of a namespace at the last look, since when, and whether an Event says so.
struct Seen {
    state: NamespaceState,
    since: Instant,
    is_announced: bool,
}

impl NamespaceWatch {
    /// Watches forever.
    pub(crate) async fn run(self) {
        let heartbeat = self.health.heartbeat("namespaces", ROUND_LIMIT);
        let mut seen = HashMap::new();
        let mut listings = self.objects.listings();
        loop {
            for listing in &mut listings {
                listing.mark_unchanged();
            }
            heartbeat.during(self.look(&mut seen)).await;
            let changes = listings.iter_mut().map(|listing| {
                Box::pin(async {
                    // A watch that has ended changes nothing any more.
                    if listing.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
            });
            let _ = tokio::time::timeout(INTERVAL, select_all(changes)).await;
        }
    }

    async fn look(&self, seen: &mut HashMap<String, Seen>) {
        let (mut problems, mut settled, mut served) = (Vec::new(), true, false);
        for namespace in self.objects.namespaces() {
            let (state, sentence) = self.state(namespace).await;
            let name = namespace.name();
            self.objects.set_gone(name, state == NamespaceState::Gone);
            self.metrics.namespace_watched(name, state == NamespaceState::Watched);
            let before = seen.remove(name).filter(|before| before.state == state);
            let is_news = before.is_none();
            let now = before.unwrap_or_else(|| Seen { state, since: Instant::now(), is_announced: false });
            settled &= state.is_settled(now.since.elapsed());
            served |= state == NamespaceState::Watched;
            let is_announced = match &sentence {
                Some(sentence) => self.report(sentence, is_news, now.is_announced).await,
                None => false,
            };
            seen.insert(name.to_owned(), Seen { is_announced, ..now });
            problems.extend(sentence);
        }
        if settled && served {
            self.health.met(OBJECTS.0);
        }
        if settled {
            self.objects.settle();
        }
        self.health.dependency("namespaces", (!problems.is_empty()).then(|| problems.join(" ")));
    }

    /// The state of a namespace, and what is wrong with it.
    async fn state(&self, namespace: &Namespace) -> (NamespaceState, Option<String>) {
        let listings = [namespace.deliveries.listing.borrow().clone(), namespace.routes.listing.borrow().clone()];
        let problem = listings.iter().find_map(|listing| listing.problem());
        let existence = match problem {
            Some(_) => self.existence(namespace.name()).await,
            None => Existence::Unknown,
        };
        let state = NamespaceState::of(namespace.is_complete(), problem, existence);
        (state, state.sentence(namespace.name(), problem))
    }

    async fn existence(&self, namespace: &str) -> Existence {
        let api: Api<NamespaceObject> = Api::all(self.client.clone());
        match tokio::time::timeout(LIMIT, api.get(namespace)).await {
            Ok(Ok(found)) if found.metadata.deletion_timestamp.is_some() => Existence::Terminating,
            Ok(Ok(_)) => Existence::Exists,
            Ok(Err(error)) if answered(&error, 404) => Existence::Gone,
            Ok(Err(_)) | Err(_) => Existence::Unknown,
        }
    }

    /// Logs what is wrong when it is news, and announces it once, when this process leads: a standby may write nothing. Whether that is
    /// done.
    async fn report(&self, sentence: &str, is_news: bool, is_announced: bool) -> bool {
        if is_news {
            tracing::warn!("{sentence}");
        }
        let Some(pod) = self.pod.as_ref().filter(|_| !is_announced && self.guard.holds()) else { return is_announced };
        let event = event(EventType::Warning, "NamespaceNotWatched", "WatchNamespace", sentence);
        let _ = tokio::time::timeout(LIMIT, self.events.publish(&event, pod)).await;
        true
    }
}

#[cfg(test)]
#[path = "tests/namespaces.rs"]
mod tests;
