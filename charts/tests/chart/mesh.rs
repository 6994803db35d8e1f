//! The mesh: policies as the matrix in `istio/README.md` says, routes that leave a WebSocket alone, connections that last, and nothing of it
//! without `mesh.enabled`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::render::{CASES, chart, config, documents, file, meshed, name, of_component, of_kind, render, template};

const MATRIX: &str = "../istio/README.md";
const POLICY: &str = "AuthorizationPolicy";

/// A rule of a policy: its `namespace/name`, the caller's `namespace/account` or `anyone`, the port.
type Allowed = (String, String, String);

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn full_name(object: &Value) -> String {
    format!("{}/{}", text(&object["metadata"]["namespace"]), name(object))
}

fn is_istios(object: &Value) -> bool {
    object["apiVersion"].as_str().unwrap().contains("istio.io/")
}

/// The rules of all policies that allow something.
fn allowed(objects: &[Value]) -> BTreeSet<Allowed> {
    let mut all = BTreeSet::new();
    for policy in of_kind(objects, POLICY) {
        for rule in policy["spec"]["rules"].as_array().into_iter().flatten() {
            assert_eq!(policy["spec"]["action"], "ALLOW", "{}", full_name(policy));
            let mut callers = Vec::new();
            for principal in list(&rule["from"][0]["source"]["principals"]) {
                let account = principal.strip_prefix("cluster.local/ns/").unwrap().to_owned();
                assert!(!account.contains('*'), "{principal} is more than one account");
                callers.push(account.replace("/sa/", "/"));
            }
            if rule["from"].is_null() {
                callers.push("anyone".to_owned());
            }
            let ports = list(&rule["to"][0]["operation"]["ports"]);
            assert!(!callers.is_empty() && !ports.is_empty(), "{}: {rule}", full_name(policy));
            for caller in callers {
                all.extend(ports.iter().map(|port| (full_name(policy), caller.clone(), port.clone())));
            }
        }
    }
    all
}

/// The rows of the matrix, and the protocol of each.
fn matrix() -> Vec<(Allowed, String)> {
    let page = fs::read_to_string(MATRIX).unwrap();
    let (_, table) = page.split_once("| From | To | Port | Protocol | Identity | Rule |\n").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    cells.map(|row| ((row[6].clone(), row[5].clone(), row[3].clone()), row[4].clone())).collect()
}

#[test]
fn the_policies_are_those_that_the_matrix_lists() {
    let expected: BTreeSet<Allowed> = matrix().into_iter().map(|(row, _)| row).collect();
    assert_eq!(matrix().len(), expected.len(), "{MATRIX} has a row twice");
    let found = allowed(&meshed("mesh"));
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "no policy allows what {MATRIX} lists: {missing:?}");
    let surplus: Vec<_> = found.difference(&expected).collect();
    assert!(surplus.is_empty(), "policies allow what {MATRIX} does not list: {surplus:?}");
}

#[test]
fn the_ports_of_the_matrix_have_its_protocols() {
    let objects = meshed("mesh");
    for ((rule, _, port), protocol) in matrix() {
        let policy = of_kind(&objects, POLICY).find(|policy| full_name(policy) == rule).unwrap();
        let selector = &policy["spec"]["selector"]["matchLabels"];
        let services = of_kind(&objects, "Service").filter(|service| {
            service["metadata"]["namespace"] == policy["metadata"]["namespace"]
                && service["spec"]["selector"] == *selector
        });
        let ports: Vec<&Value> = services.flat_map(|service| service["spec"]["ports"].as_array().unwrap()).collect();
        if ports.is_empty() {
            assert!(["9090", "80"].contains(&port.as_str()), "{rule}: no Service leads to {port}");
            continue;
        }
        let pod = pods(&objects).into_iter().find(|pod| has(&pod["metadata"]["labels"], selector)).unwrap();
        let wanted = port.parse::<u64>().ok();
        let found = ports.into_iter().find(|found| target(found, &pod) == wanted).unwrap();
        let is_tcp = found["appProtocol"] == "tcp";
        assert_eq!(is_tcp, protocol == "TCP", "{rule}: {found}");
    }
}

