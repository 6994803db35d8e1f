//! Outages: what is down recovers, and nothing is lost meanwhile. These tests stop parts of the installation, so no others run beside
//! them, and they run one after the other unless they stop different parts.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::collections::HashSet;
use std::time::Duration;

use delivery_e2e::cluster::{Cluster, Restored};
use delivery_e2e::follower::follow;
use delivery_e2e::gateway::Socket;
use delivery_e2e::log::Log;
use delivery_e2e::server::{NAMESPACE, history, scale};
use delivery_e2e::{PATIENCE, entrance, mails, proof, seconds_away, shop, unique, within};
use delivery_messages::{Plan, PlanPhase, Topic, decode};
use futures::future::join_all;
use hyper::StatusCode;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use mongodb::bson::doc;
use serde_json::json;
use tokio::sync::{Mutex, RwLock};

const OPERATOR: &str = "code-delivery-operator";
const GATEWAY: &str = "code-delivery-gateway";

/// An outage of Kafka or the gateways, which all other tests need, runs alone, as this lock's writer; other outages are
/// readers.
static OUTAGE: RwLock<()> = RwLock::const_new(());
/// Seconds in which Kafka is stopped and started, beside those for which it is away.
const STOP_AND_START: u32 = 120;
/// One outage of the operator at a time.
static OPERATORS: Mutex<()> = Mutex::const_new(());
/// One outage of MongoDB at a time.
static MONGODB: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn a_restarted_operator_creates_no_second_pod_and_loses_no_delivery() {
    let (_beside, _alone) = (OUTAGE.read().await, OPERATORS.lock().await);
    let _restored = Restored::new("deployment/code-delivery-operator", None, 2);
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let delivery = cluster
        .deliver("restart", json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 250}))
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
async fn requests_and_deletions_while_the_operator_is_down_are_served_on_its_return() {
    let (_beside, _alone) = (OUTAGE.read().await, OPERATORS.lock().await);
    let _restored = Restored::new("deployment/code-delivery-operator", None, 2);
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
    let _alone = OUTAGE.write().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let delivery =
        cluster.deliver("outage", json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 500})).await.unwrap();
    let id = delivery.uid().unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    log.state(&id, |state| state.seq >= 0).await.unwrap();

    let data: Api<Pod> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    let brokers = data.list(&ListParams::default().labels("app.kubernetes.io/name=kafka")).await.unwrap();
    let broker = brokers.items.first().unwrap().name_any();
    data.delete(&broker, &DeleteParams::default().grace_period(0)).await.unwrap();
    let gateways = ListParams::default().labels(&format!("app.kubernetes.io/name={GATEWAY}"));
    for gateway in cluster.pods().list(&gateways).await.unwrap() {
        cluster.pods().delete(&gateway.name_any(), &DeleteParams::default()).await.unwrap();
    }
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &id).await.unwrap();
    let (_socket, snapshot) = within("a gateway", async {
        loop {
            if let Ok(open) = Socket::open().await {
                return Ok(open);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    assert!(snapshot["deliveries"].is_array());
    cluster.delete(&delivery).await.unwrap();
}

/// A route of this many points.
fn path(points: u32) -> Vec<[f64; 2]> {
    (0..points).map(|point| [-47.93 + f64::from(point) * 1e-4, -15.82]).collect()
}

#[tokio::test]
async fn positions_due_while_kafka_is_down_arrive_afterwards_in_order_with_their_due_times() {
    let _alone = OUTAGE.write().await;
    let _restored = Restored::new("statefulset/kafka", Some(NAMESPACE), 1);
    let (cluster, log, away) =
        (Cluster::connect().await.unwrap(), Log::default(), seconds_away("KAFKA_AWAY_SECONDS").unwrap());
    // One is still under way when Kafka is back, one was due to arrive meanwhile, and one is requested meanwhile.
    let [under_way, arriving, asked] = ["under-way", "arriving", "asked"].map(unique);
    let names = [&under_way, &arriving, &asked].map(Clone::clone);
    let clients = names.clone().map(|name| tokio::spawn(follow("batch=true".to_owned(), name)));
    let mut deliveries = Vec::new();
    let began = tokio::time::Instant::now();
    for (name, points) in [(under_way, away + STOP_AND_START), (arriving, away / 2 + 15)] {
        let spec = json!({"path": path(points), "intervalMilliseconds": 1000});
        let delivery = cluster.deliver_as(&name, spec).await.unwrap();
        log.state(&delivery.uid().unwrap(), |state| state.seq >= 0).await.unwrap();
        deliveries.push(delivery);
    }

    scale(&cluster, "kafka", 0).await.unwrap();
    let gone = tokio::time::Instant::now();
    let spec = json!({"path": path(20), "intervalMilliseconds": 100});
    deliveries.push(cluster.deliver_as(&asked, spec).await.unwrap());
    tokio::time::sleep_until(gone + Duration::from_secs(away.into())).await;
    scale(&cluster, "kafka", 1).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs((away + STOP_AND_START).into()), "one is still under way");

    let told = within("the last position at every client", async { Ok(join_all(clients).await) }).await.unwrap();
    for (delivery, told) in deliveries.iter().zip(told) {
        let name = delivery.name_any();
        let proof = proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
        let expected: Vec<_> = (0..u64::try_from(proof.positions.len()).unwrap()).collect();
        assert_eq!(told.unwrap().unwrap().seqs, expected, "{name}: each once and in order at a client");
        cluster.until_phase(delivery, "Finished").await.unwrap();
        let pods = cluster.pods_of(delivery).await.unwrap();
        let restarts =
            pods.iter().flat_map(|pod| pod.status.iter().flat_map(|status| &status.container_statuses).flatten());
        assert_eq!(
            (pods.len(), restarts.map(|one| one.restart_count).sum::<i32>()),
            (1, 0),
            "{name}: nothing was killed"
        );
        cluster.delete(delivery).await.unwrap();
    }
}

#[tokio::test]
async fn the_stream_continues_while_mongodb_is_down_and_the_delivery_store_catches_up() {
    let (_beside, _alone) = (OUTAGE.read().await, MONGODB.lock().await);
    let _restored = Restored::new("statefulset/mongodb", Some(NAMESPACE), 1);
    let (cluster, log, away) =
        (Cluster::connect().await.unwrap(), Log::default(), seconds_away("MONGODB_AWAY_SECONDS").unwrap());
    let name = unique("without-mongodb");
    let client = tokio::spawn(follow("batch=true".to_owned(), name.clone()));
    scale(&cluster, "mongodb", 0).await.unwrap();
    let spec = json!({"path": path(away), "intervalMilliseconds": 1000});
    let delivery = cluster.deliver_as(&name, spec).await.unwrap();
    let id = delivery.uid().unwrap();
    let limit = Duration::from_secs(away.into()) + PATIENCE;
    let told = tokio::time::timeout(limit, client).await.unwrap().unwrap().unwrap();
    assert_eq!((told.seqs, told.reconnects), ((0..away.into()).collect(), 0), "each at once, while MongoDB was away");
    proof::complete(&log, &id).await.unwrap();

    scale(&cluster, "mongodb", 1).await.unwrap();
    let history = history(&cluster).await.unwrap();
    within("the delivery's end in MongoDB", async {
        while history.find_one(doc! {"_id": &id, "statePhase": "Finished"}).await?.is_none() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    })
    .await
    .unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
async fn purchases_are_taken_while_kafka_is_down_and_are_invoiced_and_mailed_once_afterwards() {
    let _alone = OUTAGE.write().await;
    let _restored = Restored::new("statefulset/kafka", Some(NAMESPACE), 1);
    let (cluster, away) = (Cluster::connect().await.unwrap(), seconds_away("KAFKA_AWAY_SECONDS").unwrap());
    let email = format!("{}@example.com", unique("without-kafka"));
    let order = shop::order(&email);
    scale(&cluster, "kafka", 0).await.unwrap();
    let gone = tokio::time::Instant::now();
    for answer in join_all((0..5).map(|_| shop::post(&order, None))).await {
        let (status, purchase) = answer.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{purchase}");
        let path = format!("/api/purchases/{}", purchase["id"].as_str().unwrap());
        let paid = entrance::until(&path, |purchase| purchase["state"] == "APPROVED").await.unwrap();
        assert!(paid["publishedAt"].is_null(), "{paid}");
    }
    tokio::time::sleep_until(gone + Duration::from_secs(away.into())).await;
    scale(&cluster, "kafka", 1).await.unwrap();
    let mails = mails::with_files(&email, 5).await.unwrap();
    let ids: HashSet<_> = mails.iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!((mails.len(), ids.len()), (5, 5), "{mails:?}");
}

#[tokio::test]
async fn an_order_that_could_not_be_stored_is_one_purchase_once_it_is_sent_again() {
    let (_beside, _alone) = (OUTAGE.read().await, MONGODB.lock().await);
    let _restored = Restored::new("statefulset/mongodb", Some(NAMESPACE), 1);
    let (cluster, away) = (Cluster::connect().await.unwrap(), seconds_away("MONGODB_AWAY_SECONDS").unwrap());
    let (email, key) = (format!("{}@example.com", unique("without-mongodb")), unique("order"));
    let order = shop::order(&email);
    scale(&cluster, "mongodb", 0).await.unwrap();
    let gone = tokio::time::Instant::now();
    let (status, error) = shop::post(&order, Some(&key)).await.unwrap();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{error}");
    assert!(error["error"]["message"].as_str().unwrap().ends_with('.'), "{error}");
    tokio::time::sleep_until(gone + Duration::from_secs(away.into())).await;
    scale(&cluster, "mongodb", 1).await.unwrap();
    let taken = within("the order to be taken", async {
        loop {
            let (status, answer) = shop::post(&order, Some(&key)).await?;
            if status.is_success() {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let purchase = taken.await.unwrap();
    let (status, again) = shop::post(&order, Some(&key)).await.unwrap();
    assert_eq!((status, &again["id"]), (StatusCode::OK, &purchase["id"]));
    mails::with_files(&email, 1).await.unwrap();
    let list = format!("/api/purchases?customerId={}", purchase["customer"]["id"].as_str().unwrap());
    let list = entrance::until(&list, |list| list["purchases"].is_array()).await.unwrap();
    assert_eq!(list["purchases"].as_array().unwrap().len(), 1, "{list}");
}
