//! The product in a mesh: everything works through the proxies, who has not the right to call is refused, and what was carried is counted.
//! Needs a demo in a mesh: MESH=1 make demo.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use delivery_api::Delivery;
use delivery_e2e::cluster::Cluster;
use delivery_e2e::follower::follow;
use delivery_e2e::gateway::{Socket, request};
use delivery_e2e::log::Log;
use delivery_e2e::probe::{Identity, run};
use delivery_e2e::prometheus::{exactly, settled, sum, targets};
use delivery_e2e::server::NAMESPACE;
use delivery_e2e::{entrance, istiod, probe, proof, shop, unique, within};
use delivery_messages::Topic;
use futures::future::join_all;
use hyper::{Method, StatusCode};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::RwLock;

const GATEWAY: &str = "http://code-delivery-gateway";
const KAFKA: &str = "kafka.code-delivery-data.svc:9092";
/// The one account that the policies allow everything at the gateway.
const ALLOWED: Identity<'static> = Identity::Account("code-delivery-kubectl");

/// What counts exactly, and what takes the control plane away, runs alone, as this lock's writer.
static ALONE: RwLock<()> = RwLock::const_new(());

/// How long istiod is away, in seconds: `ISTIOD_AWAY_SECONDS`, or a minute. With 300 the deliveries and the WebSocket last for more than ten
/// minutes, and their certificates are due while it is away.
fn away() -> u32 {
    std::env::var("ISTIOD_AWAY_SECONDS").map_or(60, |seconds| seconds.parse().unwrap())
}

/// After how many seconds the certificate of a simulator is replaced: half of what `cluster/mesh/product.yaml` makes it valid for.
const CERTIFICATE_DUE: u32 = 240;

/// A route of this many points.
fn path(points: u32) -> Vec<[f64; 2]> {
    (0..points).map(|point| [-47.93 + f64::from(point) * 1e-4, -15.82]).collect()
}

fn has_proxy(pod: &Pod) -> bool {
    let containers = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten());
    containers.filter(|one| one.name == "istio-proxy").any(|one| one.restart_policy.as_deref() == Some("Always"))
}

/// Whether a pod has ended, or is ending.
fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    pod.metadata.deletion_timestamp.is_some() || matches!(phase, Some("Succeeded" | "Failed"))
}

