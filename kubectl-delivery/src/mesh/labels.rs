//! What the labels of a series say of the two ends of an edge, read as Kiali reads them. Pure.

use std::net::IpAddr;

use super::node::{Grouping, Node, NodeKind};
use crate::cluster::prometheus::Series;

/// What Istio writes where it knows nothing.
const UNKNOWN: &str = "unknown";

/// The ends of an edge.
pub(super) struct Ends {
    pub(super) source: Node,
    pub(super) destination: Node,
    /// The namespace and the canonical service of the source.
    pub(super) caller: (String, String),
    /// What is the same in both reports of the same traffic.
    pub(super) key: Vec<String>,
}

/// Whether a label names something.
fn is_known(label: &str) -> bool {
    !label.is_empty() && label != UNKNOWN
}

/// The ends that a series names; `None` if a label is missing, or the report is one of those that Istio makes while pods come and go.
pub(super) fn ends(series: &Series, grouping: Grouping) -> Option<Ends> {
    let label = |name: &str| series.label(name);
    let (source_namespace, source_workload) = (label("source_workload_namespace")?, label("source_workload")?);
    let (source_service, source_revision) = (label("source_canonical_service")?, label("source_canonical_revision")?);
    let (service_namespace, service_name) =
        (label("destination_service_namespace")?, label("destination_service_name")?);
    let (namespace, workload) = (label("destination_workload_namespace")?, label("destination_workload")?);
    let (service, revision) = (label("destination_canonical_service")?, label("destination_canonical_revision")?);
    let source_cluster = label("source_cluster");
    let is_stray =
        !is_known(source_workload) && !is_known(source_service) || source_cluster.is_some_and(|name| !is_known(name));
    if is_known(source_namespace) && is_stray {
        return None;
    }
    let source_cluster = source_cluster.unwrap_or(UNKNOWN);
    // A cluster that is not known is that of the source.
    let given = label("destination_cluster");
    let is_given = given.is_some_and(is_known);
    let is_assumed = !is_given && is_known(source_cluster) && is_known(service_namespace);
    let cluster = if is_assumed { source_cluster } else { given.unwrap_or(UNKNOWN) };
    // While a pod comes or goes, its address stands for a service.
    let host = label("destination_service").unwrap_or(service_name);
    let is_passing = !is_known(workload) && host == service_name && is_address(host);
    let is_contradictory = given.is_some() && !is_known(cluster) && is_known(service_namespace);
    if is_passing || is_contradictory {
        return None;
    }
    let source = Found {
        cluster: source_cluster,
        namespace: source_namespace,
        workload: source_workload,
        canonical: source_service,
        service: "",
    };
    let own = if is_known(namespace) { namespace } else { service_namespace };
    let destination = Found { cluster, namespace: own, workload, canonical: service, service: service_name };
    let key = [
        source_cluster,
        source_namespace,
        source_workload,
        source_service,
        source_revision,
        cluster,
        service_namespace,
        service_name,
        namespace,
        workload,
        service,
        revision,
    ];
    Some(Ends {
        caller: (source_namespace.to_owned(), source_service.to_owned()),
        source: source.node(grouping),
        destination: destination.node(grouping),
        key: key.map(str::to_owned).into(),
    })
}

/// Whether a host is an IPv4 address, perhaps with a port.
fn is_address(host: &str) -> bool {
    let address = host.rsplit_once(':').map_or(host, |(address, _)| address);
    address.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4())
}

/// One end, as it is reported.
struct Found<'a> {
    cluster: &'a str,
    namespace: &'a str,
    workload: &'a str,
    canonical: &'a str,
    service: &'a str,
}

impl Found<'_> {
    fn node(&self, grouping: Grouping) -> Node {
        let Self { cluster, namespace, workload, canonical, service } = *self;
        let (kind, name) = if grouping == Grouping::CanonicalService && is_known(canonical) {
            (NodeKind::CanonicalService, canonical)
        } else if is_known(workload) {
            (NodeKind::Workload, workload)
        } else if is_known(service) {
            (NodeKind::Service, service)
        } else {
            (NodeKind::Unknown, UNKNOWN)
        };
        let namespace = if is_known(namespace) { namespace } else { "" };
        let id = format!("{}:{cluster}/{namespace}/{name}", kind.as_str());
        Node { id, kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }
}
