use delivery_api::{Delivery, DeliveryRoute};
use http::{Request, Response};
use kube::client::Body;
use kube::{Client, CustomResourceExt};
use serde_json::json;

use super::super::finding::Verdict;
use super::super::view;
use super::*;

/// What the API server answers: to a method and path, a status and a body. The last answer to a request counts.
struct Played(Vec<(&'static str, u16, String)>);

const CONFIG: &str = "{source: shop/code-delivery, watchNamespaces: [shop], lease: {namespace: shop, name: operator}, \
                      kafka: {bootstrapServers: '127.0.0.1:1'}}";

fn definition(object: &impl serde::Serialize) -> Value {
    let mut object = serde_json::to_value(object).unwrap();
    object["status"] = json!({"conditions": [{"type": "Established", "status": "True"}]});
    object
}

fn list(kind: &str, items: &Value) -> String {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {}, "items": items}).to_string()
}

fn pod(name: &str, component: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "labels": {"app.kubernetes.io/name": component}},
        "spec": {"containers": []},
        "status": {"phase": "Running"},
    })
}

fn deployment(component: &str) -> Value {
    json!({
        "metadata": {"name": component, "generation": 1, "labels": {"app.kubernetes.io/name": component}},
        "spec": {
            "replicas": 1,
            "selector": {},
            "template": {"metadata": {"labels": {"app.kubernetes.io/version": env!("CARGO_PKG_VERSION")}}},
        },
        "status": {"observedGeneration": 1, "readyReplicas": 1, "updatedReplicas": 1},
    })
}

impl Played {
    /// An installation in which everything is right.
    fn right() -> Self {
        let operator = "code-delivery-operator";
        let gateway = "code-delivery-gateway";
        let config = json!([{"metadata": {"name": operator, "namespace": "shop"}, "data": {"config.yaml": CONFIG}}]);
        let service = json!([{"metadata": {"name": "gateway"}, "spec": {"ports": [{"port": 8080}]}}]);
        let lease = json!({
            "metadata": {"name": "operator"},
            "spec": {"holderIdentity": "operator-a_1", "leaseDurationSeconds": 15, "renewTime": Timestamp::now().to_string()},
        });
        let connector = json!([{
            "apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaConnector",
            "metadata": {"name": "positions", "namespace": "shop"},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "connectorStatus": {"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "RUNNING"}]},
            },
        }]);
        let metrics = "delivery_gateway_dependency_up{dependency=\"mongodb\"} 1\n\
                       delivery_gateway_kafka_broker_up{broker=\"1\"} 1\n# EOF\n";
        let metrics = metrics.to_owned();
        Self(vec![
            ("GET /version", 200, json!({"gitVersion": "v1.34.2"}).to_string()),
            (
                "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/deliveries.codedelivery.dev",
                200,
                definition(&Delivery::crd()).to_string(),
            ),
            (
                "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/deliveryroutes.codedelivery.dev",
                200,
                definition(&DeliveryRoute::crd()).to_string(),
            ),
            ("GET /api/v1/namespaces/shop/configmaps", 200, list("ConfigMapList", &config)),
            (
                "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                201,
                json!({"metadata": {}, "spec": {}, "status": {"allowed": true}}).to_string(),
            ),
            (
                "GET /api/v1/namespaces/shop/pods",
                200,
                list("PodList", &json!([pod("operator-a", operator), pod("gateway-a", gateway)])),
            ),
            ("GET /api/v1/namespaces/shop/pods/operator-a:9090/proxy/readyz", 200, "ready\n".to_owned()),
            ("GET /api/v1/namespaces/shop/pods/operator-a:9090/proxy/metrics", 200, "# EOF\n".to_owned()),
            ("GET /api/v1/namespaces/shop/pods/gateway-a:9090/proxy/readyz", 200, "ready\n".to_owned()),
            ("GET /api/v1/namespaces/shop/pods/gateway-a:9090/proxy/metrics", 200, metrics),
            (
                "GET /apis/apps/v1/namespaces/shop/deployments",
                200,
                list("DeploymentList", &json!([deployment(operator), deployment(gateway)])),
            ),
            ("GET /apis/coordination.k8s.io/v1/namespaces/shop/leases/operator", 200, lease.to_string()),
            ("GET /api/v1/namespaces/shop/services", 200, list("ServiceList", &service)),
            ("GET /api/v1/namespaces/shop/services/gateway:8080/proxy/config.json", 200, "{}".to_owned()),
            ("GET /apis/kafka.strimzi.io/v1/kafkaconnectors", 200, list("KafkaConnectorList", &connector)),
            ("GET /apis/codedelivery.dev/v1alpha1/namespaces/shop/deliveries", 200, list("DeliveryList", &json!([]))),
        ])
    }

    /// The same with another answer to one request.
    fn with(mut self, request: &'static str, status: u16, body: impl Into<String>) -> Self {
        self.0.push((request, status, body.into()));
        self
    }

