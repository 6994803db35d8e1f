//! The control loop over the DeliveryRoutes of one namespace: each is examined, gets its status, and is published to the catalogue.
//!
//! Deliveries that wait for the route are woken.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use delivery_api::{DeliveryPhase, DeliveryRoute, DeliveryRouteStatus};
use delivery_controller::backoff::Backoff;
use delivery_controller::reconcile::{readable, retry, within};
use delivery_controller::status::{Write, apply};
use delivery_controller::watch::Watch;
use delivery_observability::{Health, Heartbeat};
use futures::StreamExt;
use jiff::Timestamp;
use kube::{Client, ResourceExt};
use kube_runtime::controller::{Action, Config};
use kube_runtime::{Controller, PredicateConfig, WatchStreamExt, predicates};

use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::{GuardedDelivery, GuardedRoute, KINDS, Objects, phase};
use crate::base::subject::ObjectKey;
use crate::base::wake::Wake;
use crate::error::Error;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::routes::examine::{examine, status};

/// The time limit of a reconciliation.
const LIMIT: Duration = Duration::from_secs(30);
/// The longest delay of a retry.
const MAX_DELAY: Duration = Duration::from_mins(5);
const CONCURRENCY: u16 = 4;
/// When a route that can be used is examined again.
const REQUEUE_READY: Duration = Duration::from_mins(10);
/// When a route that cannot be used is examined again: what is wrong may be another route, whose change does not trigger this one.
const REQUEUE_FAULTY: Duration = Duration::from_secs(15);

/// What the reconciliation of routes needs.
pub(crate) struct RouteReconciler {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub guard: LeadershipGuard,
    pub metrics: Metrics,
    pub wake: Wake,
    pub backoff: Backoff,
    /// Of all reconciliations.
    pub heartbeat: Heartbeat,
}

/// Runs until `stop`.
pub(crate) async fn run(
    reconciler: Arc<RouteReconciler>,
    watch: Watch<GuardedRoute>,
    health: Health,
    on_deleted: impl Fn() + Send + 'static,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    let (store, routes) = watch.start(reconciler.client.clone(), &KINDS, health, on_deleted);
    // A change of the status alone is our own write.
    Controller::for_stream(routes.predicate_filter(predicates::generation, PredicateConfig::default()), store)
        .with_config(Config::default().concurrency(CONCURRENCY))
        .reconcile_all_on(reconciler.log.resyncs())
        .graceful_shutdown_on(stop)
        .run(limited, failed, reconciler)
        .for_each(|_| futures::future::ready(()))
        .await;
}

async fn limited(route: Arc<GuardedRoute>, reconciler: Arc<RouteReconciler>) -> Result<Action, Error> {
    if !reconciler.guard.holds() {
        return Ok(Action::await_change());
    }
    let Some((key, route)) = readable(&route).and_then(|route| Some((ObjectKey::of(route).ok()?, route))) else {
        reconciler.metrics.invalid_object();
        return Ok(Action::await_change());
    };
    let ready = reconciler.heartbeat.during(within(LIMIT, reconciler.reconcile(&key, route))).await?;
    reconciler.backoff.succeeded(&key.uid);
    Ok(Action::requeue(if ready { REQUEUE_READY } else { REQUEUE_FAULTY }))
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that Controller requires")]
fn failed(route: Arc<GuardedRoute>, error: &Error, reconciler: Arc<RouteReconciler>) -> Action {
    let reason = error.reason().as_str();
    reconciler.metrics.failed(reason, Duration::ZERO);
    retry(route.as_ref(), reason, error, &reconciler.backoff, MAX_DELAY)
}

impl RouteReconciler {
    /// Whether deliveries can use the route.
    async fn reconcile(&self, key: &ObjectKey, route: &DeliveryRoute) -> Result<bool, Error> {
        if route.metadata.deletion_timestamp.is_some() {
            return Ok(true);
        }
        let all = self.objects.routes(&key.namespace);
        let examined = examine(route, all.iter().filter_map(|other| other.0.as_ref().ok()));
        let new = status(route, &examined, Timestamp::now());
        if route.status.as_ref() != Some(&new) {
            self.write_status(route, &new).await?;
        }
        // Deliveries do not wait for the catalogue: they publish the route that they use themselves.
        for delivery in self.objects.deliveries_in(&key.namespace) {
            if refers(&delivery, &key.name) && phase(&delivery) == DeliveryPhase::Pending {
                self.wake.delivery(&key.namespace, &delivery.name_any());
            }
        }
        let Ok(record) = examined else { return Ok(false) };
        if self.log.gap_of_route(&record).is_none() {
            self.log.publish_route(&record).await?;
        }
        Ok(true)
    }

    async fn write_status(&self, route: &DeliveryRoute, status: &DeliveryRouteStatus) -> Result<(), Error> {
        if let Write::Done(_) = apply(&self.client, route, None, status, FIELD_MANAGER).await? {
            self.metrics.status_written("route");
        }
        Ok(())
    }
}

fn refers(delivery: &GuardedDelivery, route: &str) -> bool {
    let reference = delivery.0.as_ref().ok().and_then(|delivery| delivery.spec.route_ref.as_ref());
    reference.is_some_and(|reference| reference.name == route)
}
