//! The graph of the mesh's traffic, as `kubectl delivery graph` draws it from the live Prometheus with Kiali's queries, and what `kubectl
//! delivery check` says of the mesh, and what a Delivery's condition says of a policy in its way. Needs a demo in a mesh: MESH=1 make demo.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::time::{Duration, Instant};

use delivery_api::Delivery;
use delivery_e2e::cluster::{Cluster, condition};
use delivery_e2e::server::NAMESPACE;
use delivery_e2e::{gateway, unique, within};
use hyper::Method;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::Mutex;

/// The last test keeps all simulators from Kafka.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The simulators' canonical service.
const SIMULATOR: &str = "code-delivery-simulator";

/// What the plugin prints; an error with what it says unless its exit code is among these.
async fn plugin(arguments: &[&str], codes: &[i32]) -> anyhow::Result<String> {
    let output = Command::new("kubectl").arg("delivery").args(arguments).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.code().is_some_and(|code| codes.contains(&code)), "{arguments:?}: {said}");
    Ok(String::from_utf8(output.stdout)?)
}

/// The graph with these flags, once nothing is missing in it.
async fn graph(flags: &[&str], missing: impl Fn(&Value) -> Vec<String>) -> Value {
    let mut arguments = vec!["graph", "-o", "json"];
    arguments.extend(flags);
    let mut last = String::new();
    let found = within("the graph", async {
        loop {
            // Without any traffic yet the exit code is 1.
            let found: Value = serde_json::from_str(&plugin(&arguments, &[0, 1]).await?).unwrap_or_default();
            let missing = missing(&found);
            if missing.is_empty() {
                return Ok(found);
            }
            last = format!("{missing:?} are missing in {found}");
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    });
    found.await.unwrap_or_else(|error| panic!("{error:#}; {last}"))
}

/// The edges between nodes of these names.
fn edges<'a>(graph: &'a Value, source: &str, destination: &str) -> Vec<&'a Value> {
    let nodes = graph["nodes"].as_array().into_iter().flatten();
    let ids =
        |name: &str| nodes.clone().filter(|node| node["name"] == name).map(|node| &node["id"]).collect::<Vec<_>>();
    let (sources, destinations) = (ids(source), ids(destination));
    let all = graph["edges"].as_array().into_iter().flatten();
    all.filter(|edge| sources.contains(&&edge["source"]) && destinations.contains(&&edge["destination"])).collect()
}

/// Which of these edges are missing, or not wholly under mutual TLS.
fn unsecured(graph: &Value, wanted: &[(&str, &str)]) -> Vec<String> {
    let is_secured = |edge: &&Value| edge["mutualTls"] == json!(1.0);
    let lacks = |(source, destination): &&(&str, &str)| !edges(graph, source, destination).iter().any(is_secured);
    wanted.iter().filter(lacks).map(|(source, destination)| format!("{source} → {destination}")).collect()
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn the_graph_has_every_edge_of_the_product_with_a_padlock_and_a_node_per_delivery() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::connect().await.unwrap();
    let spec = json!({"routeRef": {"name": "segundo"}, "intervalMilliseconds": 1000});
    let delivery = cluster.deliver("drawn", spec).await.unwrap();
    let name = delivery.name_any();
    // So that somebody comes through the entrance, and the gateway asks MongoDB.
    for _ in 0..5 {
        gateway::request(Method::GET, "/deliveries", None).await.unwrap();
    }
    let between = [
        ("code-delivery-ingress-istio", "code-delivery-gateway"),
        ("code-delivery-gateway", "kafka"),
        ("code-delivery-gateway", "mongodb"),
        ("code-delivery-operator", "kafka"),
        (name.as_str(), "kafka"),
    ];
    let apart = graph(&[], |graph| unsecured(graph, &between)).await;
    // Of its own accord the graph has what one of the installation's namespaces sends or gets; the servers' is another.
    let servers = ["--namespace", NAMESPACE, "--installation-namespace", "code-delivery"];
    graph(&servers, |graph| unsecured(graph, &[("connect", "elasticsearch")])).await;
    let http = edges(&apart, "code-delivery-ingress-istio", "code-delivery-gateway");
    let http = http.iter().find(|edge| edge["protocol"] == "http").unwrap();
    assert!(http["requestsPerSecond"].as_f64().unwrap() > 0.0 && http["p95Milliseconds"].is_number(), "{http}");
    let positions = edges(&apart, &name, "kafka");
    assert!(positions.iter().any(|edge| edge["sentBytesPerSecond"].as_f64().unwrap() > 0.0), "{positions:?}");
    assert!(edges(&apart, "kafka", "code-delivery-gateway").is_empty(), "who reads from Kafka has connected to it");

    let together = graph(&["--collapse"], |graph| unsecured(graph, &[(SIMULATOR, "kafka")])).await;
    assert!(edges(&together, &name, "kafka").is_empty(), "all simulators are one");

    let picture = plugin(&["graph", "-o", "svg", "--collapse"], &[0]).await.unwrap();
    assert!(picture.starts_with("<svg ") && picture.contains("class=\"lock\""), "{picture}");
    let dot = plugin(&["graph", "-o", "dot"], &[0]).await.unwrap();
    assert!(dot.starts_with("digraph traffic {") && dot.contains("mTLS 100%"), "{dot}");
    let table = plugin(&["graph"], &[0]).await.unwrap();
    assert!(table.contains("REQUESTS/S") && table.contains(&name), "{table}");
    cluster.delete(&delivery).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn the_check_has_a_category_for_the_mesh_in_which_nothing_is_wrong() {
    let sentences = ["in the mesh, and ready.", "STRICT", "denies by default", "under mutual TLS", "istiod knows all"];
    let mut last = Value::Null;
    let right = within("a right mesh", async {
        loop {
            let report: Value = serde_json::from_str(&plugin(&["check", "-o", "json"], &[0, 1]).await?)?;
            let categories = report["categories"].as_array().into_iter().flatten();
            let mesh =
                categories.filter(|category| category["name"] == "Mesh").filter_map(|one| one["checks"].as_array());
            let checks: Vec<_> = mesh.flatten().collect();
            let says = |sentence: &str| {
                checks.iter().any(|check| check["message"].as_str().is_some_and(|message| message.contains(sentence)))
            };
            // A pod of another test may have just been created, and istiod may have just sent something for it.
            if checks.iter().all(|check| check["result"] != "wrong") && sentences.into_iter().all(says) {
                return Ok(());
            }
            last = report;
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    });
    right.await.unwrap_or_else(|error| panic!("{error:#}; not all of {sentences:?} in the last report: {last}"));
}

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
    assert!(took < Duration::from_secs(45), "{took:?}, the start of the pod included");
    cluster.until_phase(&delivery, "Running").await.unwrap();
    cluster.delete(&delivery).await.unwrap();
}
