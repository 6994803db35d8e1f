//! What Kiali checks and shows, over the charts' objects in the mesh: the rules of its validations that apply (by their code), the labels that it
//! groups by, and the dashboards in the pods' annotations. No Kiali is started.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::mesh::{has, pods, target};
use crate::monitoring::metrics;
use crate::render::{file, meshed, name, of_kind, template};

/// What Kiali takes for a protocol, before the first dash of a port's name or as its `appProtocol`.
const PROTOCOLS: [&str; 14] = [
    "grpc",
    "grpc-web",
    "http",
    "http2",
    "https",
    "mongo",
    "mysql",
    "redis",
    "tcp",
    "tls",
    "udp",
    "kubernetes.io/h2c",
    "kubernetes.io/ws",
    "kubernetes.io/wss",
];

fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap()
}

/// Both sets of the demo's servers: with one broker, and with three.
fn all() -> [Vec<Value>; 2] {
    [meshed("mesh"), meshed("mesh-three-brokers")]
}

#[test]
fn each_port_says_its_protocol_by_kia0601_and_kia0602() {
    for objects in all() {
        for service in of_kind(&objects, "Service") {
            for port in service["spec"]["ports"].as_array().unwrap() {
                let (called, protocol) = (port["name"].as_str().unwrap(), port["appProtocol"].as_str().unwrap());
                let prefix = called.split('-').next().unwrap();
                assert!(PROTOCOLS.contains(&prefix), "KIA0601: {} of {}", called, name(service));
                assert!(PROTOCOLS.contains(&protocol), "KIA0602: {} of {}", protocol, name(service));
            }
        }
    }
}

#[test]
fn each_port_of_a_service_is_one_of_its_pods_by_kia0701() {
    for objects in all() {
        let pods = pods(&objects);
        for service in of_kind(&objects, "Service") {
            let mut here = pods.iter().filter(|pod| namespace(pod) == namespace(service));
            // That of one broker of three selects a label that its StatefulSet adds.
            let mut selector = service["spec"]["selector"].clone();
            selector.as_object_mut().unwrap().remove("statefulset.kubernetes.io/pod-name");
            let pod = here.find(|pod| has(&pod["metadata"]["labels"], &selector));
            assert!(pod.is_some(), "{} selects nothing", name(service));
            for port in service["spec"]["ports"].as_array().unwrap() {
                assert!(target(port, pod.unwrap()).is_some(), "KIA0701: {} of {}", port["name"], name(service));
            }
        }
    }
}

#[test]
fn each_workload_is_covered_by_a_policy_by_kia1301() {
    for objects in all() {
        for pod in pods(&objects) {
            let here = of_kind(&objects, "AuthorizationPolicy").filter(|policy| namespace(policy) == namespace(&pod));
            let mut selectors = here.map(|policy| &policy["spec"]["selector"]["matchLabels"]);
            let is_covered = selectors.any(|labels| labels.is_null() || has(&pod["metadata"]["labels"], labels));
            assert!(is_covered, "KIA1301: {}", pod["spec"]["serviceAccountName"]);
        }
    }
}

#[test]
fn each_principal_is_an_account_that_exists_by_kia0106() {
    for objects in all() {
        let mut accounts: BTreeSet<String> = of_kind(&objects, "ServiceAccount")
            .map(|account| format!("cluster.local/ns/{}/sa/{}", namespace(account), name(account)))
            .collect();
        // istiod creates this one, for the Gateway.
        let gateway = of_kind(&objects, "Gateway").next().unwrap();
        let class = gateway["spec"]["gatewayClassName"].as_str().unwrap();
        accounts.insert(format!("cluster.local/ns/{}/sa/{}-{class}", namespace(gateway), name(gateway)));
        for policy in of_kind(&objects, "AuthorizationPolicy") {
            for rule in policy["spec"]["rules"].as_array().into_iter().flatten() {
                for principal in rule["from"][0]["source"]["principals"].as_array().into_iter().flatten() {
                    assert!(accounts.contains(principal.as_str().unwrap()), "KIA0106: {principal} in {}", name(policy));
                }
            }
        }
    }
}

