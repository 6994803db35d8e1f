//! The mode `all`: every position once and in order, whatever happens to the gateways.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use anyhow::Result;
use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::follower::{Received, follow};
use delivery_e2e::gateway::{Socket, get};
use delivery_e2e::{unique, within};
use delivery_messages::DeliveryEvent;
use futures::future::join_all;
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

const GATEWAY: &str = "code-delivery-gateway";
/// The number of points of a route, and so of a delivery's positions.
const POINTS: u32 = 150;

/// One disruption at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Clients of several kinds that are connected before the delivery begins, and the delivery, with this many
/// milliseconds between two positions.
async fn begin(
    cluster: &Cluster,
    prefix: &str,
    kinds: &[&str],
    interval: u32,
) -> (Delivery, Vec<JoinHandle<Result<Received>>>) {
    let name = unique(prefix);
    let clients = kinds.iter().map(|kind| tokio::spawn(follow((*kind).to_owned(), name.clone()))).collect();
    let path: Vec<_> = (0..POINTS).map(|point| [-47.93 + f64::from(point) * 1e-4, -15.82]).collect();
    let delivery = cluster.deliver_as(&name, json!({"path": path, "intervalMilliseconds": interval})).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    (delivery, clients)
}

async fn whole(clients: Vec<JoinHandle<Result<Received>>>) -> Vec<Received> {
    let received = within("the last position at every client", async { Ok(join_all(clients).await) }).await.unwrap();
    let received: Vec<_> = received.into_iter().map(|received| received.unwrap().unwrap()).collect();
    for received in &received {
        assert_eq!(received.seqs, (0..u64::from(POINTS)).collect::<Vec<_>>(), "each once and in order");
    }
    received
}

/// Waits until the wanted number of gateways is ready, all of the newest version, and the old ones are gone.
async fn settled(cluster: &Cluster, generation: i64) {
    let wanted = move |found: Option<&Deployment>| {
        let Some(status) = found.and_then(|found| found.status.as_ref()) else { return false };
        let replicas = found.and_then(|found| found.spec.as_ref()?.replicas);
        status.observed_generation >= Some(generation)
            && [status.replicas, status.updated_replicas, status.available_replicas] == [replicas; 3]
    };
    Box::pin(cluster.until("all gateways", cluster.operator(), GATEWAY, wanted)).await.unwrap();
}

#[tokio::test]
async fn a_rolling_restart_of_the_gateways_loses_and_duplicates_nothing() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let kinds = ["batch=true", "batch=true", "batch=false", "batch=true", "batch=false", "batch=true"];
    let (delivery, clients) = begin(&cluster, "rolling", &kinds, 800).await;
    // What `kubectl rollout restart` does.
    let now = json!({"codedelivery.dev/restarted": unique("at")});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": now}}}});
    let restarted = cluster.operator().patch(GATEWAY, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    settled(&cluster, restarted.metadata.generation.unwrap()).await;
    let received = whole(clients).await;
    assert!(received.iter().all(|received| received.reconnects >= 1 && received.resumed >= 1), "{received:?}");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_killed_gateway_loses_nothing_and_its_clients_continue_elsewhere() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let (delivery, clients) = begin(&cluster, "killed", &["batch=true"; 8], 100).await;
    let gateways = ListParams::default().labels(&format!("app.kubernetes.io/name={GATEWAY}"));
    let pods = cluster.pods().list(&gateways).await.unwrap().items;
    assert!(pods.len() >= 2, "there is another gateway to go to");
    let at_once = DeleteParams::default().grace_period(0);
    cluster.pods().delete(&pods.first().unwrap().name_any(), &at_once).await.unwrap();
    let received = whole(clients).await;
    assert!(received.iter().all(|received| received.reconnects == received.resumed), "{received:?}");
    let deployment = cluster.operator().get(GATEWAY).await.unwrap();
    settled(&cluster, deployment.metadata.generation.unwrap()).await;
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_client_that_reconnects_late_receives_what_it_missed_from_any_gateway() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let mut before = Socket::connect("mode=all&batch=true").await.unwrap();
    let (event, snapshot) = before.next().await.unwrap();
    assert_eq!((event.as_str(), &snapshot["reason"]), ("snapshot", &json!("connected")));
    let cursor = snapshot["cursor"].as_str().unwrap().to_owned();
    drop(before);
    let (delivery, _) = begin(&cluster, "late", &[], 100).await;
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    let id = delivery.uid().unwrap();
    // Whichever gateway each connection reaches.
    for _ in 0..4 {
        // A gateway may be a moment behind the operator.
        let knows_the_end = within("a gateway that knows the end", async {
            loop {
                let mut socket = Socket::connect(&format!("mode=all&batch=true&delivery={id}&cursor={cursor}")).await?;
                let (event, resumed) = socket.next().await?;
                assert_eq!(event, "resumed");
                if resumed["deliveries"][0]["phase"] == "Finished" {
                    return Ok((socket, resumed));
                }
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        });
        let (mut socket, resumed) = knows_the_end.await.unwrap();
        assert_eq!(resumed["deliveries"].as_array().unwrap().len(), 1);
        let mut seqs = Vec::new();
        while seqs.len() < usize::try_from(POINTS).unwrap() {
            let data = socket.until("new-positions", |_| true).await.unwrap();
            seqs.extend(data["positions"].as_array().unwrap().iter().filter_map(|position| position["seq"].as_u64()));
        }
        assert_eq!(seqs, (0..u64::from(POINTS)).collect::<Vec<_>>());
    }
    let listed: Value = get(&format!("/deliveries/{id}")).await.unwrap();
    assert_eq!(listed["seq"], json!(POINTS - 1));
    let (pod, name) = (listed["pod"].as_str().unwrap(), listed["name"].as_str().unwrap());
    assert!(pod.starts_with(name), "{pod} drove {name}");
    assert_eq!(listed["plan"]["topic"], json!("delivery.plan"));
    assert_eq!(listed["traceId"].as_str().unwrap().len(), 32);
    // The operator writes them a moment after the status.
    let told = within("the Event of the end", async {
        loop {
            let events = get(&format!("/deliveries/{id}")).await?["events"].take();
            let events: Vec<DeliveryEvent> = serde_json::from_value(events)?;
            if events.iter().any(|event| event.reason == "Finished") {
                return Ok(events);
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    });
    let told = told.await.unwrap();
    assert!(told.iter().any(|event| event.reason == "UnderWay" && !event.message.is_empty()), "{told:?}");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn a_cursor_of_another_topic_leads_to_a_snapshot() {
    let mut socket = Socket::connect("mode=all").await.unwrap();
    let (_, snapshot) = socket.next().await.unwrap();
    let cursor = snapshot["cursor"].as_str().unwrap();
    // Another text of the same length is the cursor of another log, or none.
    let other: String = cursor.chars().map(|letter| if letter == 'a' { 'b' } else { letter }).rev().collect();
    let mut socket = Socket::connect(&format!("mode=all&cursor={other}")).await.unwrap();
    let (event, snapshot) = socket.next().await.unwrap();
    assert_eq!((event.as_str(), &snapshot["reason"]), ("snapshot", &json!("mismatch")));
}
