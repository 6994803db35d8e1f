//! Graphs from answers as a Prometheus gave them, cut to a few series.

use super::*;
use crate::cluster::prometheus::tests::one;
use crate::mesh::node::NodeKind;

/// One end of an edge: workload, canonical service, namespace.
type End<'a> = (&'a str, &'a str, &'a str);

const ENTRANCE: End<'_> = ("code-delivery-entrance-istio", "code-delivery-entrance-istio", "code-delivery");
const GATEWAY: End<'_> = ("code-delivery-gateway", "code-delivery-gateway", "code-delivery");
const SIMULATOR: End<'_> = ("primeiro", "code-delivery-simulator", "code-delivery");
const OTHER: End<'_> = ("segundo", "code-delivery-simulator", "code-delivery");
/// Kafka has no proxy here, so only its Service is known.
const OUTSIDE: End<'_> = ("unknown", "unknown", "unknown");

/// The labels that all series of an edge have.
fn labels<'a>(source: End<'a>, destination: End<'a>, service: (&'a str, &'a str)) -> Vec<(&'static str, &'a str)> {
    vec![
        ("source_cluster", "Kubernetes"),
        ("source_workload_namespace", source.2),
        ("source_workload", source.0),
        ("source_canonical_service", source.1),
        ("source_canonical_revision", "0.1.0"),
        ("destination_cluster", "Kubernetes"),
        ("destination_service_namespace", service.1),
        ("destination_service_name", service.0),
        ("destination_service", service.0),
        ("destination_workload_namespace", destination.2),
        ("destination_workload", destination.0),
        ("destination_canonical_service", destination.1),
        ("destination_canonical_revision", "0.1.0"),
    ]
}

fn with<'a>(mut labels: Vec<(&'static str, &'a str)>, more: &[(&'static str, &'a str)], value: f64) -> Series {
    labels.extend(more);
    one(&labels, value)
}

fn request(code: &str, value: f64) -> Series {
    let more = [("request_protocol", "http"), ("response_code", code), ("response_flags", "-")];
    with(labels(ENTRANCE, GATEWAY, ("code-delivery-gateway", "code-delivery")), &more, value)
}

fn to_kafka(source: End<'_>, value: f64) -> Series {
    with(labels(source, OUTSIDE, ("kafka", "data")), &[("response_flags", "-")], value)
}

/// Entrance → gateway over HTTP, two simulators → Kafka over TCP.
pub(crate) fn recorded() -> Answers {
    let to_gateway = || labels(ENTRANCE, GATEWAY, ("code-delivery-gateway", "code-delivery"));
    let duration = |value| vec![with(to_gateway(), &[("request_protocol", "http")], value)];
    let secured = [
        ("connection_security_policy", "mutual_tls"),
        ("source_principal", "spiffe://cluster.local/ns/code-delivery/sa/entrance"),
    ];
    Answers {
        // The destination's report, then the source's of the same requests.
        requests: vec![request("200", 9.5), request("503", 0.5), request("200", 9.4), request("503", 0.5)],
        sent: vec![to_kafka(SIMULATOR, 400.0), to_kafka(OTHER, 300.0)],
        received: vec![to_kafka(SIMULATOR, 40.0), to_kafka(OTHER, 30.0)],
        p50: duration(4.0),
        p95: duration(21.0),
        p99: duration(48.0),
        security: vec![with(to_gateway(), &secured, 10.0)],
    }
}

pub(crate) fn drawn(grouping: Grouping) -> Graph {
    graph(&recorded(), grouping, &["code-delivery".to_owned()], 120)
}

fn between<'a>(graph: &'a Graph, source: &str, destination: &str) -> &'a Edge {
    let named = |id: &str, name: &str| graph.node(id).is_some_and(|node| node.name == name);
    graph.edges.iter().find(|edge| named(&edge.source, source) && named(&edge.destination, destination)).unwrap()
}

#[test]
fn an_edge_has_rates_success_durations_and_mutual_tls() {
    let graph = drawn(Grouping::Workload);
    let edge = between(&graph, ENTRANCE.0, GATEWAY.0);
    assert_eq!(
        (edge.protocol.as_str(), edge.requests_per_second),
        ("http", Some(10.0)),
        "both reports are of the same requests"
    );
    assert!((edge.success.unwrap() - 0.95).abs() < 1e-9);
    assert_eq!(edge.health, Some(Health::Degraded));
    assert_eq!(
        (edge.p50_milliseconds, edge.p95_milliseconds, edge.p99_milliseconds),
        (Some(4.0), Some(21.0), Some(48.0))
    );
    assert_eq!((edge.mutual_tls, edge.sent_bytes_per_second), (Some(1.0), None));
}

#[test]
fn each_delivery_is_a_node_and_a_server_outside_of_the_mesh_is_its_service() {
    let graph = drawn(Grouping::Workload);
    let edge = between(&graph, "primeiro", "kafka");
    assert_eq!((edge.protocol.as_str(), edge.requests_per_second, edge.health), ("tcp", None, None));
    assert_eq!((edge.sent_bytes_per_second, edge.received_bytes_per_second), (Some(400.0), Some(40.0)));
    assert_eq!(edge.mutual_tls, None, "no proxy of Kafka's reports it");
    let kafka = graph.node(&edge.destination).unwrap();
    assert_eq!((kafka.kind, kafka.namespace.as_str()), (NodeKind::Service, "data"));
    assert_eq!((graph.nodes.len(), graph.edges.len(), graph.skipped_series), (5, 3, 0));
}