    fn answer(&self, line: &str) -> (u16, String) {
        let found = self.0.iter().rev().find(|(request, _, _)| *request == line);
        let missing = || json!({"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"});
        found.map_or_else(|| (404, missing().to_string()), |(_, status, body)| (*status, body.clone()))
    }

    async fn report(self) -> Report {
        self.try_report().await.unwrap()
    }

    async fn try_report(self) -> Result<Report, Error> {
        let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        tokio::spawn(async move {
            while let Some((request, send)) = handle.next_request().await {
                let line = format!("{} {}", request.method(), request.uri().path());
                let (status, body) = self.answer(&line);
                send.send_response(Response::builder().status(status).body(Body::from(body.into_bytes())).unwrap());
            }
        });
        let client = Client::new(service, "shop");
        let cluster =
            Cluster { client: client.clone(), streaming: client.clone(), no_retry: client, namespace: "shop".into() };
        let survey = Survey {
            connection: &Connection::default(),
            cluster: &cluster,
            cleanup: &Cleanup::default(),
            kafka: &KafkaArguments::default(),
            from_cluster: false,
            stuck_after: SignedDuration::from_mins(2),
            plugin: env!("CARGO_PKG_VERSION"),
        };
        survey.report().await
    }
}

/// The messages with this result.
fn messages(report: &Report, result: Verdict) -> Vec<&str> {
    let checks = report.categories.iter().flat_map(|category| &category.checks);
    checks.filter(|check| check.result == result).map(|check| check.message.as_str()).collect()
}

fn forbidden() -> String {
    json!({"kind": "Status", "apiVersion": "v1", "code": 403, "reason": "Forbidden", "message": "not for you"})
        .to_string()
}

#[tokio::test]
async fn a_right_installation_is_right_and_what_is_switched_off_is_skipped() {
    let report = Played::right().report().await;
    assert_eq!(view::summary(&report), "Everything is right.", "{}", view::text(&report));
    let names: Vec<_> = report.categories.iter().map(|category| category.name).collect();
    assert_eq!(
        names,
        [
            "API server",
            "Custom resources",
            "Permissions",
            "Installation",
            "Operator",
            "Gateway",
            "Kafka",
            "MongoDB and Elasticsearch",
            "Purchases",
            "Connectors",
            "Monitoring",
            "Canary",
            "Deliveries",
        ]
    );
    assert!(report.categories.iter().all(|category| !category.checks.is_empty()));
    let right = messages(&report, Verdict::Right).join("\n");
    for sentence in [
        "The API server answers; its version is v1.34.2.",
        "The CRD deliveryroutes.codedelivery.dev is established and that of this release.",
        "You may read Kafka through a Job in the namespace shop.",
        "The operator has 1 of 1 replicas ready.",
        "The operator operator-a leads; it renewed the Lease operator ",
        "The gateway answers through its Service and the API server's proxy.",
        "The gateways are connected to all brokers of Kafka (1).",
        "The gateway reaches MongoDB.",
        "The KafkaConnector positions is ready; all its tasks (1) are running.",
        "No delivery is stuck (0 deliveries).",
    ] {
        assert!(right.contains(sentence), "{sentence} is not in:\n{right}");
    }
    let skipped = messages(&report, Verdict::Skipped).join("\n");
    for sentence in [
        "elasticsearch.url is not set",
        "no Prometheus operator",
        "There is no canary",
        "--from-cluster",
        "Nothing is sold here",
    ] {
        assert!(skipped.contains(sentence), "{sentence} is not in:\n{skipped}");
    }
}

#[tokio::test]
async fn each_failure_is_found_and_nothing_else() {
    let gateway = "GET /api/v1/namespaces/shop/pods/gateway-a:9090/proxy/readyz";
    let lease = "GET /apis/coordination.k8s.io/v1/namespaces/shop/leases/operator";
    let crd = "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/deliveries.codedelivery.dev";
    let missing = json!({"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"}).to_string();
    let released = json!({"metadata": {"name": "operator"}, "spec": {"holderIdentity": ""}}).to_string();
    let broken = [
        (Played::right().with("GET /version", 200, r#"{"gitVersion": "v1.29.0"}"#), "its version v1.29.0 is too old"),
        (Played::right().with(crd, 404, missing), "The CRD deliveries.codedelivery.dev does not exist."),
        (Played::right().with(lease, 200, released), "Nobody holds the Lease operator: no operator leads."),
        (
            Played::right().with(gateway, 503, "not ready: snapshot: Reading the deliveries from Kafka.\n"),
            "The pod gateway-a is not ready (snapshot): Reading the deliveries from Kafka.",
        ),
        (
            Played::right().with(gateway, 503, "error trying to reach service: connection refused"),
            "The pod gateway-a does not answer at /readyz: error trying to reach service: connection refused.",
        ),
        (
            Played::right().with(
                "GET /api/v1/namespaces/shop/services/gateway:8080/proxy/config.json",
                503,
                r#"{"kind": "Status", "apiVersion": "v1", "message": "no endpoints available"}"#,
            ),
            "The gateway of the Service shop/gateway does not answer: no endpoints available.",
        ),
    ];
    for (played, sentence) in broken {
        let report = played.report().await;
        let wrong = messages(&report, Verdict::Wrong);
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].contains(sentence), "{sentence} is not {}", wrong[0]);
        let checks = report.categories.iter().flat_map(|category| &category.checks);
        assert!(checks.filter(|check| check.result == Verdict::Wrong).all(|check| check.way_out.is_some()));
    }
}

