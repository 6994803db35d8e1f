//! Judges what the pods of a service say of themselves at `/readyz`, and of the servers and brokers that they need. Pure.
//!
//! A service writes a line for each thing: `ready`, `not ready: NAME: SENTENCE` or `dependency away: NAME: SENTENCE`.

use std::collections::BTreeMap;

use crate::check::finding::Finding;
use crate::cluster::admin_port::{NoAnswer, PodAnswer, Service, ServicePod};
use crate::cluster::metrics::Metrics;

/// The dependency that stands for topics that differ from the configuration: everything works with them.
const TOPICS: &str = "topics";

/// One line of `/readyz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Ready,
    NotReady { name: &'a str, sentence: &'a str },
    Away { name: &'a str, sentence: &'a str },
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().filter_map(|line| {
        let parts = |prefix: &str| line.strip_prefix(prefix)?.split_once(": ");
        if line == "ready" {
            return Some(Line::Ready);
        }
        let not_ready = parts("not ready: ").map(|(name, sentence)| Line::NotReady { name, sentence });
        not_ready.or_else(|| parts("dependency away: ").map(|(name, sentence)| Line::Away { name, sentence }))
    })
}

/// Judges the pods of one service.
pub(crate) fn judge(service: Service, answers: &[(ServicePod, Result<PodAnswer, NoAnswer>)]) -> Vec<Finding> {
    let of_service: Vec<_> = answers.iter().filter(|(pod, _)| pod.service == service).collect();
    if of_service.is_empty() {
        return vec![Finding::wrong(
            format!("The {} has no pod.", service.name()),
            "See kubectl get pods and the events of its Deployment.",
        )];
    }
    of_service.into_iter().flat_map(|(pod, answer)| one(pod, answer)).collect()
}

fn one(pod: &ServicePod, answer: &Result<PodAnswer, NoAnswer>) -> Vec<Finding> {
    let ServicePod { namespace, name, .. } = pod;
    let log = format!("See its log: kubectl logs --namespace {namespace} {name}.");
    let answer = match answer {
        Ok(answer) => answer,
        Err(cause) if cause.is_forbidden => {
            let way_out = format!("Ask an administrator for get on pods/proxy in the namespace {namespace}.");
            return vec![Finding::warning(
                format!("The pod {name} cannot be asked for its /readyz: {cause}."),
                way_out,
            )];
        }
        Err(cause) => {
            let way_out = "See whether it runs, and whether a NetworkPolicy lets the API server reach it.";
            return vec![Finding::wrong(format!("The pod {name} does not answer at /readyz: {cause}."), way_out)];
        }
    };
    let mut findings: Vec<_> = lines(&answer.text)
        .map(|line| match line {
            Line::Ready => Finding::right(format!("The pod {name} is ready.")),
            Line::NotReady { name: requirement, sentence } => {
                Finding::wrong(format!("The pod {name} is not ready ({requirement}): {sentence}"), log.clone())
            }
            Line::Away { name: TOPICS, sentence } => {
                Finding::warning(format!("The pod {name} reports: {sentence}"), "See the events of the pod.")
            }
            Line::Away { name: server, sentence } => Finding::wrong(
                format!("The pod {name} lacks {server}: {sentence}"),
                "Check that server, and the network between; the pod goes on by itself when it is back.",
            ),
        })
        .collect();
    if findings.is_empty() {
        let message = format!("The pod {name} answers {} at /readyz, without saying why.", answer.status);
        findings.push(Finding::wrong(message, log));
    }
    findings
}

/// A server that the gateway needs, and the chart's value that switches it on.
const SERVERS: [(&str, &str, &str); 2] =
    [("mongodb", "MongoDB", "mongodb.uriSecret.name"), ("elasticsearch", "Elasticsearch", "elasticsearch.url")];

/// Judges MongoDB and Elasticsearch, as the gateways report them in their metrics.
pub(crate) fn servers(metrics: &[(&ServicePod, Metrics)]) -> Vec<Finding> {
    if metrics.is_empty() {
        return vec![Finding::skipped(
            "No gateway tells what it needs, so MongoDB and Elasticsearch were not checked.",
        )];
    }
    SERVERS.into_iter().map(|server| one_server(server, metrics)).collect()
}

fn one_server((dependency, name, value): (&str, &str, &str), metrics: &[(&ServicePod, Metrics)]) -> Finding {
    let up = |metrics: &Metrics| metrics.sum_where("delivery_gateway_dependency_up", &[("dependency", dependency)]);
    let told: Vec<_> = metrics.iter().filter_map(|(pod, metrics)| Some((pod.name.as_str(), up(metrics)?))).collect();
    let away: Vec<_> = told.iter().filter(|(_, up)| *up < 1.0).map(|(pod, _)| *pod).collect();
    if told.is_empty() {
        Finding::skipped(format!("The gateway uses no {name}: {value} is not set."))
    } else if away.is_empty() {
        Finding::right(format!("The gateway reaches {name}."))
    } else {
        Finding::wrong(
            format!("The gateway does not reach {name} (pod {}).", away.join(", ")),
            format!("See the sentences of the pod above; check {name} and the chart's {value}."),
        )
    }
}

/// Judges Kafka's brokers, as the gateways report in their metrics whether they are connected to them. One that is away is a warning, because
/// others may have taken over its partitions; that a service cannot go on is said by its pods.
pub(crate) fn brokers(metrics: &[(&ServicePod, Metrics)]) -> Finding {
    let seen = metrics.iter().flat_map(|(_, metrics)| metrics.by("delivery_gateway_kafka_broker_up", "broker"));
    let mut all: BTreeMap<&str, bool> = BTreeMap::new();
    for (broker, up) in seen {
        *all.entry(broker).or_default() |= up > 0.0;
    }
    let names = |wanted: fn(bool) -> bool| {
        let names: Vec<_> = all.iter().filter(|(_, is_up)| wanted(**is_up)).map(|(broker, _)| *broker).collect();
        names.join(", ")
    };
    let (known, away) = (names(|_| true), names(|is_up| !is_up));
    if known.is_empty() {
        Finding::skipped("No gateway tells which brokers Kafka has, so they were not checked.")
    } else if away.is_empty() {
        Finding::right(format!("The gateways are connected to all brokers of Kafka ({known})."))
    } else {
        Finding::warning(
            format!("No gateway is connected to these brokers of Kafka: {away} (of {known})."),
            "Start or mend them. One that was taken out of the cluster for good is forgotten at the gateways' next start.",
        )
    }
}

#[cfg(test)]
#[path = "tests/readiness.rs"]
mod tests;
