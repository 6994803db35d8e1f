//! The graph of a mesh's traffic, from the answers to the queries. Pure.
//!
//! As in Kiali's graph, what both ends of an edge report is counted once, and what fails is a response of 4xx or 5xx, a status of gRPC other
//! than OK, or no response. Where an edge stands for several, its durations are those of the slowest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::labels::{self, Ends};
use super::node::{Grouping, Node};
use super::reports::counting;
use super::security::{Caller, Security};
use crate::cluster::prometheus::Series;

/// How well requests go, by Kiali's default tolerances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Health {
    Healthy,
    Degraded,
    Failing,
}

/// Who sends to whom over one protocol.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Edge {
    /// The id of a node.
    pub(crate) source: String,
    /// The id of a node.
    pub(crate) destination: String,
    /// `http`, `grpc` or `tcp`.
    pub(crate) protocol: String,
    /// `None` for TCP.
    pub(crate) requests_per_second: Option<f64>,
    /// The part of the requests that did not fail, from 0 to 1.
    pub(crate) success: Option<f64>,
    pub(crate) health: Option<Health>,
    /// From the source to the destination; `None` except for TCP.
    pub(crate) sent_bytes_per_second: Option<f64>,
    /// From the destination to the source.
    pub(crate) received_bytes_per_second: Option<f64>,
    pub(crate) p50_milliseconds: Option<f64>,
    pub(crate) p95_milliseconds: Option<f64>,
    pub(crate) p99_milliseconds: Option<f64>,
    /// The part of the traffic under mutual TLS, from 0 to 1; `None` if the destination does not report, as one outside of the mesh.
    pub(crate) mutual_tls: Option<f64>,
}

/// What Prometheus answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) requests: Vec<Series>,
    pub(crate) sent: Vec<Series>,
    pub(crate) received: Vec<Series>,
    pub(crate) p50: Vec<Series>,
    pub(crate) p95: Vec<Series>,
    pub(crate) p99: Vec<Series>,
    pub(crate) security: Vec<Series>,
}

/// Who talks to whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Graph {
    pub(crate) namespaces: Vec<String>,
    /// The time over which rates and durations are measured.
    pub(crate) window_seconds: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    /// Series that were left out, as Kiali leaves them out: labels are missing, or contradict one another.
    pub(crate) skipped_series: usize,
}

/// The requests of an edge, by how they ended.
#[derive(Clone, Copy, Debug, Default)]
struct Requests {
    all: f64,
    /// 4xx of HTTP.
    refused: f64,
    /// 5xx of HTTP, and what gRPC calls an error.
    failed: f64,
    unanswered: f64,
}

/// What is added up for an edge.
#[derive(Clone, Debug, Default)]
struct Sums {
    /// One of the sources.
    caller: Caller,
    requests: Requests,
    sent: f64,
    received: f64,
}

/// The source, the destination and the protocol.
type EdgeKey = (String, String, String);

#[derive(Default)]
struct Builder {
    nodes: BTreeSet<Node>,
    edges: BTreeMap<EdgeKey, Sums>,
    seen: BTreeSet<Vec<String>>,
    skipped: usize,
}

/// The graph of these answers.
pub(crate) fn graph(answers: &Answers, grouping: Grouping, namespaces: &[String], window_seconds: u64) -> Graph {
    let mut builder = Builder::default();
    for series in counting(&answers.requests) {
        builder.request(series, grouping);
    }
    for (series, sent) in
        counting(&answers.sent).map(|one| (one, true)).chain(counting(&answers.received).map(|one| (one, false)))
    {
        builder.bytes(series, grouping, sent);
    }
    let quantiles = [&answers.p50, &answers.p95, &answers.p99].map(|series| slowest(series, grouping));
    let security = Security::of(&answers.security, grouping);
    let edges = builder.edges.iter().map(|(key, sums)| edge(key, sums, &quantiles, &security)).collect();
    Graph {
        namespaces: namespaces.to_vec(),
        window_seconds,
        nodes: builder.nodes.into_iter().collect(),
        edges,
        skipped_series: builder.skipped,
    }
}

impl Graph {
    /// The node of an id.
    pub(crate) fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

impl Builder {
    fn request(&mut self, series: &Series, grouping: Grouping) {
        let (Some(protocol), Some(code)) = (series.label("request_protocol"), series.label("response_code")) else {
            self.skipped += 1;
            return;
        };
        let code = outcome(protocol, code, series.label("grpc_response_status"));
        let Some(sums) = self.sums("requests", series, grouping, protocol, code) else { return };
        let (requests, rate) = (&mut sums.requests, series.value);
        requests.all += rate;
        let is_grpc = protocol == "grpc";
        let is_error = if is_grpc { !matches!(code, "0" | "200") } else { code.starts_with('5') };
        if code == "-" {
            requests.unanswered += rate;
        } else if is_error {
            requests.failed += rate;
        } else if !is_grpc && code.starts_with('4') {
            requests.refused += rate;
        }
    }