/// The pods of the charts' workloads, and a simulator's.
pub(crate) fn pods(objects: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for object in objects {
        if ["Deployment", "StatefulSet", "Job"].contains(&object["kind"].as_str().unwrap()) {
            let mut pod = object["spec"]["template"].clone();
            pod["metadata"]["namespace"] = object["metadata"]["namespace"].clone();
            all.push(pod);
        }
    }
    let simulator = config(objects, "code-delivery-operator")["simulator"].clone();
    all.push(json!({
        "metadata": {"namespace": "code-delivery", "labels": simulator["labels"], "annotations": simulator["annotations"]},
        "spec": {"serviceAccountName": simulator["serviceAccountName"], "containers": [{"ports": [{"name": "http-metrics", "containerPort": 9090}]}]},
    }));
    all
}

/// Whether labels have everything that a selector wants.
pub(crate) fn has(labels: &Value, selector: &Value) -> bool {
    selector.as_object().unwrap().iter().all(|(key, value)| &labels[key] == value)
}

/// The number of the port of a pod that a Service's port leads to.
pub(crate) fn target(port: &Value, pod: &Value) -> Option<u64> {
    let wanted = if port["targetPort"].is_null() { &port["port"] } else { &port["targetPort"] };
    let containers = pod["spec"]["containers"].as_array().unwrap();
    let mut ports = containers.iter().flat_map(|container| container["ports"].as_array().into_iter().flatten());
    let found = ports.find(|found| found["name"] == *wanted || found["containerPort"] == *wanted)?;
    found["containerPort"].as_u64()
}

#[test]
fn nothing_is_allowed_but_by_a_policy_and_nothing_comes_in_plain_text() {
    let objects = meshed("mesh");
    for namespace in ["code-delivery", "code-delivery-data"] {
        let here = |kind| of_kind(&objects, kind).filter(move |object| object["metadata"]["namespace"] == namespace);
        let denials: Vec<_> = here(POLICY).filter(|policy| policy["spec"] == json!({})).collect();
        assert_eq!(denials.len(), 1, "{namespace}");
        let strict = here("PeerAuthentication").find(|object| name(object) == "default").unwrap();
        assert_eq!(strict["spec"], json!({"mtls": {"mode": "STRICT"}}), "{namespace}");
        for other in here("PeerAuthentication").filter(|object| name(object) != "default") {
            assert_eq!(other["spec"]["mtls"]["mode"], "STRICT", "{}", full_name(other));
            assert_eq!(other["spec"]["portLevelMtls"], json!({"9090": {"mode": "PERMISSIVE"}}), "metrics alone");
        }
    }
}

#[test]
fn each_workload_has_an_account_of_its_own_and_a_sidecar_that_ends_with_it() {
    let objects = meshed("mesh");
    let mut accounts = BTreeSet::new();
    let all = pods(&objects);
    for pod in &all {
        let account = text(&pod["spec"]["serviceAccountName"]);
        let (metadata, namespace) = (&pod["metadata"], text(&pod["metadata"]["namespace"]));
        assert!(
            of_kind(&objects, "ServiceAccount").any(|found| full_name(found) == format!("{namespace}/{account}")),
            "there is no account {namespace}/{account}"
        );
        assert!(accounts.insert((namespace, account.clone())), "two workloads have the account {account}");
        assert_eq!(metadata["labels"]["sidecar.istio.io/inject"], "true", "{account}");
        assert_eq!(metadata["annotations"]["sidecar.istio.io/nativeSidecar"], "true", "{account}");
    }
    assert_eq!(all.len(), 14, "eight workloads of the product with the simulators, and six servers");
    let test = of_kind(&objects, "Pod").next().unwrap();
    assert_eq!(test["spec"]["serviceAccountName"], "code-delivery-kubectl");
    assert_eq!(test["metadata"]["annotations"]["sidecar.istio.io/nativeSidecar"], "true");
    assert!(test["metadata"]["annotations"].get("sidecar.istio.io/inject").is_none());
}

