//! The control loop over the DeliveryRoutes of one namespace: each is examined, gets its status, and is published to the catalogue.
//!
//! Deliveries that wait for the route are woken.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use delivery_api::{DeliveryPhase, DeliveryRoute, DeliveryRouteStatus};
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use kube_runtime::Controller;
use kube_runtime::controller::{Action, Config};
use kube_runtime::reflector::Store;
use kube_runtime::watcher;
use serde_json::json;

use crate::base::api::answered;
use crate::base::backoff::Backoff;
use crate::base::metrics::Metrics;
use crate::base::names::FIELD_MANAGER;
use crate::base::objects::{GuardedDelivery, GuardedRoute, Objects, phase};
use crate::base::subject::{ObjectKey, decoded};
use crate::base::wake::Wake;
use crate::error::Error;
use crate::leadership::guard::LeadershipGuard;
use crate::log::connection::Log;
use crate::routes::examine::{examine, status};

/// The time limit of a reconciliation, in seconds.
const LIMIT: u64 = 30;
const CONCURRENCY: u16 = 4;
/// When a route that can be used is examined again.
const REQUEUE_READY: Duration = Duration::from_mins(10);
/// When a route that cannot be used is examined again: what is wrong may be another route, whose change does not trigger this one.
const REQUEUE_FAULTY: Duration = Duration::from_secs(15);

/// What the reconciliation of routes needs.
pub struct RouteReconciler {
    pub client: Client,
    pub objects: Arc<Objects>,
    pub log: Arc<Log>,
    pub guard: LeadershipGuard,
    pub metrics: Metrics,
    pub wake: Wake,
    pub backoff: Backoff,
}

/// Runs until `stop`.
pub async fn run(
    reconciler: Arc<RouteReconciler>,
    routes: impl Stream<Item = Result<GuardedRoute, watcher::Error>> + Send + 'static,
    store: Store<GuardedRoute>,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    Controller::for_stream(routes, store)
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
    let (key, route) = match decoded(&route) {
        Ok(decoded) => decoded,
        Err(error) => {
            reconciler.metrics.invalid_object();
            tracing::warn!(namespace = route.namespace(), route = route.name_any(), %error, "Cannot decode a DeliveryRoute.");
            return Ok(Action::await_change());
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(LIMIT), reconciler.reconcile(&key, route)).await;
    let ready = outcome.unwrap_or(Err(Error::Timeout(LIMIT)))?;
    reconciler.backoff.succeeded(&key.uid);
    Ok(Action::requeue(if ready { REQUEUE_READY } else { REQUEUE_FAULTY }))
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that Controller requires")]
fn failed(route: Arc<GuardedRoute>, error: &Error, reconciler: Arc<RouteReconciler>) -> Action {
    let reason = error.reason().as_str();
    reconciler.metrics.failed(reason, 0.0);
    let wait = reconciler.backoff.failed(route.meta().uid.as_deref().unwrap_or_default());
    let (namespace, route, wait_seconds) = (route.namespace(), route.name_any(), wait.as_secs());
    tracing::warn!(namespace, route, reason, %error, wait_seconds, "Reconciliation of a route failed.");
    Action::requeue(wait)
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
            self.write_status(key, &new).await?;
        }
        // Deliveries do not wait for the catalogue: they publish the route that they use themselves.
        for delivery in self.objects.deliveries_in(&key.namespace) {
            if refers(&delivery, &key.name) && phase(&delivery) == DeliveryPhase::Pending {
                self.wake.delivery(&key.namespace, &delivery.name_any());
            }
        }
        let Ok(record) = examined else { return Ok(false) };
        if self.log.is_caught_up() {
            self.log.publish_route(&record).await?;
        }
        Ok(true)
    }

    async fn write_status(&self, key: &ObjectKey, status: &DeliveryRouteStatus) -> Result<(), Error> {
        let api: Api<DeliveryRoute> = Api::namespaced(self.client.clone(), &key.namespace);
        let body = json!({
            "apiVersion": DeliveryRoute::api_version(&()),
            "kind": DeliveryRoute::kind(&()),
            "metadata": { "name": key.name, "uid": key.uid },
            "status": status,
        });
        match api.patch_status(&key.name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(&body)).await {
            Ok(_) => self.metrics.status_written("route"),
            // The route is gone, or another one has its name by now.
            Err(error) if answered(&error, 404) || answered(&error, 409) => {}
            Err(error) => return Err(Error::api("write the status of the DeliveryRoute")(error)),
        }
        Ok(())
    }
}

fn refers(delivery: &GuardedDelivery, route: &str) -> bool {
    let reference = delivery.0.as_ref().ok().and_then(|delivery| delivery.spec.route_ref.as_ref());
    reference.is_some_and(|reference| reference.name == route)
}
