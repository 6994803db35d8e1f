//! Puts right in Kafka what has gone from Kubernetes: plans whose object was deleted, routes that nobody can start on any more.
//!
//! No finalizer holds a deletion up for it. It is looked for after every deletion, and all the time: the operator may have been away.
//! What has been put right for long is removed by [`crate::expiry`], what is erased by [`crate::erasure`].

use crate::context::Context;
use crate::error::Error;
use crate::objects::GuardedRoute;
use crate::{catalogue, erasure, expiry, removal, trace};
use delivery_api::Delivery;
use delivery_messages::{Route, Topic};
use jiff::Timestamp;
use kube::{Api, Resource, ResourceExt};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How often to look if nothing is heard.
const INTERVAL: Duration = Duration::from_secs(30);
/// How often while something that is erased has yet to go.
const SOON: Duration = Duration::from_secs(3);

/// Sweeps after every deletion and every erasure, and every half minute, for ever.
pub async fn run(context: Arc<Context>, deleted: Arc<Notify>) {
    loop {
        // Until both sides are complete, everything would look deleted.
        let mut read = context.log_read.subscribe();
        if read.wait_for(|read| *read).await.is_err() || context.objects.complete().await.is_err() {
            return;
        }
        let now = Timestamp::now().as_millisecond();
        // Before the sweep, which would call what is erased cancelled.
        let waits = erasure::erase(&context, now).await.unwrap_or_else(|error| {
            tracing::warn!(reason = error.reason(), %error, "What is erased could not be removed yet; it is tried again.");
            false
        });
        if let Err(error) = sweep(&context).await {
            tracing::warn!(reason = error.reason(), %error, "What was deleted could not be put right in Kafka yet.");
        }
        if let Err(error) = expiry::expire(&context, now).await {
            tracing::warn!(%error, "What ended long ago could not be removed from Kafka yet.");
        }
        if let Err(error) = removal::again(&context, now).await {
            tracing::warn!(%error, "A second tombstone could not be written yet.");
        }
        // One that is missed is found at the next interval.
        tokio::select! {
            () = deleted.notified() => {}
            () = context.erased.news() => {}
            () = tokio::time::sleep(if waits { SOON } else { INTERVAL }) => {}
        }
    }
}

/// Looks once.
///
/// # Errors
/// When Kafka or the API server does not answer.
pub async fn sweep(context: &Context) -> Result<(), Error> {
    let exists = context.objects.uids();
    let ended = |id: &str| context.states.ended(id);
    for (plan, trace) in context.plans.orphans(&context.installation(), &exists, ended) {
        let trace = trace.unwrap_or_else(|| trace::made(&plan.delivery_id));
        // The watch may be behind: one that was made a moment ago must not be taken for one that is gone.
        if is_gone(context, &plan.namespace, &plan.name, &plan.delivery_id).await? && context.plans.begin(&plan, &trace)
        {
            context.log.write(Topic::Plan, &plan.delivery_id, &plan, Some(&trace)).await?;
            context.plans.written(&plan);
            let (namespace, name) = (&plan.namespace, &plan.name);
            tracing::info!(
                namespace,
                name,
                delivery = plan.delivery_id,
                "A delivery was cancelled: its object is gone."
            );
        }
    }
    context.written.keep(&exists);
    context.unconfirmed.keep(&exists);
    context.budget.keep(&exists);
    let routes = context.objects.route_uids();
    context.backoff.keep(|uid| exists.contains(uid) || routes.contains(uid));
    let offered = offered(context);
    let namespaces = &context.config.watch_namespaces;
    for key in context.catalogue.outdated(namespaces, |key| is_offered(&offered, key)) {
        if let Some(route) = catalogue::read_one(&context.config.kafka, &key).await? {
            let unlisted = Route { listed: false, ..route };
            catalogue::ensure(&context.catalogue, &context.log, &unlisted).await?;
            tracing::info!(key, "A revision of a route is no longer offered.");
        }
    }
    Ok(())
}

/// Asks whether the object of a delivery is gone, or another one has its name.
///
/// # Errors
/// When the API server does not answer.
pub async fn is_gone(context: &Context, namespace: &str, name: &str, delivery_id: &str) -> Result<bool, Error> {
    let api: Api<Delivery> = Api::namespaced(context.client.clone(), namespace);
    let found = api.get_metadata_opt(name).await.map_err(Error::api("look at a Delivery that seems to be gone"))?;
    Ok(found.and_then(|found| found.uid()).is_none_or(|uid| uid != delivery_id))
}

/// What new deliveries can be started on, by namespace and name of the route.
type Offered = HashMap<(String, String), Offer>;

/// What one route offers.
#[derive(Debug, PartialEq, Eq)]
enum Offer {
    /// It has not been examined since it changed.
    Undecided,
    /// Nothing can drive it.
    Nothing,
    /// This revision.
    Revision(String),
}

fn offered(context: &Context) -> Offered {
    let namespaces = context.config.watch_namespaces.iter();
    let routes = namespaces.flat_map(|namespace| context.objects.routes(namespace));
    routes.map(|route| ((route.namespace().unwrap_or_default(), route.name_any()), offer(&route))).collect()
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
mod tests {
    use super::*;

    fn route(status: &str) -> GuardedRoute {
        serde_yaml::from_str(&format!(
            "{{ apiVersion: codedelivery.dev/v1alpha1, kind: DeliveryRoute, metadata: {{ name: primeiro, namespace: shop, generation: 2 }}, spec: {{ path: [[0, 0], [0, 1]] }}{status} }}"
        ))
        .unwrap()
    }

    #[test]
    fn only_the_revision_that_a_route_has_now_is_offered() {
        let cases = [
            (", status: { observedGeneration: 2, revision: b }", [false, true]),
            (", status: { observedGeneration: 2 }", [false, false]),
            (", status: { observedGeneration: 1, revision: a }", [true, true]),
            ("", [true, true]),
        ];
        for (status, expected) in cases {
            let offered = Offered::from([(("shop".to_owned(), "primeiro".to_owned()), offer(&route(status)))]);
            let found = ["shop/primeiro@a", "shop/primeiro@b"].map(|key| is_offered(&offered, key));
            assert_eq!(found, expected, "{status}");
            assert!(!is_offered(&offered, "shop/segundo@a"), "a route that was deleted");
        }
    }
}
