//! Routes and Delivery objects, created as a user would; and the removal of everything that a run has created.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use anyhow::Result;
use delivery_api::{Delivery, DeliveryRoute};
use delivery_messages::{Route, Topic, decode};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::setting::{LABEL, Setting};

/// Approximate metres between two points of a route.
const STEP_METERS: f64 = 10.0;
/// Positions of a requested delivery, and milliseconds between them.
const REQUESTED: (u32, u64) = (40, 500);
/// Between the creation of two Deliveries.
const BETWEEN: Duration = Duration::from_millis(150);

/// Creates a route.
pub(crate) async fn route(setting: &Setting, name: &str, points: u32, north: u32) -> Result<()> {
    let object: DeliveryRoute = serde_json::from_value(json!({
        "apiVersion": "codedelivery.dev/v1alpha1", "kind": "DeliveryRoute",
        "metadata": {"name": name, "labels": {LABEL: setting.run}}, "spec": {"path": path(points, north)},
    }))?;
    setting.cluster.routes().create(&PostParams::default(), &object).await?;
    Ok(())
}

/// Creates the routes and waits for them to appear in the catalogue; returns them by name.
pub(crate) async fn routes(setting: &Setting) -> Result<HashMap<String, Route>> {
    let [first, second, third] = setting.size.points;
    for (name, (points, north)) in setting.routes().iter().zip([(first, 0), (second, 1), (third, 2), (REQUESTED.0, 3)])
    {
        route(setting, name, points, north).await?;
    }
    let log = delivery_e2e::log::Log { config: setting.kafka.clone() };
    let mut found = HashMap::new();
    for name in setting.routes() {
        let route = log
            .find(Topic::Catalogue, &format!("the route {name} in the catalogue"), |record| {
                let route: Route = decode(Topic::Catalogue, record.value.as_deref()).ok()?;
                (route.name == name && route.namespace == setting.namespace).then_some(route)
            })
            .await?;
        found.insert(name, route);
    }
    Ok(found)
}

/// A zigzag to the east, some kilometres from its neighbours.
fn path(points: u32, north: u32) -> Vec<[f64; 2]> {
    let seven = |degrees: f64| (degrees * 1e7).round() / 1e7;
    let point = |n: u32| {
        [seven(-47.95 + f64::from(n) * 8e-5), seven(-15.85 + f64::from(north) * 0.02 + f64::from(n % 4 / 2) * 5e-5)]
    };
    (0..points).map(point).collect()
}

/// Creates Delivery objects with these numbers, one after the other.
pub(crate) async fn deliveries(setting: &Setting, numbers: Range<usize>) -> Result<()> {
    for number in numbers {
        delivery(setting, &format!("{}-{number}", setting.run), number).await?;
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(())
}

/// Creates a Delivery object. The number decides on its route, and whether it has noise and a constant speed.
pub(crate) async fn delivery(setting: &Setting, name: &str, number: usize) -> Result<()> {
    let route = &setting.routes()[number % 3];
    let interval = setting.size.interval.as_millis();
    let mut spec = json!({"routeRef": {"name": route}, "intervalMilliseconds": interval, "courier": "chaos"});
    if number % 4 == 3 {
        // At a constant speed, about as fast as the others, and with noise.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
        let speed = (STEP_METERS / setting.size.interval.as_secs_f64() * 3.6).ceil() as u32;
        spec["speedKmh"] = json!(speed);
        spec["noiseMeters"] = json!(5);
        spec["seed"] = json!(number);
    }
    let object: Delivery = serde_json::from_value(json!({
        "apiVersion": "codedelivery.dev/v1alpha1", "kind": "Delivery",
        "metadata": {"name": name, "labels": {LABEL: setting.run}}, "spec": spec,
    }))?;
    setting.cluster.deliveries().create(&PostParams::default(), &object).await?;
    Ok(())
}

/// The body of a start request.
pub(crate) fn requested(setting: &Setting, request: &str) -> serde_json::Value {
    let [.., route] = setting.routes();
    json!({"routeId": route, "requestId": request, "courier": "chaos", "intervalMilliseconds": REQUESTED.1})
}

/// The Deliveries on a route.
async fn on_route(setting: &Setting, route: &str) -> Result<Vec<Delivery>> {
    let all = setting.cluster.deliveries().list(&ListParams::default()).await?;
    let is_on = |one: &Delivery| one.spec.route_ref.as_ref().is_some_and(|found| found.name == route);
    Ok(all.items.into_iter().filter(is_on).collect())
}

/// Deletes the Deliveries on a route; returns how many there were.
pub(crate) async fn remove_from(setting: &Setting, route: &str) -> Result<usize> {
    let found = on_route(setting, route).await?;
    for delivery in &found {
        setting.cluster.delete(delivery).await?;
    }
    Ok(found.len())
}

/// The Deliveries created for start requests of this run, with the requests' ids.
pub(crate) async fn requested_deliveries(setting: &Setting) -> Result<Vec<(String, Delivery)>> {
    let [.., route] = setting.routes();
    Ok(on_route(setting, &route)
        .await?
        .into_iter()
        .map(|one| {
            let request = one.annotations().get(delivery_api::names::REQUEST_ID_ANNOTATION).cloned();
            (request.unwrap_or_default(), one)
        })
        .collect())
}

/// Deletes every object of a run, or (`None`) of all earlier runs.
///
/// # Errors
/// When the API server does not answer.
pub(crate) async fn remove(setting: &Setting, run: Option<&str>) -> Result<()> {
    let cluster = &setting.cluster;
    let ours = ListParams::default().labels(&run.map_or_else(|| LABEL.to_owned(), |run| format!("{LABEL}={run}")));
    let (jobs, background) = (Api::<Job>::default_namespaced(cluster.client.clone()), DeleteParams::background());
    jobs.delete_collection(&background, &ours).await?;
    // The operator creates those of start requests, without our label; their route identifies them.
    let routes: Vec<String> = cluster.routes().list(&ours).await?.iter().map(ResourceExt::name_any).collect();
    cluster.deliveries().delete_collection(&DeleteParams::default(), &ours).await?;
    for delivery in cluster.deliveries().list(&ListParams::default()).await? {
        if delivery.spec.route_ref.as_ref().is_some_and(|route| routes.contains(&route.name)) {
            cluster.delete(&delivery).await?;
        }
    }
    cluster.routes().delete_collection(&DeleteParams::default(), &ours).await?;
    let maps: Api<ConfigMap> = cluster.config_maps();
    maps.delete_collection(&DeleteParams::default(), &ours).await?;
    Ok(())
}

#[cfg(test)]
#[path = "tests/objects.rs"]
mod tests;
