//! What is down comes back, and nothing is lost meanwhile. These tests stop parts of the installation, so they run one after
//! the other, and beside no others.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use delivery_e2e::cluster::Cluster;
use delivery_e2e::gateway::Socket;
use delivery_e2e::log::Log;
use delivery_e2e::{proof, unique};
use delivery_messages::{Plan, PlanPhase, Topic, decode};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use tokio::sync::Mutex;

const OPERATOR: &str = "code-delivery-operator";
const GATEWAY: &str = "code-delivery-gateway";

/// One outage at a time.
static OUTAGE: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn a_restarted_operator_makes_no_second_pod_and_loses_no_delivery() {
    let _alone = OUTAGE.lock().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let delivery = cluster
        .deliver("restart", json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 500}))
        .await
        .unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let before = cluster.pods_of(&delivery).await.unwrap();
    cluster.scale(OPERATOR, 0).await.unwrap();
    cluster.scale(OPERATOR, 2).await.unwrap();
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let after = cluster.pods_of(&delivery).await.unwrap();
    assert_eq!(
        after.iter().map(ResourceExt::uid).collect::<Vec<_>>(),
        before.iter().map(ResourceExt::uid).collect::<Vec<_>>()
    );
    let found = proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
    assert_eq!(found.repeats, 0);
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn what_is_asked_and_deleted_while_the_operator_is_down_is_served_on_its_return() {
    let _alone = OUTAGE.lock().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let deleted = cluster.deliver("gone", json!({"routeRef": {"name": "primeiro"}})).await.unwrap();
    cluster.until_phase(&deleted, "Running").await.unwrap();
    cluster.scale(OPERATOR, 0).await.unwrap();
    let request_id = unique("meanwhile");
    let ask = json!({"routeId": "2", "clientId": "x", "requestId": request_id}).to_string();
    log.send(Topic::NewDirection, None, ask.as_bytes()).await.unwrap();
    cluster.delete(&deleted).await.unwrap();
    cluster.scale(OPERATOR, 2).await.unwrap();
    let plan = log
        .find(Topic::Plan, &request_id, |record| {
            let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
            (plan.request_id.as_ref() == Some(&request_id)).then_some(plan)
        })
        .await
        .unwrap();
    assert_eq!(plan.route_id, "2");
    log.plan(&deleted.uid().unwrap(), |plan| plan.phase == PlanPhase::Cancelled).await.unwrap();
    cluster.deliveries().delete(&plan.name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_delivery_survives_the_loss_of_kafkas_pod_and_of_every_gateway() {
    let _alone = OUTAGE.lock().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let delivery =
        cluster.deliver("outage", json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 500})).await.unwrap();
    let id = delivery.uid().unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    log.state(&id, |state| state.seq >= 0).await.unwrap();

    let data: Api<Pod> = Api::namespaced(cluster.client.clone(), "code-delivery-data");
    let brokers = data.list(&ListParams::default().labels("app.kubernetes.io/name=kafka")).await.unwrap();
    let broker = brokers.items.first().unwrap().name_any();
    data.delete(&broker, &DeleteParams::default().grace_period(0)).await.unwrap();
    let gateways = ListParams::default().labels(&format!("app.kubernetes.io/name={GATEWAY}"));
    for gateway in cluster.pods().list(&gateways).await.unwrap() {
        cluster.pods().delete(&gateway.name_any(), &DeleteParams::default()).await.unwrap();
    }
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &id).await.unwrap();
    let (_socket, snapshot) = delivery_e2e::within("a gateway", async {
        loop {
            if let Ok(open) = Socket::open().await {
                return Ok(open);
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    assert!(snapshot["deliveries"].is_array());
    cluster.delete(&delivery).await.unwrap();
}