#[test]
fn no_two_objects_without_a_selector_meet_by_kia0002_and_kia0003() {
    for objects in all() {
        let mut seen = BTreeSet::new();
        for kind in ["PeerAuthentication", "Sidecar", "Telemetry"] {
            for object in of_kind(&objects, kind) {
                let spec = &object["spec"];
                let is_for_all = spec["selector"].is_null() && spec["workloadSelector"].is_null();
                assert!(
                    !is_for_all || seen.insert((kind, namespace(object))),
                    "KIA0002, KIA0003: {kind} {}",
                    name(object)
                );
            }
        }
    }
}

#[test]
fn each_selector_selects_a_workload_by_kia0004() {
    for objects in all() {
        let pods = pods(&objects);
        for object in &objects {
            let spec = &object["spec"];
            let labels = match object["kind"].as_str().unwrap() {
                "AuthorizationPolicy" | "PeerAuthentication" | "Telemetry" => &spec["selector"]["matchLabels"],
                "Sidecar" => &spec["workloadSelector"]["labels"],
                _ => continue,
            };
            let mut here = pods.iter().filter(|pod| namespace(pod) == namespace(object));
            let selects = labels.is_null() || here.any(|pod| has(&pod["metadata"]["labels"], labels));
            assert!(selects, "KIA0004: {} {}", object["kind"], name(object));
        }
    }
}

#[test]
fn each_host_is_one_of_the_clusters_and_no_rule_changes_mutual_tls_by_kia0202_to_kia0207() {
    let objects = meshed("mesh-three-brokers");
    let services: BTreeSet<String> = of_kind(&objects, "Service")
        .map(|service| format!("{}.{}.svc.cluster.local", name(service), namespace(service)))
        .collect();
    let mut seen = BTreeSet::new();
    for rule in of_kind(&objects, "DestinationRule") {
        let host = rule["spec"]["host"].as_str().unwrap();
        assert!(services.contains(host), "KIA0202: {host} of {}", name(rule));
        assert!(seen.insert((namespace(rule), host)), "KIA0201: two rules for {host}");
        assert!(rule["spec"]["trafficPolicy"].get("tls").is_none(), "KIA0205 to KIA0207: {}", name(rule));
    }
}

#[test]
fn the_scopes_name_namespaces_that_exist_by_kia1004() {
    let objects = meshed("mesh");
    let namespaces: BTreeSet<&str> = of_kind(&objects, "Service").map(namespace).chain([".", "istio-system"]).collect();
    for scope in of_kind(&objects, "Sidecar") {
        for host in scope["spec"]["egress"][0]["hosts"].as_array().unwrap() {
            let (place, _) = host.as_str().unwrap().split_once('/').unwrap();
            assert!(namespaces.contains(place), "KIA1004: {host} of {}", name(scope));
        }
    }
}

#[test]
fn routes_lead_from_a_gateway_to_services_by_kia1401_and_kia1402() {
    let objects = meshed("mesh");
    let ports: BTreeSet<String> = of_kind(&objects, "Service")
        .flat_map(|service| {
            let ports = service["spec"]["ports"].as_array().unwrap().iter();
            ports.map(move |port| format!("{}/{}:{}", namespace(service), name(service), port["port"]))
        })
        .collect();
    for route in of_kind(&objects, "HTTPRoute") {
        for parent in route["spec"]["parentRefs"].as_array().unwrap() {
            let place = parent["namespace"].as_str().unwrap_or_else(|| namespace(route));
            let found = of_kind(&objects, "Gateway")
                .find(|found| namespace(found) == place && found["metadata"]["name"] == parent["name"]);
            assert!(found.is_some(), "KIA1401: {parent} of {}", name(route));
        }
        for rule in route["spec"]["rules"].as_array().unwrap() {
            let backend = &rule["backendRefs"][0];
            let wanted = format!("{}/{}:{}", namespace(route), backend["name"].as_str().unwrap(), backend["port"]);
            assert!(ports.contains(&wanted), "KIA1402: {wanted} of {}", name(route));
        }
    }
}

