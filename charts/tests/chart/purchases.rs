//! The services of purchases, invoices and notifications: off by default, restricted like the others, and told what they need.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::pods::assert_restricted;
use crate::render::{CASES, chart, config, file, helm, laptop, name, of_component, of_kind, render, template};

const SERVICES: [&str; 3] = ["purchases", "invoices", "notifications"];

/// The object of this kind whose name ends with this component's.
fn of<'a>(objects: &'a [Value], kind: &'a str, component: &str) -> &'a Value {
    of_component(objects, kind, component).next().unwrap()
}

fn pod<'a>(objects: &'a [Value], component: &str) -> &'a Value {
    &of(objects, "Deployment", component)["spec"]["template"]
}

/// The objects of the minimal values with these settings, or helm's error.
fn with(settings: &[&str]) -> Result<Vec<Value>, String> {
    let minimal = file("minimal");
    let mut arguments = vec!["--values", minimal.as_str()];
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    template(&arguments)
}

fn ports(rule: &Value) -> Vec<u64> {
    rule["ports"].as_array().unwrap().iter().map(|port| port["port"].as_u64().unwrap()).collect()
}

#[test]
fn the_services_and_their_topics_are_off_by_default() {
    for case in CASES {
        let objects = render(case);
        // Their alerts may be there without them.
        let mut names = objects.iter().filter(|object| object["kind"] != "PrometheusRule").map(name);
        assert!(names.all(|name| SERVICES.iter().all(|service| !name.ends_with(&format!("-{service}")))), "{case}");
        assert!(config(&objects, "operator")["topics"].get("purchases").is_none(), "{case}");
    }
}

#[test]
fn the_operator_creates_their_topics_as_soon_as_one_of_them_is_enabled() {
    for service in SERVICES {
        let enabled = format!("{service}.enabled=true");
        let objects =
            with(&[&enabled, "mongodb.uriSecret.name=mongodb", "smtp.host=smtp", "smtp.from=shop@example.com"])
                .unwrap();
        let topics = config(&objects, "operator")["topics"].clone();
        assert_eq!(topics["purchases"], true, "{service}");
        assert_eq!(topics["partitions"], 6, "{service}");
        let deployments: BTreeSet<&str> = of_kind(&objects, "Deployment").map(name).collect();
        let own = format!("code-delivery-{service}");
        assert_eq!(deployments, BTreeSet::from(["code-delivery-gateway", "code-delivery-operator", own.as_str()]));
    }
    let overrides = config(&render("purchases"), "operator")["topics"]["overrides"].clone();
    assert_eq!(overrides["compra"], json!({"partitions": 12, "retentionHours": -1}));
    assert_eq!(overrides.as_object().unwrap().len(), 4);
}