    fn bytes(&mut self, series: &Series, grouping: Grouping, sent: bool) {
        let metric = if sent { "sent" } else { "received" };
        let Some(sums) = self.sums(metric, series, grouping, "tcp", "") else { return };
        if sent {
            sums.sent += series.value;
        } else {
            sums.received += series.value;
        }
    }

    /// Where a series is added; nowhere if it was counted already, or cannot be used.
    fn sums(
        &mut self,
        metric: &str,
        series: &Series,
        grouping: Grouping,
        protocol: &str,
        code: &str,
    ) -> Option<&mut Sums> {
        let flags = series.label("response_flags");
        let host = series.label("destination_service");
        let (Some(flags), Some(host), Some(ends), true) =
            (flags, host, labels::ends(series, grouping), series.value.is_finite())
        else {
            self.skipped += 1;
            return None;
        };
        let Ends { source, destination, caller, mut key } = ends;
        key.extend([metric, protocol, code, flags, host].map(str::to_owned));
        if !self.seen.insert(key) {
            return None;
        }
        let edge = (source.id.clone(), destination.id.clone(), protocol.to_owned());
        self.nodes.extend([source, destination]);
        let sums = self.edges.entry(edge).or_default();
        sums.caller = caller;
        Some(sums)
    }
}

/// The response: `-` for none, the status of gRPC if HTTP has carried one, otherwise the code of HTTP.
fn outcome<'a>(protocol: &str, code: &'a str, grpc: Option<&'a str>) -> &'a str {
    if code == "0" {
        return "-";
    }
    let is_http_error = code.starts_with(['4', '5']);
    match grpc {
        Some(status) if protocol == "grpc" && !is_http_error => status,
        _ => code,
    }
}

/// The durations of each edge.
fn slowest(series: &[Series], grouping: Grouping) -> BTreeMap<EdgeKey, f64> {
    let mut seen = BTreeSet::new();
    let mut found: BTreeMap<EdgeKey, f64> = BTreeMap::new();
    for one in counting(series).filter(|one| one.value.is_finite()) {
        let (Some(protocol), Some(ends)) = (one.label("request_protocol"), labels::ends(one, grouping)) else {
            continue;
        };
        // The destinations' reports come first.
        let Ends { source, destination, mut key, .. } = ends;
        key.push(protocol.to_owned());
        if seen.insert(key) {
            let longest = found.entry((source.id, destination.id, protocol.to_owned())).or_insert(one.value);
            *longest = longest.max(one.value);
        }
    }
    found
}

fn edge(key: &EdgeKey, sums: &Sums, [p50, p95, p99]: &[BTreeMap<EdgeKey, f64>; 3], security: &Security) -> Edge {
    let (source, destination, protocol) = key.clone();
    let is_tcp = protocol == "tcp";
    let Requests { all, refused, failed, unanswered } = sums.requests;
    let of_requests = |value: f64| (all > 0.0).then_some(value);
    Edge {
        requests_per_second: of_requests(all),
        success: of_requests(1.0 - (refused + failed + unanswered) / all),
        health: (all > 0.0).then(|| health(&sums.requests)),
        sent_bytes_per_second: is_tcp.then_some(sums.sent),
        received_bytes_per_second: is_tcp.then_some(sums.received),
        p50_milliseconds: p50.get(key).copied(),
        p95_milliseconds: p95.get(key).copied(),
        p99_milliseconds: p99.get(key).copied(),
        mutual_tls: security.mutual_tls(&source, &sums.caller, &destination),
        source,
        destination,
        protocol,
    }
}

/// By parts of all requests: 5xx, errors of gRPC and requests without a response degrade at once and fail at 10 %, 4xx at 10 % and 20 %.
fn health(requests: &Requests) -> Health {
    let part = |count: f64| count / requests.all;
    let of = |count: f64, degraded: f64, failing: f64| match part(count) {
        part if part >= failing => Health::Failing,
        part if part > degraded => Health::Degraded,
        _ => Health::Healthy,
    };
    let all = [of(requests.failed, 0.0, 0.1), of(requests.unanswered, 0.0, 0.1), of(requests.refused, 0.1, 0.2)];
    all.into_iter().max().unwrap_or(Health::Healthy)
}

#[cfg(test)]
#[path = "tests/traffic.rs"]
pub(crate) mod tests;