/// Weights without a match, hosts of another Gateway, subsets: the one `VirtualService` has none of what KIA1101 to KIA1107 are about.
#[test]
fn the_virtual_service_belongs_to_its_gateway_by_kia1102_to_kia1107() {
    let objects = template(&["--values", &file("mesh-classic")]).unwrap();
    let gateways: Vec<&str> = of_kind(&objects, "Gateway").map(name).collect();
    let service = of_kind(&objects, "VirtualService").next().unwrap();
    assert_eq!(service["spec"]["gateways"], json!(gateways), "KIA1102");
    let gateway = of_kind(&objects, "Gateway").next().unwrap();
    assert_eq!(service["spec"]["hosts"], gateway["spec"]["servers"][0]["hosts"], "KIA1103");
    let known: BTreeSet<String> =
        of_kind(&objects, "Service").map(|it| format!("{}.shop.svc.cluster.local", name(it))).collect();
    for route in service["spec"]["http"].as_array().unwrap() {
        let destinations = route["route"].as_array().unwrap();
        assert_eq!(destinations.len(), 1, "KIA1104: a weight needs another");
        let destination = &destinations[0]["destination"];
        assert!(known.contains(destination["host"].as_str().unwrap()), "KIA1101: {destination}");
        assert!(destination.get("subset").is_none(), "KIA1107: {destination}");
    }
}

#[test]
fn the_graph_has_a_node_for_each_component_with_its_version() {
    let objects = meshed("mesh");
    let mut names = BTreeMap::new();
    for pod in pods(&objects).iter().filter(|pod| namespace(pod) == "code-delivery") {
        let labels = &pod["metadata"]["labels"];
        let version = labels["app.kubernetes.io/version"].as_str().unwrap();
        assert!(!version.is_empty() && version != "latest", "{labels}");
        let app = labels["app.kubernetes.io/name"].as_str().unwrap().to_owned();
        assert!(names.insert(app, version.to_owned()).is_none(), "two components are one node: {labels}");
        for other in ["app", "version", "service.istio.io/canonical-name", "service.istio.io/canonical-revision"] {
            assert!(
                labels.get(other).is_none(),
                "{other}: Kiali must not take the name from one pair and the version from another"
            );
        }
    }
    assert_eq!(names.len(), 8);
    let gateway = of_kind(&objects, "Gateway").next().unwrap();
    assert_eq!(gateway["spec"]["infrastructure"]["labels"]["app.kubernetes.io/name"], "code-delivery-ingress");
}

#[test]
fn kialis_dashboards_show_metrics_that_exist() {
    let objects = meshed("mesh");
    let metrics = metrics();
    let mut shown = BTreeSet::new();
    for pod in pods(&objects) {
        let annotations = &pod["metadata"]["annotations"];
        let Some(called) = annotations["kiali.io/dashboards"].as_str() else { continue };
        let given = annotations["dashboards.kiali.io/templates"].as_str().unwrap();
        let dashboards: Vec<Value> = serde_yaml::from_str(given).unwrap();
        assert_eq!(dashboards.len(), 1);
        let dashboard = &dashboards[0];
        assert_eq!(
            (&dashboard["name"], &pod["metadata"]["labels"]["app.kubernetes.io/name"]),
            (&json!(called), &json!(called))
        );
        assert!(metrics.contains(dashboard["discoverOn"].as_str().unwrap()), "{called}");
        for item in dashboard["items"].as_array().unwrap() {
            let chart = &item["chart"];
            let metric = chart["metrics"][0]["metricName"].as_str().unwrap();
            let series = if chart["dataType"] == "histogram" { format!("{metric}_bucket") } else { metric.to_owned() };
            assert!(metrics.contains(&series), "{called}: {series} is not in docs/metrics.md");
            assert_eq!(chart["dataType"] == "rate", metric.ends_with("_total"), "{called}: {metric}");
        }
        shown.insert(called.to_owned());
    }
    let expected = ["gateway", "operator", "simulator"].map(|component| format!("code-delivery-{component}"));
    assert_eq!(shown, BTreeSet::from(expected));
    let without = template(&["--values", &file("mesh"), "--set", "mesh.kiali.dashboards=false"]).unwrap();
    assert!(of_kind(&without, "Deployment").all(|it| !it.to_string().contains("kiali.io")));
}
