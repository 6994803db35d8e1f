//! The connector operator: off by default, and as restricted as the other components.

use serde_json::{Value, json};

use crate::pods::assert_pod;
use crate::render::{CASES, chart, config, file, name, of_component, of_kind, render, template};

fn ours<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    of_component(objects, kind, "connector-operator")
}

#[test]
fn it_is_off_by_default() {
    for case in CASES {
        assert!(render(case).iter().all(|object| !name(object).contains("connector-operator")), "{case}");
    }
}

#[test]
fn its_pod_meets_the_restricted_standard_and_has_its_own_name_version_and_probes() {
    let objects = render("connectors");
    let container = &assert_pod(&objects, "connector-operator", "0.1.0")["spec"]["containers"][0];
    assert!(container["image"].as_str().unwrap().starts_with("registry.example.com/team/connector-operator@sha256:"));
}

#[test]
fn it_has_only_the_permissions_that_it_needs_each_with_a_reason_and_only_where_it_watches() {
    let objects = render("connectors");
    let roles: Vec<&Value> = ours(&objects, "Role").collect();
    let namespaces: Vec<&str> = roles.iter().map(|role| role["metadata"]["namespace"].as_str().unwrap()).collect();
    assert_eq!(namespaces, ["north", "south"]);
    let granted: Vec<(&str, Vec<&str>)> = roles[0]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let verbs = rule["verbs"].as_array().unwrap().iter().map(|verb| verb.as_str().unwrap()).collect();
            (rule["resources"][0].as_str().unwrap(), verbs)
        })
        .collect();
    assert_eq!(
        granted,
        [
            ("kafkaconnectors", vec!["get", "list", "watch", "patch"]),
            ("kafkaconnectors/status", vec!["update"]),
            ("kafkaconnects", vec!["get"]),
            ("configmaps", vec!["get", "create", "patch"]),
            ("events", vec!["create", "patch"]),
        ]
    );
    let binding = ours(&objects, "RoleBinding").next().unwrap();
    assert_eq!(binding["subjects"][0]["name"], "fleet-connector-operator");
    let whole = of_kind(&objects, "ClusterRoleBinding");
    assert_eq!(whole.filter(|it| it["subjects"][0]["name"] == "fleet-connector-operator").count(), 0);
    let text = std::fs::read_to_string(chart().join("templates/connector-operator/rbac.yaml")).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("- apiGroups:")) {
        assert!(lines[at - 1].starts_with('#'), "{}", lines[at + 1]);
    }
}

#[test]
fn editors_of_a_namespace_may_edit_its_connectors_if_the_operator_is_enabled() {
    let edits = |case: &str| {
        let objects = render(case);
        let edit = of_kind(&objects, "ClusterRole").find(|role| name(role).ends_with("-edit")).unwrap().clone();
        edit["rules"].as_array().unwrap().iter().any(|rule| rule["resources"] == json!(["kafkaconnectors"]))
    };
    assert!(edits("connectors") && !edits("minimal"));
}

#[test]
fn it_is_configured_with_connects_address_and_reaches_nothing_else() {
    let objects = render("connectors");
    let config = config(&objects, "connector-operator");
    assert_eq!(
        (&config["source"], &config["watchNamespaces"]),
        (&json!("shop/code-delivery"), &json!(["north", "south"]))
    );
    let connect = json!({ "url": "http://connect.kafka.svc:8083", "namespaces": ["north"] });
    assert_eq!(config["clusters"]["connect"], connect);
    assert_eq!(config["clusters"]["guarded.example"]["namespaces"], json!(null), "all that are watched");
    let directory = &config["clusters"]["guarded.example"]["credentialsDirectory"];
    let deployment = ours(&objects, "Deployment").next().unwrap();
    let spec = &deployment["spec"]["template"]["spec"];
    let mounts = spec["containers"][0]["volumeMounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| &mount["mountPath"] == directory).unwrap();
    let volume = spec["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == mount["name"]).unwrap();
    assert_eq!(volume["secret"], json!({ "secretName": "connect-login", "defaultMode": 0o440 }));
    let policy = ours(&objects, "NetworkPolicy").next().unwrap();
    let ports: Vec<u64> = policy["spec"]["egress"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|rule| rule["ports"].as_array().unwrap())
        .map(|port| port["port"].as_u64().unwrap())
        .collect();
    assert_eq!(ports, [53, 53, 443, 6443, 8083, 443], "names, the API server, Connect");
}

#[test]
fn values_that_cannot_work_are_rejected_with_a_message() {
    let minimal = file("minimal");
    let refused = |settings: &str| template(&["--values", &minimal, "--set", settings]).unwrap_err();
    let message = refused("connectorOperator.enabled=true");
    assert!(message.contains("connectorOperator.clusters is empty") && message.contains("--set"), "{message}");
    let message =
        refused("connectorOperator.clusters.a.url=http://a:8083,connectorOperator.clusters.a.credentialsSecret=b");
    assert!(message.contains("plain text"), "{message}");
    for wrong in [
        "connectorOperator.clusters.a.url=a:8083",
        "connectorOperator.clusters.a.address=b",
        "connectorOperator.resyncSeconds=0",
    ] {
        assert!(refused(wrong).contains("schema"), "{wrong}");
    }
}

#[test]
fn editors_may_edit_connectors_only_if_that_is_enabled_and_viewers_may_always_view_them() {
    let connectors = file("connectors");
    let verbs = |enabled: &str| {
        let set = format!("rbac.aggregateConnectors={enabled}");
        let objects = template(&["--values", &connectors, "--set", &set]).unwrap();
        ["edit", "view"].map(|role| {
            let role = of_kind(&objects, "ClusterRole").find(|it| name(it).ends_with(role)).unwrap();
            let mut rules = role["rules"].as_array().unwrap().iter();
            let connectors = rules.find(|it| it["resources"][0] == "kafkaconnectors");
            connectors.map_or(0, |it| it["verbs"].as_array().unwrap().len())
        })
    };
    assert_eq!(verbs("false"), [0, 3]);
    assert_eq!(verbs("true"), [8, 3]);
    let default = render("history");
    let edit = of_kind(&default, "ClusterRole").find(|it| name(it).ends_with("edit")).unwrap();
    assert_eq!(edit["rules"].as_array().unwrap().len(), 1);
}