#[test]
fn by_canonical_service_all_simulators_are_one() {
    let graph = drawn(Grouping::CanonicalService);
    let edge = between(&graph, "code-delivery-simulator", "kafka");
    assert_eq!((edge.sent_bytes_per_second, edge.received_bytes_per_second), (Some(700.0), Some(70.0)));
    assert_eq!((graph.nodes.len(), graph.edges.len()), (4, 2));
}

#[test]
fn what_goes_partly_without_mutual_tls_shows_which_part() {
    let mut answers = recorded();
    let plain = labels(ENTRANCE, GATEWAY, ("code-delivery-gateway", "code-delivery"));
    answers.security.push(with(plain, &[("connection_security_policy", "none")], 30.0));
    let graph = graph(&answers, Grouping::Workload, &[], 120);
    assert_eq!(between(&graph, ENTRANCE.0, GATEWAY.0).mutual_tls, Some(0.25));
}

#[test]
fn series_that_kiali_cannot_place_are_left_out_and_counted() {
    let mut answers = recorded();
    let mut no_flags = request("200", 1.0);
    no_flags.labels.remove("response_flags");
    let mut no_workload = request("201", 1.0);
    for label in ["source_workload", "source_canonical_service"] {
        no_workload.labels.insert(label.to_owned(), "unknown".to_owned());
    }
    let mut of_an_address = to_kafka(SIMULATOR, 1.0);
    for label in ["destination_service", "destination_service_name"] {
        of_an_address.labels.insert(label.to_owned(), "10.85.0.9:9092".to_owned());
    }
    answers.requests.extend([no_flags, no_workload]);
    answers.sent.push(of_an_address);
    let found = graph(&answers, Grouping::Workload, &[], 120);
    assert_eq!((found.skipped_series, found.edges.len()), (3, 3));
}

#[test]
fn an_unknown_client_is_one_node() {
    let unknown = ("unknown", "unknown", "unknown");
    let more = [("request_protocol", "http"), ("response_code", "200"), ("response_flags", "-")];
    let outsider = with(labels(unknown, GATEWAY, ("code-delivery-gateway", "code-delivery")), &more, 2.0);
    let answers = Answers { requests: vec![outsider], ..Answers::default() };
    let graph = graph(&answers, Grouping::Workload, &[], 120);
    assert_eq!(between(&graph, "unknown", GATEWAY.0).requests_per_second, Some(2.0));
}

#[test]
fn health_is_by_kialis_tolerances() {
    let of = |refused: f64, failed: f64, unanswered: f64| health(&Requests { all: 100.0, refused, failed, unanswered });
    assert_eq!(of(0.0, 0.0, 0.0), Health::Healthy);
    assert_eq!(of(10.0, 0.0, 0.0), Health::Healthy);
    assert_eq!(of(11.0, 0.0, 0.0), Health::Degraded);
    assert_eq!(of(20.0, 0.0, 0.0), Health::Failing);
    assert_eq!(of(0.0, 1.0, 0.0), Health::Degraded);
    assert_eq!(of(0.0, 10.0, 0.0), Health::Failing);
    assert_eq!(of(0.0, 0.0, 0.5), Health::Degraded);
}

#[test]
fn the_outcome_is_grpcs_status_unless_http_failed() {
    assert_eq!(outcome("grpc", "200", Some("14")), "14");
    assert_eq!(outcome("grpc", "503", Some("14")), "503");
    assert_eq!(outcome("grpc", "200", None), "200");
    assert_eq!(outcome("http", "404", Some("0")), "404");
    assert_eq!(outcome("http", "0", None), "-");
}

/// What Kafka's proxy says of the simulators, by access logs: it knows their service account.
#[test]
fn what_the_called_one_knows_only_by_identity_counts_once_and_secures_each_of_the_callers() {
    let kafka = ("kafka", "kafka", "data");
    let own = |source| with(labels(source, kafka, ("kafka", "data")), &[("response_flags", "-")], 100.0);
    let by_identity = |value| {
        let account = ("code-delivery-simulator", "code-delivery-simulator", "code-delivery");
        let mut series = with(labels(account, kafka, ("kafka", "data")), &[("response_flags", "-")], value);
        series.labels.insert("source_canonical_revision".to_owned(), "unknown".to_owned());
        series
    };
    let mut secured = by_identity(200.0);
    secured.labels.insert("connection_security_policy".to_owned(), "mutual_tls".to_owned());
    let sent = vec![by_identity(200.0), own(SIMULATOR), own(OTHER)];
    let answers = Answers { sent, security: vec![secured], ..Answers::default() };
    let apart = graph(&answers, Grouping::Workload, &[], 120);
    assert_eq!((apart.nodes.len(), apart.edges.len()), (3, 2));
    let edge = between(&apart, "primeiro", "kafka");
    assert_eq!((edge.sent_bytes_per_second, edge.mutual_tls), (Some(100.0), Some(1.0)));
    let together = graph(&answers, Grouping::CanonicalService, &[], 120);
    let edge = between(&together, "code-delivery-simulator", "kafka");
    assert_eq!((edge.sent_bytes_per_second, edge.mutual_tls), (Some(200.0), Some(1.0)));
}
