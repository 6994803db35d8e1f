//! The canary: off by default, and as restricted as the other components. It reaches the gateway and nothing else.

use serde_json::{Value, json};

use crate::pods::assert_pod;
use crate::render::{CASES, config, file, name, of_component, of_kind, render, template};

fn ours<'a>(objects: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    of_component(objects, kind, "canary")
}

#[test]
fn it_is_off_by_default() {
    for case in CASES {
        assert!(render(case).iter().all(|object| !name(object).contains("canary")), "{case}");
    }
}

#[test]
fn its_pod_meets_the_restricted_standard_and_has_no_token() {
    let objects = render("history");
    let deployment = ours(&objects, "Deployment").next().unwrap();
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate", "two would cancel each other's deliveries");
    let spec = &assert_pod(&objects, "canary", "456789abcdef")["spec"];
    assert_eq!(spec["serviceAccountName"], "code-delivery-canary");
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert!(ours(&objects, "ServiceAccount").all(|account| account["automountServiceAccountToken"] == false));
    assert_eq!(ours(&objects, "ServiceAccount").count(), 1);
    assert_eq!(spec["containers"][0]["image"], "localhost/code-delivery/canary:456789abcdef");
}

#[test]
fn it_is_told_the_gateway_and_reaches_nothing_else() {
    let objects = render("history");
    let config = config(&objects, "canary");
    let service = of_kind(&objects, "Service").find(|service| name(service).ends_with("gateway")).unwrap();
    let port = &service["spec"]["ports"][0]["port"];
    assert_eq!(config["gateway"], format!("http://{}.shop.svc:{port}", name(service)));
    assert_eq!((&config["routeId"], &config["everySeconds"]), (&json!("2"), &json!(180)));
    let policy = ours(&objects, "NetworkPolicy").next().unwrap();
    let egress = policy["spec"]["egress"].as_array().unwrap();
    assert_eq!(egress.len(), 2, "names and the gateway: {egress:?}");
    assert_eq!(egress[1]["ports"], json!([{"protocol": "TCP", "port": 8080}]));
    let gateway = of_kind(&objects, "NetworkPolicy").find(|policy| name(policy).ends_with("gateway")).unwrap();
    assert_eq!(egress[1]["to"][0]["podSelector"], gateway["spec"]["podSelector"]);
}

#[test]
fn a_gateway_that_few_may_reach_lets_it_in() {
    let everything = file("everything");
    let from = |settings: &[&str]| {
        let objects = template(&[&["--values", &everything], settings].concat()).unwrap();
        let gateway = of_kind(&objects, "NetworkPolicy").find(|policy| name(policy).ends_with("gateway")).unwrap();
        gateway["spec"]["ingress"][0]["from"].as_array().unwrap().clone()
    };
    let canary = json!({"podSelector": {"matchLabels": {
        "app.kubernetes.io/name": "code-delivery-canary", "app.kubernetes.io/instance": "code-delivery",
    }}});
    assert!(!from(&[]).contains(&canary));
    assert!(from(&["--set", "canary.enabled=true"]).contains(&canary));
}

#[test]
fn values_that_cannot_work_are_rejected_with_a_message() {
    let minimal = file("minimal");
    let refused = |settings: &str| template(&["--values", &minimal, "--set", settings]).unwrap_err();
    let message = refused("canary.enabled=true,canary.everySeconds=60");
    assert!(message.contains("canary.limitSeconds is 120 but canary.everySeconds is only 60"), "{message}");
    for wrong in ["canary.routeId=", "canary.speedKmh=0", "canary.everySeconds=1", "canary.evry=9"] {
        assert!(refused(wrong).contains("schema"), "{wrong}");
    }
}
