//! The control loop over the DeliveryRoutes of one namespace: each is examined, written to the catalogue, and told what it is worth.
//!
//! Deliveries that wait for a route are woken by it.

use crate::catalogue;
use crate::context::{Context, MANAGER};
use crate::controller::whenever_read;
use crate::error::{Error, answered};
use crate::objects::{GuardedDelivery, GuardedRoute, phase};
use crate::route::{examine, status};
use crate::wake::Wake;
use delivery_api::{DeliveryPhase, DeliveryRoute};
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, Resource, ResourceExt};
use kube_runtime::Controller;
use kube_runtime::controller::{Action, Config};
use kube_runtime::reflector::Store;
use kube_runtime::watcher;
use serde_json::json;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

const LIMIT: u64 = 30;

/// What the reconciliations of routes share.
pub struct Routes {
    /// What all reconciliations share.
    pub context: Arc<Context>,
    /// Wakes deliveries.
    pub wake: Wake,
}

/// Runs until `stop`.
pub async fn run(
    routes: Arc<Routes>,
    stream: impl Stream<Item = Result<GuardedRoute, watcher::Error>> + Send + 'static,
    store: Store<GuardedRoute>,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) {
    Controller::for_stream(stream, store)
        .with_config(Config::default().concurrency(4))
        .reconcile_all_on(whenever_read(&routes.context))
        .graceful_shutdown_on(stop)
        .run(timed, failed, routes)
        .for_each(|_| futures::future::ready(()))
        .await;
}

async fn timed(route: Arc<GuardedRoute>, routes: Arc<Routes>) -> Result<Action, Error> {
    if !routes.context.tenure.holds() {
        return Ok(Action::await_change());
    }
    let uid = route.uid().unwrap_or_default();
    let route = match &route.0 {
        Ok(route) => route,
        Err(invalid) => {
            routes.context.metrics.invalid_object();
            tracing::warn!(route = route.name_any(), error = %invalid, "A DeliveryRoute cannot be read.");
            return Ok(Action::await_change());
        }
    };
    let limited = tokio::time::timeout(Duration::from_secs(LIMIT), reconcile(&routes, route)).await;
    let ready = limited.unwrap_or(Err(Error::Timeout(LIMIT)))?;
    routes.context.backoff.succeeded(&uid);
    // What is wrong with it may be another route, which may change or go without a word to this one.
    Ok(Action::requeue(if ready { Duration::from_mins(10) } else { Duration::from_secs(15) }))
}

/// Tells whether deliveries can be started on it.
async fn reconcile(routes: &Routes, route: &DeliveryRoute) -> Result<bool, Error> {
    if route.metadata.deletion_timestamp.is_some() {
        return Ok(true);
    }
    let context = &routes.context;
    let namespace = route.namespace().unwrap_or_default();
    let all = context.objects.routes(&namespace);
    let examined = examine(route, all.iter().filter_map(|other| other.0.as_ref().ok()));
    let new = status(route, &examined, Timestamp::now());
    if route.status.as_ref() != Some(&new) {
        write(context, route, &new).await?;
    }
    // Deliveries do not need the catalogue to start: they write what they drive themselves.
    for delivery in context.objects.deliveries_in(&namespace) {
        if refers(&delivery, &route.name_any()) && phase(&delivery) == DeliveryPhase::Pending {
            routes.wake.delivery(&namespace, &delivery.name_any());
        }
    }
    let Ok(record) = examined else { return Ok(false) };
    if *context.log_read.borrow() {
        catalogue::ensure(&context.catalogue, &context.log, &record).await?;
    }
    Ok(true)
}

fn refers(delivery: &GuardedDelivery, route: &str) -> bool {
    let reference = delivery.0.as_ref().ok().and_then(|delivery| delivery.spec.route_ref.as_ref());
    reference.is_some_and(|reference| reference.name == route)
}

async fn write(
    context: &Context,
    route: &DeliveryRoute,
    status: &delivery_api::DeliveryRouteStatus,
) -> Result<(), Error> {
    let api: Api<DeliveryRoute> = Api::namespaced(context.client.clone(), &route.namespace().unwrap_or_default());
    let body = json!({
        "apiVersion": DeliveryRoute::api_version(&()),
        "kind": DeliveryRoute::kind(&()),
        "metadata": { "name": route.name_any(), "uid": route.uid() },
        "status": status,
    });
    match api.patch_status(&route.name_any(), &PatchParams::apply(MANAGER).force(), &Patch::Apply(&body)).await {
        Ok(_) => context.metrics.status_written("route"),
        Err(error) if answered(&error, 404) || answered(&error, 409) => {}
        Err(error) => return Err(Error::api("write the status of the route")(error)),
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that Controller asks for")]
fn failed(route: Arc<GuardedRoute>, error: &Error, routes: Arc<Routes>) -> Action {
    routes.context.metrics.failed(error.reason(), 0.0);
    let wait = routes.context.backoff.failed(&route.uid().unwrap_or_default());
    tracing::warn!(route = route.name_any(), reason = error.reason(), %error, "A route could not be served.");
    Action::requeue(wait)
}
