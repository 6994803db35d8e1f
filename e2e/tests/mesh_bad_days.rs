//! What a Delivery's condition says when the mesh is in its way, within half a minute: a policy that keeps it from Kafka, a control plane that
//! is away, a proxy that never gets ready; and that the delivery starts without it. Needs a demo in a mesh: MESH=1 make demo.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::time::{Duration, Instant};

use delivery_api::Delivery;
use delivery_e2e::cluster::{Cluster, condition};
use delivery_e2e::server::NAMESPACE;
use delivery_e2e::{istiod, unique, within};
use kube::api::{DeleteParams, DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, ResourceExt};
use serde_json::json;
use tokio::sync::Mutex;

/// Each test is in the way of all deliveries.
static ALONE: Mutex<()> = Mutex::const_new(());
/// How long a condition may take to say so, the start of the pod included.
const SAID: Duration = Duration::from_secs(30);

/// Waits until a Delivery's condition `Running` has this reason; returns its message.
async fn reason(cluster: &Cluster, delivery: &Delivery, wanted: &str) -> anyhow::Result<String> {
    let what = format!("{} to be {wanted}", delivery.name_any());
    let name = delivery.name_any();
    within(&what, async {
        loop {
            let found = cluster.deliveries().get(&name).await?;
            if condition(&found.status, "Running").is_some_and(|(_, reason)| reason == wanted) {
                let conditions = found.status.map(|status| status.conditions).unwrap_or_default();
                let running = conditions.into_iter().find(|condition| condition.type_ == "Running");
                return Ok(running.map(|condition| condition.message).unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    })
    .await
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_policy_that_keeps_a_delivery_from_kafka_is_in_its_condition_and_the_delivery_starts_without_it() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("security.istio.io", "v1", "AuthorizationPolicy"));
    let policies: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), NAMESPACE, &kind);
    let name = unique("no-simulators");
    let policy = json!({
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": {"name": name},
        "spec": {"action": "DENY", "rules": [{"from": [{"source": {"principals": ["*/sa/code-delivery-simulator"]}}]}]},
    });
    policies.create(&PostParams::default(), &serde_json::from_value(policy).unwrap()).await.unwrap();
    // Until the proxies have it.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 200});
    let delivery = cluster.deliver("kept-away", spec).await.unwrap();
    let begun = Instant::now();
    let said = reason(&cluster, &delivery, "KafkaNotReached").await;
    let took = begun.elapsed();
    policies.delete(&name, &DeleteParams::default()).await.unwrap();
    let message = said.unwrap();
    assert!(message.contains("AuthorizationPolicy") && message.contains("Kafka"), "{message}");
    println!("The condition said so after {took:?}.");
    assert!(took < SAID, "{took:?}");
    cluster.until_phase(&delivery, "Running").await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_delivery_that_starts_while_istiod_is_away_says_so_and_starts_once_it_is_back() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let _restored = istiod::restored();
    istiod::scale(&cluster, 0).await.unwrap();
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 200});
    let delivery = cluster.deliver("before-istiod", spec).await.unwrap();
    let begun = Instant::now();
    let said = reason(&cluster, &delivery, "SidecarNotInjected").await;
    let took = begun.elapsed();
    istiod::scale(&cluster, 1).await.unwrap();
    let message = said.unwrap();
    assert!(message.contains("sidecar-injector") && message.contains("app=istiod"), "{message}");
    println!("The condition said so after {took:?}.");
    assert!(took < SAID, "{took:?}");
    cluster.until_phase(&delivery, "Running").await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_proxy_that_never_gets_ready_is_in_the_deliverys_condition_and_the_delivery_starts_once_it_is() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let unreachable = istiod::Unreachable::begin().unwrap();
    // Until the node knows it.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 200});
    let delivery = cluster.deliver("unready", spec).await.unwrap();
    let begun = Instant::now();
    let said = reason(&cluster, &delivery, "SidecarNotReady").await;
    let took = begun.elapsed();
    drop(unreachable);
    let message = said.unwrap();
    assert!(message.contains("istio-proxy") && message.contains("whether istiod runs"), "{message}");
    println!("The condition said so after {took:?}.");
    assert!(took < SAID, "{took:?}");
    cluster.until_phase(&delivery, "Running").await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}
