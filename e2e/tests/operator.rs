//! The operator's replicas: one leads and another takes over, without an effect on any delivery.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::log::Log;
use delivery_e2e::{PATIENCE, proof, unique, within};
use delivery_messages::{Plan, PlanPhase, Topic, decode};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use kube_runtime::watcher::{self, watcher};
use serde_json::json;
use tokio::sync::Mutex;

const OPERATOR: &str = "code-delivery-operator";

/// One change of the leader at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The pod that leads.
async fn leader(cluster: &Cluster) -> Option<String> {
    let leases: Api<Lease> = Api::default_namespaced(cluster.client.clone());
    let spec = leases.get_opt(OPERATOR).await.unwrap()?.spec?;
    let holder = spec.holder_identity.filter(|holder| !holder.is_empty())?;
    Some(holder.split_once('_').unwrap().0.to_owned())
}

/// Waits until another pod leads, and returns its name.
async fn another_leads(cluster: &Cluster, before: &str) -> String {
    within("another leader", async {
        loop {
            match leader(cluster).await {
                Some(now) if now != before => return Ok(now),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
    .await
    .unwrap()
}

/// Waits until two replicas are ready, and returns which of them leads.
async fn two_ready(cluster: &Cluster) -> String {
    let wanted = |found: Option<&k8s_openapi::api::apps::v1::Deployment>| {
        let status = found.and_then(|found| found.status.as_ref());
        status.is_some_and(|status| status.ready_replicas == Some(2) && status.replicas == Some(2))
    };
    Box::pin(cluster.until("two operators", cluster.operator(), OPERATOR, wanted)).await.unwrap();
    another_leads(cluster, "").await
}

/// Every pod that a delivery ever had, by uid, as a watch from the start sees them.
struct Seen(tokio::task::JoinHandle<()>, std::sync::Arc<std::sync::Mutex<BTreeMap<String, Vec<String>>>>);

impl Seen {
    async fn begin(cluster: &Cluster) -> Self {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(BTreeMap::<String, Vec<String>>::new()));
        let (begun, told) = tokio::sync::oneshot::channel();
        let (pods, noted) = (cluster.pods(), std::sync::Arc::clone(&seen));
        let watching = tokio::spawn(async move {
            let mut begun = Some(begun);
            let watched = watcher::Config::default().labels("codedelivery.dev/delivery");
            let mut events = watcher(pods, watched).boxed();
            while let Ok(Some(event)) = events.try_next().await {
                match event {
                    watcher::Event::Apply(pod) | watcher::Event::InitApply(pod) => {
                        let delivery = pod.labels()["codedelivery.dev/delivery"].clone();
                        let mut seen = noted.lock().unwrap();
                        let uids = seen.entry(delivery).or_default();
                        let uid = pod.uid().unwrap();
                        if !uids.contains(&uid) {
                            uids.push(uid);
                        }
                    }
                    watcher::Event::InitDone => {
                        begun.take().map(|begun| begun.send(()));
                    }
                    _ => {}
                }
            }
        });
        told.await.unwrap();
        Self(watching, seen)
    }

    fn of(&self, name: &str) -> usize {
        self.1.lock().unwrap().get(name).map_or(0, Vec::len)
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Applies deliveries while the leader changes, and checks that each gets one pod and is run to its end once. Returns
/// how long it took until another pod led.
async fn while_deliveries_are_applied(cluster: &Cluster, stop: DeleteParams) -> Duration {
    let log = Log::default();
    let before = two_ready(cluster).await;
    let seen = Seen::begin(cluster).await;
    let apply = |number: usize| {
        let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 200});
        async move { cluster.deliver(&format!("lease-{number}"), spec).await.unwrap() }
    };
    let mut deliveries: Vec<Delivery> = vec![apply(0).await, apply(1).await];
    let request = unique("meanwhile");
    let ask = json!({"routeId": "2", "clientId": "lease", "requestId": request}).to_string();
    log.send(Topic::NewDirection, Some(&request), ask.as_bytes()).await.unwrap();
    let stopped = Instant::now();
    cluster.pods().delete(&before, &stop).await.unwrap();
    deliveries.push(apply(2).await);
    // The same request again, in the middle.
    log.send(Topic::NewDirection, Some(&request), ask.as_bytes()).await.unwrap();
    let after = another_leads(cluster, &before).await;
    let took = stopped.elapsed();
    eprintln!("{after} leads {took:?} after {before} was stopped");
    deliveries.push(apply(3).await);
    for delivery in &deliveries {
        cluster.until_phase(delivery, "Finished").await.unwrap();
        proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
        assert_eq!(seen.of(&delivery.name_any()), 1, "{} had another pod", delivery.name_any());
        cluster.delete(delivery).await.unwrap();
    }
    let wanted = |plan: &Plan| plan.request_id.as_ref() == Some(&request);
    let first = log
        .find(Topic::Plan, &request, |record| decode::<Plan>(Topic::Plan, record.value.as_deref()).ok().filter(wanted));
    let first = first.await.unwrap();
    let made = log.all(Topic::Plan).await.unwrap();
    let made = made.iter().filter_map(|record| decode::<Plan>(Topic::Plan, record.value.as_deref()).ok());
    assert!(made.filter(wanted).all(|plan| plan.delivery_id == first.delivery_id), "one request, one delivery");
    cluster.deliveries().delete(&first.name, &DeleteParams::default()).await.unwrap();
    two_ready(cluster).await;
    took
}

#[tokio::test]
async fn when_the_leader_is_lost_another_takes_over_within_twenty_seconds_and_every_delivery_has_one_pod() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let took = while_deliveries_are_applied(&cluster, DeleteParams::default().grace_period(0)).await;
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[tokio::test]
async fn when_the_leader_is_stopped_another_takes_over_at_once_and_every_delivery_has_one_pod() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let took = while_deliveries_are_applied(&cluster, DeleteParams::default()).await;
    assert!(took < Duration::from_secs(7), "{took:?}: sooner than by the Lease's running out");
}

#[tokio::test]
async fn a_standby_is_ready_and_reports_that_it_is_not_the_leader() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let leader = two_ready(&cluster).await;
    // A pod of the test before may still be ending, and who has just begun to lead counts a moment later.
    let begun = Instant::now();
    loop {
        let told = told(&cluster).await;
        let is_told = |told: &BTreeMap<String, (bool, bool)>| {
            told.len() == 2 && told.iter().all(|(name, (leads, counts))| *leads == (*name == leader) && counts == leads)
        };
        if told.as_ref().is_ok_and(is_told) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "leads and counts: {told:?}; the leader is {leader}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Of each operator by its name, whether its metrics say that it leads, and whether they count deliveries.
async fn told(cluster: &Cluster) -> anyhow::Result<BTreeMap<String, (bool, bool)>> {
    let operators = ListParams::default().labels(&format!("app.kubernetes.io/name={OPERATOR}"));
    let mut told = BTreeMap::new();
    for pod in cluster.pods().list(&operators).await? {
        let (name, namespace) = (pod.name_any(), pod.namespace().unwrap_or_default());
        let path = format!("/api/v1/namespaces/{namespace}/pods/{name}:9090/proxy/metrics");
        let metrics = cluster.client.request_text(hyper::Request::get(path).body(Vec::new())?).await?;
        let leads = metrics.lines().find_map(|line| line.strip_prefix("delivery_operator_leader "));
        let leads = leads.with_context(|| format!("{name} does not say whether it leads"))? == "1";
        told.insert(name, (leads, metrics.contains("delivery_operator_deliveries{")));
    }
    Ok(told)
}

#[tokio::test]
async fn a_plan_of_another_installation_is_never_cancelled() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let ours = cluster.deliver("swept", json!({"routeRef": {"name": "primeiro"}})).await.unwrap();
    let plan = log.plan(&ours.uid().unwrap(), |plan| plan.phase == PlanPhase::Accepted).await.unwrap();
    let id = unique("foreign");
    let foreign = Plan {
        delivery_id: id.clone(),
        name: id.clone(),
        source: "elsewhere/another".to_owned(),
        request_id: None,
        ..plan
    };
    let value = delivery_messages::encode(&foreign).unwrap();
    log.send(Topic::Plan, Some(&id), &value).await.unwrap();
    cluster.delete(&ours).await.unwrap();
    log.plan(&ours.uid().unwrap(), |plan| plan.phase == PlanPhase::Cancelled).await.unwrap();
    assert_eq!(log.newest_plan(&id).await.unwrap().phase, PlanPhase::Accepted);
    log.remove(Topic::Plan, &id).await.unwrap();
}

#[tokio::test]
async fn the_trace_of_a_request_is_on_its_delivery_and_its_plan() {
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let trace = format!("00-{}-00f067aa0ba902b7-01", uuid());
    let request = unique("traced");
    let ask = json!({"routeId": "2", "clientId": "trace", "requestId": request}).to_string();
    log.send_with(Topic::NewDirection, None, Some(ask.as_bytes()), &[("traceparent", &trace)]).await.unwrap();
    let (name, header) = log
        .find(Topic::Plan, &request, |record| {
            let plan: Plan = decode(Topic::Plan, record.value.as_deref()).ok()?;
            (plan.request_id.as_ref() == Some(&request))
                .then(|| (plan.name, record.headers.get("traceparent").cloned()))
        })
        .await
        .unwrap();
    assert_eq!(header.as_ref(), Some(&trace));
    let delivery = cluster.deliveries().get(&name).await.unwrap();
    assert_eq!(delivery.annotations()["codedelivery.dev/traceparent"], trace);
    cluster.delete(&delivery).await.unwrap();
}

/// 32 unique hexadecimal digits.
fn uuid() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("{:032x}", now.as_nanos())
}