#[test]
fn prometheus_and_the_api_server_are_reached_past_the_sidecars() {
    let objects = meshed("mesh");
    for pod in pods(&objects).iter().filter(|pod| pod["metadata"]["namespace"] == "code-delivery") {
        let (annotations, account) = (&pod["metadata"]["annotations"], text(&pod["spec"]["serviceAccountName"]));
        assert_eq!(annotations["traffic.sidecar.istio.io/excludeInboundPorts"], "9090", "{account}");
        assert_eq!(
            annotations["prometheus.istio.io/merge-metrics"], "false",
            "{account}: or it would be scraped twice"
        );
        let is_operator = account.ends_with("operator");
        let outbound = annotations.get("traffic.sidecar.istio.io/excludeOutboundPorts");
        assert_eq!(outbound, is_operator.then_some(&json!("443,6443")), "{account}");
    }
    for policy in of_kind(&objects, "NetworkPolicy").filter(|policy| policy["metadata"]["namespace"] == "code-delivery")
    {
        let egress = policy["spec"]["egress"].to_string();
        assert!(egress.contains("15012") && egress.contains("4317"), "{} keeps its sidecar from istiod", name(policy));
        assert!(policy["spec"]["ingress"].to_string().contains("15020"), "{}", name(policy));
    }
}

#[test]
fn whoever_counts_requests_by_address_believes_the_sidecar_in_front_of_it_and_no_other() {
    let (objects, ambient) =
        (meshed("mesh"), template(&["--values", &file("mesh"), "--set", "mesh.mode=ambient"]).unwrap());
    for component in ["-gateway", "-purchases", "-invoices", "-notifications"] {
        let trusted = |objects: &[Value]| config(objects, component)["http"]["trustedProxies"].clone();
        assert_eq!(trusted(&objects), json!(["127.0.0.6"]), "{component}: or all clients would share one budget");
        assert_eq!(trusted(&ambient), json!([]), "{component} has no sidecar");
    }
}

#[test]
fn values_of_ones_own_prevail_over_the_meshs_annotations() {
    let own = r#"{sidecar.istio.io/proxyCPU: "1", example.com/team: fleet}"#;
    let objects =
        template(&["--values", &file("mesh"), "--set-json", &format!("gateway.podAnnotations={}", as_json(own))]);
    let objects = objects.unwrap();
    let gateway = of_component(&objects, "Deployment", "gateway").next().unwrap();
    let annotations = &gateway["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(
        (&annotations["sidecar.istio.io/proxyCPU"], &annotations["example.com/team"]),
        (&json!("1"), &json!("fleet"))
    );
    assert_eq!(annotations["sidecar.istio.io/proxyMemory"], "64Mi");
}

fn as_json(yaml: &str) -> String {
    serde_yaml::from_str::<Value>(yaml).unwrap().to_string()
}

#[test]
fn a_web_socket_has_no_timeout_no_second_try_and_no_http_2() {
    let objects = meshed("mesh");
    let route =
        of_kind(&objects, "HTTPRoute").find(|route| full_name(route) == "code-delivery/code-delivery-ingress").unwrap();
    let rule = &route["spec"]["rules"][0];
    assert_eq!(rule["matches"], json!([{"path": {"type": "Exact", "value": "/ws"}}]));
    assert_eq!(rule["timeouts"], json!({"request": "0s", "backendRequest": "0s"}));
    let no_retry = json!([{"name": "x-envoy-max-retries", "value": "0"}]);
    assert_eq!(rule["filters"][0]["requestHeaderModifier"]["set"], no_retry);
    let traffic =
        of_kind(&objects, "DestinationRule").find(|rule| full_name(rule) == "code-delivery/code-delivery-gateway");
    let pool = &traffic.unwrap()["spec"]["trafficPolicy"]["connectionPool"];
    assert_eq!(pool["http"]["h2UpgradePolicy"], "DO_NOT_UPGRADE");
    assert_eq!(pool["http"]["maxRequestsPerConnection"], 1);
    let places = config(&objects, "-gateway")["limits"]["connections"].as_u64().unwrap();
    assert!(pool["tcp"]["maxConnections"].as_u64().unwrap() >= places, "every WebSocket is a connection");

    let classic = template(&["--values", &file("mesh-classic")]).unwrap();
    let service = of_kind(&classic, "VirtualService").next().unwrap();
    let first = &service["spec"]["http"][0];
    // Without a timeout there is none; Istio refuses 0s.
    assert_eq!((&first["name"], &first["timeout"]), (&json!("ws"), &Value::Null));
    assert_eq!(first["retries"], json!({"attempts": 0}));
    assert_eq!(of_kind(&classic, "HTTPRoute").count(), 0, "one way in");
}

