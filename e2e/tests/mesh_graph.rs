//! The graph of the mesh's traffic, as `kubectl delivery graph` draws it from the live Prometheus with Kiali's queries, and what `kubectl
//! delivery check` and `istioctl analyze` say of the mesh. Needs a demo in a mesh: MESH=1 make demo.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends with the first thing that is wrong"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use delivery_e2e::cluster::Cluster;
use delivery_e2e::server::NAMESPACE;
use delivery_e2e::{gateway, within};
use hyper::Method;
use k8s_openapi::api::core::v1::{Pod, Service, ServiceAccount};
use kube::api::{DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use tokio::process::Command;

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

/// What `istioctl analyze` finds although it is right: the code, and the beginning of the object's name.
const RIGHT: [(&str, &str); 3] = [
    // istiod copies the annotations of the Gateway to whatever it creates for it.
    ("IST0107", "code-delivery-ingress-istio"),
    // The demo's two ports, the map's and the one for tests, both lead to its one listener.
    ("IST0137", "code-delivery-ingress-istio"),
    // While no delivery runs, the scope of its proxy is nobody's.
    ("IST0101", "code-delivery-simulator"),
];

/// The errors and warnings of `istioctl analyze` in a namespace that are not right.
async fn wrong(cluster: &Cluster, namespace: &str) -> anyhow::Result<Vec<Value>> {
    let output = Command::new("istioctl").args(["analyze", "--namespace", namespace, "-o", "json"]).output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let found: Value = serde_json::from_str(&said)
        .map_err(|error| anyhow::anyhow!("{error}: {said}{}", String::from_utf8_lossy(&output.stderr)))?;
    // The pod of a delivery that has ended may be older than the mesh.
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let has_ended = |pod: &Pod| {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        matches!(phase, Some("Succeeded" | "Failed")) || pod.metadata.deletion_timestamp.is_some()
    };
    let ended = pods.list(&ListParams::default()).await?.items.into_iter().filter(has_ended);
    let ended: Vec<_> = ended.map(|pod| format!("Pod {namespace}/{}", pod.name_any())).collect();
    let is_right = |one: &Value| {
        let code = one["code"].as_str().unwrap_or_default();
        let origin = one["origin"].as_str().unwrap_or_default();
        let name = origin.split_once('/').map_or(origin, |(_, name)| name);
        one["level"] == "Info"
            || RIGHT.iter().any(|(right, object)| code == *right && name.starts_with(object))
            || (code == "IST0103" && ended.iter().any(|pod| pod == origin))
    };
    Ok(found.as_array().into_iter().flatten().filter(|one| !is_right(one)).cloned().collect())
}

#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn istioctl_analyze_finds_nothing_in_the_namespaces_of_the_mesh() {
    let cluster = Cluster::connect().await.unwrap();
    for namespace in ["code-delivery", NAMESPACE] {
        assert_eq!(wrong(&cluster, namespace).await.unwrap(), Vec::<Value>::new(), "{namespace}");
    }
}

/// The policies of a kind in a namespace.
async fn policies(cluster: &Cluster, namespace: &str, kind: &str) -> Vec<DynamicObject> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("security.istio.io", "v1", kind));
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), namespace, &kind);
    api.list(&ListParams::default()).await.unwrap().items
}

/// The other validations need no cluster: `charts/tests/chart/mesh_kiali.rs`.
#[tokio::test]
#[ignore = "needs a demo in a mesh: MESH=1 make demo"]
async fn kialis_validations_of_what_others_create_find_nothing_by_kia0004_kia0106_and_kia0602() {
    let cluster = Cluster::connect().await.unwrap();
    let namespaces = ["code-delivery", NAMESPACE];
    let mut accounts = BTreeSet::new();
    for namespace in namespaces {
        let api: Api<ServiceAccount> = Api::namespaced(cluster.client.clone(), namespace);
        let found = api.list(&ListParams::default()).await.unwrap();
        accounts.extend(found.into_iter().map(|one| format!("cluster.local/ns/{namespace}/sa/{}", one.name_any())));
    }
    for namespace in namespaces {
        let api: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
        let pods = api.list(&ListParams::default()).await.unwrap().items;
        for kind in ["AuthorizationPolicy", "PeerAuthentication"] {
            for policy in policies(&cluster, namespace, kind).await {
                let (name, spec) = (policy.name_any(), &policy.data["spec"]);
                let labels = spec["selector"]["matchLabels"].as_object();
                let is_selected = |pod: &Pod| {
                    let has =
                        |(key, value): (&String, &Value)| pod.labels().get(key).map(String::as_str) == value.as_str();
                    labels.is_none_or(|labels| labels.iter().all(has))
                };
                assert!(pods.iter().any(is_selected), "KIA0004: the {kind} {name} selects nothing");
                for rule in spec["rules"].as_array().into_iter().flatten() {
                    for principal in rule["from"][0]["source"]["principals"].as_array().into_iter().flatten() {
                        let is_there = accounts.contains(principal.as_str().unwrap());
                        assert!(is_there, "KIA0106: {principal} of {name} is nobody");
                    }
                }
            }
        }
        let api: Api<Service> = Api::namespaced(cluster.client.clone(), namespace);
        for service in api.list(&ListParams::default()).await.unwrap() {
            for port in service.spec.iter().filter_map(|spec| spec.ports.as_ref()).flatten() {
                let known = ["http", "tcp", "grpc", "kubernetes.io/ws"];
                let protocol = port.app_protocol.as_deref().unwrap_or_default();
                assert!(known.contains(&protocol), "KIA0602: {protocol:?} of {}", service.name_any());
            }
        }
    }
}