#[test]
fn their_pods_meet_the_restricted_standard_and_have_no_token() {
    let objects = render("purchases");
    for service in SERVICES {
        let pod = pod(&objects, service);
        let spec = &pod["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false, "{service}");
        assert_eq!(of(&objects, "ServiceAccount", service)["automountServiceAccountToken"], false, "{service}");
        assert_eq!(spec["serviceAccountName"], format!("shop-{service}"));
        assert_eq!(spec["imagePullSecrets"], json!([{"name": "registry"}]));
        assert_restricted(pod);
        assert_eq!(spec["securityContext"]["runAsUser"], 65532, "{service}");
        let container = &spec["containers"][0];
        for volume in spec["volumes"].as_array().unwrap() {
            assert!(volume["configMap"].is_object() || volume["secret"]["defaultMode"] == 0o440, "{volume}");
        }
        for (probe, path) in [("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
            assert_eq!(container[probe]["httpGet"], json!({"path": path, "port": "http-metrics"}), "{service}");
        }
    }
    assert!(of_kind(&objects, "RoleBinding").all(|binding| {
        binding["subjects"].as_array().unwrap().iter().all(|subject| subject["name"] == "shop-operator")
    }));
}

#[test]
fn each_selector_finds_its_own_pods_and_a_budget_needs_several() {
    let objects = render("purchases");
    for service in SERVICES {
        let labels = &pod(&objects, service)["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/name"], format!("code-delivery-{service}"));
        // What the PodMonitor, and the demo's Prometheus, select.
        assert_eq!(labels["app.kubernetes.io/part-of"], "code-delivery");
        let selectors = [
            &of(&objects, "Deployment", service)["spec"]["selector"]["matchLabels"],
            &of(&objects, "Service", service)["spec"]["selector"],
            &of(&objects, "NetworkPolicy", service)["spec"]["podSelector"]["matchLabels"],
            &of(&objects, "PodDisruptionBudget", service)["spec"]["selector"]["matchLabels"],
        ];
        for selector in selectors {
            let selector = selector.as_object().unwrap();
            assert_eq!(selector.len(), 2, "{service}");
            assert!(selector.iter().all(|(label, value)| &labels[label] == value), "{service}");
        }
        let port = &of(&objects, "Service", service)["spec"]["ports"][0];
        assert_eq!((&port["name"], &port["targetPort"]), (&json!("http-api"), &json!("http-api")), "{service}");
    }
    let replicas = |component| of(&objects, "Deployment", component)["spec"].get("replicas").cloned();
    assert_eq!(replicas("purchases"), Some(json!(2)));
    assert_eq!(replicas("invoices"), None, "left to an autoscaler");
    let one = template(&["--values", &file("purchases"), "--set", "purchases.replicas=1"]).unwrap();
    assert!(of_kind(&one, "PodDisruptionBudget").all(|budget| name(budget) != "shop-purchases"));
}

#[test]
fn each_service_is_told_where_its_own_database_is_and_the_secret_is_only_referenced() {
    let objects = render("purchases");
    assert_eq!(of_kind(&objects, "Secret").count(), 0);
    for (service, secret, key) in [
        ("purchases", "mongodb", "purchases-uri"),
        ("invoices", "invoices-database", "address"),
        ("notifications", "mongodb", "notifications"),
    ] {
        let file = config(&objects, service)["mongodb"]["uriFile"].clone();
        assert_eq!(file, "/etc/code-delivery-mongodb/uri", "{service}");
        let spec = &pod(&objects, service)["spec"];
        let mounts = spec["containers"][0]["volumeMounts"].as_array().unwrap();
        assert!(mounts.iter().any(|mount| mount["mountPath"] == "/etc/code-delivery-mongodb"), "{service}");
        let volume = spec["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == "mongodb").unwrap();
        assert_eq!(volume["secret"]["secretName"], secret, "{service}");
        assert_eq!(volume["secret"]["items"], json!([{"key": key, "path": "uri"}]), "{service}");
        let volumes = spec["volumes"].as_array().unwrap();
        let kafka = volumes.iter().find(|volume| volume["name"] == "kafka").unwrap();
        assert_eq!(kafka["secret"]["secretName"], format!("kafka-{service}"));
    }
}

#[test]
fn the_pages_that_may_use_the_gateway_may_use_the_services() {
    let origins = "gateway.allowedOrigins={https://app.example,capacitor://localhost}";
    let objects = template(&["--values", &file("purchases"), "--set", origins]).unwrap();
    for component in SERVICES.into_iter().chain(["gateway"]) {
        assert_eq!(
            config(&objects, component)["http"]["allowedOrigins"],
            json!(["https://app.example", "capacitor://localhost"]),
            "{component}"
        );
    }
}

#[test]
fn what_clients_may_use_is_in_the_files() {
    let objects = render("purchases");
    for (service, budgets) in [
        ("purchases", json!({"changes": 0, "queries": 7, "allAddressesFactor": 9})),
        ("invoices", json!({"queries": 3, "allAddressesFactor": 2})),
        ("notifications", json!({"changes": 5, "queries": 6, "allAddressesFactor": 3})),
    ] {
        let http = config(&objects, service)["http"].clone();
        assert_eq!((&http["budgets"], &http["trustedProxies"]), (&budgets, &json!(["10.42.0.0/16"])), "{service}");
    }
    assert_eq!(config(&objects, "purchases")["limits"]["httpConnections"], 300);
    assert_eq!(config(&objects, "invoices")["http"]["connections"], 100);
    assert_eq!(config(&objects, "notifications")["limits"]["httpConnections"], 200);
}

#[test]
fn payments_issuer_mail_server_and_map_are_in_the_files() {
    let objects = render("purchases");
    let purchases = config(&objects, "purchases");
    let payments = json!({
        "delayMilliseconds": 250, "slowCustomers": ["slow@example.com"], "slowMilliseconds": 5000,
        "refusedCustomers": ["@refused.example.com"],
    });
    assert_eq!(purchases["payments"], payments);
    assert!(purchases.get("smtp").is_none());
    let invoices = config(&objects, "invoices");
    assert_eq!(
        invoices["issuer"],
        json!({"name": "Café & Filhos \"Ltda.\"", "cnpj": "12345678000195", "stateCode": 35, "address": "São Paulo, SP"})
    );
    assert_eq!(invoices["series"], 7);
    assert_eq!(invoices["smtp"]["from"], "Café <shop@example.com>");
    assert_eq!(invoices["mapUrl"], "https://map.example.com");
    let notifications = config(&objects, "notifications");
    assert_eq!(notifications["smtp"]["from"], "shop@example.com", "without the name");
    assert_eq!(notifications["publicUrl"], "https://map.example.com");
    assert_eq!(notifications["retentionDays"], 90);
    for service in ["invoices", "notifications"] {
        let file = config(&objects, service);
        assert_eq!(file["smtp"]["host"], "smtp.example.com", "{service}");
        assert_eq!((&file["smtp"]["port"], &file["smtp"]["security"]), (&json!(2525), &json!("tls")), "{service}");
        assert_eq!(file["smtp"]["caFile"], "/etc/code-delivery-smtp/ca.crt", "{service}");
        let spec = &pod(&objects, service)["spec"];
        let login = |variable: &str, key: &str| {
            let secret = json!({"name": "smtp-login", "key": key});
            json!({"name": variable, "valueFrom": {"secretKeyRef": secret}})
        };
        let logins = [login("SMTP_USERNAME", "username"), login("SMTP_PASSWORD", "password")];
        assert!(spec["containers"][0]["env"].as_array().unwrap().ends_with(&logins), "{service}");
        let volume = spec["volumes"].as_array().unwrap().iter().find(|volume| volume["name"] == "smtp").unwrap();
        assert_eq!(volume["secret"]["secretName"], "smtp-ca", "{service}");
        let mounts = spec["containers"][0]["volumeMounts"].as_array().unwrap();
        assert!(mounts.iter().any(|mount| mount["mountPath"] == "/etc/code-delivery-smtp"), "{service}");
    }
    let spec = &pod(&objects, "purchases")["spec"];
    assert!(spec["volumes"].as_array().unwrap().iter().all(|volume| volume["name"] != "smtp"), "it sends no mails");
    assert!(!spec["containers"][0]["env"].to_string().contains("SMTP"), "and has no login");
    for service in SERVICES {
        let variables = pod(&objects, service)["spec"]["containers"][0]["env"].to_string();
        assert!(
            variables.contains("MALLOC_ARENA_MAX"),
            "{service} has no bound on what the allocator keeps: {variables}"
        );
        assert_eq!(config(&objects, service)["adminAddress"], "[::]:9090", "{service}");
        assert_eq!(config(&objects, service)["http"]["address"], "[::]:8080", "{service}");
    }
}

#[test]
fn the_gateway_relays_notifications_where_there_are_some() {
    assert_eq!(config(&render("purchases"), "gateway")["notifications"], true);
    for case in CASES {
        assert_eq!(config(&render(case), "gateway")["notifications"], false, "{case}");
    }
}

#[test]
fn the_map_of_the_mails_is_what_is_given_or_the_host_of_the_ingress() {
    let base = ["invoices.enabled=true", "mongodb.uriSecret.name=m", "smtp.host=smtp", "smtp.from=a@example.com"];
    let url = |settings: &[&str]| {
        let objects = with(&[&base, settings].concat()).unwrap();
        config(&objects, "invoices").get("mapUrl").cloned()
    };
    assert_eq!(url(&[]), None);
    assert_eq!(url(&["mapUrl=http://127.0.0.1:30080/"]), Some(json!("http://127.0.0.1:30080")));
    let ingress = ["ingress.enabled=true", "ingress.host=map.example.com", "ingress.apiAnnotations.a=b"];
    assert_eq!(url(&ingress), Some(json!("http://map.example.com")));
}

#[test]
fn their_network_policies_open_kafka_mongodb_and_for_two_of_them_the_mail_server() {
    let objects = render("purchases");
    for (service, expected) in [
        ("purchases", vec![vec![53, 53], vec![9092], vec![27017]]),
        ("invoices", vec![vec![53, 53], vec![9092], vec![27017], vec![2525, 1025]]),
        ("notifications", vec![vec![53, 53], vec![9092], vec![27017], vec![2525, 1025]]),
    ] {
        let spec = &of(&objects, "NetworkPolicy", service)["spec"];
        assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]), "{service}");
        let egress: Vec<Vec<u64>> = spec["egress"].as_array().unwrap().iter().map(ports).collect();
        assert_eq!(egress, expected, "{service}");
        let ingress: Vec<Vec<u64>> = spec["ingress"].as_array().unwrap().iter().map(ports).collect();
        assert_eq!(ingress, [[8080], [9090]], "{service}");
    }
}