#[test]
fn connections_to_kafka_and_mongodb_last() {
    let objects = meshed("mesh-three-brokers");
    for server in ["kafka", "kafka-2", "mongodb"] {
        let wanted = format!("code-delivery/code-delivery-{server}");
        let rule = of_kind(&objects, "DestinationRule").find(|rule| full_name(rule) == wanted).expect(&wanted);
        let pool = &rule["spec"]["trafficPolicy"]["connectionPool"]["tcp"];
        assert_eq!(pool["idleTimeout"], "0s", "{server}");
        assert!(pool["tcpKeepalive"]["time"].is_string(), "{server}");
        assert!(rule["spec"]["trafficPolicy"].get("outlierDetection").is_none(), "{server}: its members are not alike");
    }
    let servers = ["kafka", "mongodb"].map(|server| {
        let pod = pods(&objects).into_iter().find(|pod| pod["spec"]["serviceAccountName"] == server).unwrap();
        text(&pod["metadata"]["annotations"]["proxy.istio.io/config"])
    });
    assert!(servers.iter().all(|settings| settings.contains(r#""ISTIO_META_IDLE_TIMEOUT": "0s""#)), "the other end");
}

#[test]
fn a_simulators_sidecar_knows_kafka_and_little_else() {
    let objects = meshed("mesh");
    let hosts = |wanted: &str| {
        let scope = of_kind(&objects, "Sidecar").find(|scope| name(scope) == wanted).unwrap();
        list(&scope["spec"]["egress"][0]["hosts"])
    };
    assert_eq!(hosts("code-delivery-simulator"), ["./*", "istio-system/*", "code-delivery-data/*"]);
    assert!(hosts("default").contains(&"code-delivery-data/*".to_owned()));
}

#[test]
fn servers_outside_of_the_cluster_become_service_entries_where_they_are_needed() {
    let objects = template(&["--values", &file("mesh-outside")]).unwrap();
    let entries = |namespace: &str| -> BTreeSet<(String, String, String)> {
        of_kind(&objects, "ServiceEntry")
            .filter(|entry| entry["metadata"]["namespace"] == namespace)
            .map(|entry| {
                let spec = &entry["spec"];
                (text(&spec["hosts"][0]), text(&spec["resolution"]), text(&spec["ports"][0]["protocol"]))
            })
            .collect()
    };
    let kafka = [
        ("kafka-0.example.com", "NONE", "TCP"),
        ("kafka-1.example.com", "NONE", "TCP"),
        ("fleet-kafka-3.outside", "NONE", "TCP"),
    ];
    let others = [
        ("db-0.example.com", "NONE", "TCP"),
        ("db-1.example.com", "NONE", "TCP"),
        ("search.example.com", "DNS", "TLS"),
    ];
    let owned = |some: &[(&str, &str, &str)]| -> BTreeSet<_> {
        some.iter().map(|(host, how, what)| ((*host).to_owned(), (*how).to_owned(), (*what).to_owned())).collect()
    };
    assert_eq!(entries("north"), owned(&kafka), "the simulators'");
    assert_eq!(entries("shop"), owned(&[kafka, others].concat()));
    let address = of_kind(&objects, "ServiceEntry").find(|entry| name(entry) == "fleet-kafka-3").unwrap();
    assert_eq!(address["spec"]["addresses"], json!(["192.0.2.9"]));
}

#[test]
fn in_a_namespace_of_others_only_the_pods_of_deliveries_are_concerned() {
    let objects = template(&["--values", &file("mesh-outside")]).unwrap();
    for object in objects.iter().filter(|object| is_istios(object)) {
        if ["north", "south"].contains(&object["metadata"]["namespace"].as_str().unwrap()) {
            let spec = &object["spec"];
            let has_selector = spec["selector"].is_object() || spec["workloadSelector"].is_object();
            let is_private = spec["exportTo"] == json!(["."]);
            assert!(has_selector || is_private, "{} concerns everyone", full_name(object));
        }
    }
}

#[test]
fn ambient_has_no_sidecars_no_paths_and_its_tunnel() {
    let objects = template(&["--values", &file("mesh-outside")]).unwrap();
    for pod in of_kind(&objects, "Deployment").map(|it| &it["spec"]["template"]["metadata"]) {
        assert_eq!(pod["labels"]["istio.io/dataplane-mode"], "ambient");
        assert!(pod["labels"].get("sidecar.istio.io/inject").is_none());
    }
    for kind in ["Sidecar", "DestinationRule"] {
        assert_eq!(of_kind(&objects, kind).count(), 0, "{kind} is for sidecars");
    }
    for policy in of_kind(&objects, POLICY) {
        assert!(!policy.to_string().contains("paths"), "{}: without a waypoint nobody knows paths", full_name(policy));
    }
    for policy in of_kind(&objects, "NetworkPolicy") {
        let (ingress, egress) = (policy["spec"]["ingress"].to_string(), policy["spec"]["egress"].to_string());
        assert!(egress.contains("15008") && ingress.contains("15008"), "{}", name(policy));
        assert!(ingress.contains("169.254.7.127/32"), "{}: the probes", name(policy));
    }
    let gateway = of_kind(&objects, POLICY).find(|policy| name(policy) == "fleet-gateway").unwrap();
    let callers = list(&gateway["spec"]["rules"][0]["from"][0]["source"]["principals"]);
    assert_eq!(callers, ["example.com/ns/shop/sa/fleet-ingress-istio", "example.com/ns/gateways/sa/public"]);
}

#[test]
fn the_meshs_gateway_takes_the_place_of_the_others() {
    let objects = template(&["--values", &file("mesh-outside")]).unwrap();
    let gateway = of_kind(&objects, "Gateway").next().unwrap();
    assert_eq!(gateway["metadata"]["annotations"]["networking.istio.io/service-type"], "NodePort");
    assert_eq!(gateway["spec"]["listeners"][0]["port"], 443);
    let named = &gateway["spec"]["infrastructure"]["parametersRef"];
    let map = of_kind(&objects, "ConfigMap").find(|map| name(map) == named["name"].as_str().unwrap()).unwrap();
    let patch: Value = serde_yaml::from_str(map["data"]["service"].as_str().unwrap()).unwrap();
    assert_eq!(patch, json!({"spec": {"ports": [{"port": 443, "nodePort": 30443}]}}));
    let demo = meshed("mesh");
    let service = of_component(&demo, "Service", "gateway").next().unwrap();
    let annotations = &service["metadata"]["annotations"];
    assert_eq!(annotations["codedelivery.dev/kubectl-service"], "code-delivery-ingress-istio:80", "for the plugin");
    assert_eq!(of_kind(&demo, "Deployment").filter(|it| name(it) == "entrance").count(), 0);
}

#[test]
fn the_links_in_mails_lead_to_the_meshs_gateway() {
    let host = "mesh.gateway.hostnames={map.example.com}";
    for (settings, address) in
        [("mesh.gateway.tlsSecret=t", "https://map.example.com"), ("mesh.gateway.tlsSecret=", "http://map.example.com")]
    {
        let objects = template(&["--values", &file("mesh"), "--set", host, "--set", settings]).unwrap();
        assert_eq!(config(&objects, "-invoices")["mapUrl"], address);
        let service = of_component(&objects, "Service", "gateway").next().unwrap();
        assert!(service["metadata"].get("annotations").is_none(), "the plugin cannot come in by an address alone");
    }
}

#[test]
fn without_the_mesh_nothing_speaks_of_it() {
    for case in CASES.into_iter().chain(["history", "purchases", "kibana"]) {
        let objects = render(case);
        let own: Vec<_> = objects.iter().filter(|object| is_istios(object)).map(name).collect();
        assert!(own.is_empty(), "{case}: {own:?}");
        for pod in of_kind(&objects, "Deployment").map(|it| &it["spec"]["template"]["metadata"]) {
            let labels = pod["labels"].as_object().unwrap();
            assert!(labels.keys().all(|label| !label.contains("istio")), "{case}: {labels:?}");
            assert!(pod["annotations"].get("kiali.io/dashboards").is_none(), "{case}");
        }
    }
}

#[test]
fn values_that_cannot_work_in_a_mesh_are_rejected_with_a_message() {
    let minimal = file("minimal");
    let refused = |settings: &str| template(&["--values", &minimal, "--set", settings]).unwrap_err();
    for (settings, message) in [
        ("mesh.enabled=true,mongodb.uriSecret.name=m", "mesh.servers.mongodb is empty"),
        ("mesh.enabled=true,mesh.gateway.api=istio", "mesh.gateway.principals is empty"),
        (
            "mesh.enabled=true,httpRoute.enabled=true,httpRoute.gateway.create=true,httpRoute.gateway.className=c",
            "two ways in",
        ),
        ("mesh.enabled=true,ingress.enabled=true,ingress.host=h", "the policies of the mesh let only identities in"),
    ] {
        let found = refused(settings);
        assert!(found.contains(message), "{settings}: {found}");
    }
    for wrong in ["mesh.mode=both", "mesh.gateway.principals={*}", "mesh.servers.kafka={kafka}", "mesh.enabeld=true"] {
        assert!(refused(wrong).contains("schema"), "{wrong}");
    }
}

#[test]
fn the_folder_istio_lists_its_files_and_has_no_others() {
    let folder = |path: &str| format!("../istio/{path}");
    let all =
        ["base", "gateway-api", "sidecars", "outside", "overlays/sidecar", "overlays/ambient", "overlays/classic"];
    for path in all {
        let read = fs::read_to_string(folder(&format!("{path}/kustomization.yaml"))).unwrap();
        let kustomization: Value = serde_yaml::from_str(&read).unwrap();
        let listed: BTreeSet<String> = list(&kustomization["resources"]).into_iter().collect();
        let files = fs::read_dir(folder(path)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: BTreeSet<String> = files.filter(|file| file != "kustomization.yaml").collect();
        for file in &files {
            let text = fs::read_to_string(folder(&format!("{path}/{file}"))).unwrap();
            assert!(!documents(&text).is_empty(), "istio/{path}/{file} has no objects");
            let is_rendered = text.starts_with("# Rendered by istio/render.sh");
            assert!(is_rendered || file == "namespace.yaml", "istio/{path}/{file} has another source");
        }
        for other in listed.iter().filter(|entry| entry.starts_with("../")) {
            let there = folder(&format!("{path}/{other}/kustomization.yaml"));
            assert!(fs::exists(&there).unwrap(), "istio/{path} lists {other}");
            files.insert(other.clone());
        }
        assert_eq!(listed, files, "istio/{path}");
    }
    let script = fs::read_to_string(folder("render.sh")).unwrap();
    for entry in fs::read_dir(chart().join("templates/mesh")).unwrap() {
        let template = entry.unwrap().file_name().into_string().unwrap();
        // The accounts are needed only with the chart, and the helpers are no objects.
        let is_left_out = ["accounts.yaml", "_mesh.tpl"].contains(&template.as_str());
        let is_rendered = script.contains(&format!("yaml {}", template.trim_end_matches(".yaml")));
        assert!(is_left_out != is_rendered, "istio/render.sh and {template}");
    }
}
