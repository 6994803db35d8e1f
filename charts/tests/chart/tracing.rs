//! Traces: where they go, how many, and how the kubectl plugin finds them.

use serde_json::{Value, json};

use crate::render::{config, file, name, of_kind, render, template};

fn variables(objects: &[Value], component: &str) -> Value {
    let deployment = of_kind(objects, "Deployment").find(|it| name(it).ends_with(component)).unwrap();
    deployment["spec"]["template"]["spec"]["containers"][0]["env"].clone()
}

/// The ports to which a policy lets its pods connect.
fn ports(policy: &Value) -> Vec<u64> {
    let rules = policy["spec"]["egress"].as_array().unwrap();
    rules.iter().flat_map(|rule| rule["ports"].as_array().unwrap()).filter_map(|port| port["port"].as_u64()).collect()
}

#[test]
fn traces_are_off_unless_an_endpoint_is_set() {
    let objects = render("minimal");
    for component in ["operator", "gateway"] {
        assert!(!variables(&objects, component).to_string().contains("OTEL"), "{component}");
    }
    assert!(config(&objects, "operator")["simulator"]["env"].is_null());
}

#[test]
fn operator_gateway_and_simulators_send_the_same_part_of_the_traces_to_the_endpoint() {
    let objects = render("everything");
    let expected = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example.com/otlp"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
    ];
    for component in ["operator", "gateway"] {
        let variables = variables(&objects, component);
        for (name, value) in expected {
            let found = variables.as_array().unwrap().iter().find(|variable| variable["name"] == name);
            assert_eq!(found.map(|variable| &variable["value"]), Some(&json!(value)), "{component}: {name}");
        }
    }
    let simulator = &config(&objects, "operator")["simulator"]["env"];
    for (name, value) in expected {
        assert_eq!(simulator[name], value, "{name}");
    }
}

#[test]
fn the_services_of_purchases_send_their_traces_as_well_and_are_let_out() {
    let purchases = file("purchases");
    let services = ["purchases", "invoices", "notifications"];
    let off = render("purchases");
    for service in services {
        assert!(!variables(&off, service).to_string().contains("OTEL"), "{service}");
    }
    let objects = template(&["--values", &purchases, "--set", "tracing.endpoint=http://jaeger:14318"]).unwrap();
    for service in services {
        let variables = variables(&objects, service);
        let expected = json!({"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://jaeger:14318"});
        assert!(variables.as_array().unwrap().contains(&expected), "{service}: {variables}");
        let policy = of_kind(&objects, "NetworkPolicy").find(|it| name(it).ends_with(service)).unwrap();
        assert!(ports(policy).contains(&14_318), "{policy}");
    }
}

#[test]
fn our_sink_sends_the_same_part_of_the_traces_and_other_classes_are_not_told() {
    let endpoint = ["--set", "tracing.endpoint=http://jaeger:14318", "--set-json", "tracing.samplingRatio=0.1"];
    for (case, told) in [("history", true), ("aiven", false)] {
        let values = file(case);
        let arguments: Vec<&str> = ["--values", values.as_str()].into_iter().chain(endpoint).collect();
        let objects = template(&arguments).unwrap();
        assert_eq!(of_kind(&objects, "KafkaConnector").count(), 4, "{case}");
        for connector in of_kind(&objects, "KafkaConnector") {
            let config = &connector["spec"]["config"];
            let found = (config.get("tracing.endpoint"), config.get("tracing.sampling.ratio"));
            let expected = (json!("http://jaeger:14318"), json!("0.1"));
            assert_eq!(found, if told { (Some(&expected.0), Some(&expected.1)) } else { (None, None) }, "{case}");
        }
    }
    for connector in of_kind(&render("history"), "KafkaConnector") {
        assert!(!connector.to_string().contains("tracing."), "off unless an endpoint is set: {}", name(connector));
    }
}

#[test]
fn network_policies_let_the_traces_out() {
    let own = [("fleet-operator", 4318), ("fleet-gateway", 4318), ("fleet-simulator", 4318)];
    let objects = render("everything");
    for (policy, port) in own {
        let found = of_kind(&objects, "NetworkPolicy").find(|it| name(it) == policy).unwrap();
        assert!(ports(found).contains(&port), "{policy}: {found}");
    }
    let minimal = file("minimal");
    let objects = template(&["--values", &minimal, "--set", "tracing.endpoint=http://jaeger:14318"]).unwrap();
    for policy in of_kind(&objects, "NetworkPolicy") {
        assert!(ports(policy).contains(&14_318), "{}", name(policy));
    }
}

#[test]
fn the_gateway_asks_jaeger_only_if_it_is_told_where_and_is_let_out() {
    assert_eq!(config(&render("minimal"), "gateway").get("traces"), None);
    let everything = render("everything");
    assert_eq!(config(&everything, "gateway")["traces"], json!({"url": "https://traces.example.com/jaeger"}));
    let policy =
        |objects: &[Value]| of_kind(objects, "NetworkPolicy").find(|it| name(it).ends_with("-gateway")).cloned();
    assert!(ports(&policy(&everything).unwrap()).contains(&16_686));
    let minimal = file("minimal");
    let objects = template(&["--values", &minimal, "--set", "tracing.gatewayQuery=http://jaeger:29686"]).unwrap();
    assert!(ports(&policy(&objects).unwrap()).contains(&29_686));
    for wrong in ["shop/jaeger:16686", "http://user:secret@jaeger", "http://jaeger?a=b"] {
        let refused =
            template(&["--values", &minimal, "--set-string", &format!("tracing.gatewayQuery={wrong}")]).unwrap_err();
        assert!(refused.contains("schema"), "{wrong}: {refused}");
    }
}

#[test]
fn the_plugin_finds_where_to_ask_for_traces_and_for_the_traffic_of_a_mesh() {
    let annotations = |objects: &[Value]| {
        let found = of_kind(objects, "ConfigMap").find(|it| name(it).ends_with("-operator")).unwrap();
        found["metadata"]["annotations"].clone()
    };
    let everything = annotations(&render("everything"));
    assert_eq!(everything["codedelivery.dev/kubectl-traces"], "observability/jaeger-query:16686");
    assert_eq!(everything["codedelivery.dev/kubectl-prometheus"], "monitoring/prometheus:9090");
    assert_eq!(everything["codedelivery.dev/kubectl-kafka-secret"], "kafka-kubectl");
    assert!(annotations(&render("minimal")).is_null());
    let minimal = file("minimal");
    for wrong in [
        "tracing.endpoint=jaeger:4318",
        "tracing.query=jaeger",
        "monitoring.query=prometheus",
        "tracing.samplingRatio=2",
    ] {
        let refused = template(&["--values", &minimal, "--set", wrong]).unwrap_err();
        assert!(refused.contains("schema"), "{wrong}: {refused}");
    }
}