#[tokio::test]
async fn what_the_user_may_not_read_is_a_warning_and_the_rest_is_checked() {
    let report = Played::right()
        .with("GET /apis/apps/v1/namespaces/shop/deployments", 403, forbidden())
        .with("GET /apis/kafka.strimzi.io/v1/kafkaconnectors", 403, forbidden())
        .with("GET /api/v1/namespaces/shop/pods/gateway-a:9090/proxy/readyz", 403, forbidden())
        .with("GET /api/v1/namespaces/shop/services/gateway:8080/proxy/config.json", 403, forbidden())
        .report()
        .await;
    assert!(report.is_right(), "{}", view::text(&report));
    let warnings = messages(&report, Verdict::Warning);
    assert!(
        warnings[0].contains("Cannot list the Deployments of the services: not for you (Forbidden)."),
        "{warnings:?}"
    );
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(messages(&report, Verdict::Right).iter().any(|message| message.contains("leads")));

    let denied = json!({"metadata": {}, "spec": {}, "status": {"allowed": false}}).to_string();
    let report =
        Played::right().with("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 201, denied).report().await;
    let wrong = messages(&report, Verdict::Wrong);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].starts_with("You may not read Deliveries in the namespace shop;"), "{wrong:?}");
}

#[tokio::test]
async fn without_an_installation_the_rest_is_left_out_and_without_an_api_server_there_is_no_report() {
    let nothing = list("ConfigMapList", &json!([]));
    let report = Played::right()
        .with("GET /api/v1/namespaces/shop/configmaps", 200, nothing.clone())
        .with("GET /api/v1/configmaps", 200, nothing)
        .report()
        .await;
    let wrong = messages(&report, Verdict::Wrong);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("Code Delivery's operator is neither in the namespace shop nor elsewhere"),
        "{wrong:?}"
    );
    assert_eq!(report.categories.last().unwrap().name, "Installation");

    let error = Played::right().with("GET /version", 401, "{}").try_report().await.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("401 Unauthorized"), "{error}");
}

#[tokio::test]
async fn in_a_mesh_its_proxies_and_policies_are_a_category() {
    let meshed = |name: &str, component: &str| {
        let mut pod = pod(name, component);
        pod["spec"] = json!({"initContainers": [{"name": "istio-proxy"}], "containers": []});
        let proxy = json!({"name": "istio-proxy", "ready": true, "restartCount": 0, "image": "a", "imageID": "a"});
        pod["status"]["initContainerStatuses"] = json!([proxy]);
        pod
    };
    let pods = json!([meshed("operator-a", "code-delivery-operator"), meshed("gateway-a", "code-delivery-gateway")]);
    let policy = |name: &str, spec: Value| json!({"apiVersion": "security.istio.io/v1", "kind": "Policy", "metadata": {"name": name}, "spec": spec});
    let strict = json!([policy("default", json!({"mtls": {"mode": "STRICT"}}))]);
    let allowed = json!([policy("default-deny", json!({})), policy("gateway", json!({"rules": [{}]}))]);
    let security = "GET /apis/security.istio.io/v1/namespaces/shop/authorizationpolicies";
    let report = Played::right()
        .with("GET /api/v1/namespaces/shop/pods", 200, list("PodList", &pods))
        .with("GET /api/v1/pods", 200, list("PodList", &json!([])))
        .with("GET /apis/security.istio.io/v1/namespaces/shop/peerauthentications", 200, list("PolicyList", &strict))
        .with(security, 200, list("PolicyList", &allowed))
        .report()
        .await;
    let mesh = report.categories.iter().find(|category| category.name == "Mesh").unwrap();
    let of = |result: Verdict| mesh.checks.iter().filter(|check| check.result == result).count();
    assert_eq!((of(Verdict::Right), of(Verdict::Skipped), of(Verdict::Wrong)), (3, 1, 1), "{:?}", mesh.checks);
    let wrong = messages(&report, Verdict::Wrong);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].starts_with("No pod of istiod is running"), "{wrong:?}");
    assert!(messages(&report, Verdict::Right).contains(&"2 pods are in the mesh, and ready."));
}

#[test]
fn an_installation_without_settings_of_its_topics_has_the_defaults() {
    assert_eq!(configured(&Value::Null).unwrap(), TopicsConfig::default());
    assert_eq!(configured(&json!({"partitions": 3})).unwrap().partitions, 3);
    assert!(configured(&json!({"ofALaterRelease": 3})).is_err());
}
