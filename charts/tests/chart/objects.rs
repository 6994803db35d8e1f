//! The objects' names, references and content.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::render::{CASES, chart, config, file, helm, name, of_kind, render, template};

#[test]
fn each_component_has_its_own_name_and_a_real_version() {
    for (case, version) in [("minimal", "0.1.0"), ("demo", "123456789abc")] {
        let objects = render(case);
        let names: BTreeSet<&str> = of_kind(&objects, "Deployment")
            .map(|it| it["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"].as_str().unwrap())
            .collect();
        assert_eq!(names, BTreeSet::from(["code-delivery-gateway", "code-delivery-operator"]));
        let simulator = &config(&objects, "operator")["simulator"]["labels"];
        assert_eq!(simulator["app.kubernetes.io/name"], "code-delivery-simulator");
        assert_eq!(simulator["app.kubernetes.io/managed-by"], "code-delivery-operator");
        let gateway = of_kind(&objects, "Deployment").find(|it| name(it).ends_with("gateway")).unwrap();
        assert_eq!(gateway["metadata"]["labels"]["app.kubernetes.io/version"], version);
        assert_eq!(gateway["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"], version);
    }
}

#[test]
fn the_operator_is_told_where_the_pods_of_deliveries_run() {
    let simulator = config(&render("everything"), "operator")["simulator"].clone();
    assert_eq!(simulator["nodeSelector"], json!({"disk": "ssd"}));
    assert_eq!(simulator["tolerations"][0]["key"], "dedicated");
    assert!(simulator["affinity"]["nodeAffinity"].is_object());
    assert_eq!(simulator["priorityClassName"], "low");
    let spread = &simulator["topologySpreadConstraints"];
    let labels = spread[0]["labelSelector"]["matchLabels"].as_object().unwrap();
    assert_eq!(labels.len(), 2, "by default all simulator pods of the release count: {spread}");
    assert!(labels.iter().all(|(label, value)| &simulator["labels"][label] == value), "{spread}");
    assert_eq!(spread[1]["labelSelector"], json!({"matchLabels": {"team": "north"}}), "a selector of one's own stays");
    assert_eq!(spread[1]["maxSkew"], 2);
    let minimal = config(&render("minimal"), "operator")["simulator"].clone();
    assert_eq!(minimal["topologySpreadConstraints"], Value::Null);
}

#[test]
fn every_selector_matches_its_pods_and_contains_only_constant_labels() {
    for case in CASES {
        let objects = render(case);
        let labels = |component: &str| {
            let deployment = of_kind(&objects, "Deployment").find(|it| name(it).ends_with(component)).unwrap();
            deployment["spec"]["template"]["metadata"]["labels"].clone()
        };
        let simulator = config(&objects, "operator")["simulator"]["labels"].clone();
        for object in &objects {
            let selector = match object["kind"].as_str().unwrap() {
                "Deployment" | "PodDisruptionBudget" | "PodMonitor" => &object["spec"]["selector"]["matchLabels"],
                "Service" => &object["spec"]["selector"],
                "NetworkPolicy" => &object["spec"]["podSelector"]["matchLabels"],
                _ => continue,
            };
            let selector = selector.as_object().unwrap();
            assert_eq!(selector.len(), 2, "{}", name(object));
            let targets = match object["kind"].as_str().unwrap() {
                "PodMonitor" => vec![labels("operator"), labels("gateway"), simulator.clone()],
                _ if name(object).ends_with("simulator") => vec![simulator.clone()],
                _ => vec![labels(name(object).rsplit('-').next().unwrap())],
            };
            for target in targets {
                assert!(selector.iter().all(|(key, value)| &target[key] == value), "{case}: {}", name(object));
            }
        }
    }
}