/// How often a pod's proxy was started again, if it serves now.
fn restarts_of_proxy(pod: &Pod) -> Option<i32> {
    let statuses = pod.status.as_ref()?.init_container_statuses.as_ref()?;
    let status = statuses.iter().find(|status| status.name == "istio-proxy")?;
    (status.ready && status.started == Some(true)).then_some(status.restart_count)
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn every_pod_of_the_product_has_a_proxy_and_is_scraped() {
    let _beside = ALONE.read().await;
    let cluster = Cluster::connect().await.unwrap();
    let servers: Api<Pod> = Api::namespaced(cluster.client.clone(), NAMESPACE);
    for (pods, instance) in [(cluster.pods(), "code-delivery"), (servers, "laptop")] {
        let ours = ListParams::default().labels(&format!("app.kubernetes.io/instance={instance}"));
        let found = pods.list(&ours).await.unwrap();
        assert!(found.items.len() > 4, "{found:?}");
        // The pod of a delivery that has ended may be older than the mesh.
        for pod in found.into_iter().filter(|pod| !has_ended(pod)) {
            assert!(has_proxy(&pod), "{} has no native sidecar", pod.name_any());
        }
    }
    let wrong = within("every target to be up", async {
        let mut wrong = vec![String::new()];
        for _ in 0..20 {
            let found = targets().await?;
            wrong = found
                .iter()
                .filter(|target| target["health"] != "up")
                .map(|target| format!("{} is {}: {}", target["scrapeUrl"], target["health"], target["lastError"]))
                .collect();
            for container in [
                "operator",
                "gateway",
                "purchases",
                "invoices",
                "notifications",
                "canary",
                "collector",
                "discovery",
                "istio-proxy",
            ] {
                if !found.iter().any(|target| target["labels"]["container"] == container) {
                    wrong.push(format!("no {container} is scraped"));
                }
            }
            if wrong.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        Ok(wrong)
    });
    assert_eq!(wrong.await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_delivery_completes_and_its_pod_ends_with_its_proxy() {
    let _beside = ALONE.read().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let delivery =
        cluster.deliver("meshed", json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 200})).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    let pods = cluster.pods_of(&delivery).await.unwrap();
    assert!(has_proxy(&pods[0]), "{pods:?}");
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
    let name = pods[0].name_any();
    let complete = |pod: Option<&Pod>| {
        let phase = pod.and_then(|pod| pod.status.as_ref()).and_then(|status| status.phase.as_deref());
        pod.is_none() || phase == Some("Succeeded")
    };
    Box::pin(cluster.until("the pod to be complete", cluster.pods(), &name, complete)).await.unwrap();
    // The proxy has told even the last thing: that the connections have ended.
    let connections = |state: &str| {
        let workload = delivery.name_any();
        format!("istio_tcp_connections_{state}_total{{reporter=\"source\",source_workload=\"{workload}\"}}")
    };
    let opened = settled(&connections("opened")).await.unwrap();
    assert!(opened > 0.0, "{} has connected to nobody", delivery.name_any());
    exactly(&connections("closed"), opened).await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_start_and_its_stream_and_a_purchase_come_through_the_meshs_gateway() {
    let _beside = ALONE.read().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let (mut viewer, _) = Socket::open_at(&entrance::address()).await.unwrap();
    let ask = json!({"courier": unique("meshed"), "intervalMilliseconds": 100});
    let (status, body) = request(Method::POST, "/routes/2/start", Some(&ask)).await.unwrap();
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    let shown = viewer.until("delivery", |data| data["courier"] == ask["courier"]).await.unwrap();
    let id = shown["deliveryId"].clone();
    viewer.until("finished", |data| data["deliveryId"] == id).await.unwrap();
    proof::complete(&log, id.as_str().unwrap()).await.unwrap();
    let name = log.newest_plan(id.as_str().unwrap()).await.unwrap().name;
    cluster.deliveries().delete(&name, &DeleteParams::default()).await.unwrap();

    let (status, purchase) =
        shop::post(&shop::order(&format!("{}@example.com", unique("meshed"))), None).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{purchase}");
    let path = format!("/api/purchases/{}", purchase["id"].as_str().unwrap());
    entrance::until(&path, |purchase| purchase["state"] == "APPROVED").await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn only_the_right_identity_path_and_port_are_served() {
    let _beside = ALONE.read().await;
    let cluster = Cluster::connect().await.unwrap();
    let get =
        async |identity: Identity<'static>, url: &str| run(&cluster, identity, &["get", url]).await.unwrap().found;
    let found = |status: &str| probe::Found::from([(status.to_owned(), 1)]);
    assert_eq!(get(ALLOWED, &format!("{GATEWAY}/deliveries")).await, found("200"), "the right one");
    assert_eq!(
        get(Identity::Account("default"), &format!("{GATEWAY}/deliveries")).await,
        found("403"),
        "a wrong identity"
    );
    let canary = Identity::Account("code-delivery-canary");
    assert_eq!(get(canary, &format!("{GATEWAY}/deliveries")).await, found("403"), "a wrong path");
    let its_own = get(canary, &format!("{GATEWAY}/ws")).await;
    assert!(!its_own.contains_key("403"), "the path that it may use, if not without an upgrade: {its_own:?}");
    let purchases = get(canary, "http://code-delivery-purchases/purchases").await;
    assert_eq!(purchases, found("403"), "a service that it may not call");

    for identity in [Identity::Account("default"), canary, Identity::Stranger] {
        let kafka = run(&cluster, identity, &["kafka", KAFKA, "1"]).await.unwrap().found;
        assert!(!kafka.contains_key("received"), "{identity:?} at Kafka: {kafka:?}");
    }

    let stranger = get(Identity::Stranger, &format!("{GATEWAY}/deliveries")).await;
    assert!(stranger.keys().all(|outcome| outcome.parse::<u16>().is_err()), "without a sidecar: {stranger:?}");
    // A pod's address belongs to no Service, so that the proxy sends what it gets as it is.
    let selector = ListParams::default().labels("app.kubernetes.io/name=code-delivery-gateway");
    let pods = cluster.pods().list(&selector).await.unwrap();
    let address = pods.items[0].status.as_ref().unwrap().pod_ip.clone().unwrap();
    for port in [8080, 8081] {
        let direct = get(ALLOWED, &format!("http://{address}:{port}/deliveries")).await;
        assert!(!direct.contains_key("200"), "without mutual TLS, on port {port}: {direct:?}");
    }
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn requests_web_sockets_and_kafkas_bytes_are_counted_exactly_for_each_edge() {
    let _alone = ALONE.write().await;
    let cluster = Cluster::connect().await.unwrap();
    let asked = run(&cluster, ALLOWED, &["get", &format!("{GATEWAY}/deliveries"), "25"]).await.unwrap();
    assert_eq!(asked.found.get("200"), Some(&25), "{:?}", asked.found);
    let edge = format!(
        "reporter=\"source\",source_workload=\"{}\",source_principal=\"spiffe://cluster.local/ns/code-delivery/sa/code-delivery-kubectl\",\
         destination_workload=\"code-delivery-gateway\",destination_service_name=\"code-delivery-gateway\",\
         request_protocol=\"http\",response_code=\"200\",connection_security_policy=\"mutual_tls\"",
        asked.name
    );
    exactly(&format!("istio_requests_total{{{edge}}}"), 25.0).await.unwrap();
    exactly(&format!("istio_request_duration_milliseconds_count{{{edge}}}"), 25.0).await.unwrap();
    // The called side counts the same, and knows who it was.
    let called = format!(
        "istio_requests_total{{reporter=\"destination\",source_workload=\"{}\",destination_workload=\"code-delivery-gateway\",\
         connection_security_policy=\"mutual_tls\"}}",
        asked.name
    );
    exactly(&called, 25.0).await.unwrap();

    let said = run(&cluster, ALLOWED, &["kafka", KAFKA, "50"]).await.unwrap();
    let edge = format!(
        "{{reporter=\"source\",source_workload=\"{}\",destination_service_name=\"kafka\",destination_workload=\"kafka\",\
         request_protocol=\"tcp\",connection_security_policy=\"mutual_tls\"}}",
        said.name
    );
    assert_eq!(said.found.get("sent"), Some(&700), "{:?}", said.found);
    let received = u32::try_from(said.found["received"]).unwrap();
    for (metric, expected) in [
        ("istio_tcp_received_bytes_total", 700.0),
        ("istio_tcp_sent_bytes_total", f64::from(received)),
        ("istio_tcp_connections_opened_total", 1.0),
        ("istio_tcp_connections_closed_total", 1.0),
    ] {
        exactly(&format!("{metric}{edge}"), expected).await.unwrap();
    }
    // A connection that lasts is counted while it lasts.
    let lasting =
        "istio_tcp_received_bytes_total{source_workload=\"code-delivery-gateway\",destination_service_name=\"kafka\"}";
    let before = sum(lasting).await.unwrap();
    assert!(settled(lasting).await.unwrap() > before, "the gateway asks Kafka all the time");

    let upgraded = "istio_requests_total{reporter=\"source\",source_workload=\"code-delivery-ingress-istio\",\
                    destination_workload=\"code-delivery-gateway\",response_code=\"101\"}";
    let before = settled(upgraded).await.unwrap();
    for _ in 0..3 {
        drop(Socket::open().await.unwrap());
    }
    exactly(upgraded, before + 3.0).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn twenty_deliveries_do_not_notice_that_istiod_is_away() {
    let _alone = ALONE.write().await;
    let (cluster, log, away) = (Cluster::connect().await.unwrap(), Log::default(), away());
    let points = 2 * away + 90;
    let watched = unique("watched");
    let client = tokio::spawn(follow("batch=true".to_owned(), watched.clone()));
    let spec = json!({"path": path(points), "intervalMilliseconds": 1000});
    let names = (1..20).map(|_| unique("without-istiod")).chain([watched]);
    let begin = names.map(|name| {
        let (cluster, spec) = (&cluster, spec.clone());
        async move { cluster.deliver_as(&name, spec).await.unwrap() }
    });
    let deliveries: Vec<Delivery> = join_all(begin).await;
    for delivery in &deliveries {
        cluster.until_phase(delivery, "Running").await.unwrap();
    }
    let pod = cluster.pods_of(&deliveries[0]).await.unwrap()[0].name_any();
    let first = certificates(&pod).await.unwrap();
    let _restored = istiod::restored();
    istiod::scale(&cluster, 0).await.unwrap();
    tokio::time::sleep(Duration::from_secs(away.into())).await;
    let records = log.all(Topic::NewPosition).await.unwrap();
    istiod::scale(&cluster, 1).await.unwrap();
    for delivery in &deliveries {
        let id = delivery.uid().unwrap();
        let count = records.iter().filter(|record| record.key == id).count();
        assert!(count >= usize::try_from(away).unwrap() - 5, "{count} positions of {}", delivery.name_any());
    }
    if away > CERTIFICATE_DUE {
        let replaced = within("the certificate that was due meanwhile", async {
            while certificates(&pod).await?.is_subset(&first) {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            Ok(())
        });
        replaced.await.unwrap();
    }

    let limit = Duration::from_secs((away + 240).into());
    let told = tokio::time::timeout(limit, client).await.unwrap().unwrap().unwrap();
    assert_eq!((told.seqs, told.reconnects), ((0..u64::from(points)).collect(), 0), "each at once");
    for delivery in &deliveries {
        cluster.until_phase(delivery, "Finished").await.unwrap();
        let found = proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
        assert_eq!(found.repeats, 0, "{}", delivery.name_any());
        cluster.delete(delivery).await.unwrap();
    }
}

/// The serial numbers of the certificates by which the proxy of a pod is known.
async fn certificates(pod: &str) -> anyhow::Result<BTreeSet<String>> {
    let ask = ["exec", pod, "-c", "istio-proxy", "--", "pilot-agent", "request", "GET", "certs"];
    let output = Command::new("kubectl").args(ask).output().await?;
    anyhow::ensure!(output.status.success(), "{ask:?}: {}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout)?;
    let known = all["certificates"].as_array().into_iter().flatten();
    let own = known.flat_map(|one| one["cert_chain"].as_array().into_iter().flatten());
    let own = own.filter(|one| one["subject_alt_names"].as_array().is_some_and(|names| !names.is_empty()));
    let serials: BTreeSet<_> = own.filter_map(|one| one["serial_number"].as_str().map(str::to_owned)).collect();
    anyhow::ensure!(!serials.is_empty(), "the proxy of {pod} has no certificate: {all}");
    Ok(serials)
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_certificate_is_replaced_without_a_failed_request() {
    let _beside = ALONE.read().await;
    let cluster = Cluster::connect().await.unwrap();
    let asked = run(&cluster, ALLOWED, &["get", &format!("{GATEWAY}/deliveries"), "60", "1s"]).await.unwrap();
    assert_eq!(asked.found, probe::Found::from([("200".to_owned(), 60)]));
    assert!(asked.certificates >= 2, "{} certificates in a minute, of 40 seconds each", asked.certificates);
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn a_delivery_whose_proxy_is_killed_has_no_gap() {
    let _beside = ALONE.read().await;
    let (cluster, log) = (Cluster::connect().await.unwrap(), Log::default());
    let spec = json!({"path": path(60), "intervalMilliseconds": 500});
    let delivery = cluster.deliver("proxy-killed", spec).await.unwrap();
    cluster.until_phase(&delivery, "Running").await.unwrap();
    log.state(&delivery.uid().unwrap(), |state| state.seq >= 0).await.unwrap();
    let name = cluster.pods_of(&delivery).await.unwrap()[0].name_any();
    let quit = ["exec", &name, "-c", "istio-proxy", "--", "pilot-agent", "request", "POST", "quitquitquit"];
    let output = Command::new("kubectl").args(quit).output().await.unwrap();
    let started = |pod: Option<&Pod>| pod.and_then(restarts_of_proxy).is_some_and(|restarts| restarts >= 1);
    let again = Box::pin(cluster.until("the proxy to be there again", cluster.pods(), &name, started)).await;
    again.unwrap_or_else(|error| panic!("{error:#}; {}", String::from_utf8_lossy(&output.stderr)));
    cluster.until_phase(&delivery, "Finished").await.unwrap();
    proof::complete(&log, &delivery.uid().unwrap()).await.unwrap();
    assert_eq!(cluster.pods_of(&delivery).await.unwrap().len(), 1, "the delivery's own container went on");
    cluster.delete(&delivery).await.unwrap();
}
