//! Withdraws route revisions that new deliveries can no longer use: they stay in the catalogue, unlisted, until they expire.

use std::collections::HashMap;
use std::time::Duration;

use delivery_messages::{Route, Topic};
use kube::{Resource, ResourceExt};
use tokio::time::timeout;

use crate::base::objects::GuardedRoute;
use crate::cleanup::cleaner::Cleaner;
use crate::error::Error;
use crate::log::refused::RefusedPartitions;

/// How long reading one from Kafka may take.
const LIMIT: Duration = Duration::from_secs(10);

impl Cleaner {
    /// Withdraws these revisions.
    ///
    /// # Errors
    /// When Kafka does not answer; the rest is withdrawn in a later round.
    pub(crate) async fn withdraw_routes(&self) -> Result<(), Error> {
        // In a namespace that is not listed, every route would look deleted.
        let namespaces = self.objects.known();
        let offered = self.offered(&namespaces);
        let mut refused = RefusedPartitions::default();
        let stays = |key: &str| is_offered(&offered, key) || !self.log.has_read(Topic::Catalogue, key);
        for key in self.log.tables.catalogue.outdated(&namespaces, stays) {
            let place = self.log.place(Topic::Catalogue, &key);
            if refused.contains(place) {
                continue;
            }
            // The partition of one cannot be read just now; it follows in a later round.
            let Ok(route) = timeout(LIMIT, self.log.read_route(&key)).await else { continue };
            if let Some(route) = route? {
                let unlisted = Route { listed: false, ..route };
                if refused.attempt(place, self.log.publish_route(&unlisted)).await?.is_some() {
                    tracing::info!(key, "Withdrew a route revision that is no longer offered.");
                }
            }
        }
        Ok(refused.end()?)
    }

    fn offered(&self, namespaces: &[String]) -> Offered {
        let routes = namespaces
            .iter()
            .flat_map(|namespace| self.objects.routes(namespace).into_iter().map(move |route| (namespace, route)));
        routes.map(|(namespace, route)| ((namespace.clone(), route.name_any()), offer(&route))).collect()
    }
}

/// What new deliveries may use, by namespace and name of the route.
type Offered = HashMap<(String, String), Offer>;

/// What one route offers.
#[derive(Debug, PartialEq, Eq)]
enum Offer {
    /// Not examined since it changed.
    Undecided,
    /// It cannot be used.
    Nothing,
    Revision(String),
}

fn offer(route: &GuardedRoute) -> Offer {
    let status = route.0.as_ref().ok().and_then(|route| route.status.as_ref());
    match status.filter(|status| status.observed_generation == route.meta().generation) {
        None => Offer::Undecided,
        Some(status) => status.revision.clone().map_or(Offer::Nothing, Offer::Revision),
    }
}

fn is_offered(offered: &Offered, key: &str) -> bool {
    let Some((name, revision)) = key.rsplit_once('@') else { return false };
    let Some((namespace, name)) = name.split_once('/') else { return false };
    match offered.get(&(namespace.to_owned(), name.to_owned())) {
        None | Some(Offer::Nothing) => false,
        Some(Offer::Undecided) => true,
        Some(Offer::Revision(current)) => current == revision,
    }
}

#[cfg(test)]
#[path = "tests/withdraw.rs"]
mod tests;
