//! Withdraws route revisions that new deliveries can no longer use: they stay in the catalogue, unlisted, until they expire.

use std::collections::HashMap;

use delivery_messages::Route;
use kube::{Resource, ResourceExt};

use crate::base::objects::GuardedRoute;
use crate::cleanup::cleaner::Cleaner;
use crate::error::Error;

impl Cleaner {
    /// Withdraws these revisions.
    ///
    /// # Errors
    /// When Kafka does not answer; the rest is withdrawn in a later round.
    pub(crate) async fn withdraw_routes(&self) -> Result<(), Error> {
        // In a namespace that is not listed, every route would look deleted.
        let namespaces = self.objects.known();
        let offered = self.offered(&namespaces);
        for key in self.log.tables.catalogue.outdated(&namespaces, |key| is_offered(&offered, key)) {
            if let Some(route) = self.log.read_route(&key).await? {
                self.log.publish_route(&Route { listed: false, ..route }).await?;
                tracing::info!(key, "Withdrew a route revision that is no longer offered.");
            }
        }
        Ok(())
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
