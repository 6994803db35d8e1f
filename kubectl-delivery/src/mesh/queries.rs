//! The queries of Kiali's graph, for one namespace: metrics, matchers and labels to group by are those of its version 2.30, with its
//! defaults (traffic of waypoints included, idle edges not). Pure.
//!
//! Both ends of an edge may report it. What arrives is asked of the destinations, what leaves of the sources, and what never arrived, for it
//! had no destination, of the sources outside.

/// Both ends of an edge.
const ENDS: &str = "source_cluster,source_workload_namespace,source_workload,source_canonical_service,source_canonical_revision,\
    destination_cluster,destination_service_namespace,destination_service,destination_service_name,destination_workload_namespace,\
    destination_workload,destination_canonical_service,destination_canonical_revision";

/// The same for who is known to whom, which Kiali asks without the name of the host.
const PRINCIPALS: &str = "source_cluster,source_workload_namespace,source_workload,source_canonical_service,source_canonical_revision,\
    source_principal,destination_cluster,destination_service_namespace,destination_service_name,destination_workload_namespace,\
    destination_workload,destination_canonical_service,destination_canonical_revision,destination_principal,connection_security_policy";

/// Requests over HTTP and gRPC.
pub(crate) const REQUESTS: &str = "istio_requests_total";
/// Bytes of TCP connections from the client to the server: the proxies' point of view is the server's.
pub(crate) const SENT: &str = "istio_tcp_received_bytes_total";
/// Bytes from the server to the client.
pub(crate) const RECEIVED: &str = "istio_tcp_sent_bytes_total";
/// How long requests took.
const DURATION: &str = "istio_request_duration_milliseconds_bucket";

/// The reports of the sources, or of the waypoints.
const BY_SOURCE: &str = "reporter=~\"waypoint|source\"";
/// The reports of the destinations, or of the waypoints.
const BY_DESTINATION: &str = "reporter=~\"waypoint|destination\"";

/// The rates of requests, by protocol and response.
pub(crate) fn requests(namespace: &str, seconds: u64) -> Vec<String> {
    let by = format!("{ENDS},request_protocol,response_code,grpc_response_status,response_flags");
    edges(REQUESTS, namespace, seconds, &by)
}

/// The rates of bytes over TCP; the metric is [`SENT`] or [`RECEIVED`].
pub(crate) fn bytes(metric: &str, namespace: &str, seconds: u64) -> Vec<String> {
    edges(metric, namespace, seconds, &format!("app,{ENDS},response_flags"))
}

fn edges(metric: &str, namespace: &str, seconds: u64, by: &str) -> Vec<String> {
    let sum = |matchers: &str| format!("sum(rate({metric}{{{matchers}}} [{seconds}s])) by ({by}) > 0");
    let nowhere = format!(
        "{BY_SOURCE},source_workload_namespace!=\"{namespace}\",destination_workload_namespace=\"unknown\",\
         destination_workload=\"unknown\",destination_service=~\"^.+\\\\.{namespace}\\\\..+$\""
    );
    vec![
        sum(&nowhere),
        sum(&format!("{BY_DESTINATION},destination_workload_namespace=\"{namespace}\"")),
        sum(&format!("{BY_SOURCE},source_workload_namespace=\"{namespace}\"")),
    ]
}

/// A quantile of the durations, in milliseconds: first as the destinations saw them.
pub(crate) fn durations(quantile: f64, namespace: &str, seconds: u64) -> Vec<String> {
    let by = format!("le,{ENDS},request_protocol");
    let of = |matchers: &str| {
        format!("histogram_quantile({quantile:.2}, sum(rate({DURATION}{{{matchers}}}[{seconds}s])) by ({by})) > 0")
    };
    vec![
        of(&format!("{BY_DESTINATION},destination_service_namespace=\"{namespace}\"")),
        of(&format!("{BY_SOURCE},source_workload_namespace=\"{namespace}\"")),
    ]
}

/// Who is known to whom, and whether under mutual TLS: what only the destinations know, or the proxy of the node in an ambient mesh.
pub(crate) fn security(namespace: &str, seconds: u64) -> Vec<String> {
    let sum =
        |metric: &str, matchers: &str| format!("(sum(rate({metric}{{{matchers}}}[{seconds}s])) by ({PRINCIPALS}) > 0)");
    let outside = format!(
        "{BY_DESTINATION},source_workload_namespace!=\"{namespace}\",destination_service_namespace=\"{namespace}\""
    );
    let inside = format!("{BY_DESTINATION},source_workload_namespace=\"{namespace}\"");
    let node = format!("app=\"ztunnel\",reporter=\"source\",source_workload_namespace=\"{namespace}\"");
    let all = |matchers: &str| [REQUESTS, RECEIVED, SENT].map(|metric| sum(metric, matchers)).join(" OR ");
    let of_nodes = [RECEIVED, SENT].map(|metric| sum(metric, &node)).join(" OR ");
    vec![all(&outside), format!("{} OR {of_nodes}", all(&inside))]
}

/// How many series of a mesh there are, of any time within Prometheus' reach of a few minutes; nothing if there are none.
pub(crate) fn any() -> String {
    format!("count({{__name__=~\"{REQUESTS}|{SENT}|{RECEIVED}\"}})")
}

#[cfg(test)]
#[path = "tests/queries.rs"]
mod tests;