#[test]
fn one_address_leads_to_all_services_by_their_paths() {
    let objects = render("purchases");
    let expected = [
        ("/api/purchases", "shop-purchases"),
        ("/api/invoices", "shop-invoices"),
        ("/api/notifications", "shop-notifications"),
        ("/api/recipients", "shop-notifications"),
    ];
    let ingress = of_kind(&objects, "Ingress").find(|ingress| name(ingress) == "shop-api").unwrap();
    assert_eq!(ingress["metadata"]["annotations"].as_object().unwrap().len(), 2, "{ingress}");
    let paths = ingress["spec"]["rules"][0]["http"]["paths"].as_array().unwrap();
    let found: Vec<(&str, &str)> = paths
        .iter()
        .map(|path| (path["path"].as_str().unwrap(), path["backend"]["service"]["name"].as_str().unwrap()))
        .collect();
    assert_eq!(found, expected);

    let route = of_kind(&objects, "HTTPRoute").next().unwrap();
    let rules = route["spec"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 6, "the WebSocket, the four paths, and everything else");
    for (rule, (path, service)) in rules[1..5].iter().zip(expected) {
        assert_eq!(rule["matches"], json!([{"path": {"type": "PathPrefix", "value": path}}]));
        let rewritten = path.strip_prefix("/api").unwrap();
        assert_eq!(
            rule["filters"],
            json!([{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": rewritten}}}])
        );
        assert_eq!(rule["backendRefs"][0]["name"], service);
        let port =
            of_kind(&objects, "Service").find(|found| name(found) == service).unwrap()["spec"]["ports"][0]["port"]
                .clone();
        assert_eq!(rule["backendRefs"][0]["port"], port, "{service}");
    }
    assert_eq!(rules[5]["matches"], json!([{"path": {"type": "PathPrefix", "value": "/"}}]));
}

/// The static resources of the demo's Envoy.
fn entrance() -> Value {
    let objects = laptop();
    let map = of_kind(&objects, "ConfigMap").find(|map| name(map) == "entrance").unwrap();
    let mut envoy: Value = serde_yaml::from_str(map["data"]["envoy.yaml"].as_str().unwrap()).unwrap();
    envoy["static_resources"].take()
}

#[test]
fn the_demos_entrance_has_room_for_every_web_socket_and_tells_the_gateway_whose_it_is() {
    let servers = entrance();
    let connection = &servers["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
    let routes = connection["route_config"]["virtual_hosts"][0]["routes"].as_array().unwrap();
    let everything_else = routes.last().unwrap();
    assert_eq!(everything_else["match"], json!({"prefix": "/"}));
    let header = &everything_else["request_headers_to_add"][0];
    assert_eq!(header["header"]["key"], "x-forwarded-for");
    assert_eq!(header["append_action"], "OVERWRITE_IF_EXISTS_OR_ADD", "what a client invents goes no further");

    let clusters = servers["clusters"].as_array().unwrap();
    let gateway = clusters.iter().find(|cluster| cluster["name"] == "gateway").unwrap();
    let places = config(&render("minimal"), "gateway")["limits"]["connections"].as_u64().unwrap();
    for limit in ["max_connections", "max_requests"] {
        assert!(gateway["circuit_breakers"]["thresholds"][0][limit].as_u64().unwrap() >= places, "{limit}");
    }
    let options =
        &gateway["typed_extension_protocol_options"]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"];
    assert_eq!(options["common_http_protocol_options"]["max_requests_per_connection"], 1);
    let service = laptop();
    let service = of_kind(&service, "Service").find(|service| name(service) == "entrance").unwrap();
    assert_eq!(service["spec"]["ports"][0]["nodePort"], 30080);
}

#[test]
fn the_demos_entrance_leads_the_same_paths_to_the_same_services() {
    let servers = entrance();
    let connection = &servers["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
    let routes = connection["route_config"]["virtual_hosts"][0]["routes"].as_array().unwrap();
    let host = |route: &Value| {
        let clusters = servers["clusters"].as_array().unwrap();
        let cluster = clusters.iter().find(|cluster| cluster["name"] == route["route"]["cluster"]).unwrap();
        let endpoint = &cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"];
        endpoint["address"]["socket_address"]["address"].as_str().unwrap().to_owned()
    };
    let found: Vec<(String, String)> = routes
        .iter()
        .filter_map(|route| {
            let path = route["match"]["path_separated_prefix"].as_str()?;
            assert_eq!(route["route"]["prefix_rewrite"].as_str(), path.strip_prefix("/api"), "{route}");
            Some((path.to_owned(), host(route)))
        })
        .collect();

    let objects = render("purchases");
    let rules = of_kind(&objects, "HTTPRoute").next().unwrap()["spec"]["rules"].as_array().unwrap();
    let expected: Vec<(String, String)> = rules
        .iter()
        .filter(|rule| rule["filters"].is_array())
        .map(|rule| {
            let service = rule["backendRefs"][0]["name"].as_str().unwrap();
            let service = service.strip_prefix("shop-").unwrap();
            let path = rule["matches"][0]["path"]["value"].as_str().unwrap();
            (path.to_owned(), format!("code-delivery-{service}.code-delivery.svc"))
        })
        .collect();
    assert_eq!(found, expected);
    let sales = routes.iter().find(|route| route["match"]["path"] == "/api/sales").unwrap();
    assert_eq!(host(sales), "sales.code-delivery-data.svc", "the example is no part of the product");

    let rest = routes.last().unwrap();
    assert_eq!(rest["match"], json!({"prefix": "/"}));
    assert_eq!(host(rest), "code-delivery-gateway.code-delivery.svc");
    assert_eq!(rest["route"]["timeout"], "0s", "a WebSocket is one long request");
}

#[test]
fn a_changed_value_restarts_only_the_pods_that_it_concerns() {
    let sums = |setting: &str| {
        let objects = template(&["--values", &file("purchases"), "--set", setting]).unwrap();
        SERVICES.map(|service| pod(&objects, service)["metadata"]["annotations"]["checksum/config"].clone())
    };
    let before = sums("purchases.payments.delayMilliseconds=250");
    let after = sums("purchases.payments.delayMilliseconds=251");
    assert!(before[0] != after[0] && before[1..] == after[1..]);
    let after = sums("smtp.port=26");
    assert!(before[0] == after[0] && before[1] != after[1] && before[2] != after[2]);
}

#[test]
fn values_that_cannot_work_are_rejected_with_a_sentence() {
    let mail = ["smtp.host=smtp", "smtp.from=shop@example.com"];
    let database = ["mongodb.uriSecret.name=mongodb"];
    let ingress = ["ingress.enabled=true", "ingress.host=map.example.com"];
    for (settings, sentence) in [
        (vec!["purchases.enabled=true"], "purchases.enabled is true, but neither purchases.mongodb.uriSecret.name"),
        ([&["invoices.enabled=true"], &mail[..]].concat(), "whose key invoices-uri holds the address"),
        (
            [&["invoices.enabled=true"], &database[..]].concat(),
            "smtp.host is not set, but mails are sent because of invoices.enabled.",
        ),
        (
            [&["invoices.enabled=true", "notifications.enabled=true", "smtp.host=smtp"], &database[..]].concat(),
            "smtp.from is not set, but mails are sent because of invoices.enabled and notifications.enabled.",
        ),
        (
            [
                &["notifications.enabled=true", "smtp.existingSecret=login", "smtp.security=none"],
                &mail[..],
                &database[..],
            ]
            .concat(),
            "a password must not be sent in plain text. Set smtp.security to starttls or tls",
        ),
        ([&["purchases.enabled=true"], &database[..], &ingress[..]].concat(), "ingress.apiAnnotations is empty"),
        (vec!["topics.overrides.compra.replicationFactor=1"], "topics.overrides.compra.minInsyncReplicas"),
    ] {
        let message = with(&settings).unwrap_err();
        assert!(message.contains(sentence), "{settings:?}: {message}");
    }
    for wrong in [
        "purchases.payments.delayMilliseconds=-1",
        "purchases.payments.refusedCustomers={nobody}",
        "purchases.smtp.host=smtp",
        "purchases.limits.httpConnections=0",
        "invoices.limits.perAddress.changes=1",
        "notifications.limits.allAddressesFactor=0",
        "invoices.series=0",
        "invoices.issuer.cnpj=12",
        "invoices.issuer.stateCode=0",
        "invoices.mongodb.uri=mongodb://root:root@mongodb",
        "notifications.replicas=-1",
        "smtp.security=ssl",
        "smtp.from=nobody",
        "smtp.password=hunter2",
        "mapUrl=map.example.com",
    ] {
        assert!(with(&[wrong]).unwrap_err().contains("schema"), "{wrong}");
    }
}

#[test]
fn the_notes_name_the_secrets_that_the_services_need() {
    let chart = chart().display().to_string();
    let values = file("purchases");
    let output =
        helm(&["install", "code-delivery", &chart, "--namespace", "shop", "--dry-run=client", "--values", &values]);
    let output = String::from_utf8(output.stdout).unwrap();
    let notes = output.split("NOTES:").nth(1).unwrap();
    for sentence in [
        "The service of purchases is at http://shop-purchases.shop.svc:8080/purchases and needs the key purchases-uri in the Secret mongodb.",
        "needs the key address in the Secret invoices-database.",
        "The Secret kafka-notifications must exist in shop.",
        "deployment/shop-gateway deployment/shop-purchases deployment/shop-invoices deployment/shop-notifications",
    ] {
        assert!(notes.contains(sentence), "{sentence}: {notes}");
    }
    assert!(notes.lines().all(|line| !line.ends_with(' ')), "{notes}");
}
