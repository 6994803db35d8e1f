use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use super::*;

/// A cluster whose Prometheus, a Service, answers each query as it is told.
fn asked(answer: fn(&str) -> Value) -> Cluster {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    tokio::spawn(async move {
        while let Some((request, send)) = handle.next_request().await {
            assert_eq!(
                request.uri().path(),
                "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query"
            );
            let body = json!({ "status": "success", "data": { "resultType": "vector", "result": answer(request.uri().query().unwrap()) } });
            send.send_response(Response::builder().body(Body::from(body.to_string().into_bytes())).unwrap());
        }
    });
    let client = Client::new(service, "shop");
    Cluster { client: client.clone(), streaming: client.clone(), no_retry: client, namespace: "shop".into() }
}

fn installed() -> Installation {
    let config = "{source: shop/north, watchNamespaces: [shop, west], kafka: {bootstrapServers: 'kafka:9092'}}";
    Installation {
        namespace: "shop".into(),
        config_map: "operator".into(),
        kafka_secret: None,
        traces: None,
        prometheus: Some("monitoring/prometheus:9090".into()),
        config: serde_yaml::from_str(config).unwrap(),
    }
}

async fn answered(answer: fn(&str) -> Value) -> Result<Graph, Error> {
    let installation = installed();
    let prometheus = Prometheus::of_installation(&asked(answer), &installation).unwrap();
    let namespaces = namespaces(&installation);
    let question = Question { prometheus, namespaces, seconds: 120, grouping: Grouping::Workload };
    question.ask(SignedDuration::from_mins(2)).await
}

/// A request that both ends report.
fn one_edge(query: &str) -> Value {
    if !query.starts_with("query=sum%28rate%28istio%5Frequests%5Ftotal") {
        return json!([]);
    }
    json!([{
        "metric": {
            "source_workload_namespace": "shop", "source_workload": "a", "source_canonical_service": "a", "source_canonical_revision": "1",
            "destination_service_namespace": "shop", "destination_service": "b.shop.svc.cluster.local", "destination_service_name": "b",
            "destination_workload_namespace": "shop", "destination_workload": "b", "destination_canonical_service": "b",
            "destination_canonical_revision": "1", "request_protocol": "http", "response_code": "200", "response_flags": "-",
        },
        "value": [1_763_805_600, "2"],
    }])
}

#[tokio::test]
async fn the_namespaces_of_an_installation_are_asked_through_the_api_server_and_an_edge_counts_once() {
    let graph = answered(one_edge).await.unwrap();
    assert_eq!(graph.namespaces, ["shop", "west"]);
    assert_eq!((graph.edges.len(), graph.edges[0].requests_per_second), (1, Some(2.0)));
}

#[tokio::test]
async fn without_a_mesh_the_sentence_says_so_and_without_traffic_too() {
    let error = answered(|_| json!([])).await.unwrap_err();
    assert_eq!((error.reason(), error.exit_code()), ("NoMesh", 1));
    assert!(error.to_string().contains("mesh.enabled") && error.to_string().contains("--prometheus"), "{error}");
    let known = |query: &str| {
        if query.starts_with("query=count") { json!([{ "metric": {}, "value": [1, "12"] }]) } else { json!([]) }
    };
    let error = answered(known).await.unwrap_err();
    assert_eq!((error.reason(), error.exit_code()), ("NoTraffic", 1));
    assert!(error.to_string().contains("in the mesh of shop, west within the last 2m"), "{error}");
}