#[test]
fn ports_are_named_for_meshes_and_probes_are_on_the_admin_port() {
    let objects = render("minimal");
    let service = of_kind(&objects, "Service").next().unwrap();
    assert_eq!(service["spec"]["ports"][0]["name"], "http-ws");
    assert_eq!(service["spec"]["ports"][0]["appProtocol"], "kubernetes.io/ws");
    for deployment in of_kind(&objects, "Deployment") {
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let ports = container["ports"].as_array().unwrap();
        assert!(ports.iter().all(|port| port["name"].as_str().unwrap().starts_with("http-")));
        for (probe, path) in [("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
            assert_eq!(container[probe]["httpGet"], json!({"path": path, "port": "http-metrics"}));
        }
    }
}

#[test]
fn a_changed_configuration_restarts_the_pods() {
    let sums = |arguments: &[&str]| {
        let minimal = file("minimal");
        let objects = template(&[&["--values", &minimal], arguments].concat()).unwrap();
        let sum = |component: &str| {
            let deployment = of_kind(&objects, "Deployment").find(|it| name(it).ends_with(component)).unwrap();
            deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"].clone()
        };
        (sum("operator"), sum("gateway"))
    };
    let (operator, gateway) = sums(&[]);
    assert_eq!(sums(&[]), (operator.clone(), gateway.clone()), "the same values, the same pods");
    let changed = sums(&["--set", "requests.maxActive=7"]);
    assert_ne!(changed.0, operator);
    assert_eq!(changed.1, gateway);
    let changed = sums(&["--set", "kafka.topicPrefix=north."]);
    assert!(changed.0 != operator && changed.1 != gateway);
}

#[test]
fn a_single_pod_has_no_disruption_budget_because_it_would_block_every_drain() {
    let budgets = |objects: &[Value]| -> Vec<String> {
        of_kind(objects, "PodDisruptionBudget").map(|budget| name(budget).to_owned()).collect()
    };
    for case in ["demo", "minimal"] {
        assert_eq!(budgets(&render(case)), ["code-delivery-gateway", "code-delivery-operator"], "{case}");
    }
    let one = ["--values", &file("demo"), "--set", "operator.replicas=1", "--set", "gateway.replicas=1"];
    let alone = template(&one).unwrap();
    assert_eq!(budgets(&alone), [""; 0]);
}

#[test]
fn the_operators_replicas_share_a_lease_that_only_they_may_change_and_that_the_chart_does_not_create() {
    for case in CASES {
        let objects = render(case);
        let operator = of_kind(&objects, "Deployment").find(|it| name(it).ends_with("operator")).unwrap();
        assert!(operator["spec"]["replicas"].as_u64().unwrap() >= 2, "{case}");
        assert_eq!(operator["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0, "{case}");
        assert!(operator["spec"]["template"]["spec"]["topologySpreadConstraints"].is_array(), "{case}");
        let lease = config(&objects, "operator")["lease"].clone();
        let own = of_kind(&objects, "Role").find(|role| name(role).ends_with("operator-self")).unwrap();
        assert_eq!(own["metadata"]["namespace"], lease["namespace"], "{case}");
        let rules = own["rules"].as_array().unwrap();
        let named = rules.iter().find(|rule| rule["resourceNames"].is_array()).unwrap();
        assert_eq!(named["resources"], json!(["leases"]));
        assert_eq!(named["resourceNames"], json!([lease["name"]]), "{case}");
        // A GitOps tool would fight over its content.
        assert_eq!(of_kind(&objects, "Lease").count(), 0);
    }
}

#[test]
fn the_operator_finds_the_pods_that_need_its_kafka_by_an_annotation_and_may_list_them() {
    for case in CASES.into_iter().chain(["purchases"]) {
        let objects = render(case);
        let own = of_kind(&objects, "Role").find(|role| name(role).ends_with("operator-self")).unwrap();
        let pods = own["rules"].as_array().unwrap().iter().find(|rule| rule["resources"] == json!(["pods"])).unwrap();
        assert_eq!(pods["verbs"], json!(["list"]), "{case}");
        for pod in of_kind(&objects, "Deployment").map(|it| &it["spec"]["template"]["metadata"]) {
            let component = pod["labels"]["app.kubernetes.io/name"].as_str().unwrap();
            assert_eq!(pod["labels"]["app.kubernetes.io/instance"], "code-delivery", "{case}");
            let kafka = &config(&objects, component.trim_start_matches("code-delivery-"))["kafka"]["bootstrapServers"];
            assert_eq!(&pod["annotations"]["codedelivery.dev/kafka"], kafka, "{case}: {component}");
        }
        let operator = config(&objects, "operator");
        let simulator = &operator["simulator"]["annotations"]["codedelivery.dev/kafka"];
        assert_eq!(simulator, &operator["kafka"]["bootstrapServers"], "{case}");
    }
}

#[test]
fn replicas_are_left_to_an_autoscaler_when_they_are_null() {
    let objects = render("everything");
    let gateway = of_kind(&objects, "Deployment").find(|it| name(it).ends_with("gateway")).unwrap();
    assert_eq!(gateway["spec"].get("replicas"), None);
}

#[test]
fn a_gateways_grace_period_is_longer_than_its_drain() {
    for case in CASES {
        let objects = render(case);
        let gateway = of_kind(&objects, "Deployment").find(|it| name(it).ends_with("gateway")).unwrap();
        let pod = &gateway["spec"]["template"]["spec"];
        let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
        let before = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
        let draining = config(&objects, "gateway")["drainSeconds"].as_u64().unwrap();
        assert!(grace > before + draining + 10, "{case}");
        assert_eq!(gateway["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0, "{case}");
        assert!(pod["topologySpreadConstraints"].is_array(), "{case}");
    }
}

#[test]
fn the_gateway_lists_the_routes_of_the_namespace_in_which_the_operator_serves_requests() {
    for case in CASES {
        let objects = render(case);
        let namespace = |service| config(&objects, service)["requests"]["namespace"].clone();
        assert!(namespace("gateway").is_string(), "{case}");
        assert_eq!(namespace("gateway"), namespace("operator"), "{case}");
    }
}

#[test]
fn the_websocket_route_has_no_timeout() {
    let objects = render("everything");
    let route = of_kind(&objects, "HTTPRoute").next().unwrap();
    let rule = &route["spec"]["rules"][0];
    assert_eq!(rule["matches"], json!([{"path": {"type": "Exact", "value": "/ws"}}]));
    assert_eq!(rule["timeouts"], json!({"request": "0s", "backendRequest": "0s"}));
    let gateway = of_kind(&objects, "Gateway").next().unwrap();
    assert_eq!(gateway["spec"]["listeners"][0]["tls"]["certificateRefs"][0]["name"], "map-tls");
}

#[test]
fn the_crds_are_those_of_the_crds_folder_and_are_kept_on_uninstall() {
    let objects = render("minimal");
    let crds: Vec<&Value> = of_kind(&objects, "CustomResourceDefinition").collect();
    assert_eq!(crds.len(), 2);
    for crd in crds {
        let plural = crd["spec"]["names"]["plural"].as_str().unwrap();
        let source = fs::read_to_string(chart().join(format!("../../crds/{plural}.yaml"))).unwrap();
        let source: Value = serde_yaml::from_str(&source).unwrap();
        assert_eq!(numbers(&crd["spec"]), numbers(&source["spec"]), "{plural}");
        assert_eq!(crd["metadata"]["annotations"]["helm.sh/resource-policy"], "keep");
    }
    let without =
        template(&["--values", &file("minimal"), "--set", "crds.enabled=false,routes.enabled=false"]).unwrap();
    assert!(
        without.iter().all(|object| object["kind"] != "CustomResourceDefinition" && object["kind"] != "DeliveryRoute")
    );
}

#[test]
fn helm_test_asks_kafka_as_the_plugin_does_in_the_cluster() {
    for (case, secret) in [("minimal", None), ("secured", Some("kafka-client")), ("everything", Some("kafka-kubectl"))]
    {
        let objects = render(case);
        let pod = of_kind(&objects, "Pod").next().unwrap();
        assert_eq!(pod["metadata"]["annotations"]["helm.sh/hook"], "test", "{case}");
        let (spec, container) = (&pod["spec"], &pod["spec"]["containers"][0]);
        assert_eq!(container["command"], json!(["/kubectl-delivery"]), "{case}");
        assert_eq!(container["args"], json!(["topics", "--config", "/etc/code-delivery/config.yaml"]), "{case}");
        let operator = of_kind(&objects, "Deployment").find(|it| name(it).ends_with("operator")).unwrap();
        let operator = &operator["spec"]["template"]["spec"];
        assert_eq!(container["image"], operator["containers"][0]["image"], "{case}");
        assert_eq!(
            container["volumeMounts"], operator["containers"][0]["volumeMounts"],
            "{case}: config.yaml names them"
        );
        assert_eq!(spec["volumes"][0], operator["volumes"][0], "{case}");
        assert_eq!(spec["volumes"][1]["secret"]["secretName"].as_str(), secret, "{case}");
        assert_eq!(spec["automountServiceAccountToken"], false, "{case}");
        assert_eq!(spec["securityContext"], operator["securityContext"], "{case}: the restricted standard");
        assert_eq!(container["securityContext"], operator["containers"][0]["securityContext"], "{case}");
    }
}

#[test]
fn the_routes_are_those_of_the_crds_folder() {
    let objects = render("minimal");
    let ids: Vec<&str> =
        of_kind(&objects, "DeliveryRoute").map(|route| route["spec"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    for route in of_kind(&objects, "DeliveryRoute") {
        let source = fs::read_to_string(chart().join(format!("../../crds/routes/{}.yaml", name(route)))).unwrap();
        let source: Value = serde_yaml::from_str(&source).unwrap();
        assert_eq!(route["spec"], source["spec"]);
        assert_eq!(
            route["metadata"]["annotations"]["helm.sh/hook-delete-policy"], "hook-failed",
            "never before creation"
        );
    }
}

/// The links below a folder.
fn links(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_symlink() {
                vec![path]
            } else if path.is_dir() {
                links(&path)
            } else {
                Vec::new()
            }
        })
        .collect()
}

#[test]
fn helm_finds_no_link_in_the_chart_of_which_it_would_tell_with_every_command() {
    assert_eq!(links(&chart()), Vec::<PathBuf>::new(), "let the other folder have the link");
    assert!(Path::new("../crds/deliveries.yaml").is_symlink(), "the definitions are in the chart, once");
}

#[test]
fn the_packaged_chart_contains_the_crds_not_links_to_them() {
    let folder = std::env::temp_dir().join(format!("code-delivery-chart-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (chart_path, to) = (chart().display().to_string(), folder.display().to_string());
    let packed = helm(&["package", &chart_path, "--destination", &to]);
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let archive = folder.join(concat!("code-delivery-", env!("CARGO_PKG_VERSION"), ".tgz"));
    let read = |member: &str| {
        let output =
            Command::new("tar").arg("-xzOf").arg(&archive).arg(format!("code-delivery/{member}")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for file in ["deliveries", "deliveryroutes"] {
        let source = fs::read_to_string(chart().join(format!("../../crds/{file}.yaml"))).unwrap();
        assert_eq!(read(&format!("files/crds/{file}.yaml")), source, "{file}");
    }
    assert!(read("ci/minimal-values.yaml").is_empty(), "test values are no part of the chart");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_charts_version_is_the_projects() {
    let text = fs::read_to_string(chart().join("Chart.yaml")).unwrap();
    let chart: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

/// helm parses all numbers as floating point, so 3 and 3.0 are equal here.
fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(numbers).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), numbers(value))).collect(),
        other => other.clone(),
    }
}
