//! One delivery from `kubectl apply` to the last position, whatever happens on the way.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use delivery_e2e::cluster::{Cluster, condition, phase_of};
use delivery_e2e::log::Log;
use delivery_e2e::{proof, unique, within};
use delivery_messages::{PlanPhase, StatePhase};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::json;

/// A short route of 60 points through Brasília: six seconds at 100 ms.
fn short_path() -> Vec<[f64; 2]> {
    let degrees = |millionths: i32| f64::from(millionths) / 1e6;
    (0..60).map(|step| [degrees(-47_929_200 + 70 * step), degrees(-15_825_900 - 10 * (step % 7))]).collect()
}

fn uid(object: &impl ResourceExt) -> String {
    object.uid().unwrap()
}

fn is_running(pod: Option<&Pod>) -> bool {
    pod.and_then(|pod| pod.status.as_ref()?.phase.as_deref()) == Some("Running")
}

#[tokio::test]
async fn an_applied_delivery_runs_and_finishes_with_every_position_in_kafka() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let spec = json!({"routeRef": {"name": "segundo"}, "courier": "moto-7", "vehicle": "motorcycle", "intervalMilliseconds": 500});
    let delivery = cluster.deliver("applied", spec).await.unwrap();
    let running = cluster.until_phase(&delivery, "Running").await.unwrap();
    let ready = |status: &str, reason: &str| Some((status.to_owned(), reason.to_owned()));
    assert_eq!(condition(&running.status, "Ready"), ready("True", "UnderWay"));
    let fields = "status.phase=Running,spec.courier=moto-7,spec.routeRef.name=segundo";
    let selected = cluster.deliveries().list(&ListParams::default().fields(fields)).await.unwrap();
    assert!(
        selected.iter().any(|found| uid(found) == uid(&delivery)),
        "kubectl get deliveries --field-selector {fields}"
    );
    let pods = cluster.pods_of(&delivery).await.unwrap();
    assert_eq!(pods.len(), 1, "one bare pod drives it");
    assert_eq!(pods[0].owner_references()[0].uid, uid(&delivery));
    let finished = cluster.until_phase(&delivery, "Finished").await.unwrap();
    assert_eq!(condition(&finished.status, "Ready"), ready("True", "Finished"));

    let found = proof::complete(&log, &uid(&delivery)).await.unwrap();
    assert_eq!(found.positions.len(), 40, "the route Segundo has 40 points, and one point per tick is driven");
    assert_eq!(found.repeats, 0, "nothing failed, so nothing is said twice");
    let status = serde_json::to_value(finished.status).unwrap();
    assert_eq!(status["progress"], "100%");
    // The operator writes it a moment after the status.
    within("the Event of the end", async {
        while !cluster.event_reasons(&delivery.name_any()).await?.iter().any(|reason| reason == "Finished") {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_constant_speed_with_noise_ends_exactly_at_the_last_point() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let spec = json!({"path": short_path(), "speedKmh": 300, "intervalMilliseconds": 100, "seed": 7, "noiseMeters": 3});
    let delivery = cluster.deliver("speed", spec).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let found = proof::complete(&log, &uid(&delivery)).await.unwrap();
    assert!(found.positions.len() > 20, "{} positions", found.positions.len());
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_pod_deleted_under_way_is_replaced_by_one_that_continues_where_it_was() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let spec = json!({"path": short_path(), "intervalMilliseconds": 500});
    let delivery = cluster.deliver("killed", spec).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    log.state(&uid(&delivery), |state| state.seq >= 0).await.unwrap();
    let first = cluster.pods_of(&delivery).await.unwrap()[0].name_any();
    // Without a grace period: as when its node is lost, the simulator cannot shut down cleanly.
    cluster.pods().delete(&first, &DeleteParams::default().grace_period(0)).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &uid(&delivery)).await.unwrap();
    let pods = cluster.pods_of(&delivery).await.unwrap();
    assert!(pods.iter().all(|pod| pod.name_any() != first), "the next attempt has a name of its own");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_suspended_delivery_pauses_and_continues_without_a_jump() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let spec = json!({"path": short_path(), "intervalMilliseconds": 500});
    let delivery = cluster.deliver("suspended", spec).await.unwrap();
    let (id, name) = (uid(&delivery), delivery.name_any());
    cluster.until_phase(&delivery, "Running").await.unwrap();
    log.state(&id, |state| state.seq >= 0).await.unwrap();

    let suspend = |to: bool| Patch::Merge(json!({"spec": {"suspend": to}}));
    cluster.deliveries().patch(&name, &PatchParams::default(), &suspend(true)).await.unwrap();
    cluster.until_phase(&delivery, "Suspended").await.unwrap();
    within("the pod's end", async {
        while !cluster.pods_of(&delivery).await?.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
    let standing = log.positions(&id).await.unwrap().len();
    assert!(standing < 60, "it was suspended under way");
    assert_eq!(log.positions(&id).await.unwrap().len(), standing, "nothing comes from a suspended delivery");

    cluster.deliveries().patch(&name, &PatchParams::default(), &suspend(false)).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let found = proof::complete(&log, &id).await.unwrap();
    let plan = log.plan(&id, |plan| plan.resumed_at.is_some()).await.unwrap();
    let next = &found.positions[standing];
    assert!(Some(next.at) >= plan.resumed_at, "the suspension is not caught up");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_delivery_deleted_under_way_is_cancelled_in_the_log() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let name = unique("deleted");
    let spec = json!({"path": short_path(), "intervalMilliseconds": 1000});
    let delivery = cluster.deliver_as(&name, spec.clone()).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    cluster.delete(&delivery).await.unwrap();
    log.plan(&uid(&delivery), |plan| plan.phase == PlanPhase::Cancelled).await.unwrap();

    // A Delivery that reuses the name is another delivery, from its beginning.
    let spec = json!({"path": spec["path"], "intervalMilliseconds": 100});
    let again = within("the name to be free", async {
        loop {
            if let Ok(again) = cluster.deliver_as(&name, spec.clone()).await {
                return Ok(again);
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await
    .unwrap();
    assert_ne!(uid(&again), uid(&delivery));
    cluster.until_phase(&again, "Finished").await.unwrap();
    proof::complete(&log, &uid(&again)).await.unwrap();
    cluster.delete(&again).await.unwrap();
}

#[tokio::test]
async fn a_delivery_waits_for_a_route_that_does_not_exist_yet() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let route = unique("later");
    let delivery =
        cluster.deliver("waits", json!({"routeRef": {"name": route}, "intervalMilliseconds": 100})).await.unwrap();
    let name = delivery.name_any();
    let waiting = |found: Option<&delivery_api::Delivery>| {
        found.is_some_and(|found| {
            condition(&found.status, "RouteReady")
                .is_some_and(|(status, reason)| status == "False" && reason == "RouteNotFound")
        })
    };
    cluster.until("the condition RouteNotFound", cluster.deliveries(), &name, waiting).await.unwrap();
    assert!(cluster.pods_of(&delivery).await.unwrap().is_empty());
    let object = json!({
        "apiVersion": "codedelivery.dev/v1alpha1", "kind": "DeliveryRoute",
        "metadata": {"name": route}, "spec": {"path": short_path()},
    });
    cluster.create_strictly(&object).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &uid(&delivery)).await.unwrap();
    cluster.delete(&delivery).await.unwrap();
    cluster.routes().delete(&route, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_changed_route_leaves_a_running_delivery_on_its_revision() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let route = cluster.route("changing", &short_path()).await.unwrap();
    let spec = json!({"routeRef": {"name": route.name_any()}, "intervalMilliseconds": 500});
    let delivery = cluster.deliver("keeps", spec).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let before = log.plan(&uid(&delivery), |_| true).await.unwrap();
    let mut reversed = short_path();
    reversed.reverse();
    let patch = Patch::Merge(json!({"spec": {"path": reversed}}));
    cluster.routes().patch(&route.name_any(), &PatchParams::default(), &patch).await.unwrap();
    // A second attempt must find the old revision again.
    let pod = cluster.pods_of(&delivery).await.unwrap()[0].name_any();
    cluster.pods().delete(&pod, &DeleteParams::default()).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let found = proof::complete(&log, &uid(&delivery)).await.unwrap();
    let end = short_path().last().unwrap().map(f64::to_bits);
    assert_eq!(found.positions.last().unwrap().position.map(f64::to_bits), end);
    assert_eq!(log.newest_plan(&uid(&delivery)).await.unwrap().route, before.route);
    cluster.delete(&delivery).await.unwrap();
    cluster.routes().delete(&route.name_any(), &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_finished_delivery_is_deleted_after_its_time_to_live_and_stays_finished_in_the_log() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let spec = json!({"path": short_path(), "intervalMilliseconds": 50, "ttlSecondsAfterFinished": 1});
    let delivery = cluster.deliver("ttl", spec).await.unwrap();
    let gone = |found: Option<&delivery_api::Delivery>| found.is_none();
    cluster.until("the deletion", cluster.deliveries(), &delivery.name_any(), gone).await.unwrap();
    let found = proof::complete(&log, &uid(&delivery)).await.unwrap();
    assert_eq!(found.positions.len(), 60);
    assert_eq!(log.newest_plan(&uid(&delivery)).await.unwrap().phase, PlanPhase::Accepted);
}

#[tokio::test]
async fn a_route_of_ten_thousand_points_is_accepted_and_run() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let path: Vec<_> = (0..10_000)
        .map(|step| {
            [-47.929_234_5 + f64::from(step) * 0.000_012_3, -15.825_943_2 - f64::from(step % 100) * 0.000_010_1]
        })
        .map(|[lng, lat]: [f64; 2]| [(lng * 1e7).round() / 1e7, (lat * 1e7).round() / 1e7])
        .collect();
    let spec = json!({"path": path, "speedKmh": 1000, "intervalMilliseconds": 500});
    let delivery = cluster.deliver("long", spec).await.unwrap();
    let running = cluster.until_phase(&delivery, "Running").await.unwrap();
    assert_eq!(phase_of(&running), "Running");
    log.state(&uid(&delivery), |state| state.phase == StatePhase::Running && state.seq >= 0).await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn simulator_pods_are_restricted_and_have_no_token() {
    let cluster = Cluster::connect().await.unwrap();
    let delivery = cluster.deliver("restricted", json!({"path": short_path()})).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let name = cluster.pods_of(&delivery).await.unwrap()[0].name_any();
    let pod = Box::pin(cluster.until("a running pod", cluster.pods(), &name, is_running)).await.unwrap().unwrap();
    let spec = pod.spec.unwrap();
    assert_eq!(spec.automount_service_account_token, Some(false));
    // In a mesh the pod has volumes of its proxy as well, with a token for istiod.
    let container = &spec.containers[0];
    let has = |name: &str| container.volume_mounts.iter().flatten().any(|mount| mount.name == name);
    let own: Vec<_> = spec.volumes.iter().flatten().filter(|volume| has(&volume.name)).collect();
    assert!(own.iter().all(|volume| volume.projected.is_none()), "no token is projected");
    let context = container.security_context.clone().unwrap();
    assert_eq!(context.allow_privilege_escalation, Some(false));
    assert_eq!(context.read_only_root_filesystem, Some(true));
    assert_eq!(context.capabilities.unwrap().drop, Some(vec!["ALL".to_owned()]));
    let source = own.iter().find_map(|volume| volume.config_map.clone()).unwrap();
    let config = cluster.config_maps().get(&source.name).await.unwrap();
    assert_eq!(config.immutable, Some(true));
    cluster.delete(&delivery).await.unwrap();
}
