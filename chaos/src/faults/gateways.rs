//! The pods of the gateway, each asked by itself: past the Service, and on the port for probes and metrics.

use std::time::Duration;

use anyhow::{Context, Result};
use delivery_e2e::http;
use hyper::{Method, StatusCode};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::Value;

const ANSWER: Duration = Duration::from_secs(20);

/// A running pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gateway {
    pub(crate) name: String,
    /// Host and port for clients.
    pub(crate) address: String,
    /// Host and port for probes and metrics.
    pub(super) admin: String,
    /// Which process it is: the pod's uid, and how often its container was restarted.
    pub(crate) process: (String, i32),
}

impl Gateway {
    /// From the pod's ports and status.
    ///
    /// # Errors
    /// When it has no address, or a port has another name.
    pub(crate) fn of(pod: &Pod) -> Result<Self> {
        let status = pod.status.as_ref();
        let name = pod.name_any();
        let host = status.and_then(|status| status.pod_ip.clone()).with_context(|| format!("{name} has no address"))?;
        let port = |wanted: &str| {
            let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
            let found =
                containers.flat_map(|one| one.ports.iter().flatten()).find(|port| port.name.as_deref() == Some(wanted));
            let port = found.with_context(|| format!("{name} has no port with the name {wanted}"))?.container_port;
            anyhow::Ok(format!("{host}:{port}"))
        };
        let containers = status.and_then(|status| status.container_statuses.as_ref());
        let restarts = containers.into_iter().flatten().map(|container| container.restart_count).sum();
        Ok(Self {
            address: port("http-ws")?,
            admin: port("http-metrics")?,
            process: (pod.uid().unwrap_or_default(), restarts),
            name,
        })
    }

    /// One without a pod.
    #[cfg(test)]
    pub(crate) fn at(name: &str, host: &str) -> Self {
        let (address, admin) = (format!("{host}:8080"), format!("{host}:9090"));
        Self { name: name.to_owned(), address, admin, process: (name.to_owned(), 0) }
    }

    /// The report of `/readyz`, whatever its status.
    pub(crate) async fn report(&self) -> Result<String> {
        Ok(text(&self.ask(&self.admin, "/readyz").await?.1))
    }

    /// The metrics.
    pub(crate) async fn metrics(&self) -> Result<String> {
        Ok(text(&self.ask(&self.admin, "/metrics").await?.1))
    }

    /// Whether a path for clients is answered with 200.
    pub(crate) async fn serves(&self, path: &str) -> bool {
        self.ask(&self.address, path).await.is_ok_and(|(status, _)| status == StatusCode::OK)
    }

    async fn ask(&self, address: &str, path: &str) -> Result<(StatusCode, Value)> {
        let url = format!("http://{address}{path}");
        let answer = tokio::time::timeout(ANSWER, http::ask(Method::GET, &url, None)).await;
        answer.with_context(|| format!("{} does not answer {path} within {ANSWER:?}", self.name))?
    }
}

/// An answer that is not JSON is a JSON text.
fn text(answer: &Value) -> String {
    answer.as_str().map_or_else(|| answer.to_string(), str::to_owned)
}

/// Whether a report of `/readyz` says that a dependency is away.
pub(crate) fn is_away(report: &str, dependency: &str) -> bool {
    let line = format!("dependency away: {dependency}:");
    report.lines().any(|found| found.starts_with(&line))
}

/// The sum of a counter over these values of its label `reason`, in the text format of Prometheus.
pub(crate) fn counted(metrics: &str, counter: &str, reasons: &[&str]) -> u64 {
    let value = |line: &str| {
        let (name, rest) = line.split_once('{')?;
        let (labels, value) = rest.rsplit_once("} ")?;
        let is_one =
            reasons.iter().any(|reason| labels.split(',').any(|label| label == format!("reason=\"{reason}\"")));
        (name == counter && is_one).then(|| value.split(' ').next()?.parse::<u64>().ok()).flatten()
    };
    metrics.lines().filter_map(value).sum()
}

#[cfg(test)]
#[path = "tests/gateways.rs"]
mod tests;
