//! Looks at the world for one Delivery: its pods as they are now, and the route that it would start on.

use crate::catalogue;
use crate::context::Context;
use crate::error::Error;
use crate::route;
use crate::view::{Facts, PodView, RouteView};
use delivery_api::names::DELIVERY_UID_LABEL;
use delivery_api::{Delivery, DeliveryPhase};
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use std::sync::Arc;

/// The pods of a Delivery, listed now: a cache could still lack the one that was just created.
///
/// # Errors
/// When the API server does not answer.
pub async fn pods(context: &Context, delivery: &Delivery) -> Result<Vec<PodView>, Error> {
    let api: Api<Pod> = Api::namespaced(context.client.clone(), &delivery.namespace().unwrap_or_default());
    let selector = format!("{DELIVERY_UID_LABEL}={}", delivery.uid().unwrap_or_default());
    let pods = api.list(&ListParams::default().labels(&selector)).await.map_err(Error::api("list the pods"))?;
    Ok(pods.items.iter().map(PodView::of).collect())
}

/// The route that a Delivery would start on. One that is under way, or at its end, keeps what it has.
///
/// # Errors
/// When a revision must be read from Kafka and cannot.
pub async fn route(context: &Context, delivery: &Delivery, pods: &[PodView]) -> Result<RouteView, Error> {
    let facts = Facts::known(delivery, pods);
    if delivery.status.as_ref().and_then(|status| status.phase).is_some_and(DeliveryPhase::is_final) {
        return Ok(RouteView::NotAsked);
    }
    let under_way = pods.iter().any(|pod| !pod.is_terminating() && !pod.has_ended());
    let published = delivery.uid().is_some_and(|uid| context.plans.object(&uid).is_some());
    if under_way && published && facts.route.is_some() {
        return Ok(RouteView::NotAsked);
    }
    let present = present_route(context, delivery);
    let Some(key) = facts.route else { return Ok(present) };
    match present {
        RouteView::Ready(route) if route.key() == key => Ok(RouteView::Ready(route)),
        // It started with a revision that is no longer the present one.
        _ if *context.log_read.borrow() => {
            let kept = catalogue::read_one(&context.config.kafka, &key).await?;
            Ok(kept.map_or(RouteView::Gone { key }, |route| RouteView::Ready(Arc::new(route))))
        }
        _ => Ok(RouteView::NotAsked),
    }
}

/// The route as the objects say it now.
fn present_route(context: &Context, delivery: &Delivery) -> RouteView {
    if let Some(path) = &delivery.spec.path {
        let name = delivery.name_any();
        return match route::inline(delivery, path) {
            Ok(route) => RouteView::Ready(Arc::new(route)),
            Err(fault) => RouteView::NotReady { name, message: fault.message },
        };
    }
    let name = delivery.spec.route_ref.as_ref().map(|reference| reference.name.clone()).unwrap_or_default();
    let namespace = delivery.namespace().unwrap_or_default();
    let Some(found) = context.objects.route(&namespace, &name) else {
        return RouteView::Missing { name };
    };
    let found = match &found.0 {
        Ok(found) => found,
        Err(invalid) => return RouteView::NotReady { name, message: format!("It cannot be read: {invalid}.") },
    };
    let all = context.objects.routes(&namespace);
    match route::examine(found, all.iter().filter_map(|other| other.0.as_ref().ok())) {
        Ok(route) => RouteView::Ready(Arc::new(route)),
        Err(fault) => RouteView::NotReady { name, message: fault.message },
    }
}
