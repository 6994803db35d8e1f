//! Holds for every set of values: restricted pods, and an operator with only the permissions that it uses.

use serde_json::{Value, json};

use crate::pods::assert_restricted;
use crate::render::{CASES, chart, config, file, name, of_kind, render, template};

fn pods(objects: &[Value]) -> impl Iterator<Item = &Value> {
    of_kind(objects, "Deployment").map(|deployment| &deployment["spec"]["template"])
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn every_pod_meets_the_restricted_standard() {
    for case in CASES {
        let objects = render(case);
        assert_eq!(pods(&objects).count(), 2, "{case}");
        for pod in pods(&objects) {
            assert_restricted(pod);
            assert_eq!(pod["spec"]["securityContext"]["runAsUser"], 65532);
            for volume in pod["spec"]["volumes"].as_array().unwrap() {
                assert!(volume["configMap"].is_object() || volume["secret"]["defaultMode"] == 0o440, "{volume}");
            }
        }
    }
}

#[test]
fn the_user_of_all_pods_can_be_left_to_the_cluster() {
    for (arguments, user) in [(&[][..], json!(65532)), (&["--set", "runAsUser=null"][..], Value::Null)] {
        let minimal = file("minimal");
        let objects = template(&[&["--values", &minimal], arguments].concat()).unwrap();
        for pod in pods(&objects) {
            let security = &pod["spec"]["securityContext"];
            assert_eq!((&security["runAsUser"], &security["fsGroup"]), (&user, &user));
            assert_eq!(security["runAsNonRoot"], true);
        }
        assert_eq!(config(&objects, "operator")["simulator"]["runAsUser"], user);
    }
}

#[test]
fn every_image_has_an_immutable_version() {
    for case in CASES {
        let objects = render(case);
        let simulator = config(&objects, "operator")["simulator"]["image"].clone();
        let mut images: Vec<String> =
            pods(&objects).map(|pod| pod["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()).collect();
        images.push(simulator.as_str().unwrap().to_owned());
        for image in images {
            let (path, version) = image.rsplit_once([':', '@']).unwrap();
            assert!(path.contains('/') && !version.contains('/'), "{case}: {image}");
            assert_ne!(version, "latest", "{case}: {image}");
            assert_eq!(case == "secured", image.contains("@sha256:"), "{case}: {image}");
        }
    }
}

#[test]
fn only_the_operator_has_a_token() {
    for case in CASES {
        let objects = render(case);
        for pod in pods(&objects) {
            let operator = pod["metadata"]["labels"]["app.kubernetes.io/name"] == "code-delivery-operator";
            assert_eq!(pod["spec"]["automountServiceAccountToken"], operator, "{case}");
        }
        assert!(of_kind(&objects, "ServiceAccount").all(|account| account["automountServiceAccountToken"] == false));
    }
}

#[test]
fn the_operators_rules_use_no_wildcards_and_grant_nothing_dangerous() {
    for case in CASES {
        let objects = render(case);
        for role in objects.iter().filter(|object| object["kind"].as_str().unwrap().ends_with("Role")) {
            for rule in role["rules"].as_array().unwrap() {
                let (resources, verbs) = (strings(&rule["resources"]), strings(&rule["verbs"]));
                let all = [strings(&rule["apiGroups"]), resources.clone(), verbs.clone()].concat();
                assert!(!all.contains(&"*"), "{rule}");
                for forbidden in
                    ["secrets", "pods/exec", "pods/log", "nodes", "customresourcedefinitions", "roles", "rolebindings"]
                {
                    assert!(!resources.contains(&forbidden), "{rule}");
                }
                assert!(
                    !verbs.contains(&"escalate") && !verbs.contains(&"impersonate") && !verbs.contains(&"bind"),
                    "{rule}"
                );
            }
        }
        // A RoleBinding applies to one namespace, so two namespaces need two bindings. The one exception: whether a namespace exists.
        let bound = of_kind(&objects, "ClusterRoleBinding").map(|binding| binding["roleRef"]["name"].as_str().unwrap());
        for bound in bound {
            let role = of_kind(&objects, "ClusterRole").find(|role| role["metadata"]["name"] == bound).unwrap();
            let only = json!([{ "apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["north", "south"], "verbs": ["get"] }]);
            assert_eq!(role["rules"], only, "{case}");
        }
        assert!(of_kind(&objects, "RoleBinding").all(|binding| binding["roleRef"]["kind"] == "Role"));
    }
}

#[test]
fn the_operator_may_create_deliveries_only_in_the_namespace_of_requests() {
    let objects = render("everything");
    let may_create: Vec<&str> = of_kind(&objects, "Role")
        .filter(|role| {
            role["rules"].as_array().unwrap().iter().any(|rule| {
                strings(&rule["resources"]).contains(&"deliveries") && strings(&rule["verbs"]).contains(&"create")
            })
        })
        .map(|role| role["metadata"]["namespace"].as_str().unwrap())
        .collect();
    assert_eq!(may_create, ["south"]);
}

#[test]
fn each_rule_of_the_operator_has_a_reason_beside_it() {
    let template = std::fs::read_to_string(chart().join("templates/operator/rbac.yaml")).unwrap();
    let lines: Vec<&str> = template.lines().map(str::trim).filter(|line| !line.starts_with("{{")).collect();
    let mut rules = 0;
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("- apiGroups:")) {
        assert!(lines[at - 1].starts_with('#'), "{}", lines[at + 1]);
        rules += 1;
    }
    assert_eq!(rules, 13);
}

#[test]
fn each_component_has_a_network_policy_in_every_namespace_where_its_pods_are() {
    for (case, count) in [("minimal", 3), ("demo", 3), ("secured", 3), ("everything", 4)] {
        let objects = render(case);
        let policies: Vec<&Value> = of_kind(&objects, "NetworkPolicy").collect();
        assert_eq!(policies.len(), count, "{case}");
        for policy in policies {
            assert_eq!(strings(&policy["spec"]["policyTypes"]), ["Ingress", "Egress"]);
            let dns = json!([{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]);
            assert_eq!(policy["spec"]["egress"][0]["ports"], dns, "{}", name(policy));
        }
    }
}

#[test]
fn network_policies_open_the_ports_of_the_brokers() {
    let objects = render("secured");
    for policy in of_kind(&objects, "NetworkPolicy") {
        let ports: Vec<u64> = policy["spec"]["egress"][1]["ports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|port| port["port"].as_u64().unwrap())
            .collect();
        assert_eq!(ports, [9094, 9095], "{}", name(policy));
    }
}

#[test]
fn secrets_are_only_referenced() {
    for case in CASES {
        assert_eq!(of_kind(&render(case), "Secret").count(), 0, "{case}");
    }
    let objects = render("secured");
    for component in ["operator", "gateway"] {
        assert_eq!(config(&objects, component)["kafka"]["propertiesDirectory"], "/etc/code-delivery-kafka");
        let deployment = of_kind(&objects, "Deployment").find(|it| name(it).ends_with(component)).unwrap();
        let spec = &deployment["spec"]["template"]["spec"];
        let mounts = spec["containers"][0]["volumeMounts"].as_array().unwrap();
        assert!(
            mounts.iter().any(|mount| mount["name"] == "kafka" && mount["mountPath"] == "/etc/code-delivery-kafka")
        );
        let volumes = spec["volumes"].as_array().unwrap();
        assert!(volumes.iter().any(|volume| volume["secret"]["secretName"] == "kafka-client"));
    }
    assert_eq!(config(&objects, "operator")["simulator"]["kafkaPropertiesSecret"], "kafka-client");
}

#[test]
fn each_component_has_its_own_kafka_secret_or_the_shared_one() {
    let objects = render("everything");
    for (component, secret) in [("operator", "kafka-client"), ("gateway", "kafka-gateway")] {
        assert_eq!(config(&objects, component)["kafka"]["propertiesDirectory"], "/etc/code-delivery-kafka");
        let deployment = of_kind(&objects, "Deployment").find(|it| name(it).ends_with(component)).unwrap();
        let volumes = deployment["spec"]["template"]["spec"]["volumes"].as_array().unwrap();
        let kafka = volumes.iter().find(|volume| volume["name"] == "kafka").unwrap();
        assert_eq!(kafka["secret"]["secretName"], secret, "{component}");
    }
    assert_eq!(config(&objects, "operator")["simulator"]["kafkaPropertiesSecret"], "kafka-simulator");
    let annotation = |objects: &[Value]| {
        let found = of_kind(objects, "ConfigMap").find(|it| name(it).ends_with("-operator")).unwrap();
        found["metadata"]["annotations"]["codedelivery.dev/kubectl-kafka-secret"].clone()
    };
    assert_eq!(annotation(&objects), "kafka-kubectl");
    assert_eq!(annotation(&render("secured")), "kafka-client");
    assert!(annotation(&render("minimal")).is_null());
}
